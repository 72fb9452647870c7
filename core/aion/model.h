#pragma once

#include "core/aion/galaxy_batch.h"
#include "core/aion/model_folder.h"
#include "core/aion/pooling.h"
#include "core/aion/posterior.h"
#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace penumbra::aion {

enum class Precision { Float32, BFloat16 };
enum class EncoderOutput {
    Context, ///< what AION.encode returns: decoder_proj_context(encoder_norm(x)) + embeddings (spec 0.1)
    Raw,     ///< encoder_norm(x)
};

struct LoadOptions {
    std::vector<std::string> modalities;      ///< keys or column names; empty: all that are usable
    bool tokenizers = true;                   ///< false: only token ids will be given
    bool transformer = true;                  ///< false: only tokenise and reconstruct
    bool decoder = false;                     ///< for logits and generation
    std::vector<std::string> targets = {};    ///< modalities whose codecs are needed for decoding alone
    bool reconstruction = false;              ///< the decoding halves of image and spectrum codecs
    Precision precision = Precision::Float32; ///< of the transformer; the codecs stay in float32
};

struct EncodeOptions {
    EncoderOutput output = EncoderOutput::Context;
    std::size_t encoderTokens = 0; ///< num_encoder_tokens: the sequence is cut there; 0 = all
};

struct PoolOptions {
    bool mean = true;                            ///< over valid tokens
    const AttentivePooling* attentive = nullptr; ///< null: none
};
struct Pooled {
    MatrixF mean, attentive; ///< [rowCount, width] or empty. Rows without any token are NaN.
};

struct Logits {
    std::string key;
    std::size_t rowCount = 0, tokens = 0, vocabulary = 0;
    std::vector<float> values; ///< [rowCount, tokens, vocabulary]
};

struct SpectrumReconstruction {
    std::vector<float> wavelength;  ///< [pixels] or [rows, pixels], as asked for, else the codec's own grid
    std::vector<float> flux;        ///< [rows, pixels]
    std::vector<std::uint8_t> mask; ///< [rows, pixels], 1 = the codec believes the pixel bad
    std::size_t pixels = 0;
};

/// Tokenizers and transformer of one model folder, with the weights on one device. Const calls may run on
/// several threads. On the CPU a call spreads its rows over context.threads threads of its own.
class Model {
public:
    /// On context.device. @throws Error naming file, key, shape wanted and found; UsageError for a modality
    /// that the model cannot read.
    static Model load(const ModelDescription& description, const LoadOptions& options,
                      const RunContext& context);
    ~Model();
    Model(Model&&) noexcept;
    Model& operator=(Model&&) noexcept;

    const ModelDescription& description() const;
    std::size_t width() const; ///< of the embedding

    /// Order of the result: scalars as listed, lists, maps, images, spectra. Rows with a measurement that
    /// cannot be used (NaN pixels, wavelengths that do not increase, NaN scalars) lose that modality and are
    /// listed.
    /// @throws Error for images under 96 pixels, unknown bands, sizes that do not fit.
    TokenBatch tokenise(const GalaxyBatch& batch, const RunContext& context) const;

    /// [rowCount, n, width]; n = the longest used sequence or options.encoderTokens, plus registers.
    Encoded encode(const TokenBatch& tokens, const EncodeOptions& options, const RunContext& context) const;
    /// As encode, pooled on the device: the sequences never leave it.
    Pooled encodePooled(const TokenBatch& tokens, const EncodeOptions& options, const PoolOptions& pooling,
                        const RunContext& context) const;

    /// Logits of every token of the target modalities given the input tokens (spec 4). The set of targets
    /// matters: the decoder averages over all of them. Needs LoadOptions::decoder.
    std::vector<Logits> logits(const TokenBatch& tokens, std::span<const std::string> targets,
                               const EncodeOptions& options, const RunContext& context) const;

    /// Where the values of a scalar's tokens lie. @throws UsageError where its codec was not loaded
    TokenBins scalarBins(const std::string& key) const;
    /// What a modality's tokens stand for. Need LoadOptions::reconstruction, scalars excepted.
    std::vector<float> reconstructScalar(const ModalityTokens& tokens) const;
    std::vector<float> reconstructList(const ModalityTokens& tokens) const; ///< [rows, tokens]
    /// @returns [rows, 96, 96] in 0..1
    FieldInput reconstructField(const ModalityTokens& tokens, const RunContext& context) const;
    /// @returns [rows, band, 96, 96] nanomaggies
    ImageInput reconstructImage(const ModalityTokens& tokens, std::span<const std::string> bands,
                                const RunContext& context) const;
    /// @param wavelength Angstrom, [pixels] or [rows, pixels]; empty: the codec's grid
    SpectrumReconstruction reconstructSpectrum(const ModalityTokens& tokens,
                                               std::span<const float> wavelength,
                                               const RunContext& context) const;

    struct Impl; ///< model_impl.h, for this module only
    const Impl& internals() const { return *impl_; }

private:
    explicit Model(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace penumbra::aion
