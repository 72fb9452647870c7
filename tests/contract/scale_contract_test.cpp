// No unit and no zero point of a target may matter: every score of every method and metric follows the target
// when it is scaled or shifted. Statistics of (1 + z) alone are of redshifts, and no target here is one.

#include "core/base/statistics.h"
#include "core/eval/evaluate.h"
#include "core/uq/uq_method.h"
#include "tests/core/workflow/study_support.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

namespace penumbra::workflow {
namespace {

/// Whether a score is in the target's unit or one over it, by the table of metrics; else a pure number.
MetricUnit unitOf(const std::string& metric) {
    const Metric* known = findMetric(metric);
    return known != nullptr ? known->unit : metric == "width_by_bin" ? MetricUnit::Target : MetricUnit::None;
}

/// What a score is multiplied by when the target is by `unit`.
double factorOf(const std::string& metric, double unit) {
    const MetricUnit known = unitOf(metric);
    return known == MetricUnit::Target ? unit : known == MetricUnit::PerTarget ? 1.0 / unit : 1.0;
}

/// y -> unit * y + zero, for a target, its predictions from elsewhere and its true quantiles.
struct Change {
    double unit = 1.0, zero = 0.0;
    double of(double y) const { return unit * y + zero; }
};

Catalogue changed(const Change& change, const StudyFolder& folder) {
    SyntheticCatalogue made(400);
    Catalogue& catalogue = made.catalogue;
    catalogue.targets.resize(1); // "a"
    Target& target = catalogue.targets.front();
    const auto& mean = std::get<std::vector<double>>(catalogue.columns.at("a_pred").values);
    const auto& sigma = std::get<std::vector<double>>(catalogue.columns.at("a_err").values);
    if (change.zero == 0.0) // they are kept in single precision
        for (const auto& [name, level] :
             {std::pair{"q05", 0.05}, {"q16", 0.16}, {"q50", 0.5}, {"q84", 0.84}, {"q95", 0.95}})
            for (std::size_t i = 0; i < mean.size(); ++i)
                target.oracle[name].push_back(static_cast<float>(
                    change.unit *
                    static_cast<double>(static_cast<float>(mean[i] + sigma[i] * normalQuantile(level)))));
    for (double& y : target.values)
        y = change.of(y);
    for (io::Column& column : catalogue.columns.columns)
        for (double& y : std::get<std::vector<double>>(column.values))
            y = column.name == "a_err" ? change.unit * y : change.of(y);
    return made.stored(folder);
}

std::shared_ptr<const Study> studyOf(const Change& change, OptionSet options) {
    const StudyFolder folder;
    RunContext context;
    return runStudy(changed(change, folder), options, "", context);
}

OptionSet givenPredictions() {
    OptionSet options = quickOptions("VanillaSplit,MADSplit,CQR,DeliveredSpread");
    options.setFromText("prediction-column", "a_pred");
    options.setFromText("spread-column", "a_err");
    options.setFromText("quantile-columns", "a_lo,a_hi");
    return options;
}

OptionSet trainedStudy(int seed = 0) {
    std::string all;
    for (const uq::UqMethod* method : uq::allMethods())
        if (!method->info().delivered)
            all += (all.empty() ? "" : ",") + method->info().id;
    OptionSet options = quickOptions(all);
    options.setFromText("metric-iterations", "30");
    options.setFromText("ensemble-members", "3");
    options.setFromText("cv-folds", "3");
    options.setFromText("seed", std::to_string(seed));
    return options;
}

/// |found - wanted| in units of `scale`.
void expectNear(double found, double wanted, double tolerance, double scale, const std::string& what) {
    if (std::isnan(wanted) || std::isinf(wanted)) {
        EXPECT_TRUE(found == wanted || (std::isnan(found) && std::isnan(wanted))) << what << ": " << found;
        return;
    }
    EXPECT_NEAR(found / scale, wanted / scale, tolerance) << what;
}

/// Score by score; numbers with a unit are compared in units of the errors' size.
void expectSameScores(const Study& plain, const Study& other, const Change& change, double tolerance) {
    const auto &first = plain.scores, &second = other.scores;
    ASSERT_EQ(first.size(), second.size());
    const double error = scoreOf(plain, "a", plain.methods.front(), "mae");
    std::set<std::string> seen;
    for (std::size_t i = 0; i < first.size(); ++i) {
        const Score &a = first[i], &b = second[i];
        ASSERT_EQ(a.method + a.metric + a.convention + a.conditionedOn,
                  b.method + b.metric + b.convention + b.conditionedOn);
        seen.insert(a.metric);
        const double unit = factorOf(a.metric, change.unit);
        const double scale =
            unitOf(a.metric) == MetricUnit::Target ? error : std::max(1.0, std::abs(a.value));
        const std::string what = a.method + " " + a.metric + " " + a.conditionedOn + " " + a.stratum;
        expectNear(b.value / unit, a.value, tolerance, scale, what);
        expectNear(b.low / unit, a.low, tolerance, scale, what + ", low");
        expectNear(b.high / unit, a.high, tolerance, scale, what + ", high");
        expectNear(b.oracleLow, a.oracleLow, tolerance, 1.0, what + ", oracle low");
        expectNear(b.oracleHigh, a.oracleHigh, tolerance, 1.0, what + ", oracle high");
        EXPECT_EQ(a.n, b.n) << what;
        EXPECT_EQ(a.nInfinite, b.nInfinite) << what;
        EXPECT_EQ(a.nCrossed, b.nCrossed) << what;
    }
    for (const Metric& metric : allMetrics())
        if (metric.id != "effective_number") { // of local methods alone
            EXPECT_TRUE(seen.contains(metric.id)) << metric.id << " was not computed";
        }
}

TEST(ScaleContract, GivenPredictionsByPowersOfTwo) {
    const auto plain = studyOf({}, givenPredictions());
    for (const double unit : {std::ldexp(1.0, -56), std::ldexp(1.0, 33)}) {
        SCOPED_TRACE(unit);
        expectSameScores(*plain, *studyOf({unit, 0.0}, givenPredictions()), {unit, 0.0}, 1e-9);
    }
}

TEST(ScaleContract, GivenPredictionsByAnyUnitOrZeroPoint) {
    const auto plain = studyOf({}, givenPredictions());
    for (const Change change : {Change{1e-17, 0.0}, {1e10, 0.0}, {1e-30, 0.0}}) {
        SCOPED_TRACE(change.unit);
        expectSameScores(*plain, *studyOf(change, givenPredictions()), change, 1e-6);
    }
}

/// At 1e9 a double tells 1.2e-7 apart: scores that are read off one galaxy move by so much.
TEST(ScaleContract, GivenPredictionsFarFromZero) {
    const auto plain = studyOf({1e3, 0.0}, givenPredictions());
    const auto far = studyOf({1e3, 1e9}, givenPredictions());
    for (const std::string method : {"VanillaSplit", "MADSplit", "CQR"})
        for (const Metric& metric : allMetrics()) {
            const double wanted = scoreOf(*plain, "a", method, metric.id);
            if (std::isnan(wanted) || metric.id.find("conditional") == 0 || metric.id == "undercovered_share")
                continue;
            const bool width = metric.id == "error_width_auroc" || metric.id == "error_width_correlation";
            if (width && method == "VanillaSplit")
                continue; // all widths are equal: rounding decides
            EXPECT_NEAR(scoreOf(*far, "a", method, metric.id), wanted, 1e-6 * std::max(1.0, std::abs(wanted)))
                << method << " " << metric.id;
        }
}

TEST(ScaleContract, TrainedByPowersOfTwo) {
    const auto plain = studyOf({}, trainedStudy());
    for (const double unit : {std::ldexp(1.0, -56), std::ldexp(1.0, 33)}) {
        SCOPED_TRACE(unit);
        expectSameScores(*plain, *studyOf({unit, 0.0}, trainedStudy()), {unit, 0.0}, 1e-9);
    }
}

/// Other roundings of the labels, other last digits of the networks: nothing beyond what another seed does.
TEST(ScaleContract, TrainedByAnyUnitOrZeroPoint) {
    std::vector<std::shared_ptr<const Study>> seeds;
    for (int seed = 0; seed < 4; ++seed)
        seeds.push_back(studyOf({}, trainedStudy(seed)));
    for (const Change change : {Change{1e-17, 0.0}, {1e10, 0.0}, {1.0, 1e9}}) {
        SCOPED_TRACE("unit " + std::to_string(change.unit * 1e17) + "e-17, zero " +
                     std::to_string(change.zero));
        const auto other = studyOf(change, trainedStudy());
        for (const uq::UqMethod* method : uq::allMethods())
            for (const char* metric :
                 {"coverage", "tail_coverage", "worst_bin_coverage", "mean_width", "rmse", "median_width",
                  "interval_score", "r2", "effective_number", "n_infinite", "outlier_fraction"}) {
                double low = missing, high = missing;
                for (const auto& study : seeds) {
                    low = std::fmin(low, scoreOf(*study, "a", method->info().id, metric));
                    high = std::fmax(high, scoreOf(*study, "a", method->info().id, metric));
                }
                const double found =
                    scoreOf(*other, "a", method->info().id, metric) / factorOf(metric, change.unit);
                if (std::isnan(low)) {
                    EXPECT_TRUE(std::isnan(found)) << metric;
                    continue;
                }
                const double own = scoreOf(*seeds.front(), "a", method->info().id, metric);
                EXPECT_NEAR(found, own, 0.5 * (high - low) + 1e-4 * std::max(1.0, std::abs(own)))
                    << method->info().id << " " << metric;
            }
    }
}

TEST(ScaleContract, IntervalsFollowGalaxyByGalaxy) {
    const double unit = std::ldexp(1.0, -56);
    const auto plain = studyOf({}, trainedStudy()), small = studyOf({unit, 0.0}, trainedStudy());
    for (const Prediction& a : plain->target("a").predictions) {
        const Prediction& b = *small->target("a").prediction(a.method);
        for (std::size_t i = 0; i < a.mean.size(); ++i) {
            expectNear(b.lower[i] / unit, a.lower[i], 1e-9, 1.0, a.method);
            expectNear(b.upper[i] / unit, a.upper[i], 1e-9, 1.0, a.method);
        }
    }
}

} // namespace
} // namespace penumbra::workflow
