#include "gui/cloud/point_grid.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra::gui {

namespace {
constexpr double pointsPerCell = 4.0;
constexpr std::size_t mostCells = 1024; ///< along an axis
} // namespace

PointGrid::PointGrid(const std::vector<double>& x, const std::vector<double>& y, double left, double bottom,
                     double width, double height)
    : left_(left), bottom_(bottom), width_(width), height_(height) {
    const double cells = static_cast<double>(x.size()) / pointsPerCell;
    side_ = std::clamp<std::size_t>(static_cast<std::size_t>(std::sqrt(cells)), 1, mostCells);
    std::vector<std::uint32_t> cellOf(x.size());
    starts_.assign(side_ * side_ + 1, 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
        cellOf[i] = static_cast<std::uint32_t>(rowOf(y[i]) * side_ + columnOf(x[i]));
        ++starts_[cellOf[i] + 1];
    }
    std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
    points_.resize(x.size());
    std::vector<std::uint32_t> next(starts_.begin(), starts_.end() - 1);
    for (std::size_t i = 0; i < x.size(); ++i)
        points_[next[cellOf[i]]++] = static_cast<std::uint32_t>(i);
}

} // namespace penumbra::gui
