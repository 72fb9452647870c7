#pragma once

#include "gui/jobs/latest_only.h"
#include "gui/window/page.h"

class QComboBox;
class QLabel;
class QTableView;

namespace penumbra::gui {

class TableSpecModel;

/// Targets and metrics down, methods across, every number with its interval.
class ComparePage : public Page {
    Q_OBJECT
public:
    explicit ComparePage(JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme) override;
    const report::TableSpec* table() const override;

protected:
    void update(const ViewState& state) override;

private:
    void showTable(report::TableSpec table);
    LatestOnly latest_;
    TableSpecModel* model_;
    QTableView* view_;
    QComboBox* targets_;
    QComboBox* metrics_;
    QComboBox* convention_;
    QLabel* sentence_;
    QLabel* footnotes_;
};

/// The table without the columns of methods that are not wanted.
report::TableSpec withMethods(const report::TableSpec& table, const std::vector<std::string>& methods);

} // namespace penumbra::gui
