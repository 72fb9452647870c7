#pragma once

// Internal: what the files that tokenise share. Sees torch.
#include "core/aion/model_impl.h"
#include "core/base/error.h"

#include <algorithm>
#include <mutex>
#include <string>

namespace penumbra::aion {

inline std::size_t rowsOf(const std::vector<std::size_t>& rows, std::size_t rowCount,
                          const std::string& what) {
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i] >= rowCount || (i > 0 && rows[i] <= rows[i - 1]))
            throw Error(what + ": row " + std::to_string(rows[i]) +
                        " is not in ascending order or beyond the batch of " + std::to_string(rowCount) +
                        ".");
    return rows.empty() ? rowCount : rows.size();
}

inline void checkSize(std::size_t found, std::size_t wanted, const std::string& what) {
    if (found != wanted)
        throw Error(what + ": " + std::to_string(found) + " values, wanted " + std::to_string(wanted) + ".");
}

/// Collects tokens of one modality; rows that never come stay dropped.
struct Collector {
    TokenBatch& batch;
    std::mutex mutex;

    ModalityTokens& of(const Modality& kind) {
        for (ModalityTokens& tokens : batch.modalities)
            if (tokens.key == kind.key)
                return tokens;
        ModalityTokens tokens{std::string(kind.key), kind.tokens, {}, {}};
        tokens.ids.assign(batch.rowCount * kind.tokens, 0);
        tokens.drop.assign(batch.rowCount * kind.tokens, 1);
        batch.modalities.push_back(std::move(tokens));
        return batch.modalities.back();
    }
    static void set(ModalityTokens& tokens, std::size_t row, std::span<const std::int32_t> ids) {
        const auto first = static_cast<std::ptrdiff_t>(row * tokens.tokens);
        std::copy(ids.begin(), ids.end(), tokens.ids.begin() + first);
        std::fill_n(tokens.drop.begin() + first, tokens.tokens, std::uint8_t{0});
    }
    void problem(std::size_t row, std::string_view key, std::string what) {
        const std::lock_guard lock(mutex);
        batch.problems.push_back({row, std::string(key), std::move(what)});
    }
};

inline std::string countText(std::size_t count, std::size_t of, const std::string& what) {
    return std::to_string(count) + " of " + std::to_string(of) + " " + what;
}

/// Lists of numbers and maps.
void tokeniseLists(const Model::Impl& model, const GalaxyBatch& batch, Collector& collector,
                   const RunContext& context);

} // namespace penumbra::aion
