#pragma once

#include "gui/jobs/latest_only.h"
#include "gui/jobs/task.h"
#include "gui/pages/map_work.h"
#include "gui/pages/page.h"
#include "gui/state/command.h"

#include <map>

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace penumbra::gui {

/// Every galaxy as a point: on a map of an embedding, on the sky, or at two columns or formulas; coloured by
/// anything. A region that is drawn tells at once how every method covers it.
class MapPage : public Page {
    Q_OBJECT
public:
    explicit MapPage(JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme) override;
    void showSelection(const ViewState& state) override;
    void forgetChoices() override;
    void showLinks(const CloudLinks& links); ///< of the galaxy looked at

    std::vector<std::string> maps(const ViewState& state); ///< names
    /// Begins to make a map and shows it as it comes. @throws Error without a catalogue or such features
    void makeMap(const std::string& algorithm, const std::string& features);
    /// Catalogue rows of the points inside a polygon in the coordinates of what is shown, or would be.
    /// @throws Error where there is nothing
    std::vector<std::int64_t> rowsWithin(const std::vector<std::pair<double, double>>& polygon,
                                         const ViewState& state);
    /// Where the local coverage shown is the least likely by chance. @throws Error where none is shown
    const std::vector<std::int64_t>& worstRegion() const;
    bool settled() const { return !latest_.busy() && !making_->running() && !reading_->running(); }

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command); ///< another choice
    /// A region that was found by how galaxies were covered.
    void regionPicked(const std::vector<std::int64_t>& rows);

protected:
    void update(const ViewState& state) override;

private:
    void build();
    void connectControls();
    void follow(const ViewState& state);
    void forgetMaps(const ViewState& state);
    void readStored(const ViewState& state);
    void takeStored(std::vector<MapPlaces> stored);
    void offerPositions(const ViewState& state);
    void offerColours(const ViewState& state);
    void wantColumns();
    void take(MapPlaces places);
    void draw(const ViewState& state);
    void tell(const QString& sentence);
    void hover(qint64 row, const QPoint& globalPosition);
    /// Of the map that the choices mean; null: none.
    std::shared_ptr<const MapPlaces> placesOf(const CloudChoices& cloud) const;

    LatestOnly latest_;
    Task *making_, *reading_;
    QComboBox* positions_;
    QLineEdit *x_, *y_;
    QComboBox* colour_;
    QCheckBox* density_;
    QPushButton *make_, *stop_, *worst_;
    std::vector<std::int64_t> worstRows_;
    std::shared_ptr<const LocalWindows> windows_; ///< of the last local coverage
    QLabel* message_;
    CloudView* view_;
    std::map<std::string, std::shared_ptr<const MapPlaces>> maps_; ///< made here or stored with the catalogue
    std::shared_ptr<const Catalogue> catalogue_;                   ///< of the maps
    bool storedRead_ = false;                                      ///< the maps in its file are among them
    std::string offeredFor_;                                       ///< what the lists of names were made of
    std::shared_ptr<const MapPlaces> shownPlaces_; ///< whose points are shown; null: of no map
    std::string shown_;      ///< what the points stand for: a change of colour keeps the view
    bool byOutcome_ = false; ///< an axis shows what depends on the truth
};

} // namespace penumbra::gui
