#pragma once

#include "core/workflow/command.h"

#include <filesystem>

namespace penumbra::workflow {

/// penumbra-cli import: a table of any readable format becomes a catalogue, by a mapping file or by flags.
Command importCommand();

void describeImportOptions(OptionSet& options);
/// Where the rows in quarantine are listed, if there are any: beside the catalogue.
std::filesystem::path quarantineListPath(const std::filesystem::path& out);
CommandResult runImport(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
