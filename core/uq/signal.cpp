#include "core/uq/signal.h"

#include "core/base/text.h"

#include <cmath>

namespace penumbra::uq {

namespace {

/// 1 - 0.1 / 2 and 0.95 must give one name.
std::string levelText(double level) {
    return shortestReal(std::round(level * 1e12) / 1e12);
}

std::string spaceText(Signal::Space space) {
    return space == Signal::Space::Net ? "net" : "aion";
}

std::string dropoutText(const Signal& signal) {
    return "_p" + levelText(signal.level) + "_t" + std::to_string(signal.index);
}

} // namespace

std::string Signal::name() const {
    switch (kind) {
    case Kind::Mean:
        return "mean";
    case Kind::Quantile:
        return std::string("q").append(levelText(level));
    case Kind::Member:
        return index == 0 ? std::string("mean") : std::string("member").append(std::to_string(index));
    case Kind::DropoutMean:
        return "dropout_mean" + dropoutText(*this);
    case Kind::DropoutSpread:
        return "dropout_spread" + dropoutText(*this);
    case Kind::Residual:
        return "residual_" + spaceText(space);
    case Kind::Embedding:
        return "embedding_" + spaceText(space);
    case Kind::Kernel:
        return "kernel_" + spaceText(space);
    case Kind::DeliveredSpread:
        return "delivered_spread";
    case Kind::DeliveredLower:
        return "delivered_lower";
    case Kind::DeliveredUpper:
        return "delivered_upper";
    case Kind::FoldMeans:
        return "fold_means_" + std::to_string(index);
    case Kind::Stored:
        return stored;
    }
    return {};
}

bool Signal::isDelivered() const {
    return kind == Kind::DeliveredSpread || kind == Kind::DeliveredLower || kind == Kind::DeliveredUpper;
}

bool Signal::mayBeInfinite() const {
    return isDelivered() || kind == Kind::Residual || kind == Kind::Quantile;
}

Signal Signal::mean() {
    return {};
}

Signal Signal::quantile(double level) {
    Signal signal;
    signal.kind = Kind::Quantile;
    signal.level = level;
    return signal;
}

Signal Signal::member(int index) {
    Signal signal;
    signal.kind = index == 0 ? Kind::Mean : Kind::Member;
    signal.index = index;
    return signal;
}

Signal Signal::dropoutMean(double rate, int passes) {
    Signal signal;
    signal.kind = Kind::DropoutMean;
    signal.level = rate;
    signal.index = passes;
    return signal;
}

Signal Signal::dropoutSpread(double rate, int passes) {
    Signal signal = dropoutMean(rate, passes);
    signal.kind = Kind::DropoutSpread;
    return signal;
}

Signal Signal::residual(Space space) {
    Signal signal;
    signal.kind = Kind::Residual;
    signal.space = space;
    return signal;
}

Signal Signal::embedding(Space space) {
    Signal signal = residual(space);
    signal.kind = Kind::Embedding;
    return signal;
}

Signal Signal::kernel(Space space) {
    Signal signal = residual(space);
    signal.kind = Kind::Kernel;
    return signal;
}

Signal Signal::deliveredSpread() {
    Signal signal;
    signal.kind = Kind::DeliveredSpread;
    return signal;
}

Signal Signal::deliveredLower() {
    Signal signal;
    signal.kind = Kind::DeliveredLower;
    return signal;
}

Signal Signal::foldMeans(int folds) {
    Signal signal;
    signal.kind = Kind::FoldMeans;
    signal.index = folds;
    return signal;
}

Signal Signal::storedAs(std::string name) {
    Signal signal;
    signal.kind = Kind::Stored;
    signal.stored = std::move(name);
    return signal;
}

Signal Signal::deliveredUpper() {
    Signal signal;
    signal.kind = Kind::DeliveredUpper;
    return signal;
}

} // namespace penumbra::uq
