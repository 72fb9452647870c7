#include "core/heads/scaling.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::heads {

namespace {
constexpr std::size_t rowsPerBlock =
    8192; // sums are added block by block: the same for any number of threads

/// Adds x -> 0 for finite x and NaN otherwise: one test a row instead of one a value.
bool allFinite(const float* values, std::int64_t count) {
    float probe = 0.0F;
    for (std::int64_t i = 0; i < count; ++i)
        probe += values[i] * 0.0F;
    return probe == 0.0F;
}

[[noreturn]] void throwNotFinite(const MatrixF& inputs, std::int64_t row) {
    std::int64_t column = 0;
    while (std::isfinite(inputs(row, column)))
        ++column;
    throw Error("input row " + std::to_string(row) + ", column " + std::to_string(column) +
                " is not finite; remove or impute such rows before networks see them");
}

/// Sum over rows of f(value, column), per column, in a fixed order.
template <typename Function>
std::vector<double> columnSums(const MatrixF& inputs, std::span<const std::int32_t> rows,
                               const RunContext& context, const Function& f) {
    const auto columns = static_cast<std::size_t>(inputs.cols());
    const std::size_t blocks = (rows.size() + rowsPerBlock - 1) / rowsPerBlock;
    std::vector<std::vector<double>> partial(blocks, std::vector<double>(columns, 0.0));
    parallelFor(blocks, context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t block = begin; block < end; ++block) {
            context.checkStop();
            const std::size_t last = std::min(rows.size(), (block + 1) * rowsPerBlock);
            double* sums = partial[block].data();
            for (std::size_t i = block * rowsPerBlock; i < last; ++i) {
                const float* row = inputs.data() + rows[i] * inputs.cols();
                for (std::size_t j = 0; j < columns; ++j)
                    sums[j] += f(static_cast<double>(row[j]), j);
            }
        }
    });
    std::vector<double> total(columns, 0.0);
    for (const auto& sums : partial)
        for (std::size_t j = 0; j < columns; ++j)
            total[j] += sums[j];
    return total;
}

std::vector<bool> constantColumns(const MatrixF& inputs, std::span<const std::int32_t> rows) {
    const auto columns = static_cast<std::size_t>(inputs.cols());
    std::vector<bool> constant(columns);
    for (std::size_t j = 0; j < columns; ++j) {
        const auto column = static_cast<Eigen::Index>(j);
        const float first = inputs(rows.front(), column);
        constant[j] = std::all_of(rows.begin(), rows.end(),
                                  [&](std::int32_t row) { return inputs(row, column) == first; });
    }
    return constant;
}
} // namespace

void InputScaling::apply(const float* row, float* scaled) const {
    const std::size_t columns = mean.size();
    for (std::size_t j = 0; j < columns; ++j)
        scaled[j] = (row[j] - mean[j]) * inverseStd[j];
}

void InputScaling::applyRows(const MatrixF& inputs, std::int64_t from, std::int64_t count,
                             float* scaled) const {
    for (std::int64_t i = 0; i < count; ++i) {
        const float* row = inputs.data() + (from + i) * inputs.cols();
        if (!allFinite(row, inputs.cols()))
            throwNotFinite(inputs, from + i);
        apply(row, scaled + i * inputs.cols());
    }
}

void checkFinite(const MatrixF& inputs, const RunContext& context) {
    parallelFor(
        static_cast<std::size_t>(inputs.rows()), context.threads, [&](std::size_t begin, std::size_t end) {
            for (auto row = static_cast<std::int64_t>(begin); row < static_cast<std::int64_t>(end); ++row) {
                if (row % 4096 == 0)
                    context.checkStop();
                if (!allFinite(inputs.data() + row * inputs.cols(), inputs.cols()))
                    throwNotFinite(inputs, row);
            }
        });
}

InputScaling fitInputScaling(const MatrixF& inputs, std::span<const std::int32_t> rows,
                             const RunContext& context) {
    const auto columns = static_cast<std::size_t>(inputs.cols());
    const auto count = static_cast<double>(rows.size());
    InputScaling scaling{std::vector<float>(columns), std::vector<float>(columns)};
    std::vector<double> mean = columnSums(inputs, rows, context, [](double x, std::size_t) { return x; });
    for (double& value : mean)
        value /= count;
    const std::vector<double> squares = columnSums(inputs, rows, context, [&](double x, std::size_t j) {
        const double difference = x - mean[j];
        return difference * difference;
    });
    const std::vector<bool> constant = constantColumns(inputs, rows);
    for (std::size_t j = 0; j < columns; ++j) {
        scaling.mean[j] = static_cast<float>(mean[j]);
        const double inverse = 1.0 / std::sqrt(squares[j] / count);
        const bool usable = !constant[j] && inverse < static_cast<double>(std::numeric_limits<float>::max());
        scaling.inverseStd[j] = usable ? static_cast<float>(inverse) : 0.0F;
    }
    return scaling;
}

LabelScaling fitLabelScaling(const NetworkSpec& network, std::span<const std::int32_t> rows) {
    double sum = 0.0;
    double count = 0.0;
    for (const std::int32_t row : rows) {
        const double label = network.labels[static_cast<std::size_t>(row)];
        if (std::isinf(label))
            throw Error("network " + network.name + ": the label of row " + std::to_string(row) +
                        " is infinite; use NaN for rows without a label");
        if (!std::isnan(label)) {
            sum += label;
            count += 1.0;
        }
    }
    if (count == 0.0)
        throw Error("network " + network.name + ": no training row has a label");
    const double mean = sum / count;
    if (network.shape.output == OutputActivation::Softplus) {
        if (mean < 0.0)
            throw Error("network " + network.name +
                        ": a softplus output needs labels that are positive on average");
        return {0.0, mean > 0.0 ? mean : 1.0};
    }
    double squares = 0.0;
    for (const std::int32_t row : rows) {
        const double label = network.labels[static_cast<std::size_t>(row)];
        if (!std::isnan(label))
            squares += (label - mean) * (label - mean);
    }
    const double deviation = std::sqrt(squares / count);
    return {mean, deviation > 0.0 ? deviation : 1.0};
}

} // namespace penumbra::heads
