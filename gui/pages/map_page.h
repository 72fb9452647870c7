#pragma once

#include "gui/pages/map_pane.h"
#include "gui/pages/page.h"

class QCheckBox;
class QSplitter;

namespace penumbra::gui {

/// Every galaxy as a point: on a map of an embedding, on the sky, or at two columns or formulas; coloured by
/// anything. A region that is drawn tells at once how every method covers it. A second view may stand beside
/// the first, with positions and colours of its own and the same selection.
class MapPage : public Page {
    Q_OBJECT
public:
    MapPage(MapList& maps, JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme) override;
    void showSelection(const ViewState& state) override;
    void forgetChoices() override;
    void showLinks(const CloudLinks& links); ///< of the galaxy looked at

    /// Catalogue rows of the points inside a polygon in the coordinates of what is shown, or would be.
    /// @throws Error where there is nothing
    std::vector<std::int64_t> rowsWithin(const std::vector<std::pair<double, double>>& polygon,
                                         const ViewState& state, bool beside = false);
    /// Where the local coverage shown is the least likely by chance. @throws Error where none is shown
    const std::vector<std::int64_t>& worstRegion() const;
    /// Whether the view where galaxies were picked last has an axis that depends on the truth.
    bool pickedByOutcome() const;
    bool settled() const;

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command); ///< another choice
    /// A region that was found by how galaxies were covered.
    void regionPicked(const std::vector<std::int64_t>& rows);

protected:
    void update(const ViewState& state) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void connectPane(MapPane* pane);
    MapList& maps_;
    MapPane *first_, *beside_;
    QSplitter* splitter_;
    QCheckBox* split_;
    bool pickedBeside_ = false;
};

} // namespace penumbra::gui
