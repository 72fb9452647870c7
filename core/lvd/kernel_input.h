#pragma once

#include "core/catalogue/matrix.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace penumbra::lvd {

/// What "with L2 normalisation" may mean for the inputs of a kernel (the paper does not say; spec/lvd.md
/// f.6).
enum class Normalisation {
    None,        ///< rows as they are
    Standardise, ///< each column minus its mean, divided by its standard deviation (the LVD reference)
    UnitRows,    ///< each row divided by its length, then standardised with threshold 0
    UnitOutput,  ///< standardised; the projected row is divided by its length
};

/// Rows of a matrix in memory, all or some of them, float or double. Keeps pointers: the matrix and the list
/// of rows must outlive it.
class InputRows {
public:
    InputRows(const MatrixF& matrix) : floats_(&matrix) {}  // NOLINT: a matrix is all of its rows
    InputRows(const MatrixD& matrix) : doubles_(&matrix) {} // NOLINT
    InputRows(const MatrixF& matrix, std::span<const std::size_t> rows)
        : floats_(&matrix), some_(true), rows_(rows) {}
    InputRows(const MatrixD& matrix, std::span<const std::size_t> rows)
        : doubles_(&matrix), some_(true), rows_(rows) {}

    std::size_t size() const;
    std::size_t columns() const;
    std::size_t matrixRow(std::size_t i) const { return some_ ? rows_[i] : i; }
    void copyRow(std::size_t i, double* out) const; ///< out: [columns()]

private:
    const MatrixF* floats_ = nullptr;
    const MatrixD* doubles_ = nullptr;
    bool some_ = false;
    std::span<const std::size_t> rows_;
};

/// How rows become the input z of a kernel: learned from training rows, applied to all others.
struct KernelInput {
    Normalisation normalisation = Normalisation::Standardise;
    std::vector<std::uint8_t> kept; ///< [D], 1 for the columns that vary
    std::vector<double> mean,
        scale; ///< [D'] of the kept columns: population standard deviation (divided by N)

    std::size_t columns() const { return kept.size(); }
    std::size_t keptColumns() const { return mean.size(); }
    /// row: [D], overwritten; z: [D'].
    void apply(double* row, double* z) const;
};

/// Means and population standard deviations of the rows; columns whose deviation is at most `threshold` (in
/// the inputs' units, or relative to the median deviation of those that vary; 0 for UnitRows whatever is
/// asked) are left out.
/// @throws Error for no rows, for a value that is not finite (naming row and column), or if no column is
/// left.
KernelInput fitKernelInput(const InputRows& rows, Normalisation normalisation, double threshold,
                           bool relative = false, const std::string& what = "the inputs");

} // namespace penumbra::lvd
