#include "gui/models/table_spec_model.h"

#include "gui/icons/icons.h"

#include <QFont>

namespace penumbra::gui {

using report::Cell;

void TableSpecModel::setTable(report::TableSpec table) {
    const auto rowsOf = [](const report::TableSpec& t) { return t.rows.size(); };
    const bool sameShape = rowsOf(table) == rowsOf(table_) && table.columns == table_.columns;
    if (!sameShape) {
        beginResetModel();
        table_ = std::move(table);
        endResetModel();
        return;
    }
    table_ = std::move(table);
    if (rowCount() > 0 && columnCount() > 0) // keeps selection and scroll position
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

void TableSpecModel::setTheme(const Theme& theme) {
    theme_ = theme;
    if (columnCount() > 0)
        Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

int TableSpecModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(table_.rows.size());
}

int TableSpecModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(table_.columns.size());
}

const Cell* TableSpecModel::cell(const QModelIndex& index) const {
    if (!index.isValid() || index.row() >= rowCount())
        return nullptr;
    const auto& row = table_.rows[static_cast<std::size_t>(index.row())];
    const auto column = static_cast<std::size_t>(index.column());
    return column < row.size() ? &row[column] : nullptr;
}

QString TableSpecModel::methodOf(int column) const {
    const auto c = static_cast<std::size_t>(column);
    return c < table_.columnMethods.size() ? QString::fromStdString(table_.columnMethods[c]) : QString();
}

QVariant TableSpecModel::data(const QModelIndex& index, int role) const {
    const Cell* c = cell(index);
    if (!c)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return QString::fromStdString(report::cellText(*c));
    case Qt::ToolTipRole:
        return c->note.empty() ? QVariant() : QVariant(QString::fromStdString(c->note));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter |
                                   (c->kind == Cell::Kind::Text ? Qt::AlignLeft : Qt::AlignRight));
    case Qt::FontRole: {
        if (!c->bold)
            return {};
        QFont font;
        font.setBold(true);
        return font;
    }
    case Qt::UserRole:
        return c->kind == Cell::Kind::Number ? QVariant(c->value) : QVariant();
    default:
        return {};
    }
}

QVariant TableSpecModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    const QString method = methodOf(section);
    switch (role) {
    case Qt::DisplayRole:
        return QString::fromStdString(table_.columns[static_cast<std::size_t>(section)]);
    case Qt::DecorationRole:
        return method.isEmpty() ? QVariant() : QVariant(methodChip(method, theme_));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter | Qt::AlignLeft); // beside its chip
    default:
        return {};
    }
}

} // namespace penumbra::gui
