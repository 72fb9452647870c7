#pragma once

#include "core/catalogue/modalities.h"
#include "core/report/figure_spec.h"
#include "core/report/galaxy_looks.h"

namespace penumbra::report {

/// The cutout as a picture, north up. In colour: the three bands of longest wavelength spread (g, r, z where
/// present), stretched by their mean so that colours stay (Lupton et al. 2004), with the constants of the
/// Legacy Survey viewer. In one band: grey. Pixels that are no number are black; a band that the cutout lacks
/// gives colour.
Series pictureOf(const Cutout& cutout, const CutoutLook& look = {});
/// A picture alone, without axes, under its heading.
Panel picturePanel(Series picture, const std::string& heading);

} // namespace penumbra::report
