#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra::manifold {

/// The rows most like a query.
struct Similar {
    std::vector<std::uint32_t> row; ///< by falling similarity, ties by row
    std::vector<double> similarity; ///< cosine; 0 with a row of zeros
};

/// Cosine similarity of a query to every row, [N].
std::vector<double> cosineSimilarities(const MatrixF& rows, const Eigen::VectorXd& query, int threads = 0);
/// The n most similar; rows with `leftOut` true (the query itself, quarantined ones) do not count.
Similar mostSimilar(const std::vector<double>& similarity, std::size_t n,
                    const std::vector<std::uint8_t>& leftOut = {});

enum class Gains { Linear, Exponential }; ///< g, or 2^g - 1
enum class Ties { Mean, Order };          ///< tied rows share the mean gain of their group, or stand by index

/// Normalised discounted cumulative gain of the first `depth` (Jarvelin & Kekalainen 2002): gains divided by
/// log2(rank + 1), over what the best order would reach; 0 where no row is relevant.
double ndcg(std::span<const double> similarity, std::span<const double> relevance, std::size_t depth = 10,
            Gains gains = Gains::Linear, Ties ties = Ties::Mean);

/// Relevance of rows to one of them by a quantity: max(0, 1 - |y - y_q| / s); s a tenth of the interquartile
/// range of the finite values. Rows without a value are not relevant.
std::vector<double> relevanceByValue(const std::vector<double>& values, std::size_t query);

struct RetrievalQuality {
    double ndcg = 0.0;   ///< mean over queries that have relevant rows
    double random = 0.0; ///< of rows in random order, mean of 200 shuffles in all
    std::size_t queries = 0, withoutRelevant = 0;
};
/// How well nearness of rows tells nearness in a quantity: every query row against all others.
RetrievalQuality retrievalQuality(const MatrixF& rows, const std::vector<double>& values,
                                  const std::vector<std::size_t>& queries, std::uint64_t seed,
                                  const RunContext& context = {});

} // namespace penumbra::manifold
