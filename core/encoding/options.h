#pragma once

#include "core/aion/model.h"
#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/catalogue/galaxy_inputs.h"

#include <filesystem>
#include <string>

namespace penumbra::workflow {

void describeEncodeOptions(OptionSet& options); ///< all of `encode`

/// Parts of them that other verbs on the same inputs and models share: the positional inputs; the
/// model's folder; how inputs are matched; where it runs.
void describeInputOptions(OptionSet& options);
void describeModelOptions(OptionSet& options);
void describeMatchOptions(OptionSet& options);
void describeMachineOptions(OptionSet& options);

/// What they say.
struct ModelChoice {
    std::string weights, codecs; ///< folders; empty: not named
    bool random = false;
};
ModelChoice modelChoice(const OptionSet& options);
struct MachineChoice {
    std::string device;
    int threads = 0;
};
MachineChoice machineChoice(const OptionSet& options);

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
