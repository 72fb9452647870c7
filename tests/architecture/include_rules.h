#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace penumbra::test {

/// Reads every #include in core/, gui/ and app/ below `root` and returns one sentence a breach of the house's
/// rules: a module includes only modules of lower number (io may use base); core knows neither Qt nor VTK nor
/// gui nor app; so do the window's rooms in gui/, which leave heads, lvd and mock to study and workflow, and
/// keep VTK, Dear ImGui and QCustomPlot where they draw; torch stays in the .cpp files of nn, heads, aion,
/// lvd_device and uq; no file is longer than 800 lines.
std::vector<std::string> findBreaches(const std::filesystem::path& root);

/// Source files that findBreaches reads.
std::vector<std::filesystem::path> sourceFiles(const std::filesystem::path& root);

} // namespace penumbra::test
