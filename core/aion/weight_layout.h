#pragma once

#include "core/aion/codec_config.h"
#include "core/aion/model_folder.h"
#include "core/io/safetensors.h"

#include <string>
#include <vector>

namespace penumbra::aion {

/// One tensor a network needs: what describing, loading and writing a model share.
struct WeightSpec {
    enum class Role { Matrix, Bias, NormWeight, NormBias, Embedding, Position, Constant };
    std::string key;
    std::vector<std::int64_t> shape; ///< -1: any extent
    Role role = Role::Matrix;
    std::int64_t fanIn = 1;   ///< inputs of an output, for the scale of random weights
    std::string otherKey;     ///< where it may stand instead
    bool mayBeAbsent = false; ///< then zero, or for positions computed
};
using WeightList = std::vector<WeightSpec>;

/// Transformer blocks and norms of the encoder, decoder_proj_context, registers (spec 3.1).
WeightList encoderWeights(const TransformerConfig& config);
WeightList decoderWeights(const TransformerConfig& config); ///< spec 4, without embeddings
/// @param vocabulary -1: any
WeightList inputEmbedding(const TransformerConfig& config, const std::string& key, std::int64_t tokens,
                          std::int64_t vocabulary);
WeightList outputEmbedding(const TransformerConfig& config, const std::string& key, std::int64_t tokens,
                           std::int64_t vocabulary);

WeightList imageCodecWeights(const ImageCodecConfig& config, bool encoder, bool decoder);       ///< spec 5.4
WeightList spectrumCodecWeights(const SpectrumCodecConfig& config, bool encoder, bool decoder); ///< spec 6.3
WeightList scalarCodecWeights(const ScalarCodecConfig& config, ModalityKind kind);              ///< spec 7
WeightList scalarListCodecWeights(const ScalarListCodecConfig& config);                   ///< a book each
WeightList fieldCodecWeights(const FieldCodecConfig& config, bool encoder, bool decoder); ///< spec 2, 2.4
WeightList objectCodecWeights(); ///< books of the two ellipticities and the radius (spec 2, 2.5)

/// The tensor of a file that stands for a spec; null if it is absent and may be.
/// @throws Error naming file, key, shape wanted and found.
const io::TensorEntry* findWeight(const io::SafetensorsFile& file, const WeightSpec& spec);
void checkWeights(const io::SafetensorsFile& file, const WeightList& weights);

} // namespace penumbra::aion
