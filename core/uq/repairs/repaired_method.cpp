#include "core/uq/repairs/repaired_method.h"

#include "core/base/parallel_for.h"
#include "core/base/text.h"
#include "core/uq/methods/common.h"
#include "core/uq/repairs/conditional_cutoff.h"
#include "core/uq/repairs/localised.h"
#include "core/uq/repairs/repaired_scores.h"
#include "core/uq/repairs/thresholds.h"

#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <mutex>

namespace penumbra::uq {

namespace {

MethodInfo infoOf(const RepairedId& id, const UqMethod& base) {
    const RepairInfo& repair = repairInfo(id.kind);
    MethodInfo info;
    info.id = id.text();
    info.title = base.info().title + ", " + repair.title;
    info.oneLine = std::string(repair.oneLine).append(" ").append(repair.promises);
    info.reference = repair.reference;
    info.conformal = repair.conformal;
    info.calibrated = true;
    return info;
}

/// A method on the scores of another one.
class Repaired : public UqMethod {
public:
    Repaired(RepairedId id, const UqMethod& base)
        : id_(std::move(id)), base_(base), info_(infoOf(id_, base)) {}
    const MethodInfo& info() const override { return info_; }

    std::vector<Signal> needs(const OptionSet& options, double trainedAlpha) const override {
        std::vector<Signal> signals = base_.needs(options, trainedAlpha);
        if (repairInfo(id_.kind).isStored)
            signals.push_back(repairSignal(id_));
        if (id_.kind == RepairKind::Localised)
            signals.push_back(localisingKernel(id_));
        if (id_.kind == RepairKind::Median &&
            std::find(signals.begin(), signals.end(), Signal::mean()) == signals.end())
            signals.push_back(Signal::mean());
        return signals;
    }

    std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas,
                                      double trainedAlpha, const OptionSet& options,
                                      const RunContext& context) const override {
        std::vector<Prediction> predictions;
        for (const double alpha : alphas) {
            context.checkStop();
            checkAlpha(alpha);
            const RowScores scores =
                rowScores(id_, base_, evidence, {alpha, trainedAlpha, &options, context.quiet()});
            Thresholds q = thresholds(evidence, scores, alpha, context);
            Prediction prediction = startPrediction(*this, evidence, alpha, centres(evidence, scores));
            for (std::size_t i = 0; i < scores.test.lower.size(); ++i) {
                prediction.lower.push_back(moved(scores.test.lower[i], scores.test.scaleLow[i], -q.low[i]));
                prediction.upper.push_back(moved(scores.test.upper[i], scores.test.scaleHigh[i], q.high[i]));
            }
            prediction.effective = std::move(q.effective);
            predictions.push_back(std::move(prediction));
        }
        return predictions;
    }

protected:
    /// [test rows]
    struct Thresholds {
        std::vector<double> low, high;
        std::vector<double> effective; ///< calibration rows behind them, where that differs by row
        static Thresholds alike(std::vector<double> q) { return {q, q, {}}; }
    };
    virtual Thresholds thresholds(const Evidence& evidence, const RowScores& scores, double alpha,
                                  const RunContext& context) const = 0;
    const RepairedId id_;
    const UqMethod& base_;

private:
    /// Rows of which a column says nothing keep their infinite end.
    static double moved(double end, double scale, double q) {
        return std::isinf(end)     ? end
               : std::isinf(q)     ? q
               : std::isinf(scale) ? std::copysign(scale, q)
                                   : end + q * scale;
    }
    std::vector<double> centres(const Evidence& evidence, const RowScores& scores) const {
        return scores.test.centre.empty() ? middles(evidence, scores.test.lower, scores.test.upper)
                                          : scores.test.centre;
    }
    const MethodInfo info_;
};

/// Mondrian bins, and inside or outside a subset.
class Grouped final : public Repaired {
    using Repaired::Repaired;
    Thresholds thresholds(const Evidence& evidence, const RowScores& scores, double alpha,
                          const RunContext&) const override {
        const Signal groups = repairSignal(id_);
        GroupThresholds found = groupThresholds(scores.calibration.score, evidence.calibration(groups),
                                                evidence.test(groups), alpha);
        Thresholds q = Thresholds::alike(std::move(found.threshold));
        q.effective = std::move(found.size);
        return q;
    }
};

/// Overlapping groups; galaxies alike in all groups share their threshold.
class Conditional final : public Repaired {
    using Repaired::Repaired;
    Thresholds thresholds(const Evidence& evidence, const RowScores& scores, double alpha,
                          const RunContext& context) const override {
        const MatrixD all = evidence.calibrationMatrix(repairSignal(id_)),
                      test = evidence.testMatrix(repairSignal(id_));
        std::vector<Eigen::Index> known;
        std::vector<double> knownScore;
        for (std::size_t i = 0; i < scores.calibration.score.size(); ++i)
            if (std::isfinite(scores.calibration.score[i])) {
                known.push_back(static_cast<Eigen::Index>(i));
                knownScore.push_back(scores.calibration.score[i]);
            }
        const ConditionalCutoffs cutoffs(all(known, Eigen::all), knownScore, alpha);
        std::map<std::vector<double>, std::size_t> places;
        std::vector<std::vector<double>> patterns;
        std::vector<std::size_t> patternOf;
        for (Eigen::Index row = 0; row < test.rows(); ++row) {
            std::vector<double> phi(test.row(row).data(), test.row(row).data() + test.cols());
            const auto [found, isNew] = places.emplace(std::move(phi), patterns.size());
            if (isNew)
                patterns.push_back(found->first);
            patternOf.push_back(found->second);
        }
        std::vector<double> cutoff(patterns.size()), q;
        parallelFor(patterns.size(), context.threads, [&](std::size_t begin, std::size_t end) {
            for (std::size_t p = begin; p < end; ++p) {
                context.checkStop();
                cutoff[p] = cutoffs.cutoff(patterns[p]);
            }
        });
        for (const std::size_t pattern : patternOf)
            q.push_back(cutoff[pattern]);
        return Thresholds::alike(std::move(q));
    }
};

class Weighted final : public Repaired {
    using Repaired::Repaired;
    Thresholds thresholds(const Evidence& evidence, const RowScores& scores, double alpha,
                          const RunContext&) const override {
        const std::vector<double> weights = evidence.calibration(repairSignal(id_));
        Thresholds q = Thresholds::alike(
            weightedThresholds(scores.calibration.score, weights, evidence.test(repairSignal(id_)), alpha));
        std::vector<double> taking;
        for (std::size_t i = 0; i < weights.size(); ++i)
            if (!std::isnan(scores.calibration.score[i]))
                taking.push_back(weights[i]);
        q.effective.assign(q.low.size(), effectiveRows(taking));
        return q;
    }
};

class Asymmetric final : public Repaired {
    using Repaired::Repaired;
    Thresholds thresholds(const Evidence& evidence, const RowScores& scores, double alpha,
                          const RunContext&) const override {
        const TwoThresholds q = twoSidedThresholds(scores.calibration.below, scores.calibration.above, alpha);
        const std::size_t n = evidence.testIndex.size();
        return {std::vector<double>(n, q.low), std::vector<double>(n, q.high), {}};
    }
};

class Localised final : public Repaired {
    using Repaired::Repaired;
    Thresholds thresholds(const Evidence& evidence, const RowScores& scores, double alpha,
                          const RunContext& context) const override {
        const Signal kernel = localisingKernel(id_);
        const MatrixD calibration = evidence.calibrationMatrix(kernel), test = evidence.testMatrix(kernel);
        const MatrixD settled = evidence.testMatrix(repairSignal(id_));
        std::vector<std::int64_t> draws;
        for (Eigen::Index row = 0; row < settled.rows(); ++row)
            draws.push_back(static_cast<std::int64_t>(settled(row, 0)));
        const double h = settled.rows() > 0 ? settled(0, 1) : 1.0;
        LocalisedThresholds found =
            localisedThresholds(calibration, test, draws, scores.calibration.score, h, alpha, context);
        return {found.threshold, found.threshold, std::move(found.effective)};
    }
};

/// One threshold for all, on other scores.
class Rescored final : public Repaired {
public:
    using Repaired::Repaired;

