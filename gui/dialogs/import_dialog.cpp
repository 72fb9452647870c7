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
#include <QMessageBox>
#include <QPushButton>
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
    return isOneOf(name, {"id", "objid", "obj_id", "object_id", "targetid", "target_id", "specobjid",
                          "source_id", "sourceid", "galaxy_id", "nr", "index"});
}

bool isName(const std::string& name) {
    return isOneOf(name, {"name", "designation", "object", "objname", "obj_name", "object_name",
                          "source_name", "iauname", "iau_name", "galaxy", "main_id"});
}

bool isRa(const std::string& name) {
    return isOneOf(name, {"ra", "raj2000", "_raj2000", "ra_j2000", "ra_deg", "radeg", "ra_icrs", "plug_ra",
                          "alpha_j2000", "right_ascension", "rightascension"}) ||
           lowered(name).ends_with("_ra");
}

bool isDec(const std::string& name) {
    return isOneOf(name, {"dec", "decl", "dej2000", "_dej2000", "decj2000", "dec_j2000", "dec_deg", "decdeg",
                          "dedeg", "de_icrs", "dec_icrs", "plug_dec", "delta_j2000", "declination"}) ||
           lowered(name).ends_with("_dec");
}

bool liesWithin(const ColumnModel::Line& column, double low, double high) {
    return isNumber(column) && column.low >= low && column.high <= high;
}

/// A handful of whole numbers that come again and again tell kinds apart; they measure nothing.
bool isCoded(const ColumnModel::Line& column, std::size_t rows) {
    if (column.different > 0 && isOneOf(column.name, {"class", "spclass", "subclass", "type", "morphology"}))
        return true;
    return column.different > 0 && column.different <= 12 && rows >= 10 * column.different;
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

namespace {

/// Columns that an import takes for what their names say: an identity, a place on the sky, a split.
struct Roles {
    std::string id, ra, dec, split;
    std::vector<std::string> numbers; ///< what is left to learn from or to predict
};

std::string idColumn(const OpenedFile& file) {
    const auto fits = [](const ColumnModel::Line& column) {
        return column.type.find('[') == std::string::npos && column.type.rfind("float", 0) != 0;
    };
    for (const auto& column : file.columns)
        if (isId(column.name) && fits(column))
            return column.name;
    for (const auto& column : file.columns) // names are no identity where they come twice
        if (isName(column.name) && fits(column) && column.missing == 0 && column.different == file.tableRows)
            return column.name;
    return {};
}

Roles rolesOf(const OpenedFile& file, const std::set<std::string>& constant) {
    Roles roles;
    roles.id = idColumn(file);
    for (const auto& column : file.columns) {
        const std::string& name = column.name;
        if (name == roles.id || isId(name) || isName(name))
            continue;
        if (isOneOf(name, {"split", "role"}))
            roles.split = name;
        else if (isRa(name))
            roles.ra = roles.ra.empty() && liesWithin(column, -180.0, 360.0) ? name : roles.ra;
        else if (isDec(name))
            roles.dec = roles.dec.empty() && liesWithin(column, -90.0, 90.0) ? name : roles.dec;
        else if (isNumber(column) && !constant.contains(name) && !isCoded(column, file.tableRows))
            roles.numbers.push_back(name);
    }
    return roles;
}

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

} // namespace

OptionSet guessImport(const OpenedFile& file, const doctor::Report* report) {
    const Suspects suspects = suspectsIn(report);
    OptionSet options;
    workflow::describeImportOptions(options);
    options.set("input", file.path.string());
    options.set("out", freePlaceFor(file.path).string());
    const Roles roles = rolesOf(file, suspects.constant);
    const std::vector<std::string>& numbers = roles.numbers;
    const std::pair<const char*, const std::string&> named[] = {
        {"id", roles.id}, {"ra", roles.ra}, {"dec", roles.dec}, {"split-column", roles.split}};
    for (const auto& [option, column] : named)
        if (!column.empty())
            options.set(option, column);
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
    return QString::fromStdString(commandLine("import", options));
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
    auto* scroll = new ColumnScroll(form_, this);
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
}

} // namespace penumbra::gui
