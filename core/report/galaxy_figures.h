#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/catalogue/modalities.h"
#include "core/report/cutout_picture.h"
#include "core/report/figure_spec.h"

#include <array>
#include <span>

namespace penumbra::report {

/// Figures of single galaxies: they need a catalogue with images or spectra and no study. A new one is one
/// file in figures/ and one line in all_figures.cpp.
struct GalaxyFigureKind {
    std::string id; ///< "galaxies"
    std::string title;
    std::string help;
    void (*options)(OptionSet& options);
    /// Nothing to draw gives an emptyMessage. @throws Error for rows that the catalogue does not have.
    FigureSpec (*make)(const Catalogue& catalogue, const OptionSet& options, const RunContext& context);
};
std::span<const GalaxyFigureKind> galaxyFigures();

/// Panels of one galaxy: its cutout and its spectrum, whichever it has. `redshift` NaN: no lines are marked.
std::vector<Panel> galaxyPanels(const std::optional<Cutout>& cutout,
                                const std::optional<ObservedSpectrum>& spectrum, const std::string& heading,
                                double redshift);
/// Redshift of a row: column "true_z" of simulated catalogues, else target or column "z" (any case), else
/// NaN.
double redshiftOf(const Catalogue& catalogue, std::size_t row);

} // namespace penumbra::report
