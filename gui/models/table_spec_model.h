#pragma once

#include "core/report/table_spec.h"
#include "gui/style/theme.h"

#include <QAbstractTableModel>

namespace penumbra::gui {

/// A TableSpec as a Qt model: methods carry their chips, notes become tooltips, numbers stand right. Long
/// headings break into two lines.
class TableSpecModel : public QAbstractTableModel {
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;
    void setTable(report::TableSpec table);
    void setTheme(const Theme& theme);
    /// How much of an interval stands in its cell; for tables wider than the window. What is left out stays
    /// in the tooltip.
    enum class Detail {
        Bounds,
        PlusMinus,
        ValueOnly
    }; ///< 89.8 [89.2, 90.3]; 89.8 ±0.6 (its wider side); 89.8
    void setDetail(Detail detail);
    Detail detail() const { return detail_; }
    const report::TableSpec& table() const { return table_; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    const report::Cell* cell(const QModelIndex& index) const;
    QString methodOf(int column) const;
    QString methodOfRow(int row) const;
    QString text(const report::Cell& cell) const;
    QString toolTip(const report::Cell& cell) const;
    /// Methods down, a text under a metric stands in line with the numbers.
    bool isWords(const report::Cell& cell, int column) const {
        return cell.kind == report::Cell::Kind::Text &&
               (!methodsDown() || column == 0 || !hasNumbers(column));
    }
    bool hasNumbers(int column) const;
    bool methodsDown() const { return !table_.rowMethods.empty(); }
    report::TableSpec table_;
    Detail detail_ = Detail::Bounds;
    Theme theme_ = lightTheme();
};

} // namespace penumbra::gui
