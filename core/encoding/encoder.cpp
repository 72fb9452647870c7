#include "core/encoding/encoder.h"

#include "core/base/error.h"
#include "core/base/text.h"

namespace penumbra::workflow {

EncoderKind aionEncoder(); // aion_encoder.cpp

std::span<const EncoderKind> allEncoders() {
    static const std::vector<EncoderKind> encoders = {
        aionEncoder(),
    };
    return encoders;
}

const EncoderKind& findEncoder(const std::string& id) {
    std::vector<std::string> ids;
    for (const EncoderKind& kind : allEncoders()) {
        if (kind.id == id)
            return kind;
        ids.push_back(kind.id);
    }
    throw UsageError("There is no encoder '" + id + "'. The encoders are: " + joinText(ids, ", ") + ".");
}

EncodedBatch GalaxyEncoder::pooled(const aion::GalaxyBatch& batch, const EncoderPooling& pooling,
                                   const RunContext& context) const {
    EncodedTokens made = tokens(batch, context);
    EncodedBatch result;
    result.problems = std::move(made.problems);
    const auto width = static_cast<Eigen::Index>(about().width);
    result.features.resize(static_cast<Eigen::Index>(batch.rowCount),
                           width * static_cast<Eigen::Index>(pooling.poolings.size()));
    for (std::size_t p = 0; p < pooling.poolings.size(); ++p)
        result.features.middleCols(static_cast<Eigen::Index>(p) * width, width) =
            pooling.poolings[p] == "mean" ? aion::meanPool(made.encoded)
                                          : pooling.attentive->pool(made.encoded, context);
    return result;
}

} // namespace penumbra::workflow
