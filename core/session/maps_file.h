#pragma once

#include "core/catalogue/samples.h"

#include <filesystem>
#include <string>
#include <vector>

namespace penumbra::session {

/// Maps of a catalogue's galaxies in a file of their own (HDF5): /maps/NAME as a catalogue has them, float32
/// [N, 2 or 3]; attributes catalogue_hash, rows. Written to a temporary name, then renamed.
void writeMaps(const std::filesystem::path& path, const std::vector<Samples>& maps, std::size_t rows,
               const std::string& catalogueHash, const RunContext& context = {});
/// With their values. @throws Error naming the file: unreadable, or of another catalogue
std::vector<Samples> readMaps(const std::filesystem::path& path, std::size_t rows,
                              const std::string& catalogueHash);

} // namespace penumbra::session
