#pragma once

#include <cstddef>

namespace penumbra {

/// Standard normal quantile Phi^-1(p) to double precision. p = 0 and 1 give -inf and +inf; NaN outside [0,
/// 1].
double normalQuantile(double p);

/// ln Gamma(x) for x > 0, without std::lgamma's global sign (thread-safe).
double logGamma(double x);

/// Regularised incomplete beta function I_x(a, b), a, b > 0, by its continued fraction (DLMF 8.17.22).
double regularisedBeta(double x, double a, double b);

/// x with I_x(a, b) = p: the quantile of a Beta(a, b) variable, absolute error below 1e-12.
double betaQuantile(double p, double a, double b);

/// Rank k = ceil((n+1)(1-alpha)) of the split-conformal quantile among n scores, at least 1; k = n+1 or more
/// means +inf. Rounding of the product is guarded, so that 10 * 0.9 is 9 (spec: k of d.1).
std::size_t conformalRank(std::size_t n, double alpha);

} // namespace penumbra
