#include "core/encoding/run.h"

#include "core/base/text.h"

#include <chrono>
#include <limits>

namespace penumbra::workflow {

namespace {

using Clock = std::chrono::steady_clock;

std::string paceText(std::size_t done, std::size_t all, std::size_t now, double seconds) {
    std::string text = "encoding " + withThousands(static_cast<long long>(done)) + "/" +
                       withThousands(static_cast<long long>(all)) + " galaxies";
    if (now > 0 && seconds > 0.2)
        text += ", " + formatReal(static_cast<double>(now) / seconds, 3) + " galaxies/s";
    return text;
}

} // namespace

EncodedBlock encodeBlock(const EncodePlan& plan, const ObservedBlock& block, std::size_t columns,
                         const EncodeBatch& encode, const RunContext& context) {
    constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
    std::vector<GalaxyStatus> statuses;
    const auto batches = prepareBatches(plan, block, statuses);
    EncodedBlock finished;
    finished.features = MatrixF::Constant(static_cast<Eigen::Index>(block.rows.size()),
                                          static_cast<Eigen::Index>(columns), unknown);
    for (std::size_t b = 0; b < batches.size(); ++b) {
        context.checkStop();
        const EncodedBatch encoded = encode(batches[b].galaxies, context);
        noteProblems(plan, batches[b], encoded.problems, statuses);
        for (std::size_t i = 0; i < batches[b].slots.size(); ++i) {
            const std::size_t slot = batches[b].slots[i];
            const auto row = static_cast<Eigen::Index>(slot);
            if (!statuses[slot].encoded)
                continue;
            finished.features.row(row) = encoded.features.row(static_cast<Eigen::Index>(i));
            if (!finished.features.row(row).allFinite()) {
                finished.features.row(row).setConstant(unknown);
                statuses[slot].encoded = false;
                statuses[slot].problem = "the embedding is not finite";
            }
        }
    }
    for (const auto& status : statuses)
        finished.statuses.push_back(status.text());
    return finished;
}

EncodePace encodeBlocks(const EncodePlan& plan, std::size_t columns, const EncodeBatch& encode,
                        io::RecordFile& records, const RunContext& context) {
    std::vector<BlockReader::Wanted> wanted;
    std::size_t todo = 0;
    for (std::size_t block = 0; block < plan.blockCount(); ++block)
        if (!records.contains(block)) {
            wanted.push_back({block, plan.blockRowsOf(block)});
            todo += wanted.back().rows.size();
        }
    const std::size_t before = plan.rows.size() - todo;
    EncodePace pace;
    if (wanted.empty())
        return pace;
    const auto begin = Clock::now();
    BlockReader reader(plan, std::move(wanted));
    // Batches report within their block; the fraction is that of the work left, so that the time left fits.
    while (auto block = reader.next()) {
        std::size_t batchesDone = 0;
        const auto counted = [&](const aion::GalaxyBatch& batch, const RunContext& running) {
            EncodedBatch encoded = encode(batch, running);
            batchesDone += batch.rowCount;
            const std::size_t now = pace.galaxies + batchesDone;
            const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
            context.step(static_cast<double>(now) / static_cast<double>(todo),
                         paceText(before + now, plan.rows.size(), now, seconds));
            return encoded;
        };
        context.step(static_cast<double>(pace.galaxies) / static_cast<double>(todo),
                     paceText(before + pace.galaxies, plan.rows.size(), pace.galaxies,
                              std::chrono::duration<double>(Clock::now() - begin).count()));
        const RunContext quiet = context.quiet(); // the model's own steps would hide ours
        const EncodedBlock finished = encodeBlock(
            plan, *block, columns, [&](const auto& batch, const auto&) { return counted(batch, quiet); },
            context);
        records.append(block->number, toBytes(finished));
        pace.galaxies += block->rows.size();
    }
    pace.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    return pace;
}

} // namespace penumbra::workflow
