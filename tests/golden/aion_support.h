#pragma once

#include "core/aion/model.h"
#include "core/io/safetensors.h"

#include <filesystem>
#include <string>
#include <vector>

namespace penumbra::golden {

/// The folder aion/ of the goldens: PENUMBRA_GOLDENS, else the repository's own.
std::filesystem::path aionFolder();

/// Every file aion/io/PREFIX*.safetensors, sorted. Fails the test when there is none.
std::vector<std::filesystem::path> aionFiles(const std::string& prefix);

/// Of these, the one named by the environment variable PENUMBRA_GOLDEN_FILE where it is set (one ctest entry
/// a file). Empty: the folder has none of that name, and the entry is skipped; golden.aion.every_file reads
/// all.
std::vector<std::filesystem::path> chosenFiles(const std::string& prefix);

/// aion_alt for encoder_alt*, else aion_tiny.
std::filesystem::path modelOf(const std::filesystem::path& file);

std::vector<float> floatsOf(const io::SafetensorsFile& file, const std::string& key);
std::vector<std::int32_t> idsOf(const io::SafetensorsFile& file, const std::string& key);
std::vector<std::string> textListOf(const io::SafetensorsFile& file,
                                    const std::string& key); ///< JSON metadata

struct Tolerance {
    double absolute = 0.0, relative = 0.0;
};
/// Largest excess is reported with its place.
void expectNear(const std::vector<float>& got, const std::vector<float>& want, Tolerance tolerance,
                const std::string& what);

/// Models run on the device that PENUMBRA_GOLDEN_DEVICE names, else on the CPU.
RunContext onDevice();

/// tokens.* and mask.* in the order of the metadata.
aion::TokenBatch tokensOf(const io::SafetensorsFile& file);

} // namespace penumbra::golden
