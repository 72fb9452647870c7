#include "core/aion/posterior.h"

#include "core/aion/sampling.h"
#include "core/aion/scalar_codec.h"
#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra::aion {

namespace {

/// Integral of a linear function squared, from `a` at one end to `b` at the other.
double squaredArea(double a, double b, double width) {
    return width * (a * a + a * b + b * b) / 3.0;
}

} // namespace

TokenBins binsOf(std::span<const float> codebook, bool logarithmic) {
    if (codebook.size() < 2)
        throw Error("a code book of " + std::to_string(codebook.size()) + " entries has no bins.");
    TokenBins bins;
    bins.logarithmic = logarithmic;
    for (std::size_t k = 0; k < codebook.size(); ++k) {
        const auto at = static_cast<double>(codebook[k]);
        bins.upper.push_back(at);
        bins.lower.push_back(k == 0 ? 2.0 * at - static_cast<double>(codebook[1])
                                    : static_cast<double>(codebook[k - 1]));
    }
    return bins;
}

TokenBins binsOf(const ScalarCodec& codec) {
    return binsOf(codec.codebook(), codec.kind() == ModalityKind::LogScalar);
}

TokenPosterior::TokenPosterior(std::shared_ptr<const TokenBins> bins, std::span<const float> logits)
    : bins_(std::move(bins)) {
    if (logits.size() < bins_->size())
        throw Error(std::to_string(logits.size()) + " logits for " + std::to_string(bins_->size()) +
                    " bins; the code book and the model do not belong together.");
    const std::span used = logits.first(bins_->size());
    probability_ = tokenProbabilities(used, 1.0);
    if (logits.size() > used.size())
        unusedMass_ = -std::expm1(logSumExp(used) - logSumExp(logits));
}

double TokenPosterior::mean() const {
    double sum = 0.0;
    for (std::size_t k = 0; k < probability_.size(); ++k)
        sum += probability_[k] * (bins_->logarithmic ? std::exp(bins_->middle(k)) : bins_->middle(k));
    return sum;
}

double TokenPosterior::spread() const {
    const double centre = mean();
    double variance = 0.0;
    for (std::size_t k = 0; k < probability_.size(); ++k) {
        const bool log = bins_->logarithmic;
        const double at = log ? std::exp(bins_->middle(k)) : bins_->middle(k),
                     width = log ? std::exp(bins_->upper[k]) - std::exp(bins_->lower[k]) : bins_->width(k);
        variance += probability_[k] * ((at - centre) * (at - centre) + width * width / 12.0);
    }
    return std::sqrt(variance);
}

std::size_t TokenPosterior::mode() const {
    return static_cast<std::size_t>(std::max_element(probability_.begin(), probability_.end()) -
                                    probability_.begin());
}

double TokenPosterior::entropy() const {
    double sum = 0.0;
    for (const double p : probability_)
        if (p > 0.0)
            sum -= p * std::log(p);
    return sum;
}

double TokenPosterior::quantile(double level) const {
    double before = 0.0;
    for (std::size_t k = 0; k < probability_.size(); ++k) {
        const double after = before + probability_[k];
        if (probability_[k] > 0.0 && (after >= level || k + 1 == probability_.size()))
            return bins_->lower[k] +
                   std::clamp((level - before) / probability_[k], 0.0, 1.0) * bins_->width(k);
        before = after;
    }
    return bins_->upper.back();
}

std::size_t TokenPosterior::binOf(double x) const {
    const auto at = std::lower_bound(bins_->upper.begin(), bins_->upper.end(), x);
    return std::min(static_cast<std::size_t>(at - bins_->upper.begin()), bins_->size() - 1);
}

TokenPosterior::Pit TokenPosterior::pit(double x) const {
    const std::size_t bin = binOf(x);
    Pit pit;
    pit.low =
        std::accumulate(probability_.begin(), probability_.begin() + static_cast<std::ptrdiff_t>(bin), 0.0);
    pit.high = pit.low + probability_[bin];
    const double share =
        bins_->width(bin) > 0.0 ? std::clamp((x - bins_->lower[bin]) / bins_->width(bin), 0.0, 1.0) : 1.0;
    pit.value = pit.low + probability_[bin] * share;
    return pit;
}

double TokenPosterior::logScore(double x) const {
    return std::log(probability_[binOf(x)]);
}

double TokenPosterior::crps(double x) const {
    double area = 0.0, before = 0.0;
    for (std::size_t k = 0; k < probability_.size(); ++k) {
        const double after = before + probability_[k], low = bins_->lower[k], high = bins_->upper[k];
        const double inside = std::clamp(x, low, high);
        const double there = high > low ? before + probability_[k] * (inside - low) / (high - low) : before;
        area +=
            squaredArea(before, there, inside - low) + squaredArea(1.0 - there, 1.0 - after, high - inside);
        before = after;
    }
    return area + std::max(0.0, x - bins_->upper.back()) + std::max(0.0, bins_->lower.front() - x);
}

TokenPosterior::SmallestSet TokenPosterior::smallestSet(double level) const {
    std::vector<std::size_t> order(probability_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return probability_[a] > probability_[b]; });
    SmallestSet set;
    double sum = 0.0;
    for (const std::size_t k : order) {
        ++set.bins;
        set.width += bins_->width(k);
        sum += probability_[k];
        if (sum >= level)
            break;
    }
    return set;
}

} // namespace penumbra::aion
