#pragma once

#include <cstddef>
#include <vector>

namespace penumbra {

/// Probabilities of 0..n successes, Binomial(n, p). p in [0, 1].
std::vector<double> binomialProbabilities(std::size_t n, double p);

/// Probabilities of 0..n successes, Beta-Binomial(n, a, b), a, b > 0: covered test rows of a split-conformal
/// method have a = k, b = nCalibration + 1 - k (Vovk 2012).
std::vector<double> betaBinomialProbabilities(std::size_t n, double a, double b);

/// How many of `nTest` rows a split-conformal method covers that was calibrated on nCalibration rows at
/// alpha; all of them where its quantile is infinite.
std::vector<double> conformalCountProbabilities(std::size_t nCalibration, std::size_t nTest, double alpha);

/// P(X <= k) and P(X >= k). Sums run over the nearer tail, so that small ones keep their precision.
double probabilityUpTo(const std::vector<double>& probabilities, std::size_t k);
double probabilityFrom(const std::vector<double>& probabilities, std::size_t k);

/// Counts low..high, both inside.
struct CountRange {
    std::size_t low = 0, high = 0;
};
/// The smallest counts with P(X <= low) >= tail and P(X <= high) >= 1 - tail: X lies outside with at most
/// `tail` to either side.
CountRange centralRange(const std::vector<double>& probabilities, double tail);

} // namespace penumbra
