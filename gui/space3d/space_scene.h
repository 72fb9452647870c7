#pragma once

#include "gui/space3d/space_camera.h"
#include "gui/space3d/space_points.h"

#include <QRgb>
#include <QSize>
#include <QString>

#include <memory>
#include <vector>

namespace penumbra::gui {

/// How points are drawn, and on what.
struct SpaceLook {
    double diameter = 2.0; ///< pixels of the device
    double opacity = 1.0;
    QRgb page = 0xFFFFFFFF, line = 0xFF000000; ///< behind all; edges of the box
    bool operator==(const SpaceLook&) const = default;
};

/// Points that are drawn once more, larger and over what lies as far: a
/// selection, a subset.
struct SpaceMark {
    std::vector<std::uint32_t> points; ///< places in SpacePoints
    std::vector<QRgb> colours;         ///< one, or as many as points
    double widen = 1.0;                ///< pixels beyond the others' diameter
};

/// Draws a cloud in three dimensions. Everything happens on one thread, with
/// OpenGL's context current.
class SpaceScene {
public:
    virtual ~SpaceScene() = default;
    virtual void setPoints(std::shared_ptr<const SpacePoints> points) = 0;
    virtual void setColours(const std::vector<QRgb>& colours) = 0; ///< [points]
    virtual void setMarks(const std::vector<SpaceMark>& marks) = 0;
    virtual void setLook(const SpaceLook& look) = 0;
    virtual void setView(const SpaceCamera& camera, const QSize& pixels) = 0;
    /// Clears and draws the box, the marks and the first points, about `most` of
    /// them.
    /// @return how many points stand there now, marks aside
    virtual std::size_t drawFirst(std::size_t most) = 0;
    /// Draws the next part over it, until all stand there.
    virtual std::size_t drawMore() = 0;
    virtual void copyTo(unsigned framebuffer) = 0;
    virtual QString failure() const = 0; ///< in words; empty: it works
};

/// Opens the library that draws with VTK, the first time it is asked for: it is
/// large, and only this page needs it. @throws Error where it is not there or
/// does not open
std::unique_ptr<SpaceScene> makeSpaceScene();

} // namespace penumbra::gui
