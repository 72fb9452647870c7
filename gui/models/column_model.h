#pragma once

#include "core/io/table.h"

#include <QAbstractTableModel>

#include <memory>
#include <string>
#include <vector>

namespace penumbra::gui {

/// The columns of a raw table: name, type, unit, missing values, range.
class ColumnModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Name, Type, Unit, Missing, Range, ColumnCount };
    using QAbstractTableModel::QAbstractTableModel;

    struct Line {
        std::string name, type, unit;
        std::size_t missing = 0;
        double low = 0.0, high = 0.0; ///< NaN: not numeric or nothing finite
        std::size_t different = 0;    ///< how many values differ, of texts and whole numbers; else 0
    };
    void setLines(std::vector<Line> lines);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<Line> lines_;
};

/// One line per column; reads every value, so call it off the interface's thread.
std::vector<ColumnModel::Line> describeColumns(const io::Table& table);

} // namespace penumbra::gui
