#include "gui/window/import_dialog.h"

#include "core/base/text.h"
#include "core/workflow/import.h"
#include "gui/options/option_form.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSplitter>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>
#include <set>

namespace penumbra::gui {

namespace {

bool isNumber(const ColumnModel::Line& column) {
    return column.type.rfind("float", 0) == 0 || column.type.rfind("int", 0) == 0;
}

bool isOneOf(const std::string& name, const std::vector<const char*>& words) {
    const std::string key = lowered(name);
    return std::any_of(words.begin(), words.end(), [&](const char* word) { return key == word; });
}

bool isId(const std::string& name) {
    return isOneOf(name, {"id", "objid", "object_id", "targetid", "specobjid", "nr", "index"});
}

QString shellWord(const QString& text) {
    static const QString plain = QStringLiteral("-_./,=:+");
    const bool safe = !text.isEmpty() && std::all_of(text.begin(), text.end(), [](QChar c) {
        return (c.unicode() < 128 && c.isLetterOrNumber()) || plain.contains(c);
    });
    if (safe)
        return text;
    QString inner = text;
    inner.replace('\'', "'\\''");
    return '\'' + inner + '\'';
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

} // namespace

namespace {

bool isErrorName(const std::string& name) {
    const std::string key = lowered(name);
    for (const char* start : {"e.", "e_", "err", "sig"})
        if (key.rfind(start, 0) == 0)
            return true;
    for (const char* end : {"err", "error", "_sd", "_ivar", "_msig", "_sigma"})
        if (key.ends_with(end))
            return true;
    return false;
}

/// The first column that is usually predicted, the surest names first; else the last that is no error.
std::size_t guessTarget(const std::vector<std::string>& numbers) {
    for (const std::vector<const char*>& names :
         {std::vector<const char*>{"z", "zs", "z_spec", "zspec", "redshift"},
          {"z_true", "true_z", "mcz", "z_phot", "zphot"},
          {"log_mstar", "logmass", "log_mass", "y", "target", "label"}})
        for (std::size_t i = 0; i < numbers.size(); ++i)
            if (isOneOf(numbers[i], names))
                return i;
    for (std::size_t i = numbers.size(); i-- > 0;)
        if (!isErrorName(numbers[i]))
            return i;
    return numbers.size() - 1;
}

/// What the doctor found that an import should heed.
struct Suspects {
    std::set<std::string> constant;
    std::vector<std::string> codes;
};

/// 0 and -1 stay: "missing" holds for every column, and elsewhere they may be honest.
Suspects suspectsIn(const doctor::Report* report) {
    Suspects found;
    if (report == nullptr)
        return found;
    for (const doctor::Finding& finding : report->findings) {
        if (finding.kind == "constant")
            found.constant.insert(finding.column);
        if (finding.kind == "missing-code" && finding.severity != doctor::Severity::Note &&
            !finding.code.empty() && finding.code != "0" && finding.code != "-1" &&
            std::find(found.codes.begin(), found.codes.end(), finding.code) == found.codes.end())
            found.codes.push_back(finding.code);
    }
    return found;
}

} // namespace

OptionSet guessImport(const OpenedFile& file, const doctor::Report* report) {
    const Suspects suspects = suspectsIn(report);
    OptionSet options;
    workflow::describeImportOptions(options);
    options.set("input", file.path.string());
    auto out = file.path;
    out.replace_extension();
    options.set("out", out.string() + "_catalogue.h5");
    std::vector<std::string> numbers;
    std::string id, split;
    for (const auto& column : file.columns) {
        if (id.empty() && isId(column.name) && column.type.find('[') == std::string::npos &&
            column.type.rfind("float", 0) != 0)
            id = column.name;
        else if (isOneOf(column.name, {"split", "role"}))
            split = column.name;
        else if (isNumber(column) && !suspects.constant.contains(column.name))
            numbers.push_back(column.name);
    }
    if (!id.empty())
        options.set("id", id);
    if (!split.empty())
        options.set("split-column", split);
    if (!suspects.codes.empty())
        options.set("missing", suspects.codes);
    if (numbers.size() < 2)
        return options;
    const std::size_t target = guessTarget(numbers);
    std::vector<std::string> inputs;
    for (std::size_t i = 0; i < numbers.size(); ++i)
        if (i != target)
            inputs.push_back(numbers[i]); // bare names are understood, however odd
    options.set("features-from", inputs);
    std::string name = numbers[target];
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '=' || c == '/' || c == '`' || c == ','; }, '_');
    if (name != numbers[target])
        name += "=`" + numbers[target] + "`";
    options.set("target", std::vector<std::string>{name});
    return options;
}

QString importCommandLine(const OptionSet& options) {
    QStringList words = {"penumbra-cli", "import"};
    words << shellWord(QString::fromStdString(options.getText("input")));
    for (const Option& option : options.all()) {
        if (!option.given || option.positional || option.value == option.defaultValue)
            continue;
        const QString name = "--" + QString::fromStdString(option.name);
        if (option.kind == Option::Kind::Flag) {
            words << name;
            continue;
        }
        // Negative numbers would read as options of their own.
        const QString value = shellWord(QString::fromStdString(toText(option.value)));
        if (value.startsWith('-'))
            words << name + '=' + value;
        else
            words << name << value;
    }
    return words.join(' ');
}

ImportDialog::ImportDialog(const OpenedFile& file, const doctor::Report* report, const Theme& theme,
                           QWidget* parent)
    : QDialog(parent), form_(new OptionForm(OptionForm::Arrangement::Column, this)),
      problem_(new QLabel(this)) {
    setObjectName("importDialog");
    setWindowTitle(tr("Import %1").arg(QString::fromStdString(file.path.filename().string())));
    resize(980, 640);
    auto* explanation = new QLabel(
        tr("Say which columns are inputs (features) and which are to be predicted (target: a column, or "
           "name=column). What is filled in is a guess from the columns' names. Colours, magnitudes from "
           "fluxes and other expressions are for mapping files: penumbra-cli import --help."),
        this);
    explanation->setWordWrap(true);
    QStringList names;
    for (const auto& column : file.columns)
        names << QString::fromStdString(column.name);
    form_->setObjectName("importForm");
    for (const char* option : {"features-from", "columns", "id", "ra", "dec", "split-column"})
        form_->setSuggestions(option, names);
    form_->setTheme(theme);
    form_->setOptions(guessImport(file, report), {"input", "mapping", "join-dir", "write-mapping", "part"});
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(form_);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* splitter = new QSplitter(Qt::Horizontal, this);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(scroll);
    splitter->addWidget(columnTable(file, this));
    splitter->setSizes({480, 480});
    problem_->setObjectName("importProblem");
    problem_->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    import_ = buttons->addButton(tr("Import"), QDialogButtonBox::AcceptRole);
    import_->setObjectName("importStart");
    import_->setDefault(true);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(12);
    layout->addWidget(explanation);
    layout->addWidget(splitter, 1);
    layout->addWidget(problem_);
    layout->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(form_, &OptionForm::changed, this, &ImportDialog::check);
    check();
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
}

} // namespace penumbra::gui
