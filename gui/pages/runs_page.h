#pragma once

#include "core/report/runs_table.h"
#include "gui/documents/workbench.h"
#include "gui/jobs/latest_only.h"
#include "gui/pages/page.h"
#include "gui/state/command.h"

#include <map>
#include <set>

class QLabel;
class QPushButton;
class QTableView;
class QTableWidget;
class QTableWidgetItem;

namespace penumbra::gui {

class TableSpecModel;

/// The studies that were run or opened in this window: shown again at once, named, saved, given up; and the
/// scores of those that are ticked beside each other, at the alpha and for the target of the toolbar.
class RunsPage : public Page {
    Q_OBJECT
public:
    RunsPage(Workbench& bench, JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme) override;
    const report::TableSpec* table() const override;
    void compare(const std::vector<int>& runs); ///< ticks these and no others

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command); ///< a change of a run, in words
    void showWanted(int run);
    void saveWanted(int run); ///< the place is to be asked for
    void removeWanted(int run);

protected:
    void update(const ViewState& state) override;

private:
    void build();
    void fill();
    void fillRow(int row, const Run& run, const std::string& differs);
    void takeEdit(QTableWidgetItem* item);
    void updateButtons();
    void requestTable();
    int chosen() const; ///< id of the run in the selected line; 0: none
    Workbench& bench_;
    LatestOnly latest_;
    QTableWidget* list_;
    QPushButton *show_, *save_, *remove_;
    QTableView* view_;
    TableSpecModel* model_;
    QLabel *empty_, *notes_;
    std::set<int> unticked_; ///< all others are compared
    bool filling_ = false;
    report::TableSpec table_;
    /// At the alpha of the toolbar; used by jobs alone, one at a time.
    struct Known;
    std::shared_ptr<Known> known_;
};

} // namespace penumbra::gui
