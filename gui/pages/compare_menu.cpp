#include "gui/pages/compare_menu.h"

#include "gui/models/table_spec_model.h"
#include "gui/state/commands.h"
#include "gui/state/view_state.h"

#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QTableView>

#include <algorithm>

namespace penumbra::gui {

namespace {

/// The method that a row or a column of the table is of; empty where it is of none.
std::string methodAt(const TableSpecModel& model, const QModelIndex& index, const ViewState& now) {
    const report::TableSpec& table = model.table();
    const auto at = [](const std::vector<std::string>& names, int place) {
        return place >= 0 && static_cast<std::size_t>(place) < names.size()
                   ? names[static_cast<std::size_t>(place)]
                   : std::string();
    };
    for (const std::string& method :
         {at(table.rowMethods, index.row()), at(table.columnMethods, index.column())})
        if (std::find(now.methods.begin(), now.methods.end(), method) != now.methods.end())
            return method;
    return {};
}

QString oneLine(QString text) {
    return text.replace('\n', ' ').replace('\t', ' ');
}

} // namespace

QString copiedCells(const QTableView& view) {
    const QAbstractItemModel& model = *view.model();
    const QItemSelection selection = view.selectionModel()->selection();
    QStringList lines;
    const auto addLine = [&](const auto& textOf) {
        QStringList cells;
        for (int column = 0; column < model.columnCount(); ++column)
            if (!view.isColumnHidden(column))
                if (const QString text = textOf(column); !text.isNull())
                    cells << text;
        if (!cells.isEmpty())
            lines << cells.join('\t');
    };
    if (selection.isEmpty())
        addLine([&](int column) {
            return oneLine(model.headerData(column, Qt::Horizontal).toString() + QString(""));
        });
    for (int row = 0; row < model.rowCount(); ++row)
        addLine([&](int column) {
            const QModelIndex index = model.index(row, column);
            return selection.isEmpty() || selection.contains(index)
                       ? oneLine(index.data().toString() + QString(""))
                       : QString();
        });
    return lines.join('\n') + '\n';
}

void showCompareMenu(QTableView& view, const TableSpecModel& model, const QPoint& at, const ViewState& now,
                     const std::function<void(const Command&)>& wanted) {
    QMenu menu(&view);
    menu.setObjectName("compareMenu");
    const bool some = !view.selectionModel()->selection().isEmpty();
    menu.addAction(some ? QObject::tr("&Copy the selected cells") : QObject::tr("&Copy the table"), &menu,
                   [&view] { QApplication::clipboard()->setText(copiedCells(view)); });
    if (const std::string method = methodAt(model, view.indexAt(at), now); !method.empty()) {
        menu.addSeparator();
        const QString name = QString::fromStdString(method);
        menu.addAction(QObject::tr("&Only %1").arg(name), &menu, [&] { wanted(methodsCommand({method})); });
        menu.addAction(QObject::tr("&Hide %1").arg(name), &menu, [&] {
            std::vector<std::string> others = now.methods;
            std::erase(others, method);
            wanted(methodsCommand(others));
        });
        menu.addAction(QObject::tr("Select what %1 &misses").arg(name), &menu,
                       [&] { wanted(selectWhere(std::string("missed(") + method + ")", Combine::Replace)); });
    }
    menu.exec(view.viewport()->mapToGlobal(at));
}

} // namespace penumbra::gui
