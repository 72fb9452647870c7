#pragma once

#include "core/aion/galaxy_batch.h"
#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace penumbra::aion {

/// Mean over valid tokens, [rowCount, width] (paper AION-1 eq. 7); NaN where no token is valid.
MatrixF meanPool(const Encoded& encoded);

/// One learned query that looks at the tokens through H heads: e = softmax(q K^T / sqrt(d)) V (eq. 8).
/// Optional parts may be empty: the per-head layer norm of q and k, and the output projection.
struct AttentivePooling {
    std::int64_t width = 0, heads = 1;
    std::vector<float> query;                      ///< [width]
    std::vector<float> qWeight, kWeight, vWeight;  ///< [width, width], out by in
    std::vector<float> projection;                 ///< [width, width] or empty
    std::vector<float> qNormWeight, qNormBias;     ///< [width / heads] or empty
    std::vector<float> kNormWeight, kNormBias;     ///< [width / heads] or empty
    std::map<std::string, std::string> provenance; ///< targets, model fingerprint, epochs, seed

    MatrixF pool(const Encoded& encoded, const RunContext& context) const; ///< [rowCount, width]
    void save(const std::filesystem::path& path) const;                    ///< safetensors
    /// @throws Error naming file, key, shape wanted and found.
    static AttentivePooling load(const std::filesystem::path& path);
};

struct AttentiveTrainingOptions {
    std::int64_t heads = 1;
    int hidden = 256; ///< units of the head's hidden layer (GELU)
    int epochs = 20;
    int batchSize = 64;
    double learningRate = 1e-3; ///< AdamW, constant
    double weightDecay = 1e-2;  ///< of weight matrices
};

struct AttentiveEpochReport {
    int epoch = 0;
    double trainLoss = 0.0, validationLoss = 0.0; ///< mean squared error in standardised label units
    double seconds = 0.0;
};

/// Encodings of the galaxies asked for, in that order: from a cache, or by running the encoder.
using EncodedSource = std::function<Encoded(std::span<const std::size_t> galaxies)>;

/// Trains the query jointly with one small head per target, then gives the pooling to freeze. Resumable.
class AttentiveTrainer {
public:
    /// @param labels [galaxies][targets], NaN = no label. @param validation galaxies kept apart (may be
    /// empty); both lists are indices given to `source`.
    AttentiveTrainer(EncodedSource source, std::vector<std::size_t> training,
                     std::vector<std::size_t> validation, const MatrixD& labels,
                     const AttentiveTrainingOptions& options, const RunContext& context);
    ~AttentiveTrainer();
    AttentiveTrainer(AttentiveTrainer&&) noexcept;

    /// Continues to the end of this epoch (at most options.epochs). A stop request throws Cancelled between
    /// minibatches; the trainer then stands at the last finished epoch's checkpoint or may be continued.
    std::vector<AttentiveEpochReport> runUntil(int epoch, const RunContext& context);
    int epochsDone() const;
    AttentivePooling pooling() const; ///< present weights

    void saveCheckpoint(const std::filesystem::path& path) const; ///< weights, moments, counters
    void restoreCheckpoint(const std::filesystem::path& path);    ///< @throws Error naming what does not fit

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

} // namespace penumbra::aion
