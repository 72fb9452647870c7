#include "gui/models/column_model.h"

#include "core/base/text.h"

#include <cmath>

namespace penumbra::gui {

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
