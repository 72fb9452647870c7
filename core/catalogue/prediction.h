#pragma once

#include "core/catalogue/matrix.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace penumbra {

/// Whether an interval holds a truth that lies on one of its ends.
enum class Ends {
    Closed, ///< it does: what split conformal prediction guarantees
    Open,   ///< it does not: the LVD reference
};

/// Intervals for a set of rows: where methods, metrics and figures meet. Units of the target.
struct Prediction {
    std::string method; ///< id: "CQR"
    std::string target;
    std::string unit;
    double alpha = 0.1;         ///< 1 - nominal coverage
    std::string note;           ///< "of a study at alpha 0.1, recalibrated" and the like; empty otherwise
    std::vector<double> mean;   ///< the method's own centre
    std::vector<double> lower;  ///< may be -inf
    std::vector<double> upper;  ///< may be +inf; lower > upper: crossed quantiles, an empty interval
    std::vector<double> spread; ///< one sigma, or empty
    /// Local methods: effective number of calibration rows behind each interval, (sum k)^2 / sum k^2.
    std::vector<double> effective;
    Ends ends = Ends::Closed;
};

/// The one rule of what an interval covers; crossed ends and NaN cover nothing.
inline bool covers(double lower, double truth, double upper, Ends ends) {
    return ends == Ends::Closed ? lower <= truth && truth <= upper : lower < truth && truth < upper;
}
inline bool covers(const Prediction& prediction, std::size_t row, double truth) {
    return covers(prediction.lower[row], truth, prediction.upper[row], prediction.ends);
}

/// Ends the wrong way round, as quantile networks may predict them: an empty interval.
inline bool isCrossed(double lower, double upper) {
    return lower > upper;
}
/// The one rule of how wide an interval is: empty ones have no width, and no negative one.
inline double intervalWidth(double lower, double upper) {
    return isCrossed(lower, upper) ? 0.0 : upper - lower;
}
inline double intervalWidth(const Prediction& prediction, std::size_t row) {
    return intervalWidth(prediction.lower[row], prediction.upper[row]);
}
/// On which side a truth that is not covered lies: below, else above. Of a crossed interval the middle
/// counts.
inline bool liesBelow(double lower, double truth, double upper) {
    return truth - lower < upper - truth;
}

/// Says how the ends of calibrated intervals count. Closed ones are moved outwards by one unit in the last
/// place of the larger of centre and end: rounding in centre +- q must not part a galaxy from the quantile
/// that is its own score. Ends that meet, and infinite ones, stay.
void setEnds(Prediction& prediction, Ends ends);
Ends endsNamed(const std::string& name); ///< "open", else closed
std::string endsName(Ends ends);         ///< "open" or "closed"

/// eps of MADSplit and LCMAD in the LVD reference, in units of the target.
inline constexpr double referenceResidualFloor = 1e-5;

/// Named matrices. A value, and cheap to copy: copies share the matrices until one of them is changed, so
/// that a study at another alpha holds none of its own.
class NamedMatrices {
public:
    using Map = std::map<std::string, MatrixD>;
    NamedMatrices() = default;
    NamedMatrices(std::initializer_list<Map::value_type> matrices);
    Map::const_iterator begin() const { return read().begin(); }
    Map::const_iterator end() const { return read().end(); }
    Map::const_iterator find(const std::string& name) const { return read().find(name); }
    const MatrixD& at(const std::string& name) const { return read().at(name); }
    bool contains(const std::string& name) const { return read().contains(name); }
    std::size_t count(const std::string& name) const { return read().count(name); }
    std::size_t size() const { return read().size(); }
    bool empty() const { return read().empty(); }

    /// The matrices, from now on shared with no copy: for those who change them.
    Map& edit();
    MatrixD& operator[](const std::string& name) { return edit()[name]; }
    void erase(const std::string& name) { edit().erase(name); }
    void clear() { shared_.reset(); }
    /// Whether the two are one set of matrices in memory.
    bool sharesWith(const NamedMatrices& other) const { return &read() == &other.read(); }

private:
    const Map& read() const;
    std::shared_ptr<Map> shared_; ///< null: none
};

/// The held-out rows of one target (calibration and test, never train) with everything the methods were given
/// about them. Signals are named matrices [rows, k]: "mean", "residual", "q0.05", "member0", ... (see
/// uq/signal.h). This is what makes any alpha, any re-split and any method's intervals recomputable without
/// the networks.
struct HeldOut {
    std::vector<std::int64_t> rows;   ///< catalogue rows
    std::vector<std::uint8_t> isTest; ///< 1 = test, 0 = calibration
    std::vector<double> truth;        ///< [rows]; no NaN among calibration rows
    NamedMatrices signals;
    /// eps beside predicted sizes of errors, in units of the target: a study makes it a part of the errors'
    /// own scale (uq::relativeResidualFloor).
    double residualFloor = referenceResidualFloor;
    std::size_t testCount() const;
    std::size_t calibrationCount() const { return rows.size() - testCount(); }
};

} // namespace penumbra
