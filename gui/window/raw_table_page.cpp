#include "gui/window/raw_table_page.h"

#include "core/base/text.h"
#include "gui/icons/icons.h"

#include <QApplication>
#include <QClipboard>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

namespace penumbra::gui {

namespace {

QString quoted(const QString& text) {
    QString inner = text;
    inner.replace('\'', "'\\''");
    return '\'' + inner + '\'';
}

} // namespace

RawTablePage::RawTablePage(QWidget* parent)
    : QWidget(parent), title_(new QLabel(this)), explanation_(new QLabel(this)),
      command_(new QLineEdit(this)), copy_(new QPushButton(tr("Copy"), this)),
      columns_(new ColumnModel(this)) {
    setObjectName("rawTablePage");
    QFont bold = title_->font();
    bold.setBold(true);
    title_->setFont(bold);
    title_->setObjectName("rawTableTitle");
    explanation_->setWordWrap(true);
    explanation_->setText(
        tr("This is a table, not a catalogue yet: Penumbra must be told which columns are inputs and which "
           "are to be "
           "predicted. Look at its columns below, then import it on the command line and open the catalogue "
           "that it "
           "writes. \"penumbra-cli import --help\" explains magnitudes, colours, cuts and missing values."));
    command_->setObjectName("importCommand");
    command_->setReadOnly(true);
    command_->setAccessibleName(tr("Import command"));
    copy_->setObjectName("importCopy");
    auto* view = new QTableView(this);
    view->setObjectName("rawColumns");
    view->setAccessibleName(tr("Columns of the table"));
    view->setModel(columns_);
    view->setShowGrid(false);
    view->verticalHeader()->hide();
    view->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 8);
    view->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    view->horizontalHeader()->setStretchLastSection(true);
    auto* row = new QHBoxLayout;
    row->addWidget(command_, 1);
    row->addWidget(copy_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 24, 24, 24);
    layout->setSpacing(12);
    layout->addWidget(title_);
    layout->addWidget(explanation_);
    layout->addLayout(row);
    layout->addWidget(view, 1);
    connect(copy_, &QPushButton::clicked, this,
            [this] { QApplication::clipboard()->setText(command_->text()); });
}

void RawTablePage::setFile(const OpenedFile& file) {
    const QString path = QString::fromStdString(file.path.string());
    title_->setText(tr("%1: %2, %3 rows, %4 columns")
                        .arg(QFileInfo(path).fileName(), QString::fromStdString(file.tableTitle),
                             QString::fromStdString(withThousands(static_cast<long long>(file.tableRows))))
                        .arg(file.columns.size()));
    const QString out = QFileInfo(path).completeBaseName() + "_catalogue.h5";
    command_->setText(QStringLiteral("penumbra-cli import %1 --out %2").arg(quoted(path), quoted(out)));
    command_->setCursorPosition(0);
    columns_->setLines(file.columns);
}

void RawTablePage::setTheme(const Theme& theme) {
    copy_->setIcon(themedIcon("copy", theme));
}

} // namespace penumbra::gui
