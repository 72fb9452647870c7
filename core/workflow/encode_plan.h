#pragma once

#include "core/aion/model_folder.h"
#include "core/base/option_set.h"
#include "core/catalogue/galaxy_inputs.h"

#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// What an encode run is to do, settled before the weights are read.
struct EncodePlan {
    GalaxyInputs inputs;
    std::vector<std::string> scalars;      ///< catalogue columns in the order of their tokens
    std::string imageKey, spectrumKey;     ///< token keys; empty: this modality was not asked for
    bool partial = false;                  ///< galaxies that lack a modality are encoded from the others
    std::size_t shard = 1, shardCount = 1; ///< shard is one of 1..shardCount
    std::size_t blockRows = 64, batchRows = 8;

    std::vector<std::size_t> rows;   ///< of this shard, to be encoded, in the order they are stored
    std::vector<std::size_t> absent; ///< of this shard, lacking what it takes; ascending
    std::vector<std::string> absentWhy;

    std::string identity; ///< 16 hex digits: same inputs, weights and options that change numbers; all shards
    std::vector<std::string> notes;

    std::vector<std::string> modalities() const; ///< scalars, then image and spectrum keys
    std::size_t blockCount() const { return (rows.size() + blockRows - 1) / blockRows; }
    std::vector<std::size_t> blockRowsOf(std::size_t block) const; ///< catalogue rows
};

/// The options that settle a plan: modalities, incomplete, spectrograph, shard, batch, block.
void describeEncodePlanOptions(OptionSet& options);

/// @throws UsageError for modalities the input or the model does not have, listing what there is.
EncodePlan planEncode(GalaxyInputs inputs, const aion::ModelDescription& model, const OptionSet& options,
                      const RunContext& context);

} // namespace penumbra::workflow
