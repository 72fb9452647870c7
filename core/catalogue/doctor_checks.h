#pragma once

// The single checks of the doctor; only doctor*.cpp include it.

#include "core/catalogue/doctor.h"

#include <functional>
#include <span>
#include <string_view>

namespace penumbra::doctor {

constexpr std::size_t exampleRows = 10;

std::string countText(std::size_t n);
/// "1 row", "12,345 rows"
std::string counted(std::size_t n, const std::string& one, const std::string& many);

/// A value that looks like a code for "not measured".
struct SuspectedCode {
    double low = 0.0, high = 0.0; ///< equal but for a cluster of codes
    std::size_t count = 0;
    Severity severity = Severity::Warning;
    bool arguable = false; ///< zeros that may be honest: none of it, rather than not measured
    std::string what;
};
/// Codes such as -99 left among measured values: values that stand apart from all others, or that repeat in a
/// column where nothing else does. `sorted`: finite, ascending. `integral`: flags and counts, where 0 and -1
/// are honest.
std::vector<SuspectedCode> findCodes(std::span<const double> sorted, bool integral);
/// Magnitudes, fluxes and their errors, by name: where an exact zero is no measurement.
bool isPhotometric(const std::string& name);
/// The shortest text of a float32's or double's value: -9.99, not -9.989999771118164.
std::string codeText(double value);

/// A column that names objects.
bool looksLikeId(const std::string& name);
/// A column in whose every value numbering starts anew: brick, release, survey, field, plate ...
bool isCountingPlace(const std::string& name);
/// Findings most severe first, quarantined rows ascending.
void sortBySeverity(Report& report);

/// Rows that share a key with another row, as groups of two and more, each ascending.
std::vector<std::vector<std::int64_t>>
groupsOfEqual(std::size_t rows, const std::function<bool(std::int64_t, std::int64_t)>& less);

/// What rows that are the same object do: repeats, how many groups lie in several splits, examples of the
/// worse.
struct Repeats {
    std::size_t repeats = 0, across = 0;
    std::vector<std::int64_t> rows;
};
/// `groups` as groupsOfEqual gives them; `split`: empty, or one value a row.
Repeats repeatsIn(const std::vector<std::vector<std::int64_t>>& groups,
                  const std::vector<std::uint8_t>& split = {});

/// Duplicate ids and positions, splits too small, targets: labels, ties, units. No features.
void examineIds(const Catalogue& catalogue, Report& report);
void examineSplit(const Catalogue& catalogue, Report& report);
void examineTargets(const Catalogue& catalogue, Report& report);
/// Sizes of errors, by name: err, sigma, e_, unc ...
bool isErrorSize(const std::string& name);
/// Declinations beyond 90 degrees; right ascensions out of 0 to 360 (mildly: -180 to 0). NaN is passed over.
void examineDeclinations(const std::string& name, std::span<const double> dec, Report& report);
void examineRightAscensions(const std::string& name, std::span<const double> ra, Report& report);
/// The same for a table's columns, found by their names.
void examinePositions(const io::Table& table, Report& report);
/// Lower quantile or bound above the upper one, in columns named as a pair (q05 and q95, lower and upper
/// ...).
void examineBounds(const io::Table& table, Report& report);
/// Pairs of quantile columns whose names tell their level (z_q16, z_q84) against the labels of their target.
void examineQuantileLevels(const Catalogue& catalogue, Report& report);
/// Columns of text that hold positions such as 10:21:33.5.
void examineSexagesimal(const io::Table& table, Report& report);
/// One feature matrix: NaN, codes, constants, repeated rows, leaks of a target, calibration unlike test.
void examineFeatures(const Catalogue& catalogue, const FeatureInfo& info, Report& report,
                     const RunContext& context);

/// What Chatterjee's xi needs of y, worked out once for many x. NaN stays NaN and is left out.
struct Ranks {
    std::vector<double> atMost; ///< number of values that are at most this one
    double spread = 0.0;        ///< sum of l (n - l), l the number of values that are at least this one
    std::size_t count = 0;      ///< n, finite values
};
Ranks ranksOf(std::span<const double> y);
/// Chatterjee's rank correlation xi(x, y) (JASA 116, 2009 (2021), eq. 2, with ties in y): 0 if independent, 1
/// if y is a function of x. `order`: indices of y sorted by x, ties of x at random.
double rankCorrelationXi(std::span<const std::uint32_t> order, const Ranks& y);
/// Two-sample Kolmogorov-Smirnov distance and its asymptotic p-value (Numerical Recipes 14.3.17-19).
struct TwoSample {
    double distance = 0.0, p = 1.0;
};
TwoSample kolmogorovSmirnov(std::vector<double> a, std::vector<double> b);

} // namespace penumbra::doctor
