#include "core/heads/row_blocks.h"

#include "core/base/parallel_for.h"
#include "core/heads/parameters.h"
#include "core/nn/device.h"
#include "core/nn/worker_scope.h"

#include <algorithm>
#include <atomic>

namespace penumbra::heads {

namespace {
constexpr std::int64_t forwardBytes = std::int64_t{512} << 20;
constexpr std::int64_t fewRows = 4096;         // so many at least, if need be of fewer networks at once
constexpr std::int64_t rowsBetweenStops = 512; // of standardising

/// Rows from..from+count to `scaled` [count, D].
void standardise(const InputScaling& scaling, const MatrixF& inputs, std::int64_t from, std::int64_t count,
                 int threads, const RunContext& context, float* scaled) {
    const std::int64_t pieces = (count + rowsBetweenStops - 1) / rowsBetweenStops;
    parallelFor(static_cast<std::size_t>(pieces), threads, [&](std::size_t begin, std::size_t end) {
        for (auto piece = static_cast<std::int64_t>(begin); piece < static_cast<std::int64_t>(end); ++piece) {
            context.checkStop();
            const std::int64_t first = piece * rowsBetweenStops;
            scaling.applyRows(inputs, from + first, std::min(rowsBetweenStops, count - first),
                              scaled + first * inputs.cols());
        }
    });
}
} // namespace

BlockPlan planForward(const NetworkShape& shape, std::int64_t networks, at::Device device) {
    if (device.is_cpu()) // rows are fixed, so that neither threads nor other rows change a row's prediction
        return {device, 512, std::min<std::int64_t>(networks, 4)};
    std::int64_t bytes = 4; // of a row in one network: the output, and each layer's activations
    for (const Layer& layer : layersOf(shape))
        bytes += 4 * layer.out;
    const std::int64_t together =
        std::clamp<std::int64_t>(forwardBytes / (fewRows * bytes), 1, std::max<std::int64_t>(networks, 1));
    const std::int64_t rows = forwardBytes / (together * bytes + std::int64_t{4} * shape.inputs);
    return {device, std::clamp<std::int64_t>(rows, 1, mostRowsPerBlock), together};
}

std::int64_t largestBlock(const BlockPlan& plan, const MatrixF& inputs) {
    return plan.device.is_cpu() ? plan.rows : std::min<std::int64_t>(plan.rows, inputs.rows());
}

void forBlocks(const InputScaling& scaling, const MatrixF& inputs, const BlockPlan& plan,
               const RunContext& context, const std::string& doing,
               const std::function<BlockWorker()>& makeWorker) {
    const std::int64_t rows = inputs.rows();
    const std::int64_t blocks = (rows + plan.rows - 1) / plan.rows;
    std::atomic<std::int64_t> done{0};
    const bool cpu = plan.device.is_cpu();
    const int threads = nn::threadCount(context);
    parallelFor(static_cast<std::size_t>(blocks), cpu ? threads : 1, [&](std::size_t begin, std::size_t end) {
        const nn::WorkerScope scope;
        const BlockWorker worker = makeWorker();
        MatrixF scaled = MatrixF::Zero(largestBlock(plan, inputs), inputs.cols());
        for (std::size_t block = begin; block < end; ++block) {
            const std::int64_t from = static_cast<std::int64_t>(block) * plan.rows;
            const std::int64_t count = std::min(plan.rows, rows - from);
            context.step(static_cast<double>(done.fetch_add(count)) / static_cast<double>(rows), doing);
            standardise(scaling, inputs, from, count, cpu ? 1 : threads, context, scaled.data());
            worker(from, count,
                   cpu ? nn::viewOf(scaled) : nn::viewOf(scaled).narrow(0, 0, count).to(plan.device));
        }
    });
}

} // namespace penumbra::heads
