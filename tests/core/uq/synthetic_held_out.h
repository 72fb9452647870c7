#pragma once

#include "core/base/rng.h"
#include "core/catalogue/posterior_table.h"
#include "core/uq/repairs/localised.h"
#include "core/uq/uq_method.h"

#include <algorithm>
#include <cmath>

namespace penumbra::uq {

inline OptionSet defaultMethodOptions() {
    OptionSet options;
    describeMethodOptions(options);
    options.setFromText("cv-folds", "5");
    return options;
}

/// y = sin(6x) + sigma(x) e with sigma = 0.2 + 0.8 x and normal e. The signals are imperfect on purpose: the
/// mean is biased, the residual net too small and sometimes negative, the quantiles too close together.
class SyntheticHeldOut {
public:
    SyntheticHeldOut(std::size_t nCalibration, std::size_t nTest, std::uint64_t seed) : rng_(seed) {
        const std::size_t n = nCalibration + nTest;
        for (std::size_t i = 0; i < n; ++i) {
            x_.push_back(rng_.uniform());
            heldOut.rows.push_back(static_cast<std::int64_t>(1000 + i));
            // Roles alternate, so that a method that mixes up indices is seen.
            heldOut.isTest.push_back(i * nTest / n != (i + 1) * nTest / n ? 1 : 0);
            heldOut.truth.push_back(location(i) + scale(i) * rng_.normal());
        }
    }

    void add(const Signal& signal) {
        if (signal.name() == posteriorSignal) {
            addPosterior();
            return;
        }
        if (signal.name().starts_with("repair_rlcp")) { // a draw for each galaxy, and the width of the kernel
            std::vector<std::uint64_t> keys;
            for (std::size_t i = 0; i < x_.size(); ++i)
                keys.push_back(static_cast<std::uint64_t>(i) << 40U);
            heldOut.signals[signal.name()] = localisedSignal(keys, 0.5);
            return;
        }
        if (signal.kind == Signal::Kind::FoldMeans) {
            addFoldMeans(signal);
            return;
        }
        const bool wide = signal.kind == Signal::Kind::Embedding || signal.kind == Signal::Kind::Kernel;
        MatrixD values(static_cast<Eigen::Index>(x_.size()), wide ? 2 : 1);
        for (std::size_t i = 0; i < x_.size(); ++i) {
            const auto row = static_cast<Eigen::Index>(i);
            values(row, 0) = value(signal, i);
            if (wide)
                values(row, 1) = rng_.normal();
        }
        heldOut.signals[signal.name()] = values;
    }

    void addNeedsOf(const UqMethod& method, const OptionSet& options, double trainedAlpha) {
        for (const Signal& signal : method.needs(options, trainedAlpha))
            add(signal);
    }

    std::vector<double> testTruth() const {
        std::vector<double> truth;
        for (std::size_t i = 0; i < heldOut.truth.size(); ++i)
            if (heldOut.isTest[i])
                truth.push_back(heldOut.truth[i]);
        return truth;
    }

    HeldOut heldOut;

private:
    /// Networks that differ a little, and folds in turn.
    void addFoldMeans(const Signal& signal) {
        MatrixD values(static_cast<Eigen::Index>(x_.size()), signal.index + 1);
        for (std::size_t i = 0; i < x_.size(); ++i) {
            const auto row = static_cast<Eigen::Index>(i);
            for (int fold = 0; fold < signal.index; ++fold)
                values(row, fold) = 0.05 * rng_.normal();
            values(row, signal.index) =
                heldOut.isTest[i] ? -1.0 : static_cast<double>(static_cast<int>(i) % signal.index);
        }
        heldOut.signals[signal.name()] = values;
    }

    /// Of the right shape, but 0.7 of the size.
    void addPosterior() {
        const auto levels = posteriorLevels();
        MatrixD table(static_cast<Eigen::Index>(x_.size()), static_cast<Eigen::Index>(levels.size()));
        for (std::size_t i = 0; i < x_.size(); ++i)
            for (std::size_t l = 0; l < levels.size(); ++l)
                table(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(l)) =
                    location(i) + 0.7 * scale(i) * normalQuantile(std::clamp(levels[l], 1e-6, 1.0 - 1e-6));
        heldOut.signals[posteriorSignal] = table;
    }

    double location(std::size_t i) const { return std::sin(6.0 * x_[i]); }
    double scale(std::size_t i) const { return 0.2 + 0.8 * x_[i]; }

    double value(const Signal& signal, std::size_t i) {
        switch (signal.kind) {
        case Signal::Kind::Mean:
            return location(i) + 0.1 * x_[i];
        case Signal::Kind::Quantile:
            return location(i) + 0.7 * scale(i) * normalQuantile(signal.level);
        case Signal::Kind::Member:
            return location(i) + 0.1 * scale(i) * rng_.normal();
        case Signal::Kind::DropoutMean:
            return location(i);
        case Signal::Kind::DropoutSpread:
            return 0.3 * scale(i);
        case Signal::Kind::Residual:
            return 0.6 * scale(i) + 0.1 * rng_.normal();
        case Signal::Kind::DeliveredSpread:
            return 0.8 * scale(i);
        case Signal::Kind::DeliveredLower:
            return location(i) - scale(i);
        case Signal::Kind::DeliveredUpper:
            return location(i) + 1.2 * scale(i);
        case Signal::Kind::Embedding:
        case Signal::Kind::Kernel:
            return x_[i];
        case Signal::Kind::FoldMeans:
        case Signal::Kind::Stored:
            return 1.0; // one group, one weight
        }
        return 0.0;
    }

    Rng rng_;
    std::vector<double> x_;
};

} // namespace penumbra::uq
