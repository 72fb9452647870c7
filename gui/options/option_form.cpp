#include "gui/options/option_form.h"

#include "core/base/error.h"
#include "gui/icons/icons.h"
#include "gui/options/flow_layout.h"
#include "gui/options/option_editor.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include <vector>

namespace penumbra::gui {

struct OptionForm::Row {
    std::string name;
    OptionEditor* editor = nullptr;
    QToolButton* reset = nullptr;
    QLabel* problem = nullptr;
};

struct OptionForm::Impl {
    Arrangement arrangement;
    OptionSet options;
    QStringList hidden;
    QMap<QString, QStringList> suggestions;
    Theme theme = lightTheme();
    std::vector<std::unique_ptr<Row>> rows;
    QWidget* body = nullptr;
    QGridLayout* grid = nullptr; ///< where the next row goes, Column only
    FlowLayout* line = nullptr;  ///< Strip only
    QToolButton* fold = nullptr;
    QWidget* advanced = nullptr;
    bool folded = true;
};

OptionForm::OptionForm(Arrangement arrangement, QWidget* parent)
    : QWidget(parent), impl_(std::make_unique<Impl>()) {
    impl_->arrangement = arrangement;
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
}

OptionForm::~OptionForm() = default;

void OptionForm::setOptions(const OptionSet& options, const QStringList& hidden) {
    impl_->options = options;
    impl_->hidden = hidden;
    build();
}

void OptionForm::setSuggestions(const QString& name, const QStringList& values) {
    if (impl_->suggestions.value(name) == values)
        return;
    impl_->suggestions[name] = values;
    build();
}

void OptionForm::setTheme(const Theme& theme) {
    impl_->theme = theme;
    for (auto& row : impl_->rows)
        refresh(*row);
}

const OptionSet& OptionForm::options() const {
    return impl_->options;
}

void OptionForm::setValue(const QString& name, const OptionValue& value) {
    impl_->options.set(name.toStdString(), value);
    for (auto& row : impl_->rows)
        if (row->name == name.toStdString()) {
            row->editor->show(value);
            row->problem->hide();
            row->problem->clear();
            refresh(*row);
        }
    Q_EMIT changed();
}

void OptionForm::showUntouched(const OptionSet& effective) {
    for (auto& row : impl_->rows)
        if (!impl_->options.given(row->name) && row->problem->text().isEmpty())
            row->editor->show(effective.find(row->name).value);
}

QString OptionForm::firstProblem() const {
    for (const auto& row : impl_->rows)
        if (!row->problem->text().isEmpty())
            return row->problem->text();
    return {};
}

bool OptionForm::isValid() const {
    return firstProblem().isEmpty();
}

void OptionForm::setFolded(bool folded) {
    impl_->folded = folded;
    if (!impl_->fold)
        return;
    impl_->advanced->setVisible(!folded);
    impl_->fold->setArrowType(folded ? Qt::RightArrow : Qt::DownArrow);
}

namespace {

QGridLayout* formGrid(QWidget* owner) {
    auto* grid = new QGridLayout(owner);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    return grid;
}

QLabel* groupHeading(const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    QFont font = label->font();
    font.setBold(true);
    label->setFont(font);
    label->setContentsMargins(0, 8, 0, 0);
    return label;
}

} // namespace

void OptionForm::build() {
    Impl& d = *impl_;
    d.rows.clear();
    if (d.body) { // perhaps we were called from one of its controls
        d.body->setParent(nullptr);
        d.body->deleteLater();
    }
    d.body = new QWidget(this);
    d.fold = nullptr;
    d.advanced = nullptr;
    layout()->addWidget(d.body);
    std::vector<const Option*> plain, advanced;
    for (const Option& option : d.options.all())
        if (!d.hidden.contains(QString::fromStdString(option.name)))
            (option.advanced && d.arrangement == Arrangement::Column ? advanced : plain).push_back(&option);

    if (d.arrangement == Arrangement::Strip) {
        d.line = new FlowLayout(d.body);
        for (const Option* option : plain)
            addRow(*option);
        return;
    }
    auto* column = new QVBoxLayout(d.body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    const auto addGroups = [&](const std::vector<const Option*>& options, QVBoxLayout* into, QWidget* owner) {
        std::string group = "\n";
        for (const Option* option : options) {
            if (option->group != group) {
                group = option->group;
                if (!group.empty())
                    into->addWidget(groupHeading(QString::fromStdString(group), owner));
                auto* block = new QWidget(owner);
                d.grid = formGrid(block);
                into->addWidget(block);
            }
            addRow(*option);
        }
    };
    addGroups(plain, column, d.body);
    if (advanced.empty())
        return;
    d.fold = new QToolButton(d.body);
    d.fold->setObjectName("advancedFold");
    d.fold->setText(tr("Advanced"));
    d.fold->setToolTip(tr("Show or hide the options that rarely need changing"));
    d.fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    d.fold->setAutoRaise(true);
    d.advanced = new QWidget(d.body);
    auto* inner = new QVBoxLayout(d.advanced);
    inner->setContentsMargins(0, 0, 0, 0);
    inner->setSpacing(4);
    column->addSpacing(8);
    column->addWidget(d.fold);
    column->addWidget(d.advanced);
    addGroups(advanced, inner, d.advanced);
    connect(d.fold, &QToolButton::clicked, this, [this] { setFolded(!impl_->folded); });
    setFolded(d.folded);
}

void OptionForm::addRow(const Option& option) {
    Impl& d = *impl_;
    QWidget* owner = d.arrangement == Arrangement::Strip ? d.body : d.grid->parentWidget();
    auto row = std::make_unique<Row>();
    row->name = option.name;
    const QString name = QString::fromStdString(option.name);
    row->editor =
        makeOptionEditor(option, d.suggestions.value(name), d.arrangement == Arrangement::Strip, owner);
    auto* label = new QLabel(optionTitle(option.name), owner);
    label->setToolTip(optionToolTip(option));
    label->setBuddy(row->editor->focusProxy() ? row->editor->focusProxy() : row->editor);
    row->reset = new QToolButton(owner);
    row->reset->setObjectName("reset_" + name);
    row->reset->setAutoRaise(true);
    row->reset->setIconSize({12, 12});
    row->reset->setAccessibleName(tr("Back to the default of %1").arg(optionTitle(option.name)));
    row->reset->setToolTip(
        tr("Back to the default: %1").arg(QString::fromStdString(toText(option.defaultValue))));
    QSizePolicy keep = row->reset->sizePolicy();
    keep.setRetainSizeWhenHidden(d.arrangement == Arrangement::Column);
    row->reset->setSizePolicy(keep);
    row->problem = new QLabel(owner);
    row->problem->setObjectName("problem_" + name);
    row->problem->setWordWrap(true);
    row->problem->hide();

    QWidget* editor = row->editor;
    if (!option.unit.empty()) {
        auto* withUnit = new QWidget(owner);
        auto* inner = new QHBoxLayout(withUnit);
        inner->setContentsMargins(0, 0, 0, 0);
        inner->setSpacing(4);
        inner->addWidget(row->editor);
        auto* unit = new QLabel(QString::fromStdString(option.unit), withUnit);
        unit->setForegroundRole(QPalette::PlaceholderText);
        inner->addWidget(unit);
        inner->addStretch(1);
        editor = withUnit;
    }
    if (d.arrangement == Arrangement::Strip) {
        d.line->addWidget(label);
        d.line->addWidget(editor);
        d.line->addWidget(row->reset);
        d.line->addWidget(row->problem);
    } else {
        const int at = d.grid->rowCount();
        if (row->editor->isTall()) {
            d.grid->addWidget(label, at, 0, 1, 2);
            d.grid->addWidget(editor, at + 1, 0, 1, 2);
        } else {
            d.grid->addWidget(label, at, 0);
            d.grid->addWidget(editor, at, 1);
        }
        d.grid->addWidget(row->reset, at, 2);
        d.grid->addWidget(row->problem, at + 2, 0, 1, 3);
    }
    Row* raw = row.get();
    connect(row->editor, &OptionEditor::edited, this, [this, raw] { accept(*raw); });
    connect(row->reset, &QToolButton::clicked, this, [this, raw] {
        impl_->options.reset(raw->name);
        raw->editor->show(impl_->options.find(raw->name).value);
        raw->problem->clear();
        raw->problem->hide();
        refresh(*raw);
        Q_EMIT changed();
    });
    row->editor->show(option.value);
    refresh(*row);
    d.rows.push_back(std::move(row));
}

void OptionForm::accept(Row& row) {
    QString problem;
    try {
        row.editor->writeTo(impl_->options, row.name);
    } catch (const UsageError& error) {
        problem = QString::fromUtf8(error.what());
    }
    row.problem->setText(problem);
    row.problem->setVisible(!problem.isEmpty());
    refresh(row);
    Q_EMIT changed();
}

void OptionForm::refresh(Row& row) {
    const Option& option = impl_->options.find(row.name);
    const bool wrong = !row.problem->text().isEmpty();
    row.reset->setIcon(themedIcon("reset", impl_->theme));
    row.reset->setVisible(wrong || option.value != option.defaultValue);
    QPalette palette = row.problem->palette();
    palette.setColor(QPalette::WindowText, impl_->theme.error);
    row.problem->setPalette(palette);
}

} // namespace penumbra::gui
