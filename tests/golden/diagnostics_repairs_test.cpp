// Repairs of intervals against reference programs and definitions.

#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/eval/logistic.h"
#include "core/uq/conformal.h"
#include "core/uq/repairs/conditional_cutoff.h"
#include "core/uq/repairs/cross_validated.h"
#include "core/uq/repairs/quantile_scores.h"
#include "core/uq/repairs/thresholds.h"
#include "tests/golden/diagnostics_support.h"

#include <algorithm>
#include <functional>

namespace penumbra {
namespace {

using namespace penumbra::golden;

/// Every case of one part of every file: check(file, "/mondrian/case_0").
void forCases(const std::string& part,
              const std::function<void(const io::Hdf5File&, const std::string&)>& check) {
    forDiagnosticsFiles("repairs", [&](const io::Hdf5File& file) {
        std::size_t cases = 0;
        for (const std::string& name : groupsIn(file, "/" + part)) {
            if (!name.starts_with("case_"))
                continue;
            SCOPED_TRACE(part + "/" + name);
            check(file, "/" + part + "/" + name);
            ++cases;
        }
        EXPECT_GT(cases, 0u) << part;
    });
}

/// The datasets of a group that begin so, with the alpha behind it: {"q_0.1", 0.1}.
std::vector<std::pair<std::string, double>> byAlpha(const io::Hdf5File& file, const std::string& group,
                                                    const std::string& prefix) {
    std::vector<std::pair<std::string, double>> found;
    for (const io::Hdf5Entry& entry : file.list(group))
        if (entry.name.starts_with(prefix))
            if (const auto alpha = parseReal(entry.name.substr(prefix.size())))
                found.emplace_back(group + "/" + entry.name, *alpha);
    EXPECT_FALSE(found.empty()) << group << "/" << prefix;
    return found;
}

MatrixD matrixOf(const io::Hdf5File& file, const std::string& dataset) {
    const auto flat = file.readReals(dataset);
    const auto entry = file.describe(dataset);
    MatrixD matrix(static_cast<Eigen::Index>(entry.rows()), static_cast<Eigen::Index>(entry.rowWidth()));
    std::copy(flat.begin(), flat.end(), matrix.data());
    return matrix;
}

std::span<const double> rowOf(const MatrixD& matrix, Eigen::Index row) {
    return {matrix.row(row).data(), static_cast<std::size_t>(matrix.cols())};
}

TEST(DiagnosticsRepairs, TinyCalibrationSets) {
    forDiagnosticsFiles("repairs", [](const io::Hdf5File& file) {
        std::size_t sizes = 0;
        for (const io::Hdf5Entry& entry : file.list("/tiny")) {
            if (!entry.name.starts_with("scores_"))
                continue;
            const auto scores = file.readReals("/tiny/" + entry.name);
            std::vector<double> own;
            for (const double alpha : {0.05, 0.1, 0.2, 0.5})
                own.push_back(uq::conformalQuantile(scores, alpha, uq::QuantileRule::FiniteSample));
            expectClose(own, file.readReals("/tiny/q_" + entry.name.substr(7)), closedForm, entry.name);
            ++sizes;
        }
        EXPECT_GT(sizes, 0u);
    });
}

TEST(DiagnosticsRepairs, Mondrian) {
    forCases("mondrian", [](const io::Hdf5File& file, const std::string& group) {
        const auto scores = file.readReals(group + "/scores"),
                   scale = file.readReals(group + "/scale_calibration");
        const auto groups = file.readReals(group + "/group_calibration"),
                   test = file.readReals(group + "/group_test");
        std::vector<double> normalised;
        for (std::size_t i = 0; i < scores.size(); ++i)
            normalised.push_back(scores[i] / scale[i]);
        for (const auto& [name, alpha] : byAlpha(file, group, "q_"))
            expectClose(uq::groupThresholds(scores, groups, test, alpha).threshold, file.readReals(name),
                        closedForm, name);
        for (const auto& [name, alpha] : byAlpha(file, group, "q_normalised_"))
            expectClose(uq::groupThresholds(normalised, groups, test, alpha).threshold, file.readReals(name),
                        closedForm, name);
    });
}

TEST(DiagnosticsRepairs, Weighted) {
    forCases("weighted", [](const io::Hdf5File& file, const std::string& group) {
        const auto scores = file.readReals(group + "/scores"), weights = file.readReals(group + "/weights"),
                   test = file.readReals(group + "/weights_test");
        expectClose(uq::effectiveRows(weights), scalar(file, group + "/ess"), closedForm, "effective rows");
        std::vector<double> infinite;
        for (const auto& [name, alpha] : byAlpha(file, group, "q_")) {
            const auto q = uq::weightedThresholds(scores, weights, test, alpha);
            expectClose(q, file.readReals(name), closedForm, name);
            infinite.push_back(static_cast<double>(
                std::count_if(q.begin(), q.end(), [](double v) { return std::isinf(v); })));
        }
        expectClose(infinite, file.readReals(group + "/infinite"), 0.0, "infinite");
    });
}

TEST(DiagnosticsRepairs, WeightsOfAShift) {
    forDiagnosticsFiles("repairs", [](const io::Hdf5File& file) {
        const std::string group = "/weighted/classifier";
        const auto p = file.readReals(group + "/probability"), label = file.readReals(group + "/label");
        const auto targets = std::count(label.begin(), label.end(), 1.0);
        const double ratio = static_cast<double>(static_cast<std::ptrdiff_t>(label.size()) - targets) /
                             static_cast<double>(targets);
        std::vector<double> weights, calibration;
        for (std::size_t i = 0; i < p.size(); ++i) {
            weights.push_back(p[i] / (1.0 - p[i]) * ratio);
            if (label[i] == 0.0)
                calibration.push_back(weights.back());
        }
        expectClose(weights, file.readReals(group + "/weights"), closedForm, "weights");
        expectClose(uq::effectiveRows(calibration), scalar(file, group + "/ess_calibration"), closedForm,
                    "effective rows");
    });
}

TEST(DiagnosticsRepairs, Conditional) {
    forCases("conditional", [](const io::Hdf5File& file, const std::string& group) {
        const double level = file.realAttribute(group, "level").value();
        const MatrixD test = matrixOf(file, group + "/phi_test");
        const auto u = file.readReals(group + "/u");
        const uq::ConditionalCutoffs cutoffs(matrixOf(file, group + "/phi_calibration"),
                                             file.readReals(group + "/scores"), 1.0 - level);
        std::vector<double> own, randomised;
        for (Eigen::Index row = 0; row < test.rows(); ++row) {
            own.push_back(cutoffs.cutoff(rowOf(test, row)));
            randomised.push_back(
                cutoffs.randomisedCutoff(rowOf(test, row), u[static_cast<std::size_t>(row)]));
        }
        expectClose(own, file.readReals(group + "/cutoff"), 1e-6, "cutoff");
        expectClose(randomised, file.readReals(group + "/cutoff_randomised"), 1e-6, "randomised");
        if (file.isDataset(group + "/mondrian_q"))
            expectClose(own, file.readReals(group + "/mondrian_q"), closedForm,
                        "disjoint groups are Mondrian's");
        if (file.textAttribute(group, "kind") !=
            "ties") { // there the reference is too wide, by its tolerances
            expectClose(own, file.readReals(group + "/cutoff_mapie"), 2e-7, "MAPIE");
            expectClose(randomised, file.readReals(group + "/cutoff_randomised_mapie"), 2e-7,
                        "MAPIE, randomised");
        }
    });
}

/// Crossed rows are scored as they are, as the reference does; methods sort them first.
void checkQuantileScores(const io::Hdf5File& file, const std::string& group, uq::QuantileScore kind,
                         const char* name) {
    const double eps = file.realAttribute(group, "eps").value();
    const MatrixD calibration = matrixOf(file, group + "/prediction_calibration"),
                  test = matrixOf(file, group + "/prediction_test");
    const auto y = file.readReals(group + "/y");
    const std::string part = group + "/" + name;
    std::vector<double> scores;
    for (Eigen::Index i = 0; i < calibration.rows(); ++i) {
        const uq::QuantileRow row{calibration(i, 0), calibration(i, 1), calibration(i, 2)};
        scores.push_back(uq::scoreOf(row, uq::scalesOf(kind, row, eps), y[static_cast<std::size_t>(i)]));
    }
    expectClose(scores, file.readReals(part + "/scores"), closedForm, part);
    for (const auto& [dataset, alpha] : byAlpha(file, part, "q_")) {
        const double q = uq::conformalQuantile(scores, alpha, uq::QuantileRule::FiniteSample);
        expectClose(q, scalar(file, dataset), closedForm, dataset);
        std::vector<double> ends;
        for (Eigen::Index i = 0; i < test.rows(); ++i) {
            const uq::QuantileRow row{test(i, 0), test(i, 1), test(i, 2)};
            const auto scales = uq::scalesOf(kind, row, eps);
            ends.push_back(row.lower - q * scales.low);
            ends.push_back(row.upper + q * scales.high);
        }
        std::string interval = dataset;
        interval.replace(interval.rfind("/q_"), 3, "/interval_");
        expectClose(ends, file.readReals(interval), closedForm, interval);
    }
}

TEST(DiagnosticsRepairs, QuantileScores) {
    forCases("cqr", [](const io::Hdf5File& file, const std::string& group) {
        checkQuantileScores(file, group, uq::QuantileScore::Plain, "cqr");
        checkQuantileScores(file, group, uq::QuantileScore::Ratio, "cqr_r");
        checkQuantileScores(file, group, uq::QuantileScore::Median, "cqr_m");
    });
}

TEST(DiagnosticsRepairs, AsymmetricEnds) {
    forCases("cqr", [](const io::Hdf5File& file, const std::string& group) {
        const MatrixD calibration = matrixOf(file, group + "/prediction_calibration"),
                      test = matrixOf(file, group + "/prediction_test");
        const auto y = file.readReals(group + "/y");
        std::vector<double> below, above;
        for (Eigen::Index i = 0; i < calibration.rows(); ++i) {
            const uq::QuantileRow row{calibration(i, 0), calibration(i, 1), calibration(i, 2)};
            below.push_back(row.lower - y[static_cast<std::size_t>(i)]);
            above.push_back(y[static_cast<std::size_t>(i)] - row.upper);
        }
        for (const auto& [dataset, alpha] : byAlpha(file, group + "/asymmetric", "q_")) {
            const auto q = uq::twoSidedThresholds(below, above, alpha);
            expectClose({q.low, q.high}, file.readReals(dataset), closedForm, dataset);
            std::vector<double> ends;
            for (Eigen::Index i = 0; i < test.rows(); ++i) {
                const uq::QuantileRow row{test(i, 0), test(i, 1), test(i, 2)};
                ends.push_back(row.lower - q.low);
                ends.push_back(row.upper + q.high);
            }
            std::string interval = dataset;
            interval.replace(interval.rfind("/q_"), 3, "/interval_");
            expectClose(ends, file.readReals(interval), closedForm, interval);
        }
    });
}

TEST(DiagnosticsRepairs, SignedResiduals) {
    forDiagnosticsFiles("repairs", [](const io::Hdf5File& file) {
        const auto residuals = file.readReals("/signed/residuals"),
                   mean = file.readReals("/signed/mean_test");
        std::vector<double> below;
        for (const double residual : residuals)
            below.push_back(-residual);
        for (const auto& [name, alpha] : byAlpha(file, "/signed", "interval_")) {
            const auto q = uq::twoSidedThresholds(below, residuals, alpha);
            std::vector<double> ends;
            for (const double centre : mean) {
                ends.push_back(centre - q.low);
                ends.push_back(centre + q.high);
            }
            expectClose(ends, file.readReals(name), closedForm, name);
        }
    });
}

TEST(DiagnosticsRepairs, LocalisedByAKernel) {
    forCases("rlcp", [](const io::Hdf5File& file, const std::string& group) {
        const double h = file.realAttribute(group, "h").value(),
                     alpha = file.realAttribute(group, "alpha").value();
        const MatrixD x = matrixOf(file, group + "/x"), test = matrixOf(file, group + "/x_test"),
                      drawn = matrixOf(file, group + "/x_tilde");
        const auto scores = file.readReals(group + "/scores"), own = file.readReals(group + "/scores_test"),
                   u = file.readReals(group + "/u");
        for (const char* kind : {"RLCP", "baseLCP"}) {
            const MatrixD& centres = std::string(kind) == "RLCP" ? drawn : test;
            std::vector<double> smoothed, unsmoothed, share, covered;
            for (Eigen::Index i = 0; i < test.rows(); ++i) {
                const auto weights = uq::gaussianWeights(x, rowOf(centres, i), h);
                const double self = uq::gaussianWeights(test.row(i), rowOf(centres, i), h).front();
                double total = self;
                for (const double weight : weights)
                    total += weight;
                const auto at = static_cast<std::size_t>(i);
                share.push_back(self / total);
                smoothed.push_back(uq::smoothedThreshold(scores, weights, self, u[at], alpha));
                unsmoothed.push_back(uq::smoothedThreshold(scores, weights, self, 1.0, alpha));
                covered.push_back(uq::smoothedP(scores, weights, self, u[at], own[at]) > alpha ? 1.0 : 0.0);
            }
            const std::string part = group + "/" + kind;
            expectClose(share, file.readReals(part + "/test_weight"), closedForm, part + " weight");
            expectClose(smoothed, file.readReals(part + "/threshold"), 0.0, part + " threshold");
            expectClose(unsmoothed, file.readReals(part + "/q_unsmoothed"), 0.0, part + " unsmoothed");
            expectClose(covered, file.readReals(part + "/covered"), 0.0, part + " covered");
        }
    });
}

TEST(DiagnosticsRepairs, CrossValidated) {
    forCases("jackknife", [](const io::Hdf5File& file, const std::string& group) {
        const MatrixD folds = matrixOf(file, group + "/fold_predictions");
        const auto residuals = file.readReals(group + "/residuals"),
                   full = file.readReals(group + "/full_prediction");
        using Kind = uq::CrossValidated;
        for (const auto& [kind, prefix] :
             {std::pair{Kind::Plus, "plus_"}, {Kind::MinMax, "minmax_"}, {Kind::Base, "base_"}})
            for (const auto& [name, alpha] : byAlpha(file, group, prefix)) {
                std::vector<double> ends;
                for (const uq::EndPair& pair :
                     uq::crossValidatedIntervals(kind, folds, residuals, full, alpha)) {
                    ends.push_back(pair.lower);
                    ends.push_back(pair.upper);
                }
                expectClose(ends, file.readReals(name), closedForm, name);
            }
    });
}

TEST(DiagnosticsRepairs, RanksAreExact) {
    forDiagnosticsFiles("repairs", [](const io::Hdf5File& file) {
        const auto n = file.readIntegers("/ranks/n"), percent = file.readIntegers("/ranks/alpha_percent"),
                   k = file.readIntegers("/ranks/k");
        ASSERT_EQ(k.size(), n.size() * percent.size());
        for (std::size_t i = 0; i < n.size(); ++i)
            for (std::size_t a = 0; a < percent.size(); ++a)
                EXPECT_EQ(
                    conformalRank(static_cast<std::size_t>(n[i]), static_cast<double>(percent[a]) / 100.0),
                    static_cast<std::size_t>(k[i * percent.size() + a]))
                    << n[i] << " rows, alpha " << percent[a] << " %";
    });
}

TEST(DiagnosticsRepairs, ClassifierOfAShift) {
    forDiagnosticsFiles("repairs", [](const io::Hdf5File& file) {
        const std::string group = "/weighted/classifier";
        const auto flat = file.readReals(group + "/x");
        const std::size_t width = file.describe(group + "/x").rowWidth();
        std::vector<std::vector<double>> columns(width);
        for (std::size_t i = 0; i < flat.size(); ++i)
            columns[i % width].push_back(flat[i]);
        const auto x = standardisedColumns(columns);
        const auto p = fitLogistic(x, file.readBytes(group + "/label")).probabilities(x);
        expectClose(p, file.readReals(group + "/probability"), 1e-6, "probability");
    });
}

} // namespace
} // namespace penumbra
