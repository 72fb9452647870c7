#pragma once

#include "gui/documents/map_list.h"
#include "gui/jobs/latest_only.h"
#include "gui/pages/map_work.h"
#include "gui/state/command.h"
#include "gui/state/selection_counts.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QLayout;
class QLineEdit;
class QPushButton;

namespace penumbra::gui {

/// One view of the page of maps with its controls: points, where they stand, what colours them.
class MapPane : public QWidget {
    Q_OBJECT
public:
    enum class Place { First, Beside }; ///< Beside: its choices are ViewState::cloudBeside
    MapPane(Place place, MapList& maps, JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme);
    void setState(const ViewState& state); ///< state.cloud: this view's own choices
    void showSelection(const ViewState& state);
    void showLinks(const CloudLinks& links); ///< of the galaxy looked at
    void forget();                           ///< another file was opened
    void say(const QString& sentence);
    void addControl(QWidget* widget); ///< behind its own

    std::vector<std::int64_t> rowsWithin(const std::vector<std::pair<double, double>>& polygon,
                                         const ViewState& state);
    const std::vector<std::int64_t>& worstRegion() const { return worstRows_; } ///< empty: none is shown
    bool settled() const { return !latest_.busy(); }

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command); ///< another choice
    void rowsPicked(const std::vector<std::int64_t>& rows, penumbra::Combine how);
    /// A region that was found by how galaxies were covered.
    void regionPicked(const std::vector<std::int64_t>& rows);

private:
    void build();
    void connectControls();
    void want(const char* verb, std::vector<std::string> words);
    void follow();
    void offerPositions();
    void offerColours();
    void wantColumns();
    void draw();
    void hover(qint64 row, const QPoint& globalPosition);
    QString linesOf(const std::vector<std::int64_t>& rows);
    /// Of the map that the choices mean; null: none.
    std::shared_ptr<const MapPlaces> places(const CloudChoices& cloud) const;

    const Place place_;
    MapList& maps_;
    LatestOnly latest_;
    ViewState state_;
    QComboBox* positions_;
    QLineEdit *x_, *y_;
    QComboBox* colour_;
    QCheckBox* density_;
    QPushButton *make_, *stop_, *worst_;
    QLabel* message_;
    QLayout* controls_ = nullptr;
    CloudView* view_;
    std::vector<std::int64_t> worstRows_;
    std::shared_ptr<const LocalWindows> windows_;   ///< of the last local coverage
    std::shared_ptr<const SelectionCounts> counts_; ///< for shapes while they are drawn
    std::string offeredFor_;                        ///< what the lists of names were made of
    std::shared_ptr<const MapPlaces> shownPlaces_;  ///< whose points are shown; null: of no map
    std::string shown_;      ///< what the points stand for: a change of colour keeps the view
    bool byOutcome_ = false; ///< an axis shows what depends on the truth
};

} // namespace penumbra::gui
