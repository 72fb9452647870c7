#include "gui/pages/raw_table_page.h"

#include "core/base/text.h"
#include "gui/dialogs/import_dialog.h"
#include "gui/icons/icons.h"
#include "gui/pages/doctor_page.h"

#include <QApplication>
#include <QClipboard>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

namespace penumbra::gui {

RawTablePage::RawTablePage(QWidget* parent)
    : QWidget(parent), title_(new QLabel(this)), explanation_(new QLabel(this)),
      command_(new QLineEdit(this)), copy_(new QPushButton(tr("Copy"), this)),
      import_(new QPushButton(tr("Import…"), this)), columns_(new ColumnModel(this)),
      doctor_(new DoctorPage(this)) {
    setObjectName("rawTablePage");
    QFont bold = title_->font();
    bold.setBold(true);
    title_->setFont(bold);
    title_->setObjectName("rawTableTitle");
    explanation_->setWordWrap(true);
    explanation_->setText(tr(
        "This is a table, not a catalogue yet: Penumbra must be told which columns are inputs and which are "
        "to "
        "be predicted. Import asks for that, starting from a guess, and opens the catalogue. The same as a "
        "command, to be kept or run elsewhere:"));
    import_->setObjectName("importButton");
    import_->setDefault(true);
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
    row->addWidget(import_);
    row->addWidget(command_, 1);
    row->addWidget(copy_);
    auto* tabs = new QTabWidget(this);
    tabs->setObjectName("rawPages");
    tabs->setDocumentMode(true);
    tabs->addTab(view, tr("Columns"));
    tabs->addTab(doctor_, tr("Data check"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 24, 24, 24);
    layout->setSpacing(12);
    layout->addWidget(title_);
    layout->addWidget(explanation_);
    layout->addLayout(row);
    layout->addWidget(tabs, 1);
    connect(copy_, &QPushButton::clicked, this,
            [this] { QApplication::clipboard()->setText(command_->text()); });
    connect(import_, &QPushButton::clicked, this, &RawTablePage::importWanted);
}

void RawTablePage::setFile(const OpenedFile& file) {
    file_ = file;
    report_.reset();
    const QString path = QString::fromStdString(file.path.string());
    title_->setText(tr("%1: %2, %3 rows, %4 columns")
                        .arg(QFileInfo(path).fileName(), QString::fromStdString(file.tableTitle),
                             QString::fromStdString(withThousands(static_cast<long long>(file.tableRows))))
                        .arg(file.columns.size()));
    showCommand();
    columns_->setLines(file.columns);
    doctor_->setFile(file);
}

void RawTablePage::setReport(std::shared_ptr<const doctor::Report> report) {
    report_ = std::move(report);
    showCommand();
    doctor_->setReport(report_);
}

void RawTablePage::showCommand() {
    command_->setText(importCommandLine(guessImport(file_, report_.get())));
    command_->setCursorPosition(0);
}

void RawTablePage::setTheme(const Theme& theme) {
    copy_->setIcon(themedIcon("copy", theme));
    doctor_->setTheme(theme);
}

} // namespace penumbra::gui
