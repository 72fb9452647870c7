#pragma once

#include "core/catalogue/matrix.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace penumbra {

/// Intervals for a set of rows: where methods, metrics and figures meet. Units of the target.
struct Prediction {
    std::string method; ///< id: "CQR"
    std::string target;
    std::string unit;
    double alpha = 0.1;         ///< 1 - nominal coverage
    std::string note;           ///< "trained for alpha 0.1, recalibrated" and the like; empty otherwise
    std::vector<double> mean;   ///< the method's own centre
    std::vector<double> lower;  ///< may be -inf
    std::vector<double> upper;  ///< may be +inf; lower > upper covers nothing (crossed quantiles)
    std::vector<double> spread; ///< one sigma, or empty
    /// Local methods: effective number of calibration rows behind each interval, (sum k)^2 / sum k^2.
    std::vector<double> effective;
};

/// Strictly inside: a truth on an end of its interval is not covered.
inline bool covers(double lower, double truth, double upper) {
    return lower < truth && truth < upper;
}

/// The held-out rows of one target (calibration and test, never train) with everything the methods were given
/// about them. Signals are named matrices [rows, k]: "mean", "residual", "q0.05", "member0", ... (see
/// uq/signal.h). This is what makes any alpha, any re-split and any method's intervals recomputable without
/// the networks.
struct HeldOut {
    std::vector<std::int64_t> rows;   ///< catalogue rows
    std::vector<std::uint8_t> isTest; ///< 1 = test, 0 = calibration
    std::vector<double> truth;        ///< [rows]; no NaN among calibration rows
    std::map<std::string, MatrixD> signals;
    std::size_t testCount() const;
    std::size_t calibrationCount() const { return rows.size() - testCount(); }
};

} // namespace penumbra
