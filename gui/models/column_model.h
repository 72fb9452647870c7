#pragma once

#include "core/io/column_facts.h"

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

    using Line = io::ColumnFacts;
    void setLines(std::vector<Line> lines);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<Line> lines_;
};

} // namespace penumbra::gui
