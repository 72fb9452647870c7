#pragma once

#include "core/catalogue/doctor.h"
#include "gui/documents/open_file.h"
#include "gui/style/theme.h"

#include <QWidget>

#include <memory>

class QLabel;
class QTableView;
class QVBoxLayout;

namespace penumbra::gui {

class RowModel;

/// What the data doctor found, most serious first, over the rows of the file; each finding jumps to its rows.
class DoctorPage : public QWidget {
    Q_OBJECT
public:
    explicit DoctorPage(QWidget* parent = nullptr);
    /// The rows of a file that was opened; its findings are still looked for.
    void setFile(const OpenedFile& file);
    void setReport(std::shared_ptr<const doctor::Report> report); ///< null: nobody has looked, after all
    void setTheme(const Theme& theme);
    void showRows(const doctor::Finding& finding);

private:
    void build();
    QWidget* card(const doctor::Finding& finding);

    std::shared_ptr<const doctor::Report> report_;
    QString without_; ///< said where there is no report
    Theme theme_ = lightTheme();
    QLabel* verdict_;
    QVBoxLayout* list_;
    QLabel* rowsHeading_;
    QTableView* rows_;
    RowModel* model_;
};

} // namespace penumbra::gui
