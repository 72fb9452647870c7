#include "core/eval/rest_contrast.h"

#include "core/base/error.h"
#include "core/eval/evaluate.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace penumbra {

namespace {

constexpr double equallyLikely = 1.0 + 1e-7; ///< slack of R's rule

/// Counts x of covered rows among n, of `covered` among all, by their probabilities in units of the
/// likeliest.
class Hypergeometric {
public:
    Hypergeometric(std::size_t n, std::size_t rest, std::size_t covered)
        : n_(static_cast<double>(n)), rest_(static_cast<double>(rest)),
          covered_(static_cast<double>(covered)), least_(covered > rest ? covered - rest : 0),
          most_(std::min(n, covered)) {}

    std::size_t least() const { return least_; }
    std::size_t most() const { return most_; }
    std::size_t likeliest() const {
        const double mode = (n_ + 1.0) * (covered_ + 1.0) / (n_ + rest_ + 2.0);
        return std::clamp(static_cast<std::size_t>(mode), least_, most_);
    }
    /// P(x + 1) / P(x)
    double step(std::size_t x) const {
        const auto at = static_cast<double>(x);
        return (n_ - at) * (covered_ - at) / ((at + 1.0) * (rest_ - covered_ + at + 1.0));
    }

private:
    double n_, rest_, covered_;
    std::size_t least_, most_;
};

double twoSidedP(std::size_t seen, const Hypergeometric& law) {
    const std::size_t mode = law.likeliest();
    double ofSeen = 1.0;
    for (std::size_t x = mode; x < seen; ++x)
        ofSeen *= law.step(x);
    for (std::size_t x = mode; x > seen; --x)
        ofSeen /= law.step(x - 1);
    double all = 1.0, extreme = ofSeen * equallyLikely >= 1.0 ? 1.0 : 0.0;
    const auto count = [&](double weight) {
        all += weight;
        extreme += weight <= ofSeen * equallyLikely ? weight : 0.0;
        return weight > 0.0; // beyond, all are 0
    };
    double weight = 1.0;
    for (std::size_t x = mode; x < law.most(); ++x)
        if (!count(weight *= law.step(x)))
            break;
    weight = 1.0;
    for (std::size_t x = mode; x > law.least(); --x)
        if (!count(weight /= law.step(x - 1)))
            break;
    return std::min(1.0, extreme / all);
}

} // namespace

RestContrast contrastWithRest(std::size_t covered, std::size_t n, std::size_t restCovered,
                              std::size_t restN) {
    if (covered > n || restCovered > restN)
        throw Error(std::to_string(covered) + " of " + std::to_string(n) + " rows and " +
                    std::to_string(restCovered) + " of " + std::to_string(restN) +
                    " others cannot be covered");
    RestContrast contrast;
    if (n == 0 || restN == 0)
        return contrast;
    const double here = static_cast<double>(covered) / static_cast<double>(n);
    const double there = static_cast<double>(restCovered) / static_cast<double>(restN);
    const Interval of = wilson(covered, n), ofRest = wilson(restCovered, restN);
    contrast.difference = here - there;
    contrast.bracket = {contrast.difference - std::hypot(here - of.low, ofRest.high - there),
                        contrast.difference + std::hypot(of.high - here, there - ofRest.low)};
    contrast.p = twoSidedP(covered, Hypergeometric(n, restN, covered + restCovered));
    return contrast;
}

} // namespace penumbra
