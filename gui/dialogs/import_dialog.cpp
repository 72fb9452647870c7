#include "gui/dialogs/import_dialog.h"

#include "core/base/command_line.h"
#include "core/base/text.h"
#include "core/workflow/import.h"
#include "gui/options/column_scroll.h"
#include "gui/options/option_form.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

namespace {

/// survey_catalogue.h5 beside survey.fits; where there is one, survey_catalogue_2.h5.
std::filesystem::path freePlaceFor(const std::filesystem::path& table) {
    auto stem = table;
    stem.replace_extension();
    stem += "_catalogue";
    auto place = stem.string() + ".h5";
    std::error_code ignored;
    for (int number = 2; std::filesystem::exists(place, ignored); ++number)
        place = stem.string() + "_" + std::to_string(number) + ".h5";
    return place;
}

workflow::ImportGuess guessOf(const OpenedFile& file, const doctor::Report* report) {
    return workflow::guessImport(file.table ? *file.table : io::Table(), file.columns, report);
}

QTableView* columnTable(const OpenedFile& file, QWidget* parent) {
    auto* model = new ColumnModel(parent);
    model->setLines(file.columns);
    auto* view = new QTableView(parent);
    view->setObjectName("importColumns");
    view->setAccessibleName(QObject::tr("Columns of the table"));
    view->setModel(model);
    view->setShowGrid(false);
    view->verticalHeader()->hide();
    view->verticalHeader()->setDefaultSectionSize(parent->fontMetrics().height() + 8);
    view->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    view->horizontalHeader()->setStretchLastSection(true);
    return view;
}

QString counted(std::size_t count) {
    return QString::fromStdString(withThousands(static_cast<long long>(count)));
}

/// What is kept and what is lost, and where.
QString previewText(const workflow::ImportedCatalogue& preview) {
    QString text = QObject::tr("%1 of %2 rows are kept.")
                       .arg(counted(preview.catalogue.rowCount), counted(preview.rowsRead));
    for (const workflow::DroppedRows& step : preview.dropped)
        text +=
            QObject::tr(" %1 are dropped by %2.").arg(counted(step.rows), QString::fromStdString(step.step));
    for (std::size_t i = 0; i < preview.features.size(); ++i)
        if (preview.quarantined[i] > 0)
            text +=
                QObject::tr(" %1 lack an input and go into quarantine.").arg(counted(preview.quarantined[i]));
    for (const Target& target : preview.catalogue.targets) {
        const auto labels = std::count_if(target.values.begin(), target.values.end(),
                                          [](double value) { return !std::isnan(value); });
        text += QObject::tr(" %1 has %2 labels.")
                    .arg(QString::fromStdString(target.name), counted(static_cast<std::size_t>(labels)));
    }
    return text;
}

/// Why what is filled in is filled in.
QString reasonsText(const workflow::ImportGuess& guess) {
    QStringList lines;
    for (const workflow::ImportGuess::Reason& reason : guess.reasons)
        lines << QStringLiteral("<b>%1</b> %2")
                     .arg(QString::fromStdString(reason.what).toHtmlEscaped(),
                          QString::fromStdString(reason.why).toHtmlEscaped());
    return lines.join("<br>");
}

} // namespace

OptionSet guessImport(const OpenedFile& file, const doctor::Report* report) {
    OptionSet options;
    workflow::describeImportOptions(options);
    options.set("input", file.path.string());
    options.set("out", freePlaceFor(file.path).string());
    workflow::applyGuess(guessOf(file, report), options);
    return options;
}

QString importCommandLine(const OptionSet& options) {
    OptionSet differing = options;
    for (const Option& option : options.all())
        if (option.value == option.defaultValue)
            differing.reset(option.name);
    return QString::fromStdString(commandLine("import", differing));
}

