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
    {"tok_mag_g", "g_cmodel_mag", PlainScalar, 1, 1024, 28104},
    {"tok_mag_r", "r_cmodel_mag", PlainScalar, 1, 1024, 25658},
    {"tok_mag_i", "i_cmodel_mag", PlainScalar, 1, 1024, 32529},
    {"tok_mag_z", "z_cmodel_mag", PlainScalar, 1, 1024, 23041},
    {"tok_mag_y", "y_cmodel_mag", PlainScalar, 1, 1024, 6731},
    {"tok_a_g", "a_g", PlainScalar, 1, 1024, 17883},
    {"tok_a_r", "a_r", PlainScalar, 1, 1024, 1702},
    {"tok_a_i", "a_i", PlainScalar, 1, 1024, 25778},
    {"tok_a_z", "a_z", PlainScalar, 1, 1024, 21929},
    {"tok_a_y", "a_y", PlainScalar, 1, 1024, 21195},
    {"tok_shape11", "i_sdssshape_shape11", PlainScalar, 1, 1024, 19508},
    {"tok_shape22", "i_sdssshape_shape22", PlainScalar, 1, 1024, 24183},
    {"tok_shape12", "i_sdssshape_shape12", PlainScalar, 1, 1024, 31216},
    {"tok_flux_g_gaia", "phot_g_mean_flux", LogScalar, 1, 1024, 13180},
    {"tok_flux_bp_gaia", "phot_bp_mean_flux", LogScalar, 1, 1024, 19762},
    {"tok_flux_rp_gaia", "phot_rp_mean_flux", LogScalar, 1, 1024, 29689},
    {"tok_parallax", "parallax", LogScalar, 1, 1024, 2340},
    {"tok_ra", "ra", PlainScalar, 1, 1024, 17409},
    {"tok_dec", "dec", PlainScalar, 1, 1024, 12082},
    {"tok_xp_bp", "bp_coefficients", ScalarList, 55, 1024, 14064},
    {"tok_xp_rp", "rp_coefficients", ScalarList, 55, 1024, 13385},
    {"tok_segmap", "segmentation_map", Field, 144, 1000, 11864},
    {"catalog", "catalog", Sequence, 50, 3468, 12119},
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
