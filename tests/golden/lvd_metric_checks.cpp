#include "tests/golden/lvd_metric_checks.h"

#include "core/eval/bootstrap.h"
#include "core/eval/evaluate.h"
#include "core/eval/tied_widths.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <numeric>

namespace penumbra::golden {
namespace {

constexpr double tolerance = 1e-12;
using Values = std::map<std::string, double>;

const Score& find(const std::vector<Score>& scores, const std::string& metric,
                  const std::string& convention = "all") {
    const auto found = std::find_if(scores.begin(), scores.end(), [&](const Score& s) {
        return s.metric == metric && s.convention == convention;
    });
    if (found == scores.end())
        throw std::runtime_error("no score " + metric + ", " + convention);
    return *found;
}

/// The reference's tails: int(0.1 n) lowest and everything from int(0.9 n) on, by true value.
double referenceTail(const Prediction& prediction, const std::vector<double>& truth) {
    const auto covered = coveredRows(prediction, truth);
    std::vector<std::size_t> order(truth.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return truth[a] < truth[b]; });
    const auto size = static_cast<double>(truth.size());
    const auto low = static_cast<std::size_t>(0.1 * size), high = static_cast<std::size_t>(0.9 * size);
    std::size_t hits = 0, rows = 0;
    for (std::size_t i = 0; i < order.size(); ++i)
        if (i < low || i >= high) {
            hits += covered[order[i]];
            ++rows;
        }
    return static_cast<double>(hits) / static_cast<double>(rows);
}

/// The reference takes crossed intervals with their negative widths into its mean; with us they are empty.
/// What that makes of the mean over finite intervals.
double negativeWidths(const Prediction& prediction) {
    double sum = 0.0, finite = 0.0;
    for (std::size_t i = 0; i < prediction.lower.size(); ++i) {
        const double width = prediction.upper[i] - prediction.lower[i];
        finite += std::isfinite(width) ? 1.0 : 0.0;
        sum += std::isfinite(width) ? std::min(0.0, width) : 0.0;
    }
    return sum / finite;
}

/// The reference ranks widths that differ by rounding alone, with us they are equal: its AUROC may be off by
/// half the share of such pairs of a large and a small error.
double tiedByRounding(const Prediction& prediction, const std::vector<double>& truth) {
    std::vector<double> error;
    for (std::size_t i = 0; i < truth.size(); ++i)
        error.push_back(std::abs(truth[i] - prediction.mean[i]));
    std::vector<double> sorted = error;
    std::sort(sorted.begin(), sorted.end());
    const double threshold = quantileOfSorted(sorted, 1.0 - prediction.alpha);
    const std::vector<double> tied = tiedWidths(prediction);
    double pairs = 0.0, ties = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i)
        for (std::size_t j = 0; j < truth.size(); ++j)
            if (error[i] > threshold && error[j] <= threshold) {
                ++pairs;
                ties += tied[i] == tied[j] && prediction.upper[i] - prediction.lower[i] !=
                                                  prediction.upper[j] - prediction.lower[j]
                            ? 1.0
                            : 0.0;
            }
    return pairs > 0.0 ? 0.5 * ties / pairs : 0.0;
}

Values ourReference(const std::vector<Score>& scores, const Prediction& prediction,
                    const std::vector<double>& truth) {
    const double rmse = find(scores, "rmse").value;
    return {
        {"marginal", 100 * find(scores, "coverage").value},
        {"tail", 100 * referenceTail(prediction, truth)},
        {"marginal_finite", 100 * find(scores, "coverage", "finite").value},
        {"mad", find(scores, "mae").value},
        {"mse", rmse * rmse},
        {"r2", find(scores, "r2").value},
        {"mean_width_finite", find(scores, "mean_width", "finite").value + negativeWidths(prediction)},
        {"n_finite", static_cast<double>(find(scores, "mean_width", "finite").n)},
        {"auroc", find(scores, "error_width_auroc").value},
        {"corr_finite", find(scores, "error_width_correlation", "finite").value},
    };
}

Values ourPaperStyle(const std::vector<Score>& scores, const Prediction& prediction,
                     const std::string& convention) {
    return {
        {"marginal", 100 * find(scores, "coverage", convention).value},
        {"tail", 100 * find(scores, "tail_coverage", convention).value},
        {"worst_bin", 100 * find(scores, "worst_bin_coverage", convention).value},
        {"mean_width", find(scores, "mean_width", convention).value + negativeWidths(prediction)},
        {"n_finite", static_cast<double>(find(scores, "mean_width", convention).n)},
        {"n", static_cast<double>(find(scores, "coverage", convention).n)},
        {"bin", static_cast<double>(find(scores, "worst_bin_coverage", convention).n)},
    };
}

/// Every field of the group, none left unread.
/// @param apart by how much a field may differ for a reason of its own
void checkGroup(const io::Hdf5File& file, const std::string& group, const Values& ours, Values apart = {}) {
    const auto entries = file.list(group);
    EXPECT_FALSE(entries.empty()) << group;
    for (const io::Hdf5Entry& entry : entries) {
        const auto found = ours.find(entry.name);
        if (found == ours.end()) {
            ADD_FAILURE() << group << "/" << entry.name << " is unknown to this test";
            continue;
        }
        expectClose(found->second, scalar(file, group + "/" + entry.name), tolerance + apart[entry.name],
                    group + "/" + entry.name);
    }
}

} // namespace

void checkMetrics(const io::Hdf5File& file, const std::string& group, const Prediction& prediction,
                  const std::vector<double>& truth) {
    EvaluateOptions options;
    options.bootstrapReplicates = 0;
    const auto scores = evaluatePrediction(prediction, truth, prediction.mean, options);
    const auto parts = groupsIn(file, group);
    EXPECT_FALSE(parts.empty()) << group;
    for (const std::string& part : parts) {
        const std::string kind = part.substr(0, part.find("_alpha"));
        if (kind == "reference" || kind == "reference_metrics")
            checkGroup(file, group + "/" + part, ourReference(scores, prediction, truth),
                       {{"auroc", tiedByRounding(prediction, truth)},
                        // a correlation with negative widths has no counterpart
                        {"corr_finite", negativeWidths(prediction) < 0.0 ? 2.0 : 0.0}});
        else if (kind == "paper_style")
            checkGroup(file, group + "/" + part, ourPaperStyle(scores, prediction, "all"));
        else if (kind == "paper_style_finite")
            checkGroup(file, group + "/" + part, ourPaperStyle(scores, prediction, "finite"));
        else
            ADD_FAILURE() << "a group of unknown kind: " << part;
    }
}

} // namespace penumbra::golden