ImportDialog::ImportDialog(const OpenedFile& file, const doctor::Report* report, JobBridge& bridge,
                           const Theme& theme, QWidget* parent)
    : QDialog(parent), form_(new OptionForm(OptionForm::Arrangement::Column, this)),
      problem_(new QLabel(this)), preview_(new QLabel(this)), command_(new QLineEdit(this)),
      previewing_(bridge) {
    setObjectName("importDialog");
    setWindowTitle(tr("Import %1").arg(QString::fromStdString(file.path.filename().string())));
    resize(980, 640);
    auto* explanation = new QLabel(
        tr("Say which columns are inputs (features) and which are to be predicted (target: a column, or "
           "name=column). Either may be a formula: g-r, -2.5*log10(FLUX_R). What is filled in is a guess; "
           "the "
           "reasons stand on the right."),
        this);
    explanation->setWordWrap(true);
    QStringList names;
    for (const auto& column : file.columns)
        names << QString::fromStdString(column.name);
    form_->setObjectName("importForm");
    for (const char* option : {"features-from", "columns", "id", "ra", "dec", "split-column"})
        form_->setSuggestions(option, names);
    form_->setTheme(theme);
    form_->setOptions(guessImport(file, report),
                      {"input", "mapping", "join-dir", "write-mapping", "part", "guess"});
    auto* scroll = new ColumnScroll(form_, this);
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(scroll);
    auto* right = new QWidget(this);
    auto* column = new QVBoxLayout(right);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(columnTable(file, this), 1);
    auto* reasons = new QLabel(reasonsText(guessOf(file, report)), this);
    reasons->setObjectName("importReasons");
    reasons->setWordWrap(true);
    reasons->setTextFormat(Qt::RichText);
    reasons->setProperty("secondary", true);
    column->addWidget(reasons);
    splitter->addWidget(right);
    splitter->setSizes({480, 480});
    problem_->setObjectName("importProblem");
    preview_->setObjectName("importPreview");
    for (QLabel* label : {problem_, preview_})
        label->setWordWrap(true);
    command_->setObjectName("importCommand");
    command_->setReadOnly(true);
    command_->setAccessibleName(tr("The same on the command line"));
    command_->setToolTip(tr("The same on the command line, to be copied"));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    import_ = buttons->addButton(tr("Import"), QDialogButtonBox::AcceptRole);
    import_->setObjectName("importStart");
    import_->setDefault(true);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(12);
    layout->addWidget(explanation);
    layout->addWidget(splitter, 1);
    layout->addWidget(problem_);
    layout->addWidget(preview_);
    layout->addWidget(command_);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &ImportDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(form_, &OptionForm::changed, this, &ImportDialog::check);
    check();
}

/// Enter ends what is typed into a box; it presses a button only where the button has the focus.
void ImportDialog::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        event->accept();
    else
        QDialog::keyPressEvent(event);
}

/// What stands there may be what a study was made from.
void ImportDialog::accept() {
    const QString out = QString::fromStdString(form_->options().getText("out"));
    if (QFileInfo::exists(out)) {
        QMessageBox box(QMessageBox::Question, tr("Replace the catalogue?"),
                        tr("%1 exists already. Replace it? A study made from it will not find its galaxies "
                           "any more.")
                            .arg(out),
                        QMessageBox::Cancel, this);
        box.setObjectName("replaceQuestion");
        const QPushButton* replace = box.addButton(tr("&Replace"), QMessageBox::AcceptRole);
        box.setDefaultButton(QMessageBox::Cancel);
        box.exec();
        if (box.clickedButton() != replace)
            return;
    }
    QDialog::accept();
}

OptionSet ImportDialog::options() const {
    return form_->options();
}

void ImportDialog::check() {
    QString problem = form_->firstProblem();
    const OptionSet& options = form_->options();
    if (problem.isEmpty() && options.getText("out").empty())
        problem = tr("Say where to write the catalogue (out).");
    else if (problem.isEmpty() && options.getTextList("features-from").empty() &&
             options.getTextList("target").empty() && options.getTextList("columns").empty())
        problem = tr("Choose features, targets or columns to keep.");
    problem_->setText(problem);
    problem_->setVisible(!problem.isEmpty());
    import_->setEnabled(problem.isEmpty());
    command_->setText(importCommandLine(options));
    command_->setCursorPosition(0);
    if (problem.isEmpty())
        preview();
}

/// The import itself, as far as it writes nothing: what it would say is said now.
void ImportDialog::preview() {
    preview_->setEnabled(false); // what stands there is of before
    previewing_.start(
        {tr("Preview of the import"), jobs::Lane::Io, true},
        [this, options = form_->options()](RunContext& context) -> Delivery {
            const QString text = previewText(workflow::previewImport(options, context));
            return [this, text] {
                preview_->setText(text);
                preview_->setEnabled(true);
            };
        },
        [this](const JobEnd& end) {
            if (!end.failed())
                return;
            preview_->setText(end.error);
            preview_->setEnabled(true);
        });
}

} // namespace penumbra::gui
