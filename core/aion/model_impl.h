#pragma once

// Internal: sees torch.
#include "core/aion/field_codec_impl.h"
#include "core/aion/image_codec_impl.h"
#include "core/aion/model.h"
#include "core/aion/object_codec.h"
#include "core/aion/scalar_codec.h"
#include "core/aion/scalar_list_codec.h"
#include "core/aion/spectrum_codec_impl.h"
#include "core/aion/transformer_impl.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace penumbra::aion {

struct Model::Impl {
    ModelDescription description;
    LoadOptions options;
    at::Device device = at::kCPU;
    std::map<std::string, ScalarCodec, std::less<>> scalars; ///< by codec folder
    std::map<std::string, ScalarListCodec, std::less<>> lists;
    std::unique_ptr<FieldCodec> field;
    std::optional<ObjectCodec> objects;
    std::unique_ptr<ImageCodec> image;
    std::unique_ptr<SpectrumCodec> spectrum;
    std::unique_ptr<Transformer> transformer;

    /// Both halves as the options say; what is there already stays.
    void loadCodec(const Modality& kind, const RunContext& context);
    const ScalarCodec& scalar(const Modality& kind) const;
    const ScalarListCodec& list(const Modality& kind) const;
    const FieldCodec& fieldCodec() const;
    const ObjectCodec& objectCodec() const;
    const ImageCodec& imageCodec() const;
    const SpectrumCodec& spectrumCodec() const;
    const Transformer& network() const; ///< @throws UsageError if it was not loaded

    /// body(begin, end) over 0..n: on the CPU pieces of at most `piece` on threads of their own, on a GPU one
    /// after the other in larger pieces.
    void forPieces(std::size_t n, std::size_t piece, const RunContext& context,
                   const std::function<void(std::size_t, std::size_t)>& body) const;
    /// Runs the encoder on every row, in groups of rows with the same number of used tokens.
    void encodeGroups(const TokenBatch& batch, const EncodeOptions& options, bool padding,
                      const RunContext& context, const std::function<void(const EncodedGroup&)>& take) const;
};

/// Length of the encoded sequence without registers.
std::size_t encodedLength(const TokenBatch& batch, const EncodeOptions& options);

} // namespace penumbra::aion
