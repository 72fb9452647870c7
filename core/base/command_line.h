#pragma once

#include "core/base/option_set.h"

#include <string>
#include <string_view>

namespace penumbra {

/// A word as a POSIX shell reads it back: quoted where it must be.
std::string shellWord(std::string_view text);

/// The line that does on the command line what these options ask for: positional options in their order, then
/// those that were given.
std::string commandLine(std::string_view verb, const OptionSet& options);

} // namespace penumbra
