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

/// The test rows of one target in the order shown, as a value that may cross threads: id, truth, prediction
/// and, per method, its interval and whether it covers.
struct GalaxyTable {
    enum FixedColumn { Id, Truth, BasePrediction, FixedColumns };
    enum MethodColumn { Lower, Upper, Covered, ColumnsPerMethod };
    struct Cell {
        const Prediction* prediction = nullptr;
        MethodColumn part = Lower;
    };

    std::shared_ptr<const Study> study;
    std::string target;
    std::shared_ptr<const Catalogue> catalogue; ///< may be null
    std::vector<const Prediction*> predictions; ///< into study
    std::vector<std::int64_t> rows;             ///< of the catalogue
    std::vector<double> truth, base;
    std::vector<std::uint32_t> order; ///< the row shown n-th

    int columnCount() const;
    Cell methodCell(int column) const;
    std::string idText(std::size_t row) const; ///< the row's number where there is no catalogue
    std::string title(int column) const;       ///< for files: "truth", "CQR_lower"
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
