// Many draws of one target, each galaxy with random numbers of its own.

#include "core/aion/generate.h"
#include "core/aion/model_impl.h"
#include "core/base/error.h"
#include "core/base/rng.h"

#include <algorithm>
#include <map>

namespace penumbra::aion {

DrawSource seededDraws(std::uint64_t seed, std::vector<std::uint64_t> numbers) {
    return [seed, numbers = std::move(numbers)](std::size_t step, std::size_t rows, std::size_t targetTokens,
                                                std::size_t asked) {
        constexpr std::uint64_t steps = 1U << 12; // streams between two galaxies; number 0 is the order's
        StepDraws draws;
        Rng order(seed, step);
        for (std::size_t i = 0; i < targetTokens; ++i)
            draws.order.push_back(static_cast<float>(order.uniform()));
        for (std::size_t r = 0; r < rows; ++r) {
            Rng row(seed, (numbers.at(r) + 1) * steps + step);
            for (std::size_t i = 0; i < asked; ++i)
                draws.draws.push_back(static_cast<float>(row.uniform()));
        }
        return draws;
    };
}

std::uint64_t seedOfDraw(std::uint64_t runSeed, std::size_t draw) {
    return Rng(runSeed, 0xD4A3 + draw).next();
}

namespace {

/// Rows of a batch with the modalities that they have.
TokenBatch rowsWith(const TokenBatch& batch, std::span<const std::size_t> rows) {
    TokenBatch part;
    part.rowCount = rows.size();
    for (const ModalityTokens& all : batch.modalities) {
        if (!all.drop.empty() && all.drop[rows[0] * all.tokens] != 0)
            continue;
        ModalityTokens few{all.key, all.tokens, {}, {}};
        for (const std::size_t row : rows) {
            const auto ids = std::span(all.ids).subspan(row * all.tokens, all.tokens);
            few.ids.insert(few.ids.end(), ids.begin(), ids.end());
        }
        part.modalities.push_back(std::move(few));
    }
    return part;
}

/// Rows by which modalities they lack; those that lack all are left out.
std::vector<std::vector<std::size_t>> rowsByModalities(const TokenBatch& batch) {
    std::map<std::vector<bool>, std::vector<std::size_t>> groups;
    for (std::size_t row = 0; row < batch.rowCount; ++row) {
        std::vector<bool> has;
        for (const ModalityTokens& part : batch.modalities) {
            const auto drop = part.drop.empty()
                                  ? std::span<const std::uint8_t>()
                                  : std::span(part.drop).subspan(row * part.tokens, part.tokens);
            const auto dropped = static_cast<std::size_t>(std::count(drop.begin(), drop.end(), 1));
            if (dropped != 0 && dropped != part.tokens)
                throw UsageError("generation cannot do with a part of " + part.key + ".");
            has.push_back(dropped == 0);
        }
        if (std::find(has.begin(), has.end(), true) != has.end())
            groups[has].push_back(row);
    }
    std::vector<std::vector<std::size_t>> result;
    for (auto& [has, rows] : groups)
        result.push_back(std::move(rows));
    return result;
}

} // namespace

std::vector<ModalityTokens> generateDraws(const Model& model, const TokenBatch& conditions,
                                          std::span<const GenerationStep> steps,
                                          std::span<const std::uint64_t> seeds,
                                          const std::vector<std::uint64_t>& numbers,
                                          const TokenFilter& filter, const RunContext& context) {
    const std::string& target = steps.back().target;
    const std::size_t tokens = modality(target).tokens;
    ModalityTokens none{target, tokens, {}, {}};
    none.ids.assign(conditions.rowCount * tokens, 0);
    none.drop.assign(conditions.rowCount * tokens, 1);
    std::vector<ModalityTokens> draws(seeds.size(), none);
    const auto groups = rowsByModalities(conditions);
    GenerationOptions options;
    options.filter = filter;
    const RunContext quiet = context.quiet();
    model.internals().forPieces(seeds.size(), 1, context, [&](std::size_t begin, std::size_t end) {
        for (std::size_t d = begin; d < end; ++d)
            for (const auto& rows : groups) {
                std::vector<std::uint64_t> own;
                for (const std::size_t row : rows)
                    own.push_back(numbers.at(row));
                const TokenBatch drawn = generate(model, rowsWith(conditions, rows), steps,
                                                  seededDraws(seeds[d], std::move(own)), options, quiet);
                const auto at = std::find_if(drawn.modalities.begin(), drawn.modalities.end(),
                                             [&](const ModalityTokens& p) { return p.key == target; });

                for (std::size_t i = 0; i < rows.size(); ++i) {
                    const auto to = static_cast<std::ptrdiff_t>(rows[i] * tokens);
                    std::copy_n(at->ids.begin() + static_cast<std::ptrdiff_t>(i * tokens), tokens,
                                draws[d].ids.begin() + to);
                    std::fill_n(draws[d].drop.begin() + to, tokens, std::uint8_t{0});
                }
            }
    });
    return draws;
}

} // namespace penumbra::aion
