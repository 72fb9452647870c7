#include "core/encoding/tokens.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace penumbra::workflow {

namespace {

constexpr std::size_t leastLabelled = 20;
constexpr std::size_t validationShare = 10; // every tenth galaxy watches for overfitting

struct RecordHead {
    std::uint64_t statusBytes = 0, tokens = 0, width = 0;
};

RecordHead headOf(const io::RecordFile& records, std::size_t row) {
    RecordHead head;
    records.readPart(row, 0, std::as_writable_bytes(std::span(&head, 1)));
    return head;
}

std::vector<const Target*> chosenTargets(const Catalogue& catalogue, const AttentionChoice& choice) {
    std::vector<const Target*> targets;
    for (const auto& name : choice.targets)
        targets.push_back(&catalogue.target(name));
    if (choice.targets.empty())
        for (const auto& target : catalogue.targets)
            targets.push_back(&target);
    if (targets.empty())
        throw UsageError("attentive pooling learns from labels, and the input has no targets; give trained "
                         "weights with --attention, or pool by mean");
    return targets;
}

} // namespace

std::string TokenCache::status(std::size_t row) const {
    std::string text(headOf(records_, row).statusBytes, '\0');
    records_.readPart(row, sizeof(RecordHead), std::as_writable_bytes(std::span(text)));
    return text;
}

aion::Encoded TokenCache::read(std::span<const std::size_t> rows) const {
    aion::Encoded encoded;
    encoded.rowCount = rows.size();
    for (const std::size_t row : rows) {
        const RecordHead head = headOf(records_, row);
        encoded.tokens = std::max<std::size_t>(encoded.tokens, head.tokens);
        encoded.width = std::max<std::size_t>(encoded.width, head.width);
    }
    encoded.values.assign(rows.size() * encoded.tokens * encoded.width, 0.0F);
    encoded.valid.assign(rows.size() * encoded.tokens, 0);
    encoded.modalityId.assign(encoded.valid.size(), -1);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto bytes = records_.read(rows[i]);
        RecordHead head;
        std::memcpy(&head, bytes.data(), sizeof head);
        const std::size_t before = sizeof head + head.statusBytes, values = head.tokens * head.width;
        if (bytes.size() != before + values * sizeof(float))
            throw Error(records_.path().string() + ": row " + std::to_string(rows[i]) +
                        " is damaged; delete the file and start anew");
        if (values > 0)
            std::memcpy(encoded.values.data() + i * encoded.tokens * encoded.width, bytes.data() + before,
                        values * sizeof(float));
        std::fill_n(encoded.valid.begin() + static_cast<std::ptrdiff_t>(i * encoded.tokens), head.tokens,
                    std::uint8_t{1});
    }
    return encoded;
}

void TokenCache::append(std::size_t row, const std::string& status, const aion::Encoded& encoded,
                        std::size_t index) {
    RecordHead head{status.size(), 0, encoded.width};
    std::vector<float> values;
    if (status.starts_with("encoded"))
        for (std::size_t t = 0; t < encoded.tokens; ++t) {
            const std::size_t token = index * encoded.tokens + t;
            if (!encoded.valid[token])
                continue;
            const auto from = encoded.values.begin() + static_cast<std::ptrdiff_t>(token * encoded.width);
            values.insert(values.end(), from, from + static_cast<std::ptrdiff_t>(encoded.width));
            ++head.tokens;
        }
    std::vector<std::byte> bytes(sizeof head + status.size() + values.size() * sizeof(float));
    std::memcpy(bytes.data(), &head, sizeof head);
    std::memcpy(bytes.data() + sizeof head, status.data(), status.size());
    if (!values.empty())
        std::memcpy(bytes.data() + sizeof head + status.size(), values.data(), values.size() * sizeof(float));
    records_.append(row, bytes, false);
}

void fillCache(const EncodePlan& plan, std::span<const std::size_t> rows, const EncodeTokens& encode,
               TokenCache& cache, const RunContext& context) {
    std::vector<BlockReader::Wanted> wanted;
    std::size_t todo = 0;
    for (const std::size_t row : rows) {
        if (cache.contains(row))
            continue;
        if (wanted.empty() || wanted.back().rows.size() == plan.blockRows)
            wanted.push_back({wanted.size(), {}});
        wanted.back().rows.push_back(row);
        ++todo;
    }
    if (wanted.empty())
        return;
    const RunContext quiet = context.quiet();
    BlockReader reader(plan, std::move(wanted));
    std::size_t done = 0;
    while (auto block = reader.next()) {
        std::vector<GalaxyStatus> statuses;
        const auto batches = prepareBatches(plan, *block, statuses);
        for (std::size_t slot = 0; slot < block->rows.size(); ++slot)
            if (!statuses[slot].encoded)
                cache.append(block->rows[slot], statuses[slot].text(), {}, 0);
        for (const auto& batch : batches) {
            context.step(static_cast<double>(done) / static_cast<double>(todo),
                         "encoding " + withThousands(static_cast<long long>(done)) + "/" +
                             withThousands(static_cast<long long>(todo)) + " galaxies for the token cache");
            const EncodedTokens tokens = encode(batch.galaxies, quiet);
            noteProblems(plan, batch, tokens.problems, statuses);
            for (std::size_t i = 0; i < batch.slots.size(); ++i)
                cache.append(block->rows[batch.slots[i]], statuses[batch.slots[i]].text(), tokens.encoded, i);
            done += batch.slots.size();
        }
    }
}

