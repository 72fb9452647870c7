#pragma once

#include <QLineEdit>

#include <string>

namespace penumbra::gui {

/// The line of the command line that does the same; to be copied.
class CommandLineBox : public QLineEdit {
public:
    explicit CommandLineBox(QWidget* parent = nullptr) : QLineEdit(parent) {
        setReadOnly(true);
        setAccessibleName(tr("The same on the command line"));
        setToolTip(accessibleName());
    }
    void setLine(const std::string& line) {
        setText(QString::fromStdString(line));
        setCursorPosition(0); // a long one is read from its beginning
    }
};

} // namespace penumbra::gui
