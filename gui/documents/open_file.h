#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"
#include "gui/documents/map_making.h"
#include "gui/models/column_model.h"

#include "gui/state/session_file.h"

#include <QDateTime>
#include <QString>

#include <filesystem>
#include <map>
#include <memory>
#include <vector>

namespace penumbra::session {
struct StoredArray;
}

namespace penumbra::gui {

/// A study that a session keeps beside the one it shows.
struct OpenedRun {
    QString name;
    QDateTime when;
    std::shared_ptr<const Study> study;
    QString path;
    bool unsaved = false;                                              ///< its file goes away
    std::shared_ptr<const std::vector<session::StoredArray>> networks; ///< then
};

/// What a file turned out to be: a catalogue, a study (with its catalogue where that can be found) or a raw
/// table.
struct OpenedFile {
    std::filesystem::path path;
    std::shared_ptr<const Catalogue> catalogue;
    std::shared_ptr<const Study> study;
    bool isRawTable = false;
    std::shared_ptr<const io::Table> table; ///< of a raw table
    std::string tableTitle;                 ///< "FITS binary table"
    std::size_t tableRows = 0;
    std::vector<ColumnModel::Line> columns;
    std::vector<std::string> notes;
    // of a session
    std::filesystem::path sessionPath;
    std::shared_ptr<const Session> session; ///< null: no session was opened
    std::vector<FileReference> missing;     ///< what it builds upon and was not found
    /// Of a study that only the session keeps: its networks, since its file goes away.
    std::shared_ptr<const std::vector<session::StoredArray>> networks;
    std::vector<OpenedRun> runs; ///< further ones of a session
    std::vector<MapPlaces> maps; ///< that a session keeps
    bool shownAgain = false;     ///< of a run of this window: its study follows
};

/// Where files of a session were found by the user, by the place where they lay; empty: nowhere.
using Located = std::map<std::filesystem::path, std::filesystem::path>;

/// Reads whatever this is: of a session the files that it builds upon.
/// @throws Error naming the file, what is wrong with it and what to do
OpenedFile openFile(const std::filesystem::path& path, const RunContext& context,
                    const Located& located = {});

/// The SDSS sample beside the executable: in the build tree, in an installation, else empty.
std::filesystem::path findSample(const std::filesystem::path& executableFolder);

} // namespace penumbra::gui
