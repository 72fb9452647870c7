// What repairs promise, over calibration sets: expected coverage in the groups that each speaks of. A mean
// over studies may lie 3.5 of its own standard errors off, so a true promise fails one time in 4,000.

#include "core/eval/evaluate.h"
#include "core/eval/regions.h"
#include "core/uq/repairs/cross_validated.h"
#include "core/uq/repairs/localised.h"
#include "core/uq/repairs/repaired_method.h"
#include "simulations.h"

#include <Eigen/QR>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <gtest/gtest.h>
#include <mutex>
#include <numeric>

namespace penumbra {
namespace {

using namespace penumbra::simulation;

constexpr double alpha = 0.1;

OptionSet methodOptions() {
    OptionSet options;
    uq::describeMethodOptions(options);
    options.setFromText("cv-folds", "10");
    return options;
}

/// Galaxies at (x, y) in the unit square whose predictions are off by `scale(x, y)` times normal noise.
struct Field {
    HeldOut heldOut;
    std::vector<double> x, y;

    template <typename Scale>
    Field(std::size_t calibration, std::size_t test, Rng& rng, const Scale& scale) {
        const std::size_t n = calibration + test;
        MatrixD mean(static_cast<Eigen::Index>(n), 1);
        for (std::size_t i = 0; i < n; ++i) {
            x.push_back(rng.uniform());
            y.push_back(rng.uniform());
            mean(static_cast<Eigen::Index>(i), 0) = rng.normal();
            heldOut.rows.push_back(static_cast<std::int64_t>(i));
            heldOut.isTest.push_back(i < calibration ? 0 : 1);
            heldOut.truth.push_back(mean(static_cast<Eigen::Index>(i), 0) +
                                    scale(x.back(), y.back()) * rng.normal());
        }
        heldOut.signals["mean"] = mean;
        heldOut.residualFloor = 1e-9;
    }

