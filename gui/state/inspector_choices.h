#pragma once

#include "core/report/galaxy_columns.h"
#include "core/report/galaxy_looks.h"

#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::gui {

/// By what galaxies are sorted, in the table and in the gallery.
struct GalaxyOrder {
    std::string expression; ///< a column or formula; empty: as in the file
    bool descending = false;
    bool operator==(const GalaxyOrder&) const = default;
};

/// How single galaxies are shown, and which.
struct InspectorChoices {
    report::GalaxyLooks looks;
    GalaxyOrder order;
    /// Of the table of galaxies, beside identity, truth and prediction: words of report::galaxyParts and
    /// names of catalogue columns.
    std::vector<std::string> columns = report::usualGalaxyColumns();
    bool galleryOfAll = false; ///< all galaxies shown instead of the selection
    /// Of the galaxy looked at, marked on the map: "interval" (the calibration galaxies behind its interval
    /// by `neighboursOf`), "nearest" (by the features), or none.
    std::string neighbours;
    std::string neighboursOf; ///< a method; empty: the one whose explanation tells most
    bool operator==(const InspectorChoices&) const = default;
};

/// How much every galaxy is like some examples.
struct Likeness {
    std::string features;
    std::vector<std::int64_t> examples; ///< catalogue rows
    std::vector<double> similarity;     ///< [catalogue rows] cosine; NaN: unknown
};

} // namespace penumbra::gui
