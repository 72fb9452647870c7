#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace penumbra::gui {

/// Points by the cells of a grid over a rectangle, so that those near a place or inside a shape are found
/// without a look at all. Points on the rectangle's edge belong to the outermost cells.
class PointGrid {
public:
    PointGrid() = default;
    /// @param x, y finite, within the rectangle of positive extent
    PointGrid(const std::vector<double>& x, const std::vector<double>& y, double left, double bottom,
              double width, double height);

    std::size_t side() const { return side_; } ///< cells along each axis
    /// Of the column (row) that holds a coordinate; the first or last one beyond the rectangle.
    std::size_t columnOf(double x) const { return place((x - left_) / width_); }
    std::size_t rowOf(double y) const { return place((y - bottom_) / height_); }
    double middleOfColumn(std::size_t column) const {
        return left_ + width_ * (static_cast<double>(column) + 0.5) / static_cast<double>(side_);
    }
    double middleOfRow(std::size_t row) const {
        return bottom_ + height_ * (static_cast<double>(row) + 0.5) / static_cast<double>(side_);
    }
    /// Calls each(point) for the points of a cell.
    template <typename Each>
    void forEach(std::size_t column, std::size_t row, const Each& each) const {
        const std::size_t cell = row * side_ + column;
        for (std::size_t i = starts_[cell]; i < starts_[cell + 1]; ++i)
            each(points_[i]);
    }

private:
    std::size_t place(double part) const {
        const double cell = part * static_cast<double>(side_);
        if (!(cell > 0.0))
            return 0;
        const auto last = static_cast<double>(side_ - 1);
        return static_cast<std::size_t>(cell < last ? cell : last);
    }
    std::size_t side_ = 1;
    double left_ = 0.0, bottom_ = 0.0, width_ = 1.0, height_ = 1.0;
    std::vector<std::uint32_t> points_;          ///< by cell, in their order within each
    std::vector<std::uint32_t> starts_ = {0, 0}; ///< [cells + 1]
};

} // namespace penumbra::gui
