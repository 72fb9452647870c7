#include "core/aion/modality.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <vector>

namespace penumbra::aion {

namespace {
using enum ModalityKind;

constexpr Modality table[] = {
    {"tok_image", "image", Image, 576, 4375, 18665},
    {"tok_image_hsc", "image", Image, 576, 4375, 13799},
    {"tok_spectrum_desi", "spectrum", Spectrum, 273, 1024, 289},
    {"tok_spectrum_sdss", "spectrum", Spectrum, 273, 1024, 2489},
    {"tok_flux_g", "FLUX_G", LogScalar, 1, 1024, 14685},
    {"tok_flux_r", "FLUX_R", LogScalar, 1, 1024, 27058},
    {"tok_flux_i", "FLUX_I", LogScalar, 1, 1024, 7805},
    {"tok_flux_z", "FLUX_Z", LogScalar, 1, 1024, 9109},
    {"tok_flux_w1", "FLUX_W1", LogScalar, 1, 1024, 23337},
    {"tok_flux_w2", "FLUX_W2", LogScalar, 1, 1024, 12933},
    {"tok_flux_w3", "FLUX_W3", LogScalar, 1, 1024, 23208},
    {"tok_flux_w4", "FLUX_W4", LogScalar, 1, 1024, 14980},
    {"tok_shape_r", "SHAPE_R", LogScalar, 1, 1024, 19813},
    {"tok_shape_e1", "SHAPE_E1", PlainScalar, 1, 1024, 14025},
    {"tok_shape_e2", "SHAPE_E2", PlainScalar, 1, 1024, 16284},
    {"tok_ebv", "EBV", PlainScalar, 1, 1024, 20985},
    {"tok_z", "Z", GridScalar, 1, 1025, 9755},
};
} // namespace

std::span<const Modality> allModalities() {
    return table;
}

const Modality* findModality(std::string_view keyOrColumn) {
    const auto found = std::find_if(std::begin(table), std::end(table), [&](const Modality& row) {
        return row.key == keyOrColumn || (row.isScalar() && row.codec == keyOrColumn);
    });
    return found == std::end(table) ? nullptr : &*found;
}

const Modality& modality(std::string_view keyOrColumn) {
    if (const Modality* found = findModality(keyOrColumn))
        return *found;
    std::vector<std::string> names;
    for (const Modality& row : table) {
        names.emplace_back(row.key);
        if (row.isScalar())
            names.emplace_back(row.codec);
    }
    const auto near = nearNames(keyOrColumn, names);
    throw UsageError("modality '" + std::string(keyOrColumn) + "' is unknown" +
                     (near.empty() ? std::string(".") : "; did you mean " + joinText(near, ", ") + "?"));
}

} // namespace penumbra::aion
