#pragma once

#include "gui/documents/map_list.h"
#include "gui/jobs/latest_only.h"
#include "gui/pages/page.h"
#include "gui/pages/space_work.h"
#include "gui/state/command.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace penumbra::gui {

/// Every galaxy as a point in three dimensions: on a map of an embedding, by position and redshift, or at
/// three columns or formulas; coloured and selected as on the map.
class SpacePage : public Page {
    Q_OBJECT
public:
    SpacePage(MapList& maps, JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme) override;
    void showSelection(const ViewState& state) override;
    void forgetChoices() override;

    /// See spaceRowsWithin. @throws Error where there is nothing
    std::vector<std::int64_t> rowsWithin(const std::vector<std::pair<double, double>>& polygon,
                                         const ViewState& state);
    /// What is drawn is there, at rest.
    bool settled() const;
    /// Writes what is seen as PNG. @throws Error
    void writePicture(const QString& path) const;

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command); ///< another choice
    void cameraMoved(const penumbra::gui::Command& command);
    void pictureWanted();

protected:
    void update(const ViewState& state) override;

private:
    void build();
    void buildLook();
    void connectControls();
    void follow(const ViewState& state);
    void followLook(const SpaceChoices& space);
    void offer(const ViewState& state);
    void wantColumns();
    void draw(const ViewState& state);
    void tell(const QString& sentence);
    void hover(qint64 row, const QPoint& globalPosition);
    std::shared_ptr<const MapPlaces> placesOf(const SpaceChoices& space) const;

    MapList& maps_;
    LatestOnly latest_;
    std::shared_ptr<const SelectionCounts> counts_; ///< for shapes while they are drawn
    QComboBox *positions_, *colour_, *views_;
    QLineEdit *x_, *y_, *z_;
    QDoubleSpinBox *size_, *opacity_;
    QLineEdit *low_, *high_;
    QPushButton *make_, *stop_, *save_;
    QLabel* message_;
    SpaceView* view_;
    std::string offeredFor_, shown_, drawnFor_; ///< what lists, points and both were made of
    std::shared_ptr<const MapPlaces> shownPlaces_;
};

} // namespace penumbra::gui
