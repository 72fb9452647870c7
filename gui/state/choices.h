#pragma once

#include "core/catalogue/row_mask.h"
#include "gui/state/inspector_choices.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace penumbra::gui {

/// Galaxies chosen in a table or a plot.
struct Selection {
    RowMask rows;              ///< of the catalogue
    std::int64_t current = -1; ///< the one that is looked at, one of rows; -1: none
    std::string where;         ///< the expression they were chosen by; empty: in another way
    bool byOutcome = false;    ///< chosen with a look at the truth: no perfect method's range is known
    bool drawn = false;        ///< all galaxies of a region drawn on the map, not picked one by one
    bool operator==(const Selection&) const = default;
};

/// A selection with a name and a colour.
struct Subset {
    std::string name;
    std::string colour; ///< "#RRGGBB"
    RowMask rows;       ///< of the catalogue, as they were when it was named
    std::string where;
    bool byOutcome = false;
    bool drawn = false;
    bool operator==(const Subset&) const = default;
};

/// Where the points of the map stand and what tells them apart.
struct CloudChoices {
    std::string positions; ///< name of a map, "sky", "columns"; empty: the first map there is
    std::string x, y;      ///< columns or formulas, of "columns"
    std::string colour;    ///< a column or formula; empty: one colour
    bool density = false;  ///< how many points instead of points
    bool operator==(const CloudChoices&) const = default;
};

/// The cloud in three dimensions; what colours it is CloudChoices::colour.
struct SpaceChoices {
    std::string positions; ///< name of a map, "redshift", "columns"; empty: the first map there is
    std::string x, y, z;   ///< columns or formulas, of "columns"; z: the redshift, of "redshift"
    double azimuth = 35.0, elevation = 25.0, zoom = 1.0; ///< degrees, degrees, 1: all is seen
    std::array<double, 3> centre{};                      ///< what is looked at, in a cube from -1 to 1
    double size = 0.0;                                   ///< diameter of points in pixels; 0: as suits
    double opacity = 1.0;
    std::optional<std::pair<double, double>> range; ///< of the colours; none: as suits the values
    bool operator==(const SpaceChoices&) const = default;
};

/// All that the user decides about what is shown; undo goes back to a former one. A plain value.
struct Choices {
    std::string target;
    std::vector<std::string> hidden; ///< methods that are not ticked: those a later run adds are
    double alpha = 0.1;
    std::string conditionOn = "prediction";
    std::string page = "compare";
    bool dark = false;
    CloudChoices cloud;
    std::optional<CloudChoices> cloudBeside; ///< of a second view of the map; none: there is one view
    InspectorChoices inspector;
    std::shared_ptr<const Likeness> likeness; ///< to the last examples; null: none were searched for
    SpaceChoices space;
    Selection selection;
    std::vector<Subset> subsets; ///< in the order they were named
    bool operator==(const Choices&) const = default;
    const Subset* subset(const std::string& name) const; ///< null: none of that name
};

} // namespace penumbra::gui
