#pragma once

#include "core/report/verdict.h"
#include "gui/jobs/latest_only.h"
#include "gui/jobs/task.h"
#include "gui/pages/page.h"
#include "gui/pages/verdict_words.h"
#include "gui/state/command.h"

class QComboBox;
class QLabel;
class QScrollArea;
class QTableView;

namespace penumbra::gui {

class TableSpecModel;

/// Methods down and metrics across in groups of targets, every number with its interval, below what they say
/// in words of the toolbar's target; or the tests of every pair of methods; or all that can be said in words.
/// Named subsets are groups of their own. A click on a number, or on underlined words, selects the galaxies
/// that it is of.
/// Never wider than the window: intervals move to the tooltips before that.
class ComparePage : public Page {
    Q_OBJECT
public:
    explicit ComparePage(JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme) override;
    const report::TableSpec* table() const override;
    void showSelection(const ViewState& now) override;

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void update(const ViewState& state) override;

private:
    void showTable(report::TableSpec table);
    void requestWords(const ViewState& state, bool all);
    void showWords(const std::string& target, bool all);
    void requestDraws(const std::shared_ptr<const Study>& study);
    void requestParts(const std::shared_ptr<const Study>& study);
    const report::Cell* cellAt(const QModelIndex& index) const;
    void followLink(const QString& reference);
    void fit();
    void fitNotes();
    bool hasRoomForVerdict() const;
    report::TableSpec table_; ///< as exports want it; the model has its groups as lines of their own
    LatestOnly latest_, latestWords_;
    Task draws_, scoring_;
    bool askedToDraw_ = false;
    /// The study shown, and the same with its local methods' calibration drawn anew.
    std::shared_ptr<const Study> shownStudy_, drawnStudy_;
    std::vector<Subset> subsets_; ///< named ones, each a part of the table
    /// The study on the subsets, of which study and subsets.
    std::vector<report::SubsetStudy> parts_;
    std::shared_ptr<const Study> partsStudy_, askedStudy_;
    std::vector<Subset> partsSubsets_, askedSubsets_;
    VerdictWords verdictWords_;
    /// What is said, of which study and methods.
    std::vector<report::TargetVerdict> verdicts_;
    std::shared_ptr<const Study> wordsStudy_;
    std::vector<std::string> wordsMethods_;
    TableSpecModel* model_;
    QTableView* view_;
    QComboBox* shown_;
    QComboBox* targets_;
    QComboBox* metrics_;
    QComboBox* convention_;
    QLabel* sentence_;
    QLabel* verdict_; ///< the first sentences on the toolbar's target
    QLabel* words_;   ///< all sentences on all targets
    QScrollArea* wordsArea_;
    QLabel* footnotes_;
    QScrollArea* notesArea_; ///< holds the footnotes: many notes must not take the table's room
    Qt::KeyboardModifiers clickedWith_;
    bool fitting_ = false; ///< the table resizes because we fit its columns
    QString notes_;        ///< the table's own; how its intervals are shown comes before them
};

} // namespace penumbra::gui
