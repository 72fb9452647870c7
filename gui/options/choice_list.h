#pragma once

#include <QWidget>

#include <vector>

class QButtonGroup;
class QLabel;
class QVBoxLayout;

namespace penumbra::gui {

/// One of several things to choose, each with a title and sentences that wrap; as tall as these need.
class ChoiceList : public QWidget {
    Q_OBJECT
public:
    struct Choice {
        QString title, text;
        bool operator==(const Choice&) const = default;
    };
    explicit ChoiceList(QWidget* parent = nullptr);
    /// The first is chosen, unless the same choices stand there already.
    void setChoices(const std::vector<Choice>& choices);
    int current() const; ///< -1: there are none
    void setCurrent(int choice);
    int count() const { return static_cast<int>(choices_.size()); }

Q_SIGNALS:
    void currentChanged(int choice);

private:
    std::vector<Choice> choices_;
    QButtonGroup* group_;
    QVBoxLayout* column_;
};

} // namespace penumbra::gui
