#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace penumbra::aion {

class ScalarCodec;

/// Where the values of a scalar's tokens lie: token k stands for (lower[k], upper[k]]. Of log codecs both are
/// natural logarithms. Bins of equal ends are point masses (ties in a code book).
struct TokenBins {
    std::vector<double> lower, upper;
    bool logarithmic = false;

    std::size_t size() const { return upper.size(); }
    double middle(std::size_t k) const { return (lower[k] + upper[k]) / 2.0; }
    double width(std::size_t k) const { return upper[k] - lower[k]; }
};
/// The first bin gets the width of the second, below the first entry (spec 2, 4.1).
TokenBins binsOf(std::span<const float> codebook, bool logarithmic);
TokenBins binsOf(const ScalarCodec& codec);

/// p(x) of a scalar that is one token: the softmax of its logits, uniform inside each bin. Exact: nothing is
/// drawn. All but `mean` and `spread` is in the scale of the bins (ln x for log codecs).
class TokenPosterior {
public:
    /// @param logits one each of the vocabulary; ids beyond the bins are never emitted and leave the sum
    TokenPosterior(std::shared_ptr<const TokenBins> bins, std::span<const float> logits);

    const TokenBins& bins() const { return *bins_; }
    std::span<const double> probability() const { return probability_; } ///< of each bin
    double unusedMass() const { return unusedMass_; }                    ///< on ids that no codec emits
    /// In the quantity's own units: from the middles of the bins, for log codecs the exponential of these.
    double mean() const;
    double spread() const;    ///< standard deviation
    std::size_t mode() const; ///< the most probable bin, the first of equals
    double entropy() const;
    /// Linear inside the bin. @param level in 0..1
    double quantile(double level) const;
    std::size_t binOf(double x) const; ///< of a value, in the scale of the bins; clamped to the bins
    struct Pit {
        double low = 0.0, high = 0.0; ///< cumulative probability on both sides of the bin
        double value = 0.0;           ///< at x; outside of the bins clipped to 0 and 1
    };
    Pit pit(double x) const;
    double logScore(double x) const; ///< ln of the probability of the bin of x
    double crps(double x) const;     ///< continuous ranked probability score
    /// The smallest set of bins that holds `level`; it may fall into several pieces.
    struct SmallestSet {
        std::size_t bins = 0;
        double width = 0.0;
    };
    SmallestSet smallestSet(double level) const;

private:
    std::shared_ptr<const TokenBins> bins_;
    std::vector<double> probability_;
    double unusedMass_ = 0.0;
};

} // namespace penumbra::aion
