#pragma once

#include "core/base/rng.h"
#include "core/eval/evaluate.h"

namespace penumbra {

/// What the bootstrapped metrics need from a set of rows: sums, so that one pass over the resamples serves
/// all of them. "finite" sums run over rows with a finite interval.
struct RowSums {
    double finiteRows = 0.0;
    double width = 0.0, width2 = 0.0;             ///< finite
    double finiteError = 0.0, finiteError2 = 0.0; ///< finite, of |truth - mean|
    double widthError = 0.0;                      ///< finite, width times |truth - mean|
    double intervalScore = 0.0; ///< finite; crossed ends pay for both, as the two quantile losses have it
    double residual2 = 0.0, absResidual = 0.0; ///< of mean - truth
    double normalised = 0.0;                   ///< mean - truth, over 1 + truth if asked for
    double truth = 0.0, truth2 = 0.0;          ///< of truth minus its mean over all rows
    RowSums& operator+=(const RowSums& other);
};

/// Calls take(row) for n rows drawn with replacement. One 64-bit draw gives two rows; scaling 32 bits by n
/// favours no row by more than n / 2^32.
template <typename Take>
void resample(std::size_t n, Rng& rng, const Take& take) {
    for (std::size_t i = 0; i < n; i += 2) {
        const std::uint64_t draw = rng.next();
        take(static_cast<std::size_t>((static_cast<std::uint32_t>(draw) * static_cast<std::uint64_t>(n)) >>
                                      32));
        if (i + 1 < n)
            take(static_cast<std::size_t>(((draw >> 32) * static_cast<std::uint64_t>(n)) >> 32));
    }
}

/// Sums of the rows themselves and of `replicates` resamples of n rows out of n (Efron 1979); above 20,000
/// rows, of 10,000 random groups of them. Replicate r draws from random stream r: the same seed and n give
/// the same resamples for every method, whatever the number of threads.
class BootstrapSums {
public:
    BootstrapSums(const Prediction& prediction, std::span<const double> truth,
                  const EvaluateOptions& options);
    const RowSums& observed() const { return observed_; }
    std::size_t rows() const { return rows_; }

    /// 95 % percentile interval of a statistic of the sums; NaN without replicates or with fewer than two
    /// rows. Replicates in which it is not defined (no finite interval drawn) are left out.
    template <typename Statistic>
    Interval interval(const Statistic& statistic) const {
        std::vector<double> values;
        values.reserve(replicates_.size());
        for (const RowSums& sums : replicates_)
            values.push_back(statistic(sums));
        return percentileInterval(std::move(values));
    }

private:
    static Interval percentileInterval(std::vector<double> values);
    RowSums observed_;
    std::size_t rows_ = 0;
    std::vector<RowSums> replicates_;
};

/// 95 % percentile interval of the mean of `values`, or its normal limit where the two cannot be told apart;
/// NaN for fewer than two.
Interval bootstrapMean(std::span<const double> values, const EvaluateOptions& options);

/// Exact distribution-free 95 % interval of the median of the distribution behind sorted values: order
/// statistics at Binomial(n, 1/2) quantiles (David & Nagaraja 2003, 7.1). No resampling. NaN where n < 6
/// cannot reach 95 %.
Interval medianInterval(std::span<const double> sorted);
double medianOf(std::vector<double>& values); ///< sorts; NaN for none

/// numpy's linear interpolation between order statistics; values are ascending and not empty.
double quantileOfSorted(const std::vector<double>& sorted, double level);

bool hasFiniteInterval(const Prediction& prediction, std::size_t row);

} // namespace penumbra
