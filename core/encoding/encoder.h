#pragma once

#include "core/aion/galaxy_batch.h"
#include "core/aion/pooling.h"
#include "core/base/option_set.h"
#include "core/base/run_context.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// What is known of an encoder before its weights are read.
struct EncoderAbout {
    std::string name;        ///< "aion_b": its features are called NAME_POOLING
    std::string where;       ///< "the model in aion-base", for errors
    std::string fingerprint; ///< 16 hex digits: same weights, same numbers
    std::string warning;     ///< not empty: its embeddings mean nothing, and why; shown wherever they are
    std::size_t width = 0;   ///< of a token and of a pooled vector
    std::vector<std::string> modalities;           ///< token keys that it reads
    std::map<std::string, std::string> problems;   ///< of modalities that it ought to read: why it does not
    std::map<std::string, std::string> provenance; ///< attributes of its features
    std::vector<std::string> notes;
};

/// The encoder's output for a batch: a sequence of tokens a galaxy with its mask, and what could not be used.
struct EncodedTokens {
    aion::Encoded encoded;
    std::vector<aion::RowProblem> problems;
};

/// Galaxies of one batch, pooled.
struct EncodedBatch {
    MatrixF features; ///< [rows, poolings * width]; NaN where no token is valid
    std::vector<aion::RowProblem> problems;
};

/// How a galaxy's tokens become one vector.
struct EncoderPooling {
    std::vector<std::string> poolings = {"mean"}; ///< "mean", "attentive", side by side
    const aion::AttentivePooling* attentive = nullptr;
};

/// A model that turns batches of galaxies into tokens and vectors, its weights loaded. Galaxies do not
/// influence each other. Const calls may run on several threads.
class GalaxyEncoder {
public:
    virtual ~GalaxyEncoder() = default;
    virtual const EncoderAbout& about() const = 0;
    virtual EncodedTokens tokens(const aion::GalaxyBatch& batch, const RunContext& context) const = 0;
    /// By default the tokens, pooled; an encoder that can do so without handing them out does better.
    virtual EncodedBatch pooled(const aion::GalaxyBatch& batch, const EncoderPooling& pooling,
                                const RunContext& context) const;
};

/// An encoder that the options name, found but not loaded.
class EncoderSource {
public:
    virtual ~EncoderSource() = default;
    virtual const EncoderAbout& about() const = 0;
    /// @param modalities what it will be given: token keys or columns
    virtual std::unique_ptr<GalaxyEncoder> open(const std::vector<std::string>& modalities,
                                                const OptionSet& options,
                                                const RunContext& context) const = 0;
};

/// A kind of encoder: one file, and one line in the table.
struct EncoderKind {
    std::string id;    ///< of --encoder
    std::string title; ///< for --help
    /// @param options those of `encode` @throws UsageError, Error where there is no such model
    std::unique_ptr<EncoderSource> (*find)(const OptionSet& options, const RunContext& context);
};
std::span<const EncoderKind> allEncoders();
const EncoderKind& findEncoder(const std::string& id); ///< @throws UsageError listing the ids

} // namespace penumbra::workflow