    std::size_t rows() const { return x.size(); }
    /// Adds what value(i) gives as the signal of this repaired method; several values a row make a basis.
    template <typename Values>
    void add(const std::string& signal, const Values& values) {
        const std::vector<double> first = values(0);
        MatrixD matrix(static_cast<Eigen::Index>(rows()), static_cast<Eigen::Index>(first.size()));
        for (std::size_t i = 0; i < rows(); ++i) {
            const std::vector<double> own = values(i);
            for (std::size_t k = 0; k < own.size(); ++k)
                matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = own[k];
        }
        heldOut.signals[signal] = matrix;
    }
    Prediction predict(const std::string& id) const {
        static const OptionSet options = methodOptions();
        const double alphas[] = {alpha};
        return uq::findMethod(id)
            .intervals(uq::makeEvidence("z", "", heldOut), alphas, alpha, options, {})
            .front();
    }
    /// Share of the test rows where `inside` that are covered; NaN for none.
    template <typename Inside>
    double coverage(const Prediction& prediction, const Inside& inside) const {
        double covered = 0.0, all = 0.0;
        std::size_t test = 0;
        for (std::size_t i = 0; i < rows(); ++i) {
            if (!heldOut.isTest[i])
                continue;
            if (inside(i)) {
                all += 1.0;
                covered += covers(prediction, test, heldOut.truth[i]) ? 1.0 : 0.0;
            }
            ++test;
        }
        return covered / all;
    }
};

/// Values of many studies, and their mean within 3.5 standard errors.
class Means {
public:
    void add(double value) {
        const std::scoped_lock lock(mutex_);
        values_.push_back(value);
    }
    double mean() const {
        return std::accumulate(values_.begin(), values_.end(), 0.0) / static_cast<double>(values_.size());
    }
    double error() const {
        double squares = 0.0;
        for (const double value : values_)
            squares += (value - mean()) * (value - mean());
        const auto n = static_cast<double>(values_.size());
        return 3.5 * std::sqrt(squares / (n - 1.0) / n);
    }

private:
    std::mutex mutex_;
    std::vector<double> values_;
};

void expectBetween(const Means& means, double low, double high, const std::string& what) {
    EXPECT_GE(means.mean() + means.error(), low) << what;
    EXPECT_LE(means.mean() - means.error(), high) << what;
}

double noisyCorner(double x, double y) {
    return x > 0.7 && y > 0.7 ? 3.0 : 1.0;
}

TEST(RepairSimulation, BinsAreCoveredEachByItself) {
    const int n = studies(2000);
    Means first, last, before;
    forStudies(n, [&](int study) {
        Rng rng(101, static_cast<std::uint64_t>(study));
        Field field(120, 400, rng, [](double x, double) { return 0.3 + 2.0 * x; });
        const auto bin = [&](std::size_t i) { return std::floor(4.0 * field.x[i]); };
        field.add("repair_mondrian(x)", [&](std::size_t i) { return std::vector<double>{bin(i)}; });
        const Prediction repaired = field.predict("VanillaSplit+mondrian(x)");
        first.add(field.coverage(repaired, [&](std::size_t i) { return bin(i) == 0.0; }));
        last.add(field.coverage(repaired, [&](std::size_t i) { return bin(i) == 3.0; }));
        before.add(
            field.coverage(field.predict("VanillaSplit"), [&](std::size_t i) { return bin(i) == 3.0; }));
    });
    // At most 1 / (n_g + 1) more; the fewest of about 30 rows are 15 in a thousand studies.
    expectBetween(first, 0.9, 0.9 + 1.0 / 16.0, "first bin");
    expectBetween(last, 0.9, 0.9 + 1.0 / 16.0, "last bin");
    EXPECT_LT(before.mean() + before.error(), 0.85) << "there was something to mend";
}

TEST(RepairSimulation, OverlappingGroupsAreCoveredAll) {
    const int n = studies(2000);
    constexpr std::size_t calibration = 300;
    Means inX, inY, all, before;
    forStudies(n, [&](int study) {
        Rng rng(102, static_cast<std::uint64_t>(study));
        Field field(calibration, 400, rng,
                    [](double x, double y) { return 1.0 + (x > 0.6) + 2.0 * (y > 0.7); });
        const auto isX = [&](std::size_t i) { return field.x[i] > 0.6; };
        const auto isY = [&](std::size_t i) { return field.y[i] > 0.7; };
        field.add("repair_conditional(x&y)", [&](std::size_t i) {
            return std::vector<double>{1.0, isX(i) ? 1.0 : 0.0, isY(i) ? 1.0 : 0.0};
        });
        const Prediction repaired = field.predict("VanillaSplit+conditional(x&y)");
        inX.add(field.coverage(repaired, isX));
        inY.add(field.coverage(repaired, isY));
        all.add(field.coverage(repaired, [](std::size_t) { return true; }));
        before.add(field.coverage(field.predict("VanillaSplit"), isY));
    });
    // A basis of d = 3 covers at most about d / n_g more.
    expectBetween(inX, 0.9, 0.9 + 3.0 / (0.4 * calibration), "x > 0.6");
    expectBetween(inY, 0.9, 0.9 + 3.0 / (0.3 * calibration), "y > 0.7");
    expectBetween(all, 0.9, 0.9 + 3.0 / calibration, "all");
    EXPECT_LT(before.mean() + before.error(), 0.85);
}

TEST(RepairSimulation, TrueWeightsCoverTheGalaxiesAimedAt) {
    const int n = studies(2000);
    Means aimed, before;
    forStudies(n, [&](int study) {
        Rng rng(103, static_cast<std::uint64_t>(study));
        Field field(400, 2000, rng, [](double x, double) { return 0.3 + 2.0 * x; });
        // Galaxies aimed at have the density 2x: test rows are kept with probability x.
        std::vector<std::uint8_t> kept;
        for (std::size_t i = 0; i < field.rows(); ++i)
            kept.push_back(rng.uniform() < field.x[i] ? 1 : 0);
        field.add("repair_shift", [&](std::size_t i) { return std::vector<double>{2.0 * field.x[i]}; });
        const auto isKept = [&](std::size_t i) { return kept[i] != 0; };
        aimed.add(field.coverage(field.predict("VanillaSplit+shift"), isKept));
        before.add(field.coverage(field.predict("VanillaSplit"), isKept));
    });
    expectBetween(aimed, 0.9, 0.9 + 2.0 / 401.0, "aimed at"); // at most the largest weight's share more
    EXPECT_LT(before.mean() + before.error(), 0.88);
}

TEST(RepairSimulation, EachEndMissesItsHalf) {
    const int n = studies(2000);
    Means below, above;
    forStudies(n, [&](int study) {
        Rng rng(104, static_cast<std::uint64_t>(study));
        Field field(199, 400, rng, [](double, double) { return 1.0; });
        for (double& truth : field.heldOut.truth)
            truth += std::abs(rng.normal()); // to one side
        const Prediction p = field.predict("VanillaSplit+asymmetric");
        double low = 0.0, high = 0.0;
        for (std::size_t i = 199, test = 0; i < field.rows(); ++i, ++test) {
            low += field.heldOut.truth[i] < p.lower[test] ? 1.0 / 400.0 : 0.0;
            high += field.heldOut.truth[i] > p.upper[test] ? 1.0 / 400.0 : 0.0;
        }
        below.add(low);
        above.add(high);
    });
    expectBetween(below, 0.05, 0.05, "below: (n + 1) alpha / 2 is whole at 199 rows");
    expectBetween(above, 0.05, 0.05, "above");
}

TEST(RepairSimulation, OtherScoresCoverOnAverage) {
    const int n = studies(2000);
    Means ratio, median, split;
    forStudies(n, [&](int study) {
        Rng rng(105, static_cast<std::uint64_t>(study));
        Field field(99, 300, rng, [](double x, double) { return 0.3 + 2.0 * x; });
        const auto mean = [&](std::size_t i) {
            return field.heldOut.signals.at("mean")(static_cast<Eigen::Index>(i), 0);
        };
        field.add("q0.05", [&](std::size_t i) { return std::vector<double>{mean(i) - 0.5 - field.x[i]}; });
        field.add("q0.95", [&](std::size_t i) { return std::vector<double>{mean(i) + 0.8 + field.x[i]}; });
        field.add("delivered_spread", [&](std::size_t i) { return std::vector<double>{0.2 + field.x[i]}; });
        const auto everywhere = [](std::size_t) { return true; };
        ratio.add(field.coverage(field.predict("CQR+ratio"), everywhere));
        median.add(field.coverage(field.predict("CQR+median"), everywhere));
        split.add(field.coverage(field.predict("DeliveredSpread+split"), everywhere));
    });
    for (const auto& [means, what] : {std::pair{&ratio, "CQR-r"}, {&median, "CQR-m"}, {&split, "split"}})
        expectBetween(*means, 0.9, 0.9, what); // k = (n + 1)(1 - alpha) is whole at 99 rows
}

TEST(RepairSimulation, LocalisedAtRandomCoversOnAverageAndMendsInPart) {
    const int n = studies(300);
    Means all, corner, before;
    forStudies(n, [&](int study) {
        Rng rng(108, static_cast<std::uint64_t>(study));
        Field field(600, 300, rng, noisyCorner);
        field.add("kernel_net", [&](std::size_t i) { return std::vector<double>{field.x[i], field.y[i]}; });
        std::vector<std::uint64_t> keys;
        for (std::size_t i = 0; i < field.rows(); ++i)
            keys.push_back(rng.next());
        const MatrixD& places = field.heldOut.signals.at("kernel_net");
        const double h =
            uq::bandwidthFor(places.topRows(600), places.bottomRows(300), uq::localisedEffectiveRows);
        field.heldOut.signals["repair_rlcp(net)"] = uq::localisedSignal(keys, h);
        const auto isCorner = [&](std::size_t i) { return field.x[i] > 0.7 && field.y[i] > 0.7; };
        const Prediction repaired = field.predict("VanillaSplit+rlcp(net)");
        all.add(field.coverage(repaired, [](std::size_t) { return true; }));
        corner.add(field.coverage(repaired, isCorner));
        before.add(field.coverage(field.predict("VanillaSplit"), isCorner));
    });
    expectBetween(all, 0.9, 0.95, "on average");
    EXPECT_GT(corner.mean() - corner.error(), before.mean() + before.error() + 0.1)
        << "the corner is mended in part";
}

TEST(RepairSimulation, CrossValidationCoversWhatItPromises) {
    const int n = studies(2000);
    constexpr std::size_t rows = 40, folds = 5, fresh = 40;
    Means plus, widest;
    forStudies(n, [&](int study) {
        Rng rng(106, static_cast<std::uint64_t>(study));
        std::vector<double> label, residual;
        for (std::size_t i = 0; i < rows; ++i)
            label.push_back(rng.normal());
        // The model is the mean of the labels it has seen.
        MatrixD predictions(rows, fresh);
        for (std::size_t i = 0; i < rows; ++i) {
            double sum = 0.0, seen = 0.0;
            for (std::size_t k = 0; k < rows; ++k)
                if (k % folds != i % folds) {
                    sum += label[k];
                    seen += 1.0;
                }
            predictions.row(static_cast<Eigen::Index>(i)).setConstant(sum / seen);
            residual.push_back(std::abs(label[i] - sum / seen));
        }
        double inPlus = 0.0, inWidest = 0.0;
        const auto a =
            uq::crossValidatedIntervals(uq::CrossValidated::Plus, predictions, residual, {}, alpha);
        const auto b =
            uq::crossValidatedIntervals(uq::CrossValidated::MinMax, predictions, residual, {}, alpha);
        for (std::size_t i = 0; i < fresh; ++i) {
            const double truth = rng.normal();
            inPlus += a[i].lower <= truth && truth <= a[i].upper ? 1.0 / fresh : 0.0;
            inWidest += b[i].lower <= truth && truth <= b[i].upper ? 1.0 / fresh : 0.0;
        }
        plus.add(inPlus);
        widest.add(inWidest);
    });
    expectBetween(plus, 1.0 - 2.0 * alpha, 1.0, "CV+");
    expectBetween(widest, 1.0 - alpha, 1.0, "minmax");
}

// The method itself, with least squares in eight columns on 20 training rows in the place of networks: they
// are off by much, and learning from all but a fold of 60 calibration rows besides is worth something.
TEST(RepairSimulation, CvPlusCoversWhatItPromisesAndIsNarrowerThanASplit) {
    const int n = studies(400);
    constexpr Eigen::Index trained = 20, calibration = 60, fresh = 100, columns = 8;
    constexpr int folds = 10;
    Means covered, ratio;
    const auto isInside = [](std::size_t) { return true; };
    forStudies(n, [&](int study) {
        Rng rng(112, static_cast<std::uint64_t>(study));
        MatrixD x(trained + calibration + fresh, columns);
        for (Eigen::Index i = 0; i < x.size(); ++i)
            x.data()[i] = rng.normal();
        Eigen::VectorXd y = x.rowwise().sum();
        for (Eigen::Index i = 0; i < y.size(); ++i)
            y[i] += rng.normal();
        const auto predictedBy = [&](const std::vector<Eigen::Index>& rows) {
            const Eigen::MatrixXd own = x(rows, Eigen::all);
            const Eigen::VectorXd slope = own.colPivHouseholderQr().solve(y(rows));
            return Eigen::VectorXd(x.bottomRows(calibration + fresh) * slope);
        };
        std::vector<Eigen::Index> training(trained);
        std::iota(training.begin(), training.end(), Eigen::Index{0});
        const Eigen::VectorXd mean = predictedBy(training);
        Field field(calibration, fresh, rng, noisyCorner);
        MatrixD values(calibration + fresh, folds + 1);
        for (int left = 0; left < folds; ++left) {
            std::vector<Eigen::Index> rows = training;
            for (Eigen::Index i = 0; i < calibration; ++i)
                if (i % folds != left)
                    rows.push_back(trained + i);
            values.col(left) = predictedBy(rows) - mean;
        }
        for (Eigen::Index i = 0; i < values.rows(); ++i) {
            values(i, folds) = i < calibration ? static_cast<double>(i % folds) : -1.0;
            field.heldOut.truth[static_cast<std::size_t>(i)] = y[trained + i];
        }
        field.heldOut.signals["mean"] = mean;
        field.heldOut.signals["fold_means_10"] = values;
        const Prediction plus = field.predict("CVPlus"), split = field.predict("VanillaSplit");
        covered.add(field.coverage(plus, isInside));
        double widthOfPlus = 0.0, widthOfSplit = 0.0;
        for (std::size_t i = 0; i < plus.lower.size(); ++i) {
            widthOfPlus += intervalWidth(plus, i);
            widthOfSplit += intervalWidth(split, i);
        }
        ratio.add(widthOfPlus / widthOfSplit);
    });
    // Promised: 1 - 2 alpha - sqrt(2 / 60) = 0.62; said to be usual: about 0.9.
    expectBetween(covered, 1.0 - 2.0 * alpha - std::sqrt(2.0 / calibration), 1.0, "CV+");
    expectBetween(covered, 0.88, 0.96, "CV+ in practice");
    EXPECT_LT(ratio.mean() + ratio.error(), 0.95) << "width beside split conformal's";
}

// Groups of 40 calibration galaxies scatter far more than all 160 do: what is said of a repaired method
// counts that.
TEST(RepairSimulation, RepairedMethodsThatAreSoundAreSeldomAccused) {
    const int n = studies(300);
    std::atomic<int> alarms = 0;
    forStudies(n, [&](int study) {
        Rng rng(109, static_cast<std::uint64_t>(study));
        Field field(160, 1000, rng, [](double x, double) { return 0.3 + std::floor(4.0 * x); });
        field.add("repair_mondrian(x)",
                  [&](std::size_t i) { return std::vector<double>{std::floor(4.0 * field.x[i])}; });
        TargetStudy target;
        target.name = "z";
        target.heldOut = field.heldOut;
        std::vector<RegionColumn> columns = {{"x", "", {}, {}}, {"y", "", {}, {}}};
        for (std::size_t i = 160; i < field.rows(); ++i) {
            columns[0].values.push_back(field.x[i]);
            columns[1].values.push_back(field.y[i]);
        }
        RegionOptions options;
        options.seed = static_cast<std::uint64_t>(study);
        const auto finding =
            findRegions(target, field.predict("VanillaSplit+mondrian(x)"), columns, options, {});
        alarms += std::any_of(finding.regions.begin(), finding.regions.end(),
                              [](const Region& region) { return region.confirmed; });
    });
    EXPECT_LE(static_cast<double>(alarms) / n, atMost(0.05, n));
}

// A survey whose noise grows in one corner: the search names the corner, the repair by it mends it on
// galaxies that neither has seen.
TEST(RepairSimulation, ACornerIsFoundNamedAndMended) {
    const int n = studies(300);
    constexpr std::size_t calibration = 1500, test = 2000, fresh = 2000;
    std::atomic<int> named = 0, inBand = 0, belowBefore = 0, found = 0;
    forStudies(n, [&](int study) {
        Rng rng(107, static_cast<std::uint64_t>(study));
        Field field(calibration, test + fresh, rng, noisyCorner);
        const auto columnsOf = [&](std::size_t from, std::size_t to) {
            std::vector<RegionColumn> columns = {{"x", "", {}, {}}, {"y", "", {}, {}}, {"other", "", {}, {}}};
            for (std::size_t i = from; i < to; ++i) {
                columns[0].values.push_back(field.x[i]);
                columns[1].values.push_back(field.y[i]);
                columns[2].values.push_back(static_cast<double>((i * 7919) % 1000));
            }
            return columns;
        };
        // What the search sees: the test galaxies, without the fresh ones.
        TargetStudy target;
        target.name = "z";
        Prediction seen = field.predict("VanillaSplit");
        for (auto* values : {&seen.mean, &seen.lower, &seen.upper})
            values->resize(test);
        for (std::size_t i = 0; i < calibration + test; ++i) {
            target.heldOut.rows.push_back(field.heldOut.rows[i]);
            target.heldOut.isTest.push_back(field.heldOut.isTest[i]);
            target.heldOut.truth.push_back(field.heldOut.truth[i]);
        }
        RegionOptions options;
        options.seed = static_cast<std::uint64_t>(study);
        const RegionFinding finding =
            findRegions(target, seen, columnsOf(calibration, calibration + test), options, {});
        const auto worst = std::find_if(finding.regions.begin(), finding.regions.end(),
                                        [](const Region& region) { return region.confirmed; });
        if (worst == finding.regions.end())
            return;
        ++found;
        const auto speaksOf = [&](const char* column) {
            return std::any_of(
                worst->conditions.begin(), worst->conditions.end(), [&](const auto& condition) {
                    return condition.column == column && condition.op == RegionCondition::Op::Above;
                });
        };
        named += speaksOf("x") && speaksOf("y") ? 1 : 0;
        auto everywhere = columnsOf(0, field.rows());
        everywhere.push_back({"prediction", "", std::vector<double>(field.rows(), 0.0), {}});
        for (std::size_t i = 0; i < field.rows(); ++i)
            everywhere.back().values[i] = field.heldOut.signals.at("mean")(static_cast<Eigen::Index>(i), 0);
        const auto inside = rowsIn(*worst, everywhere);
        field.add("repair_region(VanillaSplit)", [&](std::size_t i) {
            return std::vector<double>{1.0, static_cast<double>(inside[i])};
        });
        const auto isFresh = [&](std::size_t i) { return inside[i] && i >= calibration + test; };
        std::size_t calibrationInside = 0, freshInside = 0;
        for (std::size_t i = 0; i < field.rows(); ++i) {
            calibrationInside += inside[i] && i < calibration ? 1 : 0;
            freshInside += isFresh(i) ? 1 : 0;
        }
        const Interval band = splitConformalBand(calibrationInside, freshInside, alpha);
        const double after = field.coverage(field.predict("VanillaSplit+region"), isFresh);
        inBand += band.low <= after && after <= band.high ? 1 : 0;
        belowBefore += field.coverage(field.predict("VanillaSplit"), isFresh) < band.low ? 1 : 0;
    });
    // Stated: found and named in 95 % of studies; mended, within the band that holds 95 % of exact methods.
    EXPECT_GE(static_cast<double>(found) / n, atLeast(0.95, n));
    EXPECT_GE(static_cast<double>(named) / n, atLeast(0.95, n));
    EXPECT_GE(static_cast<double>(inBand) / found, atLeast(0.95, found));
    EXPECT_GE(static_cast<double>(belowBefore) / found, atLeast(0.95, found));
}

} // namespace
} // namespace penumbra
