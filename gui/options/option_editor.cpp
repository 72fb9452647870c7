#include "gui/options/option_editor.h"

#include "gui/options/staying_menu.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalBlocker>
#include <QToolButton>

#include <algorithm>

namespace penumbra::gui {

namespace {

QHBoxLayout* flatLayout(QWidget* owner) {
    auto* layout = new QHBoxLayout(owner);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    return layout;
}

void nameControl(QWidget* control, const Option& option) {
    control->setObjectName("option_" + QString::fromStdString(option.name));
    control->setAccessibleName(optionTitle(option.name));
    control->setAccessibleDescription(QString::fromStdString(option.help));
    control->setToolTip(optionToolTip(option));
}

class FlagEditor : public OptionEditor {
public:
    FlagEditor(const Option& option, QWidget* parent) : OptionEditor(parent), box_(new QCheckBox(this)) {
        flatLayout(this)->addWidget(box_);
        nameControl(box_, option);
        setFocusProxy(box_);
        connect(box_, &QCheckBox::toggled, this, &OptionEditor::edited);
    }
    void show(const OptionValue& value) override {
        const QSignalBlocker quiet(box_);
        box_->setChecked(std::get<bool>(value));
    }
    void writeTo(OptionSet& options, const std::string& name) const override {
        options.set(name, box_->isChecked());
    }

private:
    QCheckBox* box_;
};

/// What the window calls a value that a choice can have; the option's own words are those of the command
/// line.
QString choiceWords(const std::string& option, const std::string& value) {
    struct Words {
        const char *option, *value, *words; ///< option empty: any
    };
    static constexpr Words known[] = {{"convention", "all", QT_TR_NOOP("count as covered")},
                                      {"convention", "finite", QT_TR_NOOP("left out")},
                                      {"", "wilson", QT_TR_NOOP("Wilson")},
                                      {"", "clopper-pearson", QT_TR_NOOP("Clopper-Pearson")},
                                      {"", "equal-count", QT_TR_NOOP("equally many galaxies")},
                                      {"", "equal-width", QT_TR_NOOP("equal widths")},
                                      {"", "by-method", QT_TR_NOOP("a panel a method")},
                                      {"", "over-one-plus-z", QT_TR_NOOP("over 1 + z")}};
    for (const Words& words : known)
        if ((*words.option == '\0' || option == words.option) && value == words.value)
            return QObject::tr(words.words);
    return QString::fromStdString(value).replace('-', ' ');
}

/// Anything typed: the option set itself judges the text, so form and command line refuse the same input.
class LineEditor : public OptionEditor {
public:
    LineEditor(const Option& option, bool compact, QWidget* parent)
        : OptionEditor(parent), line_(new QLineEdit(this)) {
        QHBoxLayout* across = flatLayout(this);
        across->addWidget(line_, 1);
        nameControl(line_, option);
        setFocusProxy(line_);
        if (option.kind == Option::Kind::TextList || option.kind == Option::Kind::RealList)
            line_->setPlaceholderText(option.name.ends_with("range") ? tr("low, high")
                                      : compact                      ? tr("a, b, …")
                                                                     : tr("separated by commas"));
        if (option.kind == Option::Kind::Integer || option.kind == Option::Kind::Real) {
            line_->setFixedWidth(option.kind == Option::Kind::Integer ? 72 : 96);
            across->addStretch(1);
        }
        if (option.kind == Option::Kind::InputFile || option.kind == Option::Kind::OutputFile)
            addBrowseButton(option);
        connect(line_, &QLineEdit::textEdited, this, &OptionEditor::edited);
    }
    void show(const OptionValue& value) override { line_->setText(QString::fromStdString(toText(value))); }
    void writeTo(OptionSet& options, const std::string& name) const override {
        options.setFromText(name, line_->text().toStdString());
    }

private:
    void addBrowseButton(const Option& option) {
        auto* browse = new QPushButton(tr("Browse…"), this);
        browse->setObjectName("browse_" + QString::fromStdString(option.name));
        const bool forReading = option.kind == Option::Kind::InputFile, folder = option.folder;
        connect(browse, &QPushButton::clicked, this, [this, forReading, folder] {
            const QString path = folder       ? QFileDialog::getExistingDirectory(this)
                                 : forReading ? QFileDialog::getOpenFileName(this)
                                              : QFileDialog::getSaveFileName(this);
            if (path.isEmpty())
                return;
            line_->setText(path);
            Q_EMIT edited();
        });
        layout()->addWidget(browse);
    }
    QLineEdit* line_;
};

class ChoiceEditor : public OptionEditor {
public:
    ChoiceEditor(const Option& option, const QStringList& items, bool editable, QWidget* parent)
        : OptionEditor(parent), combo_(new QComboBox(this)) {
        flatLayout(this)->addWidget(combo_, 1);
        nameControl(combo_, option);
        setFocusProxy(combo_);
        combo_->setEditable(editable);
        for (const QString& item : items)
            combo_->addItem(editable ? item : choiceWords(option.name, item.toStdString()), item);
        if (editable) {
            combo_->lineEdit()->setPlaceholderText(tr("default"));
            combo_->setInsertPolicy(QComboBox::NoInsert);
        }
        combo_->setSizeAdjustPolicy(editable ? QComboBox::AdjustToMinimumContentsLengthWithIcon
                                             : QComboBox::AdjustToContents);
        connect(combo_, &QComboBox::currentTextChanged, this, &OptionEditor::edited);
    }
    void show(const OptionValue& value) override {
        const QSignalBlocker quiet(combo_);
        const QString text = QString::fromStdString(std::get<std::string>(value));
        combo_->setCurrentIndex(combo_->findData(text));
        if (combo_->isEditable())
            combo_->setEditText(text);
    }
    void writeTo(OptionSet& options, const std::string& name) const override {
        const QString value = combo_->isEditable() ? combo_->currentText() : combo_->currentData().toString();
        options.setFromText(name, value.toStdString());
    }

private:
    QComboBox* combo_;
};

/// A checkable list; the order of the entries is the order of the list.
class ListEditor : public OptionEditor {
public:
    ListEditor(const Option& option, const QStringList& items, QWidget* parent)
        : OptionEditor(parent), items_(items), list_(new QListWidget(this)) {
        flatLayout(this)->addWidget(list_, 1);
        nameControl(list_, option);
        setFocusProxy(list_);
        for (const QString& item : items)
            addEntry(item);
        fitHeight();
        connect(list_, &QListWidget::itemChanged, this, &OptionEditor::edited);
    }
    void show(const OptionValue& value) override {
        const QSignalBlocker quiet(list_);
        const auto& wanted = std::get<std::vector<std::string>>(value);
        while (list_->count() > items_.size()) // entries of a former value
            delete list_->takeItem(list_->count() - 1);
        for (const std::string& entry : wanted)
            if (list_->findItems(QString::fromStdString(entry), Qt::MatchExactly).isEmpty())
                addEntry(QString::fromStdString(entry)); // a default that is not among the suggestions
        for (int i = 0; i < list_->count(); ++i) {
            const bool on =
                std::find(wanted.begin(), wanted.end(), list_->item(i)->text().toStdString()) != wanted.end();
            list_->item(i)->setCheckState(on ? Qt::Checked : Qt::Unchecked);
        }
        fitHeight();
    }
    void writeTo(OptionSet& options, const std::string& name) const override {
        std::vector<std::string> chosen;
        for (int i = 0; i < list_->count(); ++i)
            if (list_->item(i)->checkState() == Qt::Checked)
                chosen.push_back(list_->item(i)->text().toStdString());
        options.set(name, chosen);
    }
    bool isTall() const override { return true; }

private:
    void addEntry(const QString& text) {
        auto* item = new QListWidgetItem(text, list_);
        item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsUserCheckable);
        item->setCheckState(Qt::Unchecked);
        item->setSizeHint({0, fontMetrics().height() + 8});
    }
    void fitHeight() {
        const int rows = std::clamp(list_->count(), 1, 9);
        const int rowHeight = std::max(list_->sizeHintForRow(0), fontMetrics().height() + 4);
        list_->setFixedHeight(rows * rowHeight + 2 * list_->frameWidth() + 2);
    }
    QStringList items_;
    QListWidget* list_;
};

/// The same list behind a button, for a single line. Stays open while entries are ticked.
class MenuListEditor : public OptionEditor {
public:
    MenuListEditor(const Option& option, const QStringList& items, QWidget* parent)
        : OptionEditor(parent), button_(new QToolButton(this)), menu_(new StayingMenu(button_)) {
        flatLayout(this)->addWidget(button_, 1);
        nameControl(button_, option);
        setFocusProxy(button_);
        button_->setMenu(menu_);
        button_->setPopupMode(QToolButton::InstantPopup);
        for (const QString& item : items) {
            QAction* action = menu_->addAction(item);
            action->setCheckable(true);
            connect(action, &QAction::toggled, this, [this] {
                setCaption();
                Q_EMIT edited();
            });
        }
    }
    void show(const OptionValue& value) override {
        const auto& wanted = std::get<std::vector<std::string>>(value);
        for (QAction* action : menu_->actions()) {
            const QSignalBlocker quiet(action);
            action->setChecked(std::find(wanted.begin(), wanted.end(), action->text().toStdString()) !=
                               wanted.end());
        }
        setCaption();
    }
    void writeTo(OptionSet& options, const std::string& name) const override {
        std::vector<std::string> chosen;
        for (const QAction* action : menu_->actions())
            if (action->isChecked())
                chosen.push_back(action->text().toStdString());
        options.set(name, chosen);
    }

private:
    void setCaption() {
        int chosen = 0;
        for (const QAction* action : menu_->actions())
            chosen += action->isChecked() ? 1 : 0;
        button_->setText(chosen == 0 ? tr("default") : tr("%1 chosen").arg(chosen));
    }
    QToolButton* button_;
    QMenu* menu_;
};

QStringList toQt(const std::vector<std::string>& texts) {
    QStringList list;
    for (const std::string& text : texts)
        list << QString::fromStdString(text);
    return list;
}

} // namespace

