#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/catalogue/row_mask.h"
#include "core/eval/study.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::gui {

/// The test rows of one target in the order shown, as a value that may cross threads: id, truth, prediction,
/// columns of the catalogue and, per method, parts of its interval.
struct GalaxyTable {
    enum Part {
        Id, ///< these three are the first columns
        Truth,
        BasePrediction,
        Error,
        OwnColumn, ///< of the catalogue
        Lower,
        Upper,
        Width,
        ErrorPerWidth,
        Covered
    };
    struct Column {
        Part part = Id;
        const Prediction* prediction = nullptr; ///< of a method; into study
        const io::Column* own = nullptr;        ///< into catalogue
    };

    std::shared_ptr<const Study> study;
    std::string target;
    std::shared_ptr<const Catalogue> catalogue; ///< may be null
    std::vector<const Prediction*> predictions; ///< into study
    std::vector<Column> columns;
    std::vector<std::int64_t> rows; ///< of the catalogue
    std::vector<double> truth, base;
    std::vector<std::uint32_t> order; ///< the row shown n-th

    /// Sets the columns: id, truth, prediction, what is wanted of every galaxy, then of every method. What
    /// the catalogue does not have is left out.
    /// @param wanted words of report::galaxyParts, names of catalogue columns
    void arrangeColumns(const std::vector<std::string>& wanted);
    int columnCount() const { return study ? static_cast<int>(columns.size()) : 0; }
    const Column& column(int index) const { return columns[static_cast<std::size_t>(index)]; }
    /// -1: not shown. @param method its place among the predictions; -1: of no method
    int columnOf(Part part, int method = -1) const;
    std::string idText(std::size_t row) const; ///< the row's number where there is no catalogue
    std::string title(int column) const;       ///< for files: "truth", "CQR_lower"
    /// NaN where there is none. Covered: 1 or 0. Not of Id, nor of columns of text.
    double number(std::size_t row, const Column& column) const;
    /// For files: every digit; empty where there is no value.
    std::string text(std::size_t row, int column) const;
};

/// The same without the rows that are not in a selection of the catalogue's.
GalaxyTable onlyRows(GalaxyTable table, const RowMask& rows);
/// The rows shown at these places under a header, by tabs: for a spreadsheet.
std::string tabbedText(const GalaxyTable& table, const std::vector<int>& places, const RunContext& context);
/// All rows in the order shown, in blocks, in the format that the name's ending tells, with where they come
/// from in its header. @throws Error naming the file; Cancelled
void writeGalaxies(const GalaxyTable& table, const std::filesystem::path& path, const RunContext& context);

} // namespace penumbra::gui
