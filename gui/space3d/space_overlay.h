#pragma once

#include <QColor>
#include <QPointF>
#include <QRect>
#include <QSize>
#include <QString>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace penumbra::gui {

/// What stands over the picture: the legend, and the look of the points, to be changed there. A plain value.
struct OverlayModel {
    QString title;            ///< of the colours; empty: all are alike
    std::vector<QColor> ramp; ///< of a scale from low to high; empty: categories
    double low = 0.0, high = 1.0;
    std::optional<double> centre;                  ///< of a diverging scale
    std::vector<std::pair<QString, QColor>> names; ///< categories, unknown
    std::vector<std::pair<QString, QColor>> subsets;
    double size = 2.0, opacity = 1.0; ///< pixels of the widget
    double ratio = 1.0;               ///< pixels of the device to one of the widget
    QColor text, faint, raised, line, accent;
};
/// The pointer over the picture, in pixels of the device.
struct OverlayInput {
    QPointF at{-1.0, -1.0};
    bool down = false;
};
/// What was changed, told when the pointer lets go.
struct OverlayEdit {
    std::optional<double> size, opacity;
    std::optional<std::pair<double, double>> range;
    bool any() const { return size || opacity || range; }
};

/// Draws it with Dear ImGui into the framebuffer that is bound. Lives on OpenGL's thread; it launches
/// nothing.
class SpaceOverlay {
public:
    /// @param font a TrueType file; where it cannot be read ImGui's own font is used
    explicit SpaceOverlay(QString font);
    ~SpaceOverlay();
    OverlayEdit draw(const QSize& pixels, const OverlayModel& model, const OverlayInput& input);
    QRect area() const { return area_; } ///< where it stands, in pixels of the device

private:
    void begin(const OverlayModel& model);
    void style(const OverlayModel& model);
    void scale(const OverlayModel& model, OverlayEdit& edit);
    void names(const std::vector<std::pair<QString, QColor>>& names, const OverlayModel& model);
    QString font_;
    double ratio_ = 0.0;
    QRect area_;
    OverlayEdit held_; ///< what the pointer is changing
    struct Context;
    std::unique_ptr<Context> context_;
};

} // namespace penumbra::gui
