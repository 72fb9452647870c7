#pragma once

#include "core/base/run_context.h"
#include "core/eval/study.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace penumbra::session {

/// Arrays stored under /state/networks so that a study can predict new galaxies; opaque here.
struct StoredArray {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values;
    std::vector<std::string> networks; ///< names of the networks along the first dimension; an attribute
    std::map<std::string, std::string> attributes = {}; ///< further ones, texts of up to 60 kB
};

/// Study file (HDF5), layout in ARCHITECTURE.md: attributes, /rows, /truth, /predictions, /metrics, /state.
/// Written to a temporary name, then renamed.
void writeStudy(const Study& study, const std::vector<StoredArray>& networks,
                const std::filesystem::path& path, const RunContext& context = {});
/// Reads what it knows; a missing or newer /state leaves signals empty and adds a note.
/// @throws Error naming file and dataset.
Study readStudy(const std::filesystem::path& path, const RunContext& context = {});
/// The arrays under /state/networks, in order of name; empty without a /state this version knows.
std::vector<StoredArray> readNetworks(const std::filesystem::path& path, const RunContext& context = {});
bool isStudyFile(const std::filesystem::path& path);

} // namespace penumbra::session
