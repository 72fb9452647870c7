#include "gui/models/column_model.h"

#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::gui {

std::vector<ColumnModel::Line> describeColumns(const io::Table& table) {
    std::vector<ColumnModel::Line> lines;
    for (const io::Column& column : table.columns) {
        ColumnModel::Line line{column.name,
                               column.typeName(),
                               column.unit,
                               0,
                               std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::quiet_NaN()};
        for (std::size_t row = 0; row < column.rows(); ++row)
            line.missing += column.isMissing(row) ? 1 : 0;
        if (column.isNumeric())
            for (const double value : column.asReals())
                if (std::isfinite(value)) {
                    line.low = std::isnan(line.low) ? value : std::min(line.low, value);
                    line.high = std::isnan(line.high) ? value : std::max(line.high, value);
                }
        lines.push_back(std::move(line));
    }
    return lines;
}

void ColumnModel::setLines(std::vector<Line> lines) {
    beginResetModel();
    lines_ = std::move(lines);
    endResetModel();
}

int ColumnModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(lines_.size());
}

int ColumnModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ColumnModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const Line& line = lines_[static_cast<std::size_t>(index.row())];
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter |
                                   (index.column() == Missing ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Name:
        return QString::fromStdString(line.name);
    case Type:
        return QString::fromStdString(line.type);
    case Unit:
        return QString::fromStdString(line.unit);
    case Missing:
        return line.missing == 0
                   ? QString()
                   : QString::fromStdString(withThousands(static_cast<long long>(line.missing)));
    case Range:
        return std::isnan(line.low)
                   ? QString()
                   : QString::fromStdString(formatReal(line.low, 4) + " … " + formatReal(line.high, 4));
    default:
        return {};
    }
}

QVariant ColumnModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | (section == Missing ? Qt::AlignRight : Qt::AlignLeft));
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal)
        return {};
    switch (section) {
    case Name:
        return tr("Column");
    case Type:
        return tr("Type");
    case Unit:
        return tr("Unit");
    case Missing:
        return tr("Missing");
    case Range:
        return tr("Range");
    default:
        return {};
    }
}

} // namespace penumbra::gui
