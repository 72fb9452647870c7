#include "core/eval/hexagons.h"

#include "core/base/error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace penumbra {

namespace {

/// Where there is one value alone, half a unit about it.
void widen(double& low, double& high) {
    if (!(high > low)) {
        const double about = std::max(0.5, 1e-6 * std::abs(low));
        low -= about;
        high += about;
    }
    const double pad = 1e-9 * (high - low);
    low -= pad;
    high += pad;
}

} // namespace

HexagonGrid::HexagonGrid(std::span<const double> x, std::span<const double> y, std::size_t across)
    : columns_(across), rows_(static_cast<std::size_t>(static_cast<double>(across) / std::sqrt(3.0))) {
    if (x.size() != y.size())
        throw Error(std::to_string(x.size()) + " values along x and " + std::to_string(y.size()) +
                    " along y are no points");
    if (rows_ == 0)
        throw Error("hexagons: at least 2 are needed across, not " + std::to_string(across));
    constexpr double infinity = std::numeric_limits<double>::infinity();
    low_ = {infinity, infinity};
    high_ = {-infinity, -infinity};
    for (std::size_t i = 0; i < x.size(); ++i)
        if (std::isfinite(x[i]) && std::isfinite(y[i])) {
            low_ = {std::min(low_.x, x[i]), std::min(low_.y, y[i])};
            high_ = {std::max(high_.x, x[i]), std::max(high_.y, y[i])};
        }
    if (low_.x > high_.x)
        low_ = high_ = {};
    widen(low_.x, high_.x);
    widen(low_.y, high_.y);
    size_ = {(high_.x - low_.x) / static_cast<double>(columns_),
             (high_.y - low_.y) / static_cast<double>(rows_)};
}

std::int64_t HexagonGrid::cellOf(double x, double y) const {
    if (!(x >= low_.x && x <= high_.x && y >= low_.y && y <= high_.y))
        return -1;
    const double across = (x - low_.x) / size_.x, up = (y - low_.y) / size_.y;
    const double column = std::nearbyint(across), row = std::nearbyint(up); // halves to even, as NumPy's
    const double gapColumn = std::min(std::floor(across), static_cast<double>(columns_ - 1));
    const double gapRow = std::min(std::floor(up), static_cast<double>(rows_ - 1));
    const auto squared = [](double dx, double dy) { return dx * dx + 3.0 * dy * dy; };
    const auto place = [](double first, double second, std::size_t seconds) {
        return static_cast<std::int64_t>(first) * static_cast<std::int64_t>(seconds) +
               static_cast<std::int64_t>(second);
    };
    if (squared(across - column, up - row) < squared(across - gapColumn - 0.5, up - gapRow - 0.5))
        return place(column, row, rows_ + 1);
    return static_cast<std::int64_t>(firstCells()) + place(gapColumn, gapRow, rows_);
}

HexagonGrid::Point HexagonGrid::centreOf(std::size_t cell) const {
    const bool first = cell < firstCells();
    const std::size_t at = first ? cell : cell - firstCells(), seconds = first ? rows_ + 1 : rows_;
    const double aside = first ? 0.0 : 0.5;
    return {low_.x + size_.x * (static_cast<double>(at / seconds) + aside),
            low_.y + size_.y * (static_cast<double>(at % seconds) + aside)};
}

std::array<HexagonGrid::Point, 6> HexagonGrid::cornersOf(std::size_t cell) const {
    const Point centre = centreOf(cell);
    std::array<Point, 6> corners = {
        {{0.5, -0.5}, {0.5, 0.5}, {0.0, 1.0}, {-0.5, 0.5}, {-0.5, -0.5}, {0.0, -1.0}}};
    for (Point& corner : corners)
        corner = {centre.x + size_.x * corner.x, centre.y + size_.y / 3.0 * corner.y};
    return corners;
}

} // namespace penumbra
