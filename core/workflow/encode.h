#pragma once

#include "core/aion/model.h"
#include "core/encoding/options.h"
#include "core/encoding/plan.h"
#include "core/io/record_file.h"
#include "core/workflow/command.h"

#include <filesystem>

namespace penumbra::workflow {

/// penumbra-cli encode: from pixels and spectra to embeddings.
Command encodeCommand();
CommandResult runEncode(const OptionSet& options, const Services& services, RunContext& context);
/// The same with an encoder of any kind, also one that is not in the table.
CommandResult encodeWith(const EncoderKind& kind, const OptionSet& options, RunContext& context);

/// --out, whose folder must exist. @throws Error
std::string outputCatalogue(const OptionSet& options);
/// Times of change of the input files: a file mended in place is another input.
std::string inputTimes(const GalaxyInputs& inputs);

/// A catalogue that encode wrote.
bool isEncodedCatalogue(const std::filesystem::path& path);
/// What a run keeps beside --out until it is done (finished blocks, tokens), and the attentive pooling if it
/// trains one.
std::vector<std::filesystem::path> encodeSideFiles(const OptionSet& options);

} // namespace penumbra::workflow