OptionEditor* makeOptionEditor(const Option& option, const QStringList& suggestions, bool compact,
                               QWidget* parent) {
    const QStringList entries = option.choices.empty() ? suggestions : toQt(option.choices);
    switch (option.kind) {
    case Option::Kind::Flag:
        return new FlagEditor(option, parent);
    case Option::Kind::Choice:
        return new ChoiceEditor(option, entries, false, parent);
    case Option::Kind::TextList:
        if (!entries.isEmpty() && compact)
            return new MenuListEditor(option, entries, parent);
        if (!entries.isEmpty())
            return new ListEditor(option, entries, parent);
        return new LineEditor(option, compact, parent);
    case Option::Kind::Text:
        if (!entries.isEmpty())
            return new ChoiceEditor(option, entries, true, parent);
        return new LineEditor(option, compact, parent);
    case Option::Kind::Integer:
    case Option::Kind::Real:
    case Option::Kind::RealList:
    case Option::Kind::InputFile:
    case Option::Kind::OutputFile:
        return new LineEditor(option, compact, parent);
    }
    return new LineEditor(option, compact, parent);
}

QString optionTitle(const std::string& name) {
    if (name == "convention")
        return QObject::tr("Infinite intervals");
    static const QStringList acronyms = {"cqr", "aion", "mc", "lc", "lvd", "ood"};
    QStringList words = QString::fromStdString(name).split('-', Qt::SkipEmptyParts);
    for (qsizetype i = 0; i < words.size(); ++i) {
        if (acronyms.contains(words[i]))
            words[i] = words[i].toUpper();
        else if (i == 0)
            words[i][0] = words[i][0].toUpper();
    }
    return words.join(' ');
}

QString optionToolTip(const Option& option) {
    QString text = QString::fromStdString(option.help).toHtmlEscaped();
    if (!option.unit.empty())
        text += QObject::tr("<br>Unit: %1").arg(QString::fromStdString(option.unit).toHtmlEscaped());
    const QString value = QString::fromStdString(toText(option.defaultValue)).toHtmlEscaped();
    if (!value.isEmpty())
        text += QObject::tr("<br>Default: %1").arg(value);
    text += QObject::tr("<br>On the command line: --%1").arg(QString::fromStdString(option.name));
    return "<qt>" + text + "</qt>";
}

} // namespace penumbra::gui
