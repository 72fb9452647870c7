#pragma once

#include "core/catalogue/catalogue.h"

#include <limits>
#include <string>
#include <vector>

namespace penumbra {

/// Elements of feature matrices under names of their own, as an import gives them ("u", "g-r": attribute
/// "columns"); each name once, of the first matrix that has it.
std::vector<std::string> featureElementNames(const Catalogue& catalogue);

/// Adds what a formula asks of feature matrices, reading those alone: elements by their names, and a matrix
/// whose elements are asked for by number (aion[17]) as a vector column. Names that `table` has already win.
/// @param mostBytes larger matrices are not read, and so unknown
void addFeatureColumns(io::Table& table, const Catalogue& catalogue, const std::string& text,
                       std::size_t mostBytes = std::numeric_limits<std::size_t>::max());

} // namespace penumbra
