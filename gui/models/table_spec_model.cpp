#include "gui/models/table_spec_model.h"

#include "core/report/number_text.h"
#include "gui/icons/icons.h"

#include <QFont>

#include <algorithm>

namespace penumbra::gui {

using report::Cell;

namespace {

/// A heading of several words in two lines of like length.
QString inTwoLines(const QString& heading) {
    constexpr int longest = 9;
    if (heading.size() <= longest)
        return heading;
    qsizetype best = -1;
    for (qsizetype at = heading.indexOf(' '); at > 0; at = heading.indexOf(' ', at + 1))
        if (heading.size() - at <= 2)
            continue; // no line for a "%" alone
        else if (best < 0 || std::abs(2 * at - heading.size()) < std::abs(2 * best - heading.size()))
            best = at;
    return best < 0 ? heading : heading.left(best) + '\n' + heading.mid(best + 1);
}

} // namespace

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
    if (columnCount() > 0 && rowCount() > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1), {Qt::DecorationRole});
}

void TableSpecModel::setDetail(Detail detail) {
    if (detail == detail_)
        return;
    detail_ = detail;
    if (rowCount() > 0 && columnCount() > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
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

QString TableSpecModel::methodOfRow(int row) const {
    const auto r = static_cast<std::size_t>(row);
    return r < table_.rowMethods.size() ? QString::fromStdString(table_.rowMethods[r]) : QString();
}

QString TableSpecModel::text(const Cell& cell) const {
    if (cell.kind != Cell::Kind::Number || (detail_ == Detail::Bounds && !methodsDown()))
        return QString::fromStdString(report::cellText(cell));
    // methods down, the heading of a column says "%" once
    const report::NumberText number = report::numberText(cell);
    QString text = number.value == "inf" ? QString("∞") : QString::fromStdString(number.value);
    if (!number.hasInterval() || detail_ == Detail::ValueOnly)
        return text;
    if (detail_ == Detail::PlusMinus) {
        const bool below = cell.value - cell.low > cell.high - cell.value;
        return text + QString(" ±%1").arg(QString::fromStdString(below ? number.minus : number.plus));
    }
    return text +
           QString(" [%1, %2]").arg(QString::fromStdString(number.low), QString::fromStdString(number.high));
}

QString TableSpecModel::toolTip(const Cell& cell) const {
    QString tip = QString::fromStdString(cell.note);
    if (detail_ != Detail::Bounds && cell.kind == Cell::Kind::Number)
        tip = QString::fromStdString(report::cellText(cell)) + (tip.isEmpty() ? "" : "\n") + tip;
    if (!cell.galaxies.empty())
        tip += (tip.isEmpty() ? "" : "\n") +
               tr("Click selects its galaxies: %1").arg(QString::fromStdString(cell.galaxies));
    return tip;
}

bool TableSpecModel::hasNumbers(int column) const {
    const auto c = static_cast<std::size_t>(column);
    return std::any_of(table_.rows.begin(), table_.rows.end(), [c](const std::vector<Cell>& row) {
        return c < row.size() && row[c].kind == Cell::Kind::Number;
    });
}

QVariant TableSpecModel::data(const QModelIndex& index, int role) const {
    const Cell* c = cell(index);
    if (!c)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return text(*c);
    case Qt::DecorationRole: {
        const QString method = methodOfRow(index.row());
        return method.isEmpty() || c->kind != Cell::Kind::Text || QString::fromStdString(c->text) != method
                   ? QVariant()
                   : QVariant(methodChip(method, theme_));
    }
    case Qt::ToolTipRole: {
        const QString tip = toolTip(*c);
        return tip.isEmpty() ? QVariant() : QVariant(tip);
    }
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter |
                                   (isWords(*c, index.column()) ? Qt::AlignLeft : Qt::AlignRight));
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
    const std::string& column = table_.columns[static_cast<std::size_t>(section)];
    switch (role) {
    case Qt::DisplayRole:
        return methodsDown() ? inTwoLines(QString::fromStdString(column)) : QString::fromStdString(column);
    case Qt::ToolTipRole:
        return static_cast<std::size_t>(section) < table_.columnNotes.size()
                   ? QVariant(QString::fromStdString(table_.columnNotes[static_cast<std::size_t>(section)]))
                   : QVariant();
    case Qt::DecorationRole:
        return method.isEmpty() ? QVariant() : QVariant(methodChip(method, theme_));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(methodsDown() && section > 0 && hasNumbers(section)
                                       ? Qt::AlignVCenter | Qt::AlignRight
                                       : Qt::AlignVCenter | Qt::AlignLeft); // beside its chip
    default:
        return {};
    }
}

} // namespace penumbra::gui
