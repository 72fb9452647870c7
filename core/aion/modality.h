#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace penumbra::aion {

enum class ModalityKind { Image, Spectrum, LogScalar, PlainScalar, GridScalar };

/// One kind of measurement the transformer reads as tokens (spec 2).
struct Modality {
    std::string_view key;   ///< in config.json and the weights: "tok_flux_g"
    std::string_view codec; ///< folder under codecs/, and for scalars the column's name: "FLUX_G"
    ModalityKind kind;
    std::size_t tokens;     ///< per galaxy
    std::size_t vocabulary; ///< token ids are below this
    std::int32_t id;        ///< SHA-256 of the key modulo 2^15, as the reference marks rows

    bool isScalar() const { return kind != ModalityKind::Image && kind != ModalityKind::Spectrum; }
};

/// Those with a codec here, in the reference's order of fields.
std::span<const Modality> allModalities();
/// By key or, for scalars, by column name. @throws UsageError naming near ones
const Modality& modality(std::string_view keyOrColumn);
const Modality* findModality(std::string_view keyOrColumn); ///< null: not one of ours

} // namespace penumbra::aion
