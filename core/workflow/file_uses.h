#pragma once

#include "core/base/option_set.h"

#include <filesystem>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// A file that a run reads or writes, and what it is to the user: "the input", "--out".
struct FileUse {
    std::filesystem::path path;
    std::string what;
    bool members = false; ///< inputs: a folder all of whose files are read
};

/// What a run reads and writes, whoever names it.
struct FileUses {
    std::vector<FileUse> inputs, outputs;
};

/// The files of a command: those of its options, the catalogue behind a study, what a mapping names, what is
/// written beside an output. Files that cannot be read here are left to the command, which says why.
FileUses fileUses(const std::string& command, const OptionSet& options);

/// Adds an input and, where it is a study, the catalogue that it was made from.
void addInput(FileUses& uses, const std::filesystem::path& path, const std::string& what);

/// The one place where outputs are held against inputs, by what the names lead to: links of both kinds,
/// any spelling, files that do not exist yet.
/// @throws UsageError if an output is an input, a member of a folder that is read, or another output.
void refuseReplacing(const FileUses& uses);

/// Options of a command that name files without being of a kind of files: lists.
std::vector<std::string> inputLists(const std::string& command);

/// True where a command's output is HDF5 with a life of its own (it is read back, or gone on with): no FIFO,
/// no device.
bool needsRealFile(const std::string& command, const Option& output);

} // namespace penumbra::workflow
