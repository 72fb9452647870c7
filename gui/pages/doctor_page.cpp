#include "gui/pages/doctor_page.h"

#include "core/base/text.h"
#include "gui/models/row_model.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

namespace penumbra::gui {

namespace {

constexpr int mostCards = 200; // a table of a thousand constant columns stays usable

QString countedRows(std::size_t n) {
    return QString::fromStdString(withThousands(static_cast<long long>(n)));
}

QLabel* wrappingLabel(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QString severityText(doctor::Severity severity) {
    switch (severity) {
    case doctor::Severity::Serious:
        return DoctorPage::tr("serious");
    case doctor::Severity::Warning:
        return DoctorPage::tr("warning");
    default:
        return DoctorPage::tr("note");
    }
}

} // namespace

DoctorPage::DoctorPage(QWidget* parent)
    : QWidget(parent), verdict_(wrappingLabel({}, this)), rowsHeading_(new QLabel(this)),
      rows_(new QTableView(this)), model_(new RowModel(this)) {
    setObjectName("doctorPage");
    QFont bold = verdict_->font();
    bold.setBold(true);
    verdict_->setFont(bold);
    verdict_->setObjectName("doctorVerdict");
    rowsHeading_->setFont(bold);
    rowsHeading_->setObjectName("doctorRowsHeading");
    auto* cards = new QWidget(this);
    list_ = new QVBoxLayout(cards);
    list_->setContentsMargins(0, 0, 8, 0);
    list_->setSpacing(4);
    auto* scroll = new QScrollArea(this);
    scroll->setObjectName("doctorFindings");
    scroll->setWidget(cards);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    rows_->setObjectName("doctorRows");
    rows_->setAccessibleName(tr("Rows of the file"));
    rows_->setModel(model_);
    rows_->setSelectionBehavior(QAbstractItemView::SelectRows);
    rows_->setShowGrid(false);
    rows_->setWordWrap(false);
    rows_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed); // a million rows: never measured
    rows_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
    rows_->horizontalHeader()->setHighlightSections(false);
    rows_->horizontalHeader()->setResizeContentsPrecision(30);
    auto* top = new QWidget(this);
    auto* topLayout = new QVBoxLayout(top);
    topLayout->setContentsMargins(0, 0, 0, 0);
    topLayout->setSpacing(8);
    topLayout->addWidget(verdict_);
    topLayout->addWidget(scroll, 1);
    auto* bottom = new QWidget(this);
    auto* bottomLayout = new QVBoxLayout(bottom);
    bottomLayout->setContentsMargins(0, 4, 0, 0);
    bottomLayout->setSpacing(4);
    bottomLayout->addWidget(rowsHeading_);
    bottomLayout->addWidget(rows_, 1);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(top);
    splitter->addWidget(bottom);
    splitter->setSizes({300, 200});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 12, 12, 8);
    layout->addWidget(splitter);
    build();
}

void DoctorPage::setFile(const OpenedFile& file) {
    if (file.catalogue)
        model_->show(file.catalogue);
    else
        model_->show(file.table);
    rows_->resizeColumnsToContents();
    const auto rows = static_cast<std::size_t>(model_->rowCount());
    rowsHeading_->setText(rows > 0 ? tr("Rows of the file: %1").arg(countedRows(rows)) : QString());
    report_.reset();
    without_ = rows > 0 ? tr("Looking at the data …")
                        : tr("The catalogue of this study is not at hand, so there is nothing to look at.");
    build();
}

void DoctorPage::setReport(std::shared_ptr<const doctor::Report> report) {
    report_ = std::move(report);
    without_ = tr("The check was cancelled or failed. Open the file again to have the data looked at.");
    build();
}

void DoctorPage::setTheme(const Theme& theme) {
    theme_ = theme;
    build();
}

void DoctorPage::build() {
    while (QLayoutItem* item = list_->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    if (!report_) {
        verdict_->setText(without_);
        list_->addStretch(1);
        return;
    }
    const auto count = [this](doctor::Severity severity) { return report_->count(severity); };
    verdict_->setText(report_->findings.empty()
                          ? tr("Nothing looks wrong in %1 rows.").arg(countedRows(report_->rows))
                          : tr("%1 serious, %2 to look at, %3 to know")
                                .arg(count(doctor::Severity::Serious))
                                .arg(count(doctor::Severity::Warning))
                                .arg(count(doctor::Severity::Note)));
    int shown = 0;
    for (const doctor::Finding& finding : report_->findings) {
        if (shown++ == mostCards) {
            list_->addWidget(wrappingLabel(tr("And %1 more; penumbra-cli doctor lists them all.")
                                               .arg(report_->findings.size() - mostCards),
                                           this));
            break;
        }
        list_->addWidget(card(finding));
    }
    list_->addStretch(1);
}

QWidget* DoctorPage::card(const doctor::Finding& finding) {
    auto* frame = new QFrame(this);
    frame->setObjectName("doctorFinding");
    auto* row = new QHBoxLayout(frame);
    row->setContentsMargins(0, 4, 0, 4);
    row->setSpacing(12);
    auto* severity = new QLabel(severityText(finding.severity), frame);
    severity->setFixedWidth(severity->fontMetrics().horizontalAdvance(tr("warning")) + 12);
    const QColor color = finding.severity == doctor::Severity::Serious   ? theme_.error
                         : finding.severity == doctor::Severity::Warning ? theme_.warning
                                                                         : theme_.secondaryText;
    severity->setStyleSheet(QStringLiteral("color: %1").arg(color.name()));
    auto* words = new QVBoxLayout;
    words->setSpacing(0);
    words->addWidget(wrappingLabel(QString::fromStdString(doctor::oneLine(finding)), frame));
    if (!finding.advice.empty()) {
        auto* advice = wrappingLabel(QString::fromStdString(finding.advice), frame);
        advice->setProperty("secondary", true);
        words->addWidget(advice);
    }
    row->addWidget(severity, 0, Qt::AlignTop);
    row->addLayout(words, 1);
    if (!finding.rows.empty()) {
        auto* show = new QPushButton(tr("Show rows"), frame);
        show->setObjectName("doctorShowRows");
        show->setToolTip(tr("Selects the first of these rows in the table below"));
        connect(show, &QPushButton::clicked, this, [this, finding] { showRows(finding); });
        row->addWidget(show, 0, Qt::AlignTop);
    }
    return frame;
}

void DoctorPage::showRows(const doctor::Finding& finding) {
    QItemSelection selection;
    const int last = model_->columnCount() - 1;
    const int column = std::max(0, model_->columnNamed(QString::fromStdString(finding.column)));
    for (const std::int64_t row : finding.rows)
        if (row < model_->rowCount()) {
            const int at = static_cast<int>(row);
            selection.merge({model_->index(at, 0), model_->index(at, last)}, QItemSelectionModel::Select);
        }
    if (selection.isEmpty())
        return;
    const QModelIndex first = model_->index(static_cast<int>(finding.rows.front()), column);
    rows_->setCurrentIndex(first);
    rows_->selectionModel()->select(selection, QItemSelectionModel::ClearAndSelect);
    rows_->scrollTo(first, QAbstractItemView::PositionAtCenter);
    rows_->setFocus();
    rowsHeading_->setText(finding.count > finding.rows.size()
                              ? tr("Rows of the file: the first %1 of %2 are selected")
                                    .arg(finding.rows.size())
                                    .arg(countedRows(finding.count))
                              : tr("Rows of the file: %1 selected").arg(finding.rows.size()));
}

} // namespace penumbra::gui
