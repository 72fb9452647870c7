#include "gui/models/column_model.h"

#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>
#include <unordered_set>

namespace penumbra::gui {

namespace {

std::size_t countDifferent(const io::Column& column) {
    if (column.width != 1)
        return 0;
    if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&column.values))
        return std::unordered_set<std::int64_t>(whole->begin(), whole->end()).size();
    if (const auto* wide = std::get_if<std::vector<std::uint64_t>>(&column.values))
        return std::unordered_set<std::uint64_t>(wide->begin(), wide->end()).size();
    if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values))
        return std::unordered_set<std::string_view>(texts->begin(), texts->end()).size();
    if (!column.isNumeric())
        return 0;
    std::unordered_set<double> values; // whole numbers with gaps are read as reals
    for (const double value : column.asReals()) {
        if (std::isnan(value))
            continue;
        if (value != std::floor(value))
            return 0;
        values.insert(value);
    }
    return values.size();
}

} // namespace

std::vector<ColumnModel::Line> describeColumns(const io::Table& table) {
    std::vector<ColumnModel::Line> lines;
    for (const io::Column& column : table.columns) {
        ColumnModel::Line line{column.name,
                               column.typeName(),
                               column.unit,
                               0,
                               std::numeric_limits<double>::quiet_NaN(),
                               std::numeric_limits<double>::quiet_NaN(),
                               0};
        for (std::size_t row = 0; row < column.rows(); ++row)
            line.missing += column.isMissing(row) ? 1 : 0;
        if (column.isNumeric())
            for (const double value : column.asReals())
                if (std::isfinite(value)) {
                    line.low = std::isnan(line.low) ? value : std::min(line.low, value);
                    line.high = std::isnan(line.high) ? value : std::max(line.high, value);
                }
        line.different = countDifferent(column);
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
