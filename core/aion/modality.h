#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace penumbra::aion {

enum class ModalityKind {
    Image,
    Spectrum,
    LogScalar,
    PlainScalar,
    GridScalar,
    ScalarList, ///< several numbers, a token each: Gaia XP coefficients
    Field,      ///< a map of numbers in 0..1: segmentation maps
    Sequence    ///< tokens of varying number: the objects in a cutout
};

/// One kind of measurement the transformer reads as tokens (spec 2).
struct Modality {
    std::string_view key;   ///< in config.json and the weights: "tok_flux_g"
    std::string_view codec; ///< folder under codecs/, and for scalars the column's name: "FLUX_G"
    ModalityKind kind;
    std::size_t tokens;     ///< per galaxy; of a sequence at most
    std::size_t vocabulary; ///< token ids are below this
    std::int32_t id;        ///< SHA-256 of the key modulo 2^15, as the reference marks rows

    bool isScalar() const {
        return kind == ModalityKind::LogScalar || kind == ModalityKind::PlainScalar ||
               kind == ModalityKind::GridScalar;
    }
    bool isSequence() const { return kind == ModalityKind::Sequence; }
    /// Rows of its table of positions.
    std::size_t positions() const { return isSequence() ? 512 : tokens; }
};

/// Those with a codec here, in the reference's order of fields.
std::span<const Modality> allModalities();
/// By key or, for scalars, by column name. @throws UsageError naming near ones
const Modality& modality(std::string_view keyOrColumn);
const Modality* findModality(std::string_view keyOrColumn); ///< null: not one of ours

} // namespace penumbra::aion
