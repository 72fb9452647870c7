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

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace penumbra::gui {

struct OptionForm::Row {
    std::string name;
    OptionEditor* editor = nullptr;
    QToolButton* reset = nullptr;
    QLabel* label = nullptr;
    QLabel* problem = nullptr;
};

struct OptionForm::Impl {
    Arrangement arrangement;
    OptionSet options;
    QStringList hidden, inSight;
    QMap<QString, QString> unused;
    std::vector<std::string> advancedNames;
    QMap<QString, QStringList> suggestions;
    Theme theme = lightTheme();
    std::vector<std::unique_ptr<Row>> rows;
    QWidget* body = nullptr;
    QGridLayout* grid = nullptr; ///< where the next row goes, Column only
    FlowLayout* line = nullptr;  ///< Strip only
    QToolButton* fold = nullptr;
    QWidget* advanced = nullptr;
    std::vector<const Option*> unbuilt; ///< advanced ones, until they are first looked at
    std::optional<OptionSet> effective; ///< as showUntouched() said
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
    setSuggestions({{name, values}});
}

void OptionForm::setSuggestions(const QMap<QString, QStringList>& suggestions) {
    bool changed = false;
    for (auto entry = suggestions.begin(); entry != suggestions.end(); ++entry) {
        const QStringList former = impl_->suggestions.value(entry.key());
        if (former == entry.value())
            continue;
        changed = true;
        impl_->suggestions[entry.key()] = entry.value();
        if (impl_->options.contains(entry.key().toStdString()))
            dropOutdated(entry.key().toStdString(), former, entry.value());
    }
    if (changed)
        build();
}

/// A value chosen from the former suggestions stays only as far as the new ones have it.
void OptionForm::dropOutdated(const std::string& name, const QStringList& former, const QStringList& now) {
    const auto isOutdated = [&](const std::string& entry) {
        const QString text = QString::fromStdString(entry);
        return former.contains(text) && !now.contains(text);
    };
    const OptionValue value = impl_->options.find(name).value;
    if (const auto* text = std::get_if<std::string>(&value); text && isOutdated(*text))
        impl_->options.reset(name);
    const auto* list = std::get_if<std::vector<std::string>>(&value);
    if (!list || std::none_of(list->begin(), list->end(), isOutdated))
        return;
    auto kept = *list;
    std::erase_if(kept, isOutdated);
    if (kept.empty())
        impl_->options.reset(name);
    else
        impl_->options.set(name, kept);
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
    refreshFold();
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
    impl_->effective = effective;
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
    if (!folded)
        buildAdvanced();
    impl_->advanced->setVisible(!folded);
    impl_->fold->setArrowType(folded ? Qt::RightArrow : Qt::DownArrow);
    refreshFold();
}

namespace {

QGridLayout* formGrid(QWidget* owner) {
    auto* grid = new QGridLayout(owner);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(4);
    grid->setVerticalSpacing(4);
    grid->setColumnStretch(1, 1);
    grid->setColumnMinimumWidth(0, 112); // controls of all groups begin at one line
    return grid;
}

QVBoxLayout* flatColumn(QWidget* owner) {
    auto* column = new QVBoxLayout(owner);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    return column;
}

QToolButton* resetButton(const Option& option, QWidget* owner) {
    auto* button = new QToolButton(owner);
    button->setObjectName("reset_" + QString::fromStdString(option.name));
    button->setAutoRaise(true);
    button->setIconSize({12, 12});
    button->setFixedSize(20, 20);
    button->setProperty("tight",
                        true); // a style sheet of its own each would cost a second when the theme changes
    button->setAccessibleName(QObject::tr("Back to the default of %1").arg(optionTitle(option.name)));
    button->setToolTip(
        QObject::tr("Back to the default: %1").arg(QString::fromStdString(toText(option.defaultValue))));
    return button;
}

QWidget* withUnit(QWidget* editor, const std::string& unit, QWidget* owner) {
    auto* both = new QWidget(owner);
    auto* line = new QHBoxLayout(both);
    line->setContentsMargins(0, 0, 0, 0);
    line->setSpacing(4);
    line->addWidget(editor);
    auto* label = new QLabel(QString::fromStdString(unit), both);
    label->setProperty("secondary", true);
    line->addWidget(label);
    line->addStretch(1);
    return both;
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
    d.unbuilt.clear();
    if (d.body) { // perhaps we were called from one of its controls
        d.body->setParent(nullptr);
        d.body->deleteLater();
    }
    d.body = new QWidget(this);
    d.fold = nullptr;
    d.advanced = nullptr;
    layout()->addWidget(d.body);
    const auto isAdvanced = [&d](const Option& option) {
        return d.arrangement == Arrangement::Column &&
               (d.inSight.isEmpty() ? option.advanced
                                    : !d.inSight.contains(QString::fromStdString(option.name)));
    };
    std::vector<const Option*> plain, advanced;
    for (const Option& option : d.options.all())
        if (!d.hidden.contains(QString::fromStdString(option.name)))
            (isAdvanced(option) ? advanced : plain).push_back(&option);

    if (d.arrangement == Arrangement::Strip) {
        d.line = new FlowLayout(d.body);
        for (const Option* option : plain)
            addRow(*option);
        return;
    }
    addGroups(plain, flatColumn(d.body));
    if (!advanced.empty())
        addAdvanced(advanced);
}

void OptionForm::addGroups(const std::vector<const Option*>& options, QVBoxLayout* column) {
    QWidget* owner = column->parentWidget();
    const Option* former = nullptr;
    for (const Option* option : options) {
        if (!former || option->group != former->group) {
            if (!option->group.empty())
                column->addWidget(groupHeading(QString::fromStdString(option->group), owner));
            auto* block = new QWidget(owner);
            impl_->grid = formGrid(block);
            column->addWidget(block);
        }
        addRow(*option);
        former = option;
    }
}

void OptionForm::addAdvanced(const std::vector<const Option*>& options) {
    Impl& d = *impl_;
    auto* column = static_cast<QVBoxLayout*>(d.body->layout());
    d.fold = new QToolButton(d.body);
    d.fold->setObjectName("advancedFold");
    d.fold->setText(tr("Advanced"));
    d.fold->setToolTip(tr("Show or hide the options that rarely need changing"));
    d.fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    d.fold->setAutoRaise(true);
    d.advanced = new QWidget(d.body);
    column->addSpacing(8);
    column->addWidget(d.fold);
    column->addWidget(d.advanced);
    d.unbuilt = options;
    d.advancedNames.clear();
    for (const Option* option : options)
        d.advancedNames.push_back(option->name);
    connect(d.fold, &QToolButton::clicked, this, [this] { setFolded(!impl_->folded); });
    setFolded(d.folded);
}

/// Most who use the form never look at them, and they are four controls of five.
void OptionForm::buildAdvanced() {
    const auto options = std::exchange(impl_->unbuilt, {});
    if (options.empty())
        return;
    addGroups(options, flatColumn(impl_->advanced));
    if (impl_->effective)
        showUntouched(OptionSet(*impl_->effective));
}

void OptionForm::addRow(const Option& option) {
    Impl& d = *impl_;
    const bool strip = d.arrangement == Arrangement::Strip;
    QWidget* owner = strip ? d.body : d.grid->parentWidget();
    const QString name = QString::fromStdString(option.name);
    auto row = std::make_unique<Row>();
    row->name = option.name;
    row->editor = makeOptionEditor(option, d.suggestions.value(name), strip, owner);
    row->reset = resetButton(option, owner);
    QSizePolicy keep = row->reset->sizePolicy();
    keep.setRetainSizeWhenHidden(!strip);
    row->reset->setSizePolicy(keep);
    row->problem = new QLabel(owner);
    row->problem->setObjectName("problem_" + name);
    row->problem->setWordWrap(!strip);
    row->problem->hide();
    place(option, *row);

    Row* raw = row.get();
    connect(row->editor, &OptionEditor::edited, this, [this, raw] { accept(*raw); });
    connect(row->reset, &QToolButton::clicked, this, [this, raw] { resetRow(*raw); });
    row->editor->show(option.value);
    refresh(*row);
    d.rows.push_back(std::move(row));
}

void OptionForm::place(const Option& option, Row& row) {
    Impl& d = *impl_;
    QWidget* owner = row.problem->parentWidget();
    auto* label = new QLabel(optionTitle(option.name), owner);
    row.label = label;
    label->setToolTip(optionToolTip(option));
    label->setBuddy(row.editor->focusProxy() ? row.editor->focusProxy() : row.editor);
    QWidget* editor = option.unit.empty() ? row.editor : withUnit(row.editor, option.unit, owner);
    if (d.arrangement == Arrangement::Strip) {
        auto* together = new QWidget(owner); // a label never stands at the end of a line without its control
        auto* line = new QHBoxLayout(together);
        line->setContentsMargins(0, 0, 0, 0);
        line->setSpacing(4);
        for (QWidget* part : std::initializer_list<QWidget*>{label, editor, row.reset, row.problem})
            line->addWidget(part);
        d.line->addWidget(together);
        return;
    }
    const int at = d.grid->rowCount();
    if (row.editor->isTall()) {
        d.grid->addWidget(label, at, 0, 1, 2);
        d.grid->addWidget(editor, at + 1, 0, 1, 2);
    } else {
        d.grid->addWidget(label, at, 0);
        d.grid->addWidget(editor, at, 1);
    }
    d.grid->addWidget(row.reset, at, 2);
    d.grid->addWidget(row.problem, at + 2, 0, 1, 3);
}

void OptionForm::resetRow(Row& row) {
    impl_->options.reset(row.name);
    row.editor->show(impl_->options.find(row.name).value);
    row.problem->clear();
    row.problem->hide();
    refresh(row);
    Q_EMIT changed();
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
    const QString why = impl_->unused.value(QString::fromStdString(row.name));
    for (QWidget* part : std::initializer_list<QWidget*>{row.editor, row.editor->focusProxy(), row.label}) {
        if (!part)
            continue;
        part->setEnabled(why.isEmpty());
        part->setToolTip(why.isEmpty() ? optionToolTip(option) : why);
    }
    refreshFold();
}

/// What is changed out of sight is told.
void OptionForm::refreshFold() {
    Impl& d = *impl_;
    if (!d.fold)
        return;
    int changed = 0;
    for (const std::string& name : d.advancedNames) {
        const Option& option = d.options.find(name);
        changed += option.value != option.defaultValue ? 1 : 0;
    }
    d.fold->setText(changed == 0 ? tr("Advanced") : tr("Advanced (%1 changed)").arg(changed));
}

void OptionForm::setInSight(const QStringList& names) {
    impl_->inSight = names;
}

void OptionForm::setUnused(const QMap<QString, QString>& why) {
    if (impl_->unused == why)
        return;
    impl_->unused = why;
    for (auto& row : impl_->rows)
        refresh(*row);
}

} // namespace penumbra::gui