std::optional<EncodedBlock> blockFromCache(const TokenCache& cache, std::span<const std::size_t> rows,
                                           const std::vector<std::string>& poolings,
                                           const aion::AttentivePooling* attention, std::size_t columns,
                                           const RunContext& context) {
    for (const std::size_t row : rows)
        if (!cache.contains(row))
            return std::nullopt;
    const aion::Encoded encoded = cache.read(rows);
    const auto width = static_cast<Eigen::Index>(encoded.width);
    EncodedBlock block;
    block.features.resize(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(columns));
    for (std::size_t p = 0; p < poolings.size() && encoded.tokens > 0; ++p)
        block.features.middleCols(static_cast<Eigen::Index>(p) * width, width) =
            poolings[p] == "mean" ? aion::meanPool(encoded) : attention->pool(encoded, context);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        block.statuses.push_back(cache.status(rows[i]));
        if (!block.statuses.back().starts_with("encoded"))
            block.features.row(static_cast<Eigen::Index>(i))
                .setConstant(std::numeric_limits<float>::quiet_NaN());
    }
    return block;
}

std::vector<std::size_t> attentionRows(const EncodePlan& plan, const AttentionChoice& choice) {
    const Catalogue& catalogue = plan.inputs.catalogue;
    const auto targets = chosenTargets(catalogue, choice);
    if (catalogue.split.empty())
        throw UsageError("attentive pooling learns from training galaxies, and the input has no split: test "
                         "galaxies must not be among them. Import it with a split, or give --attention");
    std::vector<std::size_t> rows;
    for (const std::size_t row : plan.rows) {
        const bool labelled = std::any_of(targets.begin(), targets.end(), [&](const Target* target) {
            return std::isfinite(target->values[row]);
        });
        if (labelled && catalogue.split[row] == static_cast<std::uint8_t>(Split::Train))
            rows.push_back(row);
    }
    if (rows.size() < leastLabelled)
        throw UsageError("attentive pooling needs at least " + std::to_string(leastLabelled) +
                         " labelled training galaxies; there are " + std::to_string(rows.size()));
    Rng rng(choice.seed);
    const auto order = rng.permutation(rows.size());
    std::vector<std::size_t> drawn;
    for (std::size_t i = 0; i < std::min(choice.galaxies, rows.size()); ++i)
        drawn.push_back(rows[order[i]]);
    std::sort(drawn.begin(), drawn.end());
    return drawn;
}

aion::AttentivePooling trainAttention(const EncodePlan& plan, const AttentionChoice& choice,
                                      std::span<const std::size_t> rows, const TokenCache& cache,
                                      const std::filesystem::path& checkpoint, const RunContext& context) {
    const Catalogue& catalogue = plan.inputs.catalogue;
    const auto targets = chosenTargets(catalogue, choice);
    std::vector<std::size_t> usable;
    for (const std::size_t row : rows)
        if (cache.status(row).starts_with("encoded"))
            usable.push_back(row);
    if (usable.size() < leastLabelled)
        throw Error("only " + std::to_string(usable.size()) + " of " + std::to_string(rows.size()) +
                    " training galaxies could be encoded; attentive pooling needs " +
                    std::to_string(leastLabelled));
    MatrixD labels(static_cast<Eigen::Index>(usable.size()), static_cast<Eigen::Index>(targets.size()));
    std::vector<std::size_t> training, validation;
    for (std::size_t i = 0; i < usable.size(); ++i) {
        for (std::size_t t = 0; t < targets.size(); ++t)
            labels(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(t)) =
                targets[t]->values[usable[i]];
        (i % validationShare == validationShare - 1 ? validation : training).push_back(i);
    }
    const auto source = [&](std::span<const std::size_t> galaxies) {
        std::vector<std::size_t> wanted;
        for (const std::size_t galaxy : galaxies)
            wanted.push_back(usable.at(galaxy));
        return cache.read(wanted);
    };
    RunContext quiet = context.quiet();
    quiet.seed = choice.seed;
    aion::AttentiveTrainer trainer(source, training, validation, labels, choice.training, quiet);
    if (std::filesystem::exists(checkpoint))
        trainer.restoreCheckpoint(checkpoint);
    std::string last;
    while (trainer.epochsDone() < choice.training.epochs) {
        context.step(static_cast<double>(trainer.epochsDone()) / choice.training.epochs,
                     "attentive pooling, epoch " + std::to_string(trainer.epochsDone() + 1) + "/" +
                         std::to_string(choice.training.epochs) + last);
        const auto reports = trainer.runUntil(trainer.epochsDone() + 1, quiet);
        if (!reports.empty())
            last = ", loss " + formatReal(reports.back().trainLoss, 3) + ", validation " +
                   formatReal(reports.back().validationLoss, 3);
        trainer.saveCheckpoint(checkpoint);
    }
    context.note("attentive pooling trained on " + std::to_string(training.size()) + " galaxies" + last);
    std::filesystem::remove(checkpoint);
    aion::AttentivePooling pooling = trainer.pooling();
    std::vector<std::string> names;
    for (const Target* target : targets)
        names.push_back(target->name);
    pooling.provenance["targets"] = joinText(names, ",");
    pooling.provenance["galaxies"] = std::to_string(training.size());
    return pooling;
}

} // namespace penumbra::workflow
