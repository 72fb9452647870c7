#pragma once

#include "core/catalogue/catalogue.h"
#include "core/io/table.h"

#include <string>

namespace penumbra {

/// What a formula about galaxies may name beside the words of GalaxyExpression: columns, targets, positions,
/// object_id and named elements of features of a catalogue. All names, but only the values that the text may
/// ask for: a catalogue may have millions of rows.
io::Table galaxyVariables(const Catalogue& catalogue, const std::string& text);

} // namespace penumbra
