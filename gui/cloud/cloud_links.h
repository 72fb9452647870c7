#pragma once

#include "gui/cloud/cloud_points.h"
#include "gui/style/theme.h"

#include <QPainter>
#include <QString>

#include <functional>

namespace penumbra::gui {

/// Galaxies that belong to one: its neighbours, drawn as lines from it, the stronger the more they count.
struct CloudLinks {
    std::int64_t from = -1; ///< catalogue row; -1: there are none
    std::vector<std::int64_t> rows;
    std::vector<double> strength; ///< [rows] 0 to 1
    QString label;                ///< what they are
};

/// Links whose ends have places among points.
class PlacedLinks {
public:
    PlacedLinks() = default;
    PlacedLinks(const CloudLinks& links, const CloudPoints& points);
    bool any() const { return from_ != npos; }
    std::size_t placed() const { return ends_.size(); }
    const QString& label() const { return label_; }
    /// @param pixelOf where a point is drawn
    void paint(QPainter& painter, const CloudPoints& points,
               const std::function<QPointF(double x, double y)>& pixelOf, const Theme& theme) const;

private:
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);
    struct End {
        std::size_t point;
        double strength;
    };
    std::size_t from_ = npos; ///< a point
    std::vector<End> ends_;
    QString label_;
};

} // namespace penumbra::gui
