#pragma once

// What programs write about columns beside a table's values; only the readers include it.

#include "core/io/table.h"

#include <string>
#include <vector>

namespace YAML {
class Node;
}

namespace penumbra::io {

struct ColumnWords {
    std::string name, unit, ucd, description;
};

/// A text as astropy writes it: a scalar, or the map of !astropy.units.Unit {unit: deg}; else "".
std::string yamlText(const YAML::Node& node);
/// One column of astropy's header; its UCD is in the column's meta.
ColumnWords wordsOf(const YAML::Node& column);
/// astropy's header, that of ECSV: "datatype:" with a line a column. @throws Error if it is none
std::vector<ColumnWords> astropyWords(const std::string& yaml);
/// Does not overrule what a column says of itself.
void apply(const ColumnWords& words, Table& table);

} // namespace penumbra::io
