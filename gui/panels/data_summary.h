#pragma once

#include "gui/documents/open_file.h"
#include "gui/style/theme.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace penumbra::gui {

/// What is open: rows, columns, features, targets, splits and what was found worth telling.
class DataSummary : public QWidget {
    Q_OBJECT
public:
    explicit DataSummary(QWidget* parent = nullptr);
    void setFile(const OpenedFile& file);
    void setTheme(const Theme& theme);

Q_SIGNALS:
    void openWanted();

private:
    QLabel* name_;
    QLabel* facts_;
    QLabel* warnings_;
    QLabel* empty_;
    QPushButton* open_;
};

} // namespace penumbra::gui
