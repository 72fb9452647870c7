#include "core/lvd/kernel_input.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::lvd {

namespace {
void toUnitLength(std::vector<double>& row) {
    double squares = 0.0;
    for (const double x : row)
        squares += x * x;
    if (squares > 0.0)
        for (double& x : row)
            x /= std::sqrt(squares);
}

/// 0 for none.
double median(std::vector<double> values) {
    if (values.empty())
        return 0.0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}
} // namespace

std::size_t InputRows::size() const {
    if (some_)
        return rows_.size();
    return static_cast<std::size_t>(floats_ ? floats_->rows() : doubles_->rows());
}

std::size_t InputRows::columns() const {
    return static_cast<std::size_t>(floats_ ? floats_->cols() : doubles_->cols());
}

void InputRows::copyRow(std::size_t i, double* out) const {
    const std::size_t from = matrixRow(i) * columns();
    if (floats_)
        std::copy_n(floats_->data() + from, columns(), out);
    else
        std::copy_n(doubles_->data() + from, columns(), out);
}

void KernelInput::apply(double* row, double* z) const {
    if (normalisation == Normalisation::UnitRows) {
        double squares = 0.0;
        for (std::size_t f = 0; f < kept.size(); ++f)
            squares += row[f] * row[f];
        const double length = squares > 0.0 ? std::sqrt(squares) : 1.0;
        for (std::size_t f = 0; f < kept.size(); ++f)
            row[f] /= length;
    }
    for (std::size_t f = 0, k = 0; f < kept.size(); ++f)
        if (kept[f]) {
            z[k] = (row[f] - mean[k]) / scale[k];
            ++k;
        }
}

KernelInput fitKernelInput(const InputRows& rows, Normalisation normalisation, double threshold,
                           bool relative, const std::string& what) {
    const std::size_t n = rows.size(), columns = rows.columns();
    if (n == 0 || columns == 0)
        throw Error(what + " of the kernel are empty: " + std::to_string(n) + " rows, " +
                    std::to_string(columns) + " columns");
    KernelInput input;
    input.normalisation = normalisation;
    std::vector<double> row(columns), mean(columns, 0.0), variance(columns, 0.0), largest(columns, 0.0);
    const auto readRow = [&](std::size_t i) {
        rows.copyRow(i, row.data());
        if (normalisation == Normalisation::UnitRows)
            toUnitLength(row);
    };
    for (std::size_t i = 0; i < n; ++i) {
        readRow(i);
        for (std::size_t f = 0; f < columns; ++f) {
            if (!std::isfinite(row[f]))
                throw Error(what + " hold " + (std::isnan(row[f]) ? "NaN" : "infinity") + " in row " +
                            std::to_string(rows.matrixRow(i)) + ", column " + std::to_string(f) +
                            ": leave such rows out before learning a kernel");
            mean[f] += row[f];
            largest[f] = std::max(largest[f], std::abs(row[f]));
        }
    }
    if (normalisation == Normalisation::None) {
        input.kept.assign(columns, 1);
        input.mean.assign(columns, 0.0);
        input.scale.assign(columns, 1.0);
        return input;
    }
    for (double& m : mean)
        m /= static_cast<double>(n);
    for (std::size_t i = 0; i < n; ++i) {
        readRow(i);
        for (std::size_t f = 0; f < columns; ++f)
            variance[f] += (row[f] - mean[f]) * (row[f] - mean[f]);
    }
    std::vector<double> deviations, rounding, varying;
    for (std::size_t f = 0; f < columns; ++f) {
        deviations.push_back(std::sqrt(variance[f] / static_cast<double>(n)));
        // A constant column has a deviation of rounding errors rather than 0.
        rounding.push_back(static_cast<double>(n) * std::numeric_limits<double>::epsilon() * largest[f]);
        if (deviations[f] > rounding[f])
            varying.push_back(deviations[f]);
    }
    double least = normalisation == Normalisation::UnitRows ? 0.0 : threshold;
    if (relative)
        least *= median(std::move(varying));
    for (std::size_t f = 0; f < columns; ++f) {
        input.kept.push_back(deviations[f] > std::max(least, rounding[f]) ? 1 : 0);
        if (input.kept.back()) {
            input.mean.push_back(mean[f]);
            input.scale.push_back(deviations[f]);
        }
    }
    if (input.mean.empty())
        throw Error(what + " of the kernel do not vary: none of " + std::to_string(columns) +
                    " columns has a standard deviation above " + shortestReal(least) +
                    "; lower the kernel's threshold or rescale them");
    return input;
}

} // namespace penumbra::lvd
