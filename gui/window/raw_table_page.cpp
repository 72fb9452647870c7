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

bool isNumber(const ColumnModel::Line& column) {
    return column.type.rfind("float", 0) == 0 || column.type.rfind("int", 0) == 0;
}

/// A first guess to be edited: one target by its name (else the last number), every other number an input.
QString importCommand(const OpenedFile& file, const QString& path, const QString& out) {
    std::vector<QString> numbers;
    for (const auto& column : file.columns)
        if (isNumber(column))
            numbers.push_back(QString::fromStdString(column.name));
    if (numbers.size() < 2)
        return QStringLiteral("penumbra-cli import %1 --features-from A,B --target C --out %2")
            .arg(path, out);
    std::size_t target = numbers.size() - 1;
    for (std::size_t i = numbers.size(); i-- > 0;)
        for (const char* word : {"z", "zs", "z_spec", "zspec", "redshift"})
            if (numbers[i].compare(QLatin1String(word), Qt::CaseInsensitive) == 0)
                target = i;
    QStringList inputs;
    for (std::size_t i = 0; i < numbers.size(); ++i)
        if (i != target)
            inputs << '`' + numbers[i] + '`';
    return QStringLiteral("penumbra-cli import %1 --features-from %2 --target %3 --out %4")
        .arg(path, quoted(inputs.join(',')), quoted("y=`" + numbers[target] + '`'), out);
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
           "predicted. Look at its columns below, edit the guess in this command, run it and open the "
           "catalogue that it "
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
    command_->setText(importCommand(file, quoted(path), quoted(out)));
    command_->setCursorPosition(0);
    columns_->setLines(file.columns);
}

void RawTablePage::setTheme(const Theme& theme) {
    copy_->setIcon(themedIcon("copy", theme));
}

} // namespace penumbra::gui
