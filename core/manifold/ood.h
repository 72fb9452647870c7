#pragma once

#include "core/base/run_context.h"
#include "core/manifold/mahalanobis.h"
#include "core/manifold/metric.h"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::manifold {

/// How strange a row is beside reference rows; larger = stranger.
enum class OodScore {
    Mahalanobis, ///< distance from the centre in units of the covariance (not its square)
    Knn,         ///< distance to the 5th nearest training row
    Mixture,     ///< minus the log density of a mixture of normal distributions on principal components
    Isolation    ///< isolation forest
};
inline constexpr std::array<OodScore, 4> allOodScores = {OodScore::Mahalanobis, OodScore::Knn,
                                                         OodScore::Mixture, OodScore::Isolation};
/// As columns are named: "mahalanobis", "knn", "gmm", "isolation".
std::string_view oodScoreName(OodScore score);

struct OodOptions {
    Metric metric = Metric::Euclidean; ///< of knn
    std::size_t neighbour = 5;         ///< which neighbour's distance
    std::size_t neighbourRows =
        20000; ///< training rows kept for knn, drawn at random; fewer are faster and smaller
    std::size_t components = 10; ///< of the mixture
    std::size_t trees = 100;
    Shrinkage shrinkage = Shrinkage::Automatic;
    std::uint64_t seed = 0;
};

/// One score of some rows. All vectors: [N]; NaN for rows that are not finite.
struct OodColumn {
    std::vector<double> score;
    std::vector<double>
        percentile;        ///< 100 #{training rows <= it} / n; training rows scored by a fit without them
    std::vector<double> p; ///< (1 + #{calibration rows >= it}) / (n + 1); NaN without calibration rows
};
using OodColumns = std::array<OodColumn, allOodScores.size()>; ///< in the order of allOodScores

/// Plain matrices, to be stored anywhere.
struct OodArrays {
    std::map<std::string, MatrixD> doubles;
    std::map<std::string, MatrixF> floats;
};

/// Training and calibration rows, ready to judge new ones. Percentiles stand beside training rows as if these
/// had been left out of the fit (leave-one-out, or five-fold), because a fit calls its own rows too ordinary:
/// with 768 columns and 2,000 rows nine of ten new rows lay beyond the 99th percentile. p-values stand beside
/// calibration rows and are valid for any number of them (Bates et al. 2023).
class OodReference {
public:
    /// Rows that are not finite are left out. @throws UsageError for fewer than 20 usable training rows,
    /// Error if all of them are alike
    static OodReference fit(const MatrixF& training, const MatrixF& calibration,
                            const OodOptions& options = {}, const RunContext& context = {});
    /// @throws Error naming the array that is missing or does not fit
    static OodReference fromArrays(const OodArrays& arrays);
    OodArrays toArrays() const;

    OodColumns score(const MatrixF& rows, const RunContext& context = {}) const;
    /// Of the training rows as they were given to fit, each by a fit without it.
    OodColumns trainingColumns() const;
    /// Of the calibration rows as they were given to fit; p counts each row among the n itself.
    OodColumns calibrationColumns() const;

    std::size_t columns() const;
    std::size_t trainingRows() const;    ///< usable ones
    std::size_t calibrationRows() const; ///< usable ones
    const std::vector<std::string>&
    notes() const; ///< worth telling: shrinkage, constant columns, diagonal ...

private:
    struct State;
    std::shared_ptr<const State> state_;
};

} // namespace penumbra::manifold
