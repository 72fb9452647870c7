#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace penumbra {

/// P(D_n >= d) of the two-sided Kolmogorov-Smirnov distance of n uniform values, by the choices of Simard &
/// L'Ecuyer (2011) that SciPy makes: exact to 140 values and far in the lower tail (Marsaglia, Tsang & Wang
/// 2003), twice the one-sided tail in the upper (Birnbaum & Tingey 1951), within 1e-6 between.
double kolmogorovTail(double distance, std::size_t n);
/// d with P(D_n > d) = tail, to 1e-12.
double kolmogorovQuantile(double tail, std::size_t n);

/// P(W2 >= w) of the Cramer-von Mises statistic of n uniform values (Csorgo & Faraway 1996, to 1/n).
double cramerVonMisesTail(double statistic, std::size_t n);
/// P(A2 >= a) of the Anderson-Darling statistic of n uniform values (Marsaglia & Marsaglia 2004).
double andersonDarlingTail(double statistic, std::size_t n);
/// P(X >= x) of chi-square.
double chiSquareTail(double statistic, double degrees);

/// How far values in [0, 1] are from uniform.
struct UniformityTests {
    std::size_t n = 0;
    std::size_t atEnds = 0; ///< values that are exactly 0 or 1: they make Anderson-Darling infinite
    double ks = 0.0, ksPlus = 0.0, ksMinus = 0.0; ///< sup |F_n - F|, sup (F_n - F), sup (F - F_n)
    double cvm = 0.0, ad = 0.0;
    /// p-values for independent values; NaN for none. Not for values that share a calibration set.
    double ksP = std::numeric_limits<double>::quiet_NaN();
    double cvmP = std::numeric_limits<double>::quiet_NaN();
    double adP = std::numeric_limits<double>::quiet_NaN();
};
/// @throws Error for values outside [0, 1] or NaN.
UniformityTests testUniformity(std::vector<double> values);

/// The same question for values that one set of calibration scores made: each is uniform, but they depend on
/// each other, and the tests above call exact methods wrong in 7 to 29 % of studies at a level of 5 %.
struct SharedUniformity {
    std::size_t nTest = 0, nCalibration = 0;
    double distance = 0.0; ///< max over ranks k of |#{test <= s_(k)} / nTest - k / (nCalibration + 1)|
    /// P(distance at least as large) where calibration and test rows are exchangeable: exact, by a Polya urn.
    double p = std::numeric_limits<double>::quiet_NaN();
};
/// Above 2,000 calibration rows every ceil(n / 1000)-th rank is looked at, in distance and law alike.
/// @throws Error for NaN
SharedUniformity testSharedUniformity(std::vector<double> calibrationScores, std::vector<double> testScores);

/// Counts in equal bins of [0, 1], right-open, the last one closed, with the range of one bin by chance and
/// of all of them together (Bonferroni).
struct UniformHistogram {
    std::vector<std::size_t> counts;
    std::size_t low = 0, high = 0;       ///< 95 % of one bin
    std::size_t lowAll = 0, highAll = 0; ///< 95 % of all bins
    double chiSquare = 0.0;
    double chiSquareP = std::numeric_limits<double>::quiet_NaN(); ///< of independent values alone
};
/// 20 bins, 10 below 500 values.
std::size_t usualBins(std::size_t n);
/// @param nCalibration rows whose scores all values share; 0: independent values
UniformHistogram uniformHistogram(std::span<const double> values, std::size_t bins,
                                  std::size_t nCalibration = 0);

} // namespace penumbra
