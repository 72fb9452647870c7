#pragma once

#include "core/catalogue/matrix.h"

#include <cstdint>
#include <span>
#include <vector>

namespace penumbra::uq {

/// Conditional calibration on a finite basis (Gibbs, Cherian & Candes 2023): the threshold of a galaxy is
/// where its imputed score leaves the quantile regression of all scores on Phi(x). For every f >= 0 in the
/// span of the basis E[f(X) (covered - (1 - alpha))] >= 0: each group whose indicator is in the basis is
/// covered, however groups overlap; nothing is promised outside the span.
///
/// The dual is followed from the regression on the calibration rows alone: the imputed score rises, rows
/// enter and leave the regression one by one, until its own multiplier reaches the level. Ties are parted by
/// (score, index).
class ConditionalCutoffs {
public:
    /// @param basis [calibration rows, d] @param scores [calibration rows], in any unit
    /// @throws Error for lengths that disagree, values that are not finite, no rows, or an alpha outside (0,
    /// 1)
    ConditionalCutoffs(const MatrixD& basis, std::span<const double> scores, double alpha);

    /// sup{S : multiplier(S) < 1 - alpha}; +inf where the calibration rows say nothing of this galaxy.
    /// @param phi [d]
    double cutoff(std::span<const double> phi) const;
    /// sup{S : multiplier(S) <= u}, u uniform in (-alpha, 1 - alpha): covers exactly on average.
    double randomisedCutoff(std::span<const double> phi, double u) const;

private:
    using Vector = Eigen::VectorXd;
    using Matrix = Eigen::MatrixXd;
    /// A vertex of the regression: rows that it passes through, and on which side of it the others lie.
    struct Vertex {
        std::vector<Eigen::Index> rows; ///< [rank]
        Matrix inverse;                 ///< of their basis values
        Vector multiplier;              ///< [rank] of these rows
        std::vector<std::int8_t> side;  ///< [calibration rows] +1 above, -1 below, 0 on it
    };
    void reduce(const MatrixD& basis);
    void partTies(std::span<const double> scores);
    void solve();
    bool improve(Vertex& vertex) const;
    Vector multipliersOf(const Vertex& vertex) const;
    Vector residualsOf(const Vertex& vertex) const;
    double valueAt(const Vertex& vertex, const Vector& phi) const;
    void exchange(Vertex& vertex, Eigen::Index place, Eigen::Index row) const;
    double follow(std::span<const double> phi, double target, bool beyond) const;
    bool reducedRow(std::span<const double> phi, Vector& out) const;

    double alpha_, unit_ = 1.0;
    std::vector<Eigen::Index> columns_; ///< of the basis that are kept,
    Matrix others_;                     ///< and the rest in terms of them [rank, d]
    Matrix phi_;                        ///< [calibration rows, rank]
    Vector scores_, parted_;            ///< in units of unit_; parted_: no two alike
    Vertex start_;
};

} // namespace penumbra::uq
