#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/galaxy_inputs.h"
#include "core/catalogue/matrix.h"
#include "core/encoding/encoder.h"

#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// Several numbers a galaxy that are one modality: Gaia XP coefficients.
struct EncodeList {
    std::string key; ///< "tok_xp_bp"
    MatrixF values;  ///< [rows of the catalogue, numbers given]

    bool complete(std::size_t row) const { return values.row(static_cast<Eigen::Index>(row)).allFinite(); }
};

/// What an encode run is to do, settled before the weights are read.
struct EncodePlan {
    GalaxyInputs inputs;
    std::vector<std::string> scalars;      ///< catalogue columns in the order of their tokens
    std::vector<EncodeList> lists;         ///< after them
    std::string imageKey, spectrumKey;     ///< token keys; empty: this modality was not asked for
    std::string spectrograph = "desi";     ///< whose spectra the inputs hold: "desi" or "sdss"
    bool partial = false;                  ///< galaxies that lack a modality are encoded from the others
    std::size_t shard = 1, shardCount = 1; ///< shard is one of 1..shardCount
    std::size_t blockRows = 64, batchRows = 8;

    std::vector<std::size_t> rows;   ///< of this shard, to be encoded, in the order they are stored
    std::vector<std::size_t> absent; ///< of this shard, lacking what it takes; ascending
    std::vector<std::string> absentWhy;

    std::string identity; ///< 16 hex digits: same inputs, weights and options that change numbers; all shards
    std::vector<std::string> notes;

    /// Tokens a complete galaxy brings to the encoder.
    std::size_t tokens() const;
    std::vector<std::string> modalities() const; ///< scalars, then the keys of lists, image and spectrum
    /// One of `scalars`; ra and dec are the positions where no column has that name. NaN: not measured.
    double scalarAt(const std::string& column, std::size_t row) const;
    std::size_t blockCount() const { return (rows.size() + blockRows - 1) / blockRows; }
    std::vector<std::size_t> blockRowsOf(std::size_t block) const; ///< catalogue rows
};

/// The options that settle a plan: modalities, incomplete, spectrograph, shard, batch, block.
/// @param sharded false: for verbs whose output cannot be joined
void describeEncodePlanOptions(OptionSet& options, bool sharded = true);

/// @throws UsageError for modalities the input or the encoder does not have, listing what there is.
EncodePlan planEncode(GalaxyInputs inputs, const EncoderAbout& encoder, const OptionSet& options,
                      const RunContext& context);

} // namespace penumbra::workflow
