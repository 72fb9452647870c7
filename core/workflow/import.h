#pragma once

#include "core/importing/build.h"
#include "core/importing/guess.h"
#include "core/workflow/command.h"

#include <filesystem>

namespace penumbra::workflow {

/// penumbra-cli import: a table of any readable format becomes a catalogue, by a mapping file or by flags.
Command importCommand();

void describeImportOptions(OptionSet& options);
/// Sets what the user has not given; what other codes predicted is told in words alone.
void applyGuess(const ImportGuess& guess, OptionSet& options);
/// What an import with these options would make, without writing anything. @throws Error as the import would
ImportedCatalogue previewImport(const OptionSet& options, const RunContext& context);
/// Where the rows in quarantine are listed, if there are any: beside the catalogue.
std::filesystem::path quarantineListPath(const std::filesystem::path& out);
CommandResult runImport(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
