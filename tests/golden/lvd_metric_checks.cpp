#include "tests/golden/lvd_metric_checks.h"

#include "core/eval/evaluate.h"

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
        {"mean_width_finite", find(scores, "mean_width", "finite").value},
        {"n_finite", static_cast<double>(find(scores, "mean_width", "finite").n)},
        {"auroc", find(scores, "error_width_auroc").value},
        {"corr_finite", find(scores, "error_width_correlation", "finite").value},
    };
}

Values ourPaperStyle(const std::vector<Score>& scores, const std::string& convention) {
    return {
        {"marginal", 100 * find(scores, "coverage", convention).value},
        {"tail", 100 * find(scores, "tail_coverage", convention).value},
        {"worst_bin", 100 * find(scores, "worst_bin_coverage", convention).value},
        {"mean_width", find(scores, "mean_width", convention).value},
        {"n_finite", static_cast<double>(find(scores, "mean_width", convention).n)},
        {"n", static_cast<double>(find(scores, "coverage", convention).n)},
        {"bin", static_cast<double>(find(scores, "worst_bin_coverage", convention).n)},
    };
}

/// Every field of the group, none left unread.
void checkGroup(const io::Hdf5File& file, const std::string& group, const Values& ours) {
    const auto entries = file.list(group);
    EXPECT_FALSE(entries.empty()) << group;
    for (const io::Hdf5Entry& entry : entries) {
        const auto found = ours.find(entry.name);
        if (found == ours.end()) {
            ADD_FAILURE() << group << "/" << entry.name << " is unknown to this test";
            continue;
        }
        expectClose(found->second, scalar(file, group + "/" + entry.name), tolerance,
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
            checkGroup(file, group + "/" + part, ourReference(scores, prediction, truth));
        else if (kind == "paper_style")
            checkGroup(file, group + "/" + part, ourPaperStyle(scores, "all"));
        else if (kind == "paper_style_finite")
            checkGroup(file, group + "/" + part, ourPaperStyle(scores, "finite"));
        else
            ADD_FAILURE() << "a group of unknown kind: " << part;
    }
}

} // namespace penumbra::golden
