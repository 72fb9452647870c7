#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace penumbra {

/// Levels 0.01 ... 0.99 of nominal coverage.
std::vector<double> coverageLevels();

/// Ends of a band of a coverage curve, one a level, as fractions of the test rows, both inside.
struct CoverageBand {
    std::vector<double> low, high;
    double localLevel = 0.0;  ///< eta: every level alone is left with this probability at most
    double probability = 0.0; ///< that the whole curve stays inside
};

/// How the counts of covered test rows spread: of intervals that were fixed beforehand (binomial), or of one
/// set of calibration scores that all levels share (Beta-Binomial).
struct CoverageLaw {
    std::size_t nTest = 0;
    std::size_t nCalibration = 0; ///< 0: fixed intervals
};

/// Where a calibrated method's curve is at each level taken alone. @param levels ascending, inside (0, 1)
CoverageBand pointwiseBand(const CoverageLaw& law, std::span<const double> levels, double confidence = 0.95);

/// Where it is at all levels together: the pointwise bands of the largest local level eta at which the whole
/// curve stays inside with this probability (equal local levels, as Berk & Jones 1979), exact for any numbers
/// of rows by a chain over the levels. Narrow at both ends, unlike a band of constant width. Levels whose
/// rank exceeds nCalibration are covered altogether.
CoverageBand simultaneousBand(const CoverageLaw& law, std::span<const double> levels,
                              double confidence = 0.95);

/// Step of a path that counts: `amount` is the expected number of new rows (fixed intervals), or the number
/// of calibration scores passed (split conformal).
struct CountStep {
    double amount = 0.0;
    std::size_t low = 0, high = 0; ///< where the count may be after it
};
/// Probability that a path of counts that ends at nTest stays inside the windows of all steps. The count
/// grows by multinomial shares of nTest (fixed), or as test scores fall between exchangeable calibration
/// scores (Polya's urn). @param last what is left after the last step, as CountStep::amount
double probabilityInside(const CoverageLaw& law, std::span<const CountStep> steps, double last);

} // namespace penumbra
