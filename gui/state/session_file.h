#pragma once

#include "core/base/run_context.h"
#include "gui/state/choices.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace penumbra::gui {

/// A file that a session builds upon, to be known again wherever it lies.
struct FileReference {
    std::filesystem::path path; ///< where it lay
    std::string relative;       ///< the same, from the session's folder
    std::string hash;           ///< of its bytes (fileHash)
    std::uintmax_t size = 0;
};
/// @throws Error if it cannot be read
FileReference referTo(const std::filesystem::path& file, const std::filesystem::path& sessionFolder,
                      const RunContext& context);
/// The file with these bytes: at the same place relative to the session, beside it under the same or, of the
/// same size, under another name, or where it lay. Empty: none of these.
std::filesystem::path findAgain(const FileReference& reference, const std::filesystem::path& sessionFolder,
                                const RunContext& context);

/// A study of the window's list of runs beside the one that is shown.
struct RunReference {
    std::string name, when; ///< when: ISO 8601
    FileReference study;
    bool unsaved = false; ///< it lies in a place of ours alone
};

/// What is open and how it is shown.
struct Session {
    std::optional<FileReference> catalogue, study, table;
    std::optional<FileReference> maps; ///< made in the window (core/session/maps_file.h)
    Choices choices;
    bool studyIsUnsaved = false;    ///< it lies in a place of ours alone
    std::string layout;             ///< of the window's docks, base64
    std::string shownRun;           ///< name of the study shown among the runs
    std::vector<RunReference> runs; ///< the others
    std::vector<std::string> notes; ///< parts that could not be read
};

/// Whether this is a session, by its first bytes.
bool isSessionFile(const std::filesystem::path& path);
/// JSON, written under a temporary name, then renamed. @throws Error
void writeSession(const Session& session, const std::filesystem::path& path);
/// A part that is damaged is left out with a note. @throws Error if it is no session, or a newer one
Session readSession(const std::filesystem::path& path);

} // namespace penumbra::gui
