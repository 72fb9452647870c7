#pragma once

#include "core/report/figure_spec.h"
#include "gui/inspector/galaxy_pixels.h"
#include "gui/jobs/latest_only.h"
#include "gui/state/command.h"
#include "gui/state/view_state.h"
#include "gui/style/theme.h"

#include <QWidget>
#include <memory>

class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;

namespace penumbra::gui {

class CutoutBar;
class FigureView;
class SpectrumBar;

/// The galaxy looked at: its cutout and spectrum, every method's interval of every target, what the catalogue
/// knows, its address in a viewer. Cutout and spectrum are read in the background, once; how they are shown
/// is a choice of the state.
class GalaxyPanel : public QWidget {
    Q_OBJECT
public:
    explicit GalaxyPanel(JobBridge& bridge, QWidget* parent = nullptr);
    void setState(const ViewState& state);
    void setTheme(const Theme& theme);
    const report::FigureSpec& figure() const; ///< of the intervals

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    QWidget* build();
    QWidget* buildHead();
    QWidget* buildLinks();
    void showPixels();
    void read();
    void showIntervals();
    void showAddress();
    void fitCutout();

    ViewState state_;
    QLabel *title_, *facts_, *empty_, *noImage_, *numbers_, *columns_, *columnsHeading_;
    QToolButton *previous_, *next_;
    QPushButton* similar_;
    QLineEdit* address_;
    QWidget *scroll_, *contents_, *links_;
    CutoutBar* cutoutBar_;
    SpectrumBar* spectrumBar_;
    FigureView *cutout_, *spectrum_, *view_;
    LatestOnly reading_;
    std::shared_ptr<const GalaxyPixels> pixels_; ///< of readRow_; null: none, or not read yet
    std::shared_ptr<const Catalogue> readFrom_;  ///< what is shown or is to be shown
    std::int64_t readRow_ = -1;
};

} // namespace penumbra::gui
