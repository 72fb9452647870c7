#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"
#include "gui/models/column_model.h"

#include <filesystem>
#include <memory>
#include <vector>

namespace penumbra::gui {

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
};

/// Reads whatever this is. @throws Error naming the file, what is wrong with it and what to do
OpenedFile openFile(const std::filesystem::path& path, const RunContext& context);

/// The SDSS sample beside the executable: in the build tree, in an installation, else empty.
std::filesystem::path findSample(const std::filesystem::path& executableFolder);

} // namespace penumbra::gui
