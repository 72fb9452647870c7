#include "core/lvd/learned_kernel.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/lvd/hot_loops.h"

#include <algorithm>
#include <cmath>

namespace penumbra::lvd {

namespace {
std::string shapeText(const std::vector<std::size_t>& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

/// p: [d, stride]; the columns 0..rows of unit length (where not 0).
void unitColumns(std::vector<double>& p, std::size_t stride, std::size_t outputs, std::size_t rows) {
    for (std::size_t r = 0; r < rows; ++r) {
        double squares = 0.0;
        for (std::size_t c = 0; c < outputs; ++c)
            squares += p[c * stride + r] * p[c * stride + r];
        if (squares > 0.0)
            for (std::size_t c = 0; c < outputs; ++c)
                p[c * stride + r] /= std::sqrt(squares);
    }
}
} // namespace

double kernelValue(const double* p, const double* q, std::size_t outputs) {
    double squares = 0.0;
    for (std::size_t c = 0; c < outputs; ++c)
        squares += (p[c] - q[c]) * (p[c] - q[c]);
    return std::exp(-squares / static_cast<double>(outputs));
}

MatrixD LearnedKernel::project(const InputRows& rows, const RunContext& context) const {
    if (rows.columns() != input.columns())
        throw Error("the kernel was learned on " + std::to_string(input.columns()) +
                    " columns, but these rows have " + std::to_string(rows.columns()));
    const std::size_t d = outputs(), width = padded(input.keptColumns());
    std::vector<double> weights(d * width, 0.0);
    for (std::size_t c = 0; c < d; ++c)
        for (std::size_t f = 0; f < input.keptColumns(); ++f)
            weights[c * width + f] = A(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(f));
    MatrixD answer(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(d));
    constexpr std::size_t block = 64;
    parallelFor(rows.size(), context.threads, [&](std::size_t begin, std::size_t end) {
        std::vector<double> z(block * width, 0.0), p(d * block), row(rows.columns());
        for (std::size_t first = begin; first < end; first += block) {
            context.checkStop();
            const std::size_t count = std::min(block, end - first);
            for (std::size_t r = 0; r < count; ++r) {
                rows.copyRow(first + r, row.data());
                input.apply(row.data(), z.data() + r * width);
            }
            hotLoops<double>().project(z.data(), count, width, weights.data(), d, p.data(), block);
            if (input.normalisation == Normalisation::UnitOutput)
                unitColumns(p, block, d, count);
            for (std::size_t r = 0; r < count; ++r)
                for (std::size_t c = 0; c < d; ++c) {
                    const double value = scale * p[c * block + r];
                    if (!std::isfinite(value))
                        throw Error("row " + std::to_string(rows.matrixRow(first + r)) +
                                    " holds NaN, infinity or a number too large to project onto the kernel");
                    answer(static_cast<Eigen::Index>(first + r), static_cast<Eigen::Index>(c)) = value;
                }
        }
    });
    return answer;
}

void LearnedKernel::roundToFloats() {
    const auto rounded = [](double value) { return static_cast<double>(static_cast<float>(value)); };
    A = A.unaryExpr(rounded).eval();
    scale = rounded(scale);
    for (auto* values : {&input.mean, &input.scale})
        std::transform(values->begin(), values->end(), values->begin(), rounded);
}

std::vector<NamedArray> LearnedKernel::arrays(const std::string& prefix) const {
    const std::size_t d = outputs(), width = input.keptColumns();
    return {{prefix + "normalisation", {}, {static_cast<double>(input.normalisation)}},
            {prefix + "kept", {input.columns()}, {input.kept.begin(), input.kept.end()}},
            {prefix + "mean", {width}, input.mean},
            {prefix + "deviation", {width}, input.scale},
            {prefix + "A", {d, width}, {A.data(), A.data() + A.size()}},
            {prefix + "scale", {}, {scale}}};
}

LearnedKernel LearnedKernel::fromArrays(std::span<const NamedArray> arrays, const std::string& prefix) {
    LearnedKernel kernel;
    const double reading =
        findArray(arrays, prefix + "normalisation", std::vector<std::size_t>{}).values.at(0);
    if (reading < 0 || reading > static_cast<double>(Normalisation::UnitOutput) ||
        reading != std::floor(reading))
        throw Error("array '" + prefix + "normalisation' holds " + std::to_string(reading) +
                    ", which this version does not know");
    kernel.input.normalisation = static_cast<Normalisation>(static_cast<int>(reading));
    std::size_t kept = 0;
    for (const double k : findArray(arrays, prefix + "kept").values) {
        kernel.input.kept.push_back(k != 0.0 ? 1 : 0);
        kept += kernel.input.kept.back();
    }
    kernel.input.mean = findArray(arrays, prefix + "mean", std::vector<std::size_t>{kept}).values;
    kernel.input.scale = findArray(arrays, prefix + "deviation", std::vector<std::size_t>{kept}).values;
    const NamedArray& a = findArray(arrays, prefix + "A");
    if (a.shape.size() != 2 || a.shape[0] == 0 || a.shape[1] != kept)
        throw Error("array '" + prefix + "A' has shape " + shapeText(a.shape) + ", not [d, " +
                    std::to_string(kept) + "]");
    kernel.A = Eigen::Map<const MatrixD>(a.values.data(), static_cast<Eigen::Index>(a.shape[0]),
                                         static_cast<Eigen::Index>(a.shape[1]));
    kernel.scale = findArray(arrays, prefix + "scale", std::vector<std::size_t>{}).values.at(0);
    return kernel;
}

const NamedArray& findArray(std::span<const NamedArray> arrays, const std::string& name,
                            const std::optional<std::vector<std::size_t>>& shape) {
    for (const NamedArray& array : arrays) {
        if (array.name != name)
            continue;
        std::size_t count = 1;
        for (const std::size_t extent : array.shape)
            count *= extent;
        if ((shape && array.shape != *shape) || count != array.values.size())
            throw Error("array '" + name + "' has shape " + shapeText(array.shape) + " and " +
                        std::to_string(array.values.size()) + " values" +
                        (shape ? ", not shape " + shapeText(*shape) : std::string()));
        return array;
    }
    throw Error("array '" + name + "' of the kernel is missing");
}

} // namespace penumbra::lvd
