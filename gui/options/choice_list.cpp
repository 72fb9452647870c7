#include "gui/options/choice_list.h"

#include <QButtonGroup>
#include <QLabel>
#include <QMouseEvent>
#include <QRadioButton>
#include <QVBoxLayout>

namespace penumbra::gui {

namespace {

QLabel* wrapping(const QString& words) {
    auto* label = new QLabel(words);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

/// A button beside words that wrap, which its own text cannot; a click on the title is one on the button.
class Entry : public QWidget {
public:
    Entry(const ChoiceList::Choice& choice, QRadioButton* button, QWidget* parent)
        : QWidget(parent), button_(button) {
        button->setAccessibleName(choice.title);
        button->setAccessibleDescription(choice.text);
        auto* words = new QVBoxLayout;
        words->setSpacing(0);
        words->addWidget(wrapping(choice.title));
        if (!choice.text.isEmpty()) {
            QLabel* text = wrapping(choice.text);
            text->setTextInteractionFlags(Qt::TextSelectableByMouse);
            text->setProperty("secondary", true);
            words->addWidget(text);
        }
        auto* line = new QHBoxLayout(this);
        line->setContentsMargins(0, 4, 0, 4);
        line->setSpacing(8);
        line->addWidget(button, 0, Qt::AlignTop);
        line->addLayout(words, 1);
    }

protected:
    void mousePressEvent(QMouseEvent* event) override {
        button_->click();
        event->accept();
    }

private:
    QRadioButton* button_;
};

} // namespace

ChoiceList::ChoiceList(QWidget* parent)
    : QWidget(parent), group_(new QButtonGroup(this)), column_(new QVBoxLayout(this)) {
    column_->setContentsMargins(0, 0, 0, 0);
    column_->setSpacing(4);
    connect(group_, &QButtonGroup::idToggled, this, [this](int id, bool on) {
        if (on)
            Q_EMIT currentChanged(id);
    });
}

void ChoiceList::setChoices(const std::vector<Choice>& choices) {
    if (choices == choices_)
        return;
    choices_ = choices;
    while (QLayoutItem* item = column_->takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        }
        delete item;
    }
    for (QAbstractButton* button : group_->buttons())
        group_->removeButton(button);
    for (std::size_t i = 0; i < choices_.size(); ++i) {
        auto* button = new QRadioButton;
        button->setObjectName(objectName() + QString::number(i));
        group_->addButton(button, static_cast<int>(i));
        auto* entry = new Entry(choices_[i], button, this);
        column_->addWidget(entry);
        entry->show();
    }
    setCurrent(choices_.empty() ? -1 : 0);
}

int ChoiceList::current() const {
    return group_->checkedId();
}

void ChoiceList::setCurrent(int choice) {
    if (QAbstractButton* button = group_->button(choice))
        button->setChecked(true);
}

} // namespace penumbra::gui
