#pragma once

#include "gui/jobs/latest_only.h"
#include "gui/state/command.h"
#include "gui/state/view_state.h"
#include "gui/style/theme.h"

#include <QWidget>

class QAction;
class QLabel;
class QMenu;

namespace penumbra::gui {

class FrozenTable;
class GalaxyModel;

/// The table of test galaxies; its selected rows are the window's selection, its current row the galaxy
/// looked at. Rows are copied and written in the background, as many as there are.
class GalaxiesPanel : public QWidget {
    Q_OBJECT
public:
    explicit GalaxiesPanel(JobBridge& bridge, QWidget* parent = nullptr);
    void setState(const ViewState& state);
    void setTheme(const Theme& theme);
    void putAbove(QWidget* widget); ///< above the table
    bool hasRows() const;
    void offer(QAction* action); ///< in the table's context menu
    void copySelection();        ///< tab-separated, under a header
    /// The galaxy `by` places behind this one (-1: the first), of those in `inside` alone where it is not
    /// null; the last there is, -1 where there are none.
    std::int64_t galaxyAfter(std::int64_t row, int by, const RowMask* inside) const;
    /// All rows, or those selected, in the order shown; the ending tells the format.
    void exportTo(const QString& path, bool selected = false);
    bool writing() const { return writing_ > 0; }

Q_SIGNALS:
    /// All selected rows of the table; current: -1 where none of them is.
    void rowsPicked(const std::vector<std::int64_t>& rows, qint64 current);
    void exported(const QString& path);
    void failed(const QString& error);
    void wanted(const Command& command); ///< other columns

private:
    void addColumnsMenu(QLayout& line);
    void fillColumnsMenu();
    void chooseColumn(const std::string& word, bool shown);
    void modelReset();
    void publish();
    void follow(const Selection& selection);
    void updateHeading();
    void arrange(const ViewState& state);
    void addActions();
    void start(const QString& title, JobBridge::LostWith lost, JobBridge::Work work);
    std::vector<int> selectedPlaces() const;
    std::vector<int> placesOf(const RowMask& rows) const; ///< from top to bottom
    JobBridge& bridge_;
    GalaxyModel* model_;
    FrozenTable* view_;
    QLabel* heading_;
    QLabel* empty_;
    QMenu* columnsMenu_ = nullptr;
    std::vector<std::string> columns_; ///< shown
    std::shared_ptr<const Catalogue> catalogue_;
    LatestOnly ordering_;
    GalaxyOrder order_; ///< that the table is, or is to be, in
    std::shared_ptr<const Study> orderedStudy_;
    std::shared_ptr<const Likeness> orderedLikeness_;
    int writing_ = 0;        ///< copies and exports under way
    bool following_ = false; ///< we move the selection, not the user
    Selection shown_;
    std::string target_;
};

} // namespace penumbra::gui