    std::optional<SplitScores> splitScores(const Evidence& evidence, double alpha, double trainedAlpha,
                                           const OptionSet& options) const override {
        const RowScores scores = rowScores(id_, base_, evidence, {alpha, trainedAlpha, &options, {}});
        if (scores.test.scaleLow != scores.test.scaleHigh)
            return {}; // SplitScores know one scale a row
        return SplitScores{scores.calibration.score, scores.test.lower, scores.test.upper,
                           scores.test.scaleLow,     scores.test.score, false};
    }

private:
    Thresholds thresholds(const Evidence& evidence, const RowScores& scores, double alpha,
                          const RunContext&) const override {
        const double q =
            conformalQuantile(knownScores(scores.calibration.score), alpha, QuantileRule::FiniteSample);
        return Thresholds::alike(std::vector<double>(evidence.testIndex.size(), q));
    }
};

std::unique_ptr<UqMethod> make(const RepairedId& id, const UqMethod& base) {
    switch (id.kind) {
    case RepairKind::Mondrian:
    case RepairKind::Subset:
        return std::make_unique<Grouped>(id, base);
    case RepairKind::Conditional:
    case RepairKind::Region:
        return std::make_unique<Conditional>(id, base);
    case RepairKind::Shift:
        return std::make_unique<Weighted>(id, base);
    case RepairKind::Asymmetric:
        return std::make_unique<Asymmetric>(id, base);
    case RepairKind::Ratio:
    case RepairKind::Median:
    case RepairKind::Split:
        return std::make_unique<Rescored>(id, base);
    case RepairKind::Localised:
        return std::make_unique<Localised>(id, base);
    }
    return nullptr;
}

} // namespace

Signal localisingKernel(const RepairedId& id) {
    return Signal::kernel(id.argument == "aion" ? Signal::Space::Aion : Signal::Space::Net);
}

std::string whyNotRepairable(const UqMethod& base, RepairKind kind) {
    const MethodInfo& info = base.info();
    const auto outer = parseRepairedId(info.id);
    if (outer && outer->kind != RepairKind::Split)
        return info.id + " is repaired already; repair " + outer->base + " instead";
    if (kind == RepairKind::Ratio || kind == RepairKind::Median)
        return info.id == "CQR" ? "" : "only CQR has the quantiles that this needs";
    if (kind == RepairKind::Split)
        return info.calibrated ? info.id + " is calibrated already" : "";
    const bool isLocal = info.calibrated && !info.conformal;
    if (isLocal)
        return info.id + " has a quantile of its own for every galaxy, no split score";
    return info.calibrated ? "" : info.id + " was never calibrated; repair it by split first";
}

const UqMethod& repairedMethod(const RepairedId& id) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<UqMethod>> known;
    const UqMethod& base = findMethod(id.base); // may come here again: before the lock
    const std::scoped_lock lock(mutex);
    auto& method = known[id.text()];
    if (!method) {
        if (const std::string why = whyNotRepairable(base, id.kind); !why.empty()) {
            known.erase(id.text());
            throw UsageError("There is no method '" + id.text() + "': " + why + ".");
        }
        method = make(id, base);
    }
    return *method;
}

} // namespace penumbra::uq
