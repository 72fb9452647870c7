#pragma once

#include "core/catalogue/doctor.h"
#include "gui/documents/open_file.h"
#include "gui/style/theme.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QPushButton;

namespace penumbra::gui {

class DoctorPage;

/// A table that is not a catalogue yet: what it holds, and how to import it.
class RawTablePage : public QWidget {
    Q_OBJECT
public:
    explicit RawTablePage(QWidget* parent = nullptr);
    void setFile(const OpenedFile& file);
    void setReport(std::shared_ptr<const doctor::Report> report); ///< null: nobody has looked, after all
    const OpenedFile& file() const { return file_; }
    const doctor::Report* report() const { return report_.get(); } ///< null until the doctor has looked
    void setTheme(const Theme& theme);

Q_SIGNALS:
    void importWanted();

private:
    void showCommand();

    OpenedFile file_;
    std::shared_ptr<const doctor::Report> report_;
    QLabel* title_;
    QLabel* explanation_;
    QLineEdit* command_;
    QPushButton* copy_;
    QPushButton* import_;
    ColumnModel* columns_;
    DoctorPage* doctor_;
};

} // namespace penumbra::gui
