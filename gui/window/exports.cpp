#include "gui/window/exports.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/table_writer.h"
#include "core/report/table_spec.h"
#include "gui/documents/workbench.h"
#include "gui/pages/figure_page.h"
#include "gui/pages/space_page.h"
#include "gui/panels/galaxies_panel.h"
#include "gui/panels/message_bar.h"
#include "gui/plots/figure_export.h"
#include "gui/state/app_state.h"
#include "gui/window/window_parts.h"

#include <QActionGroup>
#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QTabWidget>

namespace penumbra::gui {

Exports::Exports(QWidget& window, AppState& state, Workbench& workbench, WindowParts& parts)
    : QObject(&window), window_(window), state_(state), workbench_(workbench), parts_(parts),
      paperSize_(new QActionGroup(this)) {
    for (const auto& [size, title] : {std::pair{"one-column", tr("Figures one column wide (88 mm)")},
                                      std::pair{"two-columns", tr("Figures two columns wide (180 mm)")}}) {
        auto* action = new QAction(title, paperSize_);
        action->setObjectName(QString("paper_") + size);
        action->setCheckable(true);
        action->setData(QString(size));
    }
    paperSize_->actions().front()->setChecked(true);
}

void Exports::copyTable() {
    if (const report::TableSpec* table = parts_.currentTable())
        QApplication::clipboard()->setText(QString::fromStdString(report::toMarkdown(*table)));
}

void Exports::copyFigure() {
    const FigurePage* page = parts_.currentFigurePage();
    if (page && page->figure())
        QApplication::clipboard()->setText(QString::fromStdString(report::toCsv(*page->figure())));
}

QString Exports::suggestedName() const {
    const QString page = QString::fromStdString(parts_.idOfTab(parts_.tabs->currentIndex()));
    const QString target = QString::fromStdString(state_.now().target);
    return target.isEmpty() ? page : page + '_' + target;
}

void Exports::askFigure(const QString& format) {
    const QString path =
        QFileDialog::getSaveFileName(&window_, tr("Export the figure"), suggestedName() + "." + format,
                                     tr("%1 files (*.%2)").arg(format.toUpper(), format));
    if (!path.isEmpty())
        figureTo(path, format);
}

void Exports::askTable(const QString& format) {
    const QString path = QFileDialog::getSaveFileName(&window_, tr("Export the table"), "table." + format,
                                                      tr("%1 files (*.%2)").arg(format.toUpper(), format));
    if (!path.isEmpty())
        tableTo(path, format);
}

void Exports::figureTo(const QString& path, const QString& format) {
    const FigurePage* page = parts_.currentFigurePage();
    if (!showsSpace() && (!page || !state_.now().study))
        return;
    try {
        writeFigure(path, format);
        parts_.message->say(MessageBar::Kind::Information, tr("Figure written to %1.").arg(path));
    } catch (const Error& error) {
        parts_.message->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

bool Exports::showsSpace() const {
    return parts_.tabs->currentWidget() == parts_.space;
}

void Exports::writeFigure(const QString& path, const QString& format) {
    if (showsSpace()) {
        if (format != "png")
            throw Error("What is seen in three dimensions is written as .png.");
        workbench_.checkOutput(path);
        parts_.space->writePicture(path);
        return;
    }
    const FigurePage* page = parts_.currentFigurePage();
    if (!page || !state_.now().study)
        throw Error("The page in front has no figure: choose one that has, with a study open.");
    workbench_.checkOutput(path);
    const QString size = paperSize_->checkedAction()->data().toString();
    exportFigure(page->figureForPaper(size.toStdString()), path.toStdString(), format.toStdString());
}

void Exports::tableTo(const QString& path, const QString& format) {
    if (!parts_.currentTable())
        return;
    try {
        writeTable(path, format);
        parts_.message->say(MessageBar::Kind::Information, tr("Table written to %1.").arg(path));
    } catch (const Error& error) {
        parts_.message->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

void Exports::writeTable(const QString& path, const QString& format) {
    const report::TableSpec* table = parts_.currentTable();
    if (!table)
        throw Error("There is no table to write: open or run a study first, and turn to the page Compare.");
    workbench_.checkOutput(path);
    writeFileAtomically(path.toStdString(), format == "tex"  ? report::toLatex(*table)
                                            : format == "md" ? report::toMarkdown(*table)
                                                             : report::toCsv(*table));
}

void Exports::askGalaxies(bool selected) {
    QStringList filters;
    for (const io::TableWriter& writer : io::allTableWriters())
        filters << QStringLiteral("%1 (%2)").arg(QString::fromStdString(writer.title),
                                                 QString::fromStdString(joinText(writer.patterns, " ")));
    QString chosen;
    QString path = QFileDialog::getSaveFileName(
        &window_, selected ? tr("Export the selected galaxies") : tr("Export the galaxies"),
        selected ? "selection.csv" : "galaxies.csv", filters.join(";;"), &chosen);
    if (path.isEmpty())
        return;
    if (QFileInfo(path).suffix().isEmpty()) {
        const auto at = static_cast<std::size_t>(std::max<qsizetype>(0, filters.indexOf(chosen)));
        path += QString::fromStdString(io::allTableWriters()[at].patterns.front().substr(1));
    }
    galaxiesTo(path, selected);
}

void Exports::galaxiesTo(const QString& path, bool selected) {
    try {
        workbench_.checkOutput(path);
        parts_.galaxies->exportTo(path, selected);
    } catch (const Error& error) {
        parts_.message->say(MessageBar::Kind::Error, QString::fromUtf8(error.what()));
    }
}

} // namespace penumbra::gui
