#pragma once

#include "core/aion/model.h"
#include "core/io/record_file.h"
#include "core/workflow/command.h"
#include "core/workflow/encode_plan.h"

#include <filesystem>

namespace penumbra::workflow {

/// penumbra-cli encode: from pixels and spectra to embeddings.
Command encodeCommand();
void describeEncodeOptions(OptionSet& options);
CommandResult runEncode(const OptionSet& options, const Services& services, RunContext& context);

/// Parts of its options that other verbs on the same inputs and models share: the positional inputs; the
/// model's folder; how inputs are matched; where it runs.
void describeInputOptions(OptionSet& options);
void describeModelOptions(OptionSet& options);
void describeMatchOptions(OptionSet& options);
void describeMachineOptions(OptionSet& options);

/// --out, whose folder must exist. @throws Error
std::string outputCatalogue(const OptionSet& options);
/// Times of change of the input files: a file mended in place is another input.
std::string inputTimes(const GalaxyInputs& inputs);

/// A catalogue that encode wrote.
bool isEncodedCatalogue(const std::filesystem::path& path);
/// What a run keeps beside --out until it is done (finished blocks, tokens), and the attentive pooling if it
/// trains one.
std::vector<std::filesystem::path> encodeSideFiles(const OptionSet& options);

/// The model folder that the options name, made first if random weights are asked for.
/// @throws UsageError if neither is named, Error for a folder that holds no usable model.
aion::ModelDescription chosenModel(const OptionSet& options, const RunContext& context);
/// Token keys of the pixels where nothing else is said.
struct EncodeNames {
    std::string imageKey = "tok_image";
    std::string spectrumKey = "tok_spectrum_desi";
};

/// The folder meant by a path to it or to a file in it (file dialogs choose files).
std::filesystem::path modelFolder(const std::filesystem::path& path);
/// The inputs that the options name, read and matched.
GalaxyInputs chosenInputs(const OptionSet& options, const RunContext& context);

} // namespace penumbra::workflow
