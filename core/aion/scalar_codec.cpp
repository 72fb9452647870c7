#include "core/aion/scalar_codec.h"

#include "core/aion/weight_layout.h"
#include "core/base/error.h"
#include "core/io/safetensors.h"

#include <algorithm>
#include <cmath>

namespace penumbra::aion {

std::int32_t lowerBound(std::span<const float> ascending, float value) {
    if (std::isnan(value))
        return static_cast<std::int32_t>(ascending.size());
    return static_cast<std::int32_t>(std::lower_bound(ascending.begin(), ascending.end(), value) -
                                     ascending.begin());
}

std::vector<float> readCodebook(const io::SafetensorsFile& file, const WeightSpec& spec) {
    const io::TensorEntry* book = findWeight(file, spec);
    std::vector<float> values(book->count);
    file.floatsInto(*book, values);
    for (std::size_t i = 0; i < values.size(); ++i)
        if (std::isnan(values[i]) || (i > 0 && values[i] < values[i - 1]))
            throw Error(file.path().string() + ": key '" + book->name + "': entry " + std::to_string(i) +
                        " is below the one before it or NaN; a code book ascends.");
    return values;
}

ScalarCodec::ScalarCodec(ModalityKind kind, double minLogValue, std::vector<float> codebook)
    : kind_(kind), floor_(static_cast<float>(std::exp(minLogValue))), codebook_(std::move(codebook)) {}

ScalarCodec ScalarCodec::load(const std::filesystem::path& folder, ModalityKind kind) {
    const auto config = readScalarCodecConfig(folder / "config.json");
    const io::SafetensorsFile file(folder / "model.safetensors");
    return {kind, config.minLogValue, readCodebook(file, scalarCodecWeights(config, kind)[0])};
}

std::int32_t ScalarCodec::encode(float value) const {
    const std::span book(codebook_);
    const auto top = static_cast<std::int32_t>(book.size()) - 1;
    if (kind_ == ModalityKind::GridScalar)
        return std::min(lowerBound(book, value), top);
    // Values at the floor meet many equal entries of the book: float32 throughout, as it was made (spec 7).
    const float z = kind_ == ModalityKind::LogScalar ? std::log(value <= floor_ ? floor_ : value) : value;
    return lowerBound(book.first(book.size() - 1), z);
}

float ScalarCodec::decode(std::int32_t token) const {
    if (token < 0 || static_cast<std::size_t>(token) >= codebook_.size())
        throw Error("token " + std::to_string(token) + " is outside of a code book of " +
                    std::to_string(codebook_.size()) + " entries.");
    const float value = codebook_[static_cast<std::size_t>(token)];
    return kind_ == ModalityKind::LogScalar ? std::exp(value) : value;
}

} // namespace penumbra::aion
