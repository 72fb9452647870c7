#pragma once

#include "core/base/option_set.h"
#include "core/workflow/command.h"

#include <string>
#include <vector>

namespace penumbra::app {

/// What the user asked for.
struct Invocation {
    const workflow::Command* command = nullptr; ///< null: only `output` is to be shown (help, version)
    OptionSet options;                          ///< flags over the TOML file over the defaults
    std::string config;                         ///< the TOML file, if one was given
    bool json = false;
    bool quiet = false;
    std::string output;
};

/// Subcommands and flags come from the table of commands and their OptionSets.
/// @throws UsageError for anything the parser or an option refuses; Error for a TOML file that does not fit.
Invocation parseCommandLine(int argc, const char* const* argv);

} // namespace penumbra::app
