#pragma once

#include "core/catalogue/catalogue.h"
#include "core/catalogue/modalities.h"
#include "core/eval/study.h"
#include "core/report/galaxy_looks.h"
#include "core/report/spectrum_panel.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace penumbra::gui {

/// What a catalogue's file holds of one galaxy.
struct GalaxyPixels {
    std::optional<Cutout> cutout;
    std::optional<ObservedSpectrum> spectrum;
    std::vector<std::pair<std::string, double>> features; ///< of features whose columns have names
    std::string problem;                                  ///< why it could not be read; empty: it could
};
/// Reads a file: not for the interface's thread. Never throws.
GalaxyPixels readGalaxy(const Catalogue& catalogue, std::size_t row);

/// The galaxy's redshift in the catalogue, and the base head's where the study has a target that is one.
/// @param study, catalogue may be null
report::Redshifts redshiftsOf(const Study* study, const Catalogue* catalogue, std::int64_t row);
/// The base head's prediction of a target for a test or calibration galaxy; NaN: neither, or unknown.
double basePredictionFor(const TargetStudy& target, std::int64_t row);
/// A held-out galaxy's true value; NaN where it has none, nothing where it is not held out.
std::optional<double> truthFor(const TargetStudy& target, std::int64_t row);

} // namespace penumbra::gui
