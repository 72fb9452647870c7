#pragma once

#include "gui/style/theme.h"
#include "gui/window/open_file.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;

namespace penumbra::gui {

/// A table that is not a catalogue yet: what it holds, and how to import it.
class RawTablePage : public QWidget {
    Q_OBJECT
public:
    explicit RawTablePage(QWidget* parent = nullptr);
    void setFile(const OpenedFile& file);
    void setTheme(const Theme& theme);

private:
    QLabel* title_;
    QLabel* explanation_;
    QLineEdit* command_;
    QPushButton* copy_;
    ColumnModel* columns_;
};

} // namespace penumbra::gui
