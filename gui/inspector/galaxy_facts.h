#pragma once

#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"

#include <QString>

#include <string>
#include <utility>
#include <vector>

namespace penumbra::gui {

// What is known of one galaxy, as tables for a label (HTML).

/// Row, position, true and predicted values of every target. @param catalogue may be null
QString factsOf(const Study& study, const Catalogue* catalogue, std::int64_t row);
/// Every method's centre and interval of every target, and whether it covers; empty where there are none.
QString intervalNumbers(const Study& study, const std::vector<std::string>& methods, std::int64_t row);
/// The galaxy's values in the catalogue's columns and in features with names, with units.
QString catalogueNumbers(const Catalogue& catalogue,
                         const std::vector<std::pair<std::string, double>>& features, std::int64_t row);

/// The address of the Legacy Survey viewer at a position, degrees; empty where there is none. Nothing is
/// opened: it is for copying.
QString legacyViewerAddress(double ra, double dec);

/// "0.3124", "∞" and the like: with the digits that a value beside `step` has.
QString endText(double value, double step);

} // namespace penumbra::gui
