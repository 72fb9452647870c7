#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// Asymptotic two-sided p-value of the two-sample Kolmogorov-Smirnov distance (Stephens' correction for small
/// samples); ties make it too large, never too small.
double kolmogorovSmirnovP(double distance, std::size_t first, std::size_t second);
/// Largest difference of the two empirical distribution functions; NaN values are left out.
double kolmogorovSmirnovDistance(std::vector<double> first, std::vector<double> second);
/// Benjamini & Hochberg (1995): reject where the adjusted value is below the false-discovery rate. NaN stays
/// NaN.
std::vector<double> benjaminiHochberg(std::span<const double> p);

/// A quantity known for every row, NaN where missing.
struct NamedColumn {
    std::string name;
    std::vector<double> values;
};

/// Two groups of rows that a guarantee needs to be exchangeable.
struct ExchangeabilityTest {
    std::string first, second;                 ///< "calibration", "test"
    std::size_t firstRows = 0, secondRows = 0; ///< rows looked at, after subsampling
    double auc =
        std::numeric_limits<double>::quiet_NaN(); ///< of the cross-validated classifier; 0.5: no telling
    double p = std::numeric_limits<double>::quiet_NaN(); ///< by permutation of the group labels
    /// Of the cross-fitted network, which sees interactions; NaN without one.
    double networkAuc = std::numeric_limits<double>::quiet_NaN();
    double networkP = std::numeric_limits<double>::quiet_NaN();
    struct Column {
        std::string name;
        double distance = 0.0; ///< Kolmogorov-Smirnov
        double p = 1.0;
        double adjustedP = 1.0; ///< Benjamini-Hochberg over the columns
    };
    std::vector<Column> columns; ///< by adjusted p, then by distance, most different first
    double level = 0.01;
    /// Of all that was tried: the smallest of the p of classifier, network and columns (Bonferroni among
    /// these) times their number. NaN where nothing could be tried.
    double familyP() const;
    bool differ() const; ///< familyP() is at most level
};

/// Learns to tell the groups apart: one model a column of `labels`, trained on the rows where that is not
/// NaN; gives the models' scores of all rows, [rows, columns], higher for higher labels.
/// @param inputs [rows, D], columns of zero mean and unit variance
using GroupLearner =
    std::function<MatrixD(const MatrixF& inputs, const MatrixD& labels, const RunContext& context)>;

struct ExchangeabilityOptions {
    std::size_t rowsPerGroup = 2000; ///< at most; larger groups are subsampled
    std::size_t permutations = 999;
    double level = 0.01; ///< how often groups that are alike are called different, by whatever test
    std::uint64_t seed = 0;
    GroupLearner network = {}; ///< may be empty
};

/// Whether rows of two groups look drawn alike. A classifier (ridge least squares on the normal scores of the
/// columns, with their squares where there are few; missing values by a column of their own) is trained to
/// tell the groups apart and judged on folds it has not seen: AUC, p-value by permuting the labels, exact
/// whatever the classifier (Lopez-Paz & Oquab 2017; Phipson & Smyth 2010). Beside it a network, if there is
/// one, trained on either half of the rows and judged on the other by Mann & Whitney's test (p: twice the
/// smaller of the two), and each column by Kolmogorov-Smirnov, named with the false-discovery rate
/// controlled. `features` (may have no columns) is seen by the classifiers alone. `group`: 0 first, 1 second,
/// anything else: neither.
/// @throws Error for lengths that disagree. A group of fewer than 20 rows gives no AUC and no columns.
ExchangeabilityTest testExchangeability(const std::vector<NamedColumn>& columns, const MatrixF& features,
                                        std::span<const std::uint8_t> group, const std::string& first,
                                        const std::string& second, const ExchangeabilityOptions& options,
                                        const RunContext& context);

/// The finding in words: "calibration and test differ: ...".
std::string inWords(const ExchangeabilityTest& test);

} // namespace penumbra
