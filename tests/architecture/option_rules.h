#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace penumbra::test {

/// Reads of options by their names ("options.getReal("alpha")") in core/, gui/ and app/ below `root` that
/// stand neither in a file that describes an option of this name nor in one called *options.cpp: file ->
/// lines. A module reads its options once, into a struct, where they are described; a wrong name is then
/// found there.
std::map<std::string, std::vector<std::size_t>> optionReadsElsewhere(const std::filesystem::path& root);

} // namespace penumbra::test
