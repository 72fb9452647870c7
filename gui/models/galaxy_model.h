#pragma once

#include "core/catalogue/row_mask.h"
#include "core/report/galaxy_columns.h"
#include "gui/models/galaxy_table.h"
#include "gui/style/theme.h"

#include <QAbstractTableModel>

#include <cstdint>
#include <memory>
#include <vector>

namespace penumbra::gui {

/// The test rows of one target: id, truth, prediction, what else is asked for, and parts of every method's
/// interval.
/// Nothing is copied per cell and sorting moves an index vector, so a million rows stay quick.
class GalaxyModel : public QAbstractTableModel {
    Q_OBJECT
public:
    using enum GalaxyTable::Part;
    using QAbstractTableModel::QAbstractTableModel;
    int columnOf(GalaxyTable::Part part, int method = -1) const { return table_.columnOf(part, method); }

    /// `catalogue` may be null: rows are then named by their number. Methods the study lacks are left out.
    void show(std::shared_ptr<const Study> study, const std::string& target,
              const std::vector<std::string>& methods, std::shared_ptr<const Catalogue> catalogue,
              const std::vector<std::string>& columns = report::usualGalaxyColumns());
    void clear();
    void setTheme(const Theme& theme);
    void tint(const RowMask& rows); ///< behind the cells of these catalogue rows
    std::int64_t catalogueRow(int modelRow) const;
    int modelRowOf(std::int64_t catalogueRow) const;    ///< -1: not among the test rows
    const GalaxyTable& table() const { return table_; } ///< what is shown, in the order shown

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;
    int sortColumn() const { return sortColumn_; } ///< -1: by none
    /// By a quantity of every row instead of a column, until a column is chosen; rows without one come last.
    /// @param keys [test rows] in the study's order; empty: no longer
    void orderBy(std::vector<double> keys, Qt::SortOrder order);

private:
    std::size_t testIndex(int modelRow) const { return table_.order[static_cast<std::size_t>(modelRow)]; }
    Qt::AlignmentFlag headerAlignment(int section) const;
    QString displayed(std::size_t row, int column) const;
    std::vector<double> sortKeys(int column) const;
    void applySort();
    void rearrange();

    bool isFirstOfMethod(int section) const;

    GalaxyTable table_;
    std::vector<std::string> columns_; ///< asked for
    QString unit_;
    int decimals_ = 3;
    int sortColumn_ = -1;
    std::vector<double> keys_; ///< [test rows] of orderBy; empty: none
    Qt::SortOrder sortOrder_ = Qt::AscendingOrder;
    Theme theme_ = lightTheme();
    RowMask tinted_;
};

/// Decimals that show a value to a hundredth of a typical interval's width.
int decimalsFor(const Prediction& prediction);
/// The base head's prediction, or the first method's centre where a study was stored without its signals.
std::vector<double> basePredictionOf(const TargetStudy& target);

} // namespace penumbra::gui
