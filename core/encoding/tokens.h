#pragma once

#include "core/aion/galaxy_batch.h"
#include "core/aion/pooling.h"
#include "core/encoding/run.h"
#include "core/io/record_file.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <span>

namespace penumbra::workflow {

/// What the encoder said of galaxies, kept in a file by catalogue row: the valid tokens in float32, or why
/// there are none. 853 tokens of AION-B take 2.6 MB a galaxy.
class TokenCache {
public:
    /// @throws Error if the file belongs to other inputs, weights or modalities
    TokenCache(const std::filesystem::path& path, const std::string& identity) : records_(path, identity) {}
    bool contains(std::size_t row) const { return records_.contains(row); }
    std::string status(std::size_t row) const;
    /// Padded to the longest. Rows without tokens (not encoded) have none that is valid.
    aion::Encoded read(std::span<const std::size_t> rows) const;
    /// @param index of the galaxy in `encoded`; status "not encoded: ..." keeps no tokens
    void append(std::size_t row, const std::string& status, const aion::Encoded& encoded, std::size_t index);
    std::size_t size() const { return records_.size(); }
    void remove() { records_.remove(); }

private:
    io::RecordFile records_;
};

using EncodeTokens = std::function<EncodedTokens(const aion::GalaxyBatch&, const RunContext&)>;

/// Runs the encoder over those of the rows that the cache does not hold; reads ahead meanwhile.
void fillCache(const EncodePlan& plan, std::span<const std::size_t> rows, const EncodeTokens& encode,
               TokenCache& cache, const RunContext& context);

/// A block from the cache, pooled into so many columns; empty if the cache lacks one of its rows.
std::optional<EncodedBlock> blockFromCache(const TokenCache& cache, std::span<const std::size_t> rows,
                                           const std::vector<std::string>& poolings,
                                           const aion::AttentivePooling* attention, std::size_t columns,
                                           const RunContext& context);

struct AttentionChoice {
    std::vector<std::string> targets; ///< empty: all
    std::size_t galaxies = 2000;      ///< of the training rows, drawn at random
    aion::AttentiveTrainingOptions training;
    std::uint64_t seed = 0;
};
/// The training rows that attentive pooling is to learn from, ascending: of this plan, labelled, drawn from
/// the seed.
/// @throws UsageError if the catalogue has no split or too few labels
std::vector<std::size_t> attentionRows(const EncodePlan& plan, const AttentionChoice& choice);
/// Learns the query from cached tokens; goes on from `checkpoint` if it is there, and removes it in the end.
aion::AttentivePooling trainAttention(const EncodePlan& plan, const AttentionChoice& choice,
                                      std::span<const std::size_t> rows, const TokenCache& cache,
                                      const std::filesystem::path& checkpoint, const RunContext& context);

} // namespace penumbra::workflow
