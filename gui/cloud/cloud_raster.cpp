#include "gui/cloud/cloud_raster.h"

#include "gui/style/theme.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace penumbra::gui {

namespace {

/// The share of each pixel about the centre that a disc covers, 0 to 256.
struct Disc {
    explicit Disc(double diameter)
        : reach(static_cast<int>(std::ceil(0.5 * diameter))), width(2 * reach + 1) {
        constexpr int parts = 8;
        for (int y = -reach; y <= reach; ++y)
            for (int x = -reach; x <= reach; ++x) {
                int inside = 0;
                for (int v = 0; v < parts; ++v)
                    for (int u = 0; u < parts; ++u)
                        inside += std::hypot(x + (u + 0.5) / parts - 0.5, y + (v + 0.5) / parts - 0.5) <=
                                  0.5 * diameter;
                share.push_back(inside * 256 / (parts * parts));
            }
    }
    int reach, width;
    std::vector<int> share;
};

struct Canvas {
    explicit Canvas(QImage& picture)
        : pixels(reinterpret_cast<QRgb*>(picture.bits())), stride(picture.bytesPerLine() / 4),
          width(picture.width()), height(picture.height()) {}
    QRgb* pixels;
    qsizetype stride;
    int width, height;
};

/// Small points, a square each: what counts where there are very many.
void square(const Canvas& canvas, int x, int y, int side, QRgb colour) {
    const int fromX = std::max(0, x - side / 2), toX = std::min(canvas.width, x - side / 2 + side);
    const int fromY = std::max(0, y - side / 2), toY = std::min(canvas.height, y - side / 2 + side);
    for (int v = fromY; v < toY; ++v)
        for (int u = fromX; u < toX; ++u)
            canvas.pixels[v * canvas.stride + u] = colour;
}

void disc(const Canvas& canvas, int x, int y, const Disc& mask, QRgb colour) {
    for (int v = std::max(0, y - mask.reach); v <= std::min(canvas.height - 1, y + mask.reach); ++v)
        for (int u = std::max(0, x - mask.reach); u <= std::min(canvas.width - 1, x + mask.reach); ++u) {
            const int share =
                mask.share[static_cast<std::size_t>((v - y + mask.reach) * mask.width + u - x + mask.reach)];
            QRgb& pixel = canvas.pixels[v * canvas.stride + u];
            if (share == 256)
                pixel = colour;
            else if (share > 0)
                pixel = mixedColour(pixel, colour, share);
        }
}

} // namespace

QRgb mixedColour(QRgb a, QRgb b, int part256) {
    const auto mix = [&](int from, int to) { return from + (to - from) * part256 / 256; };
    return qRgb(mix(qRed(a), qRed(b)), mix(qGreen(a), qGreen(b)), mix(qBlue(a), qBlue(b)));
}

QRectF CloudFrame::data() const {
    return QRectF(toData({0.0, static_cast<double>(pixels.height())}),
                  toData({static_cast<double>(pixels.width()), 0.0}))
        .normalized();
}

CloudFrame CloudFrame::around(const QRectF& bounds, const QSize& pixels, bool equalScales) {
    constexpr double margin = 0.04;
    CloudFrame frame;
    frame.pixels = pixels;
    const double width = std::max(1, pixels.width()), height = std::max(1, pixels.height());
    frame.perX = width / (bounds.width() * (1.0 + 2.0 * margin));
    frame.perY = height / (bounds.height() * (1.0 + 2.0 * margin));
    if (equalScales)
        frame.perX = frame.perY = std::min(frame.perX, frame.perY);
    frame.left = bounds.center().x() - 0.5 * width / frame.perX;
    frame.top = bounds.center().y() + 0.5 * height / frame.perY;
    return frame;
}

void drawCloud(QImage& picture, const CloudPoints& points, const CloudPart& part,
               std::span<const QRgb> colours, std::span<const std::uint8_t> selected, const CloudFrame& frame,
               double diameter, QRgb pale) {
    const Canvas canvas(picture);
    const bool small = diameter < 3.0;
    const int side = std::max(1, static_cast<int>(std::lround(diameter)));
    const Disc mask(diameter);
    const double margin = diameter;
    const auto draw = [&](std::size_t i, QRgb colour) {
        const double x = (points.x()[i] - frame.left) * frame.perX,
                     y = (frame.top - points.y()[i]) * frame.perY;
        if (!(x >= -margin && y >= -margin && x < canvas.width + margin && y < canvas.height + margin))
            return;
        const int u = static_cast<int>(std::floor(x)), v = static_cast<int>(std::floor(y));
        if (small)
            square(canvas, u, v, side, colour);
        else
            disc(canvas, u, v, mask, colour);
    };
    const std::size_t to = std::min(part.to, points.size());
    for (std::size_t i = part.from; i < to; ++i)
        if ((!selected.empty() && selected[i] != 0) == part.selected)
            draw(i,
                 part.selected || selected.empty() ? colours[i] : mixedColour(colours[i], pale, kPaleShare));
}

void drawDensity(QImage& picture, const CloudPoints& points, const CloudFrame& frame) {
    const Canvas canvas(picture);
    std::vector<std::uint32_t> count(static_cast<std::size_t>(canvas.width) *
                                     static_cast<std::size_t>(canvas.height));
    std::uint32_t most = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double x = (points.x()[i] - frame.left) * frame.perX,
                     y = (frame.top - points.y()[i]) * frame.perY;
        if (!(x >= 0.0 && y >= 0.0 && x < canvas.width && y < canvas.height))
            continue;
        auto& here = count[static_cast<std::size_t>(y) * static_cast<std::size_t>(canvas.width) +
                           static_cast<std::size_t>(x)];
        most = std::max(most, ++here);
    }
    constexpr int steps = 255;
    std::vector<QRgb> table;
    for (int i = 0; i <= steps; ++i)
        table.push_back(viridis(static_cast<double>(i) / steps).rgb());
    const double scale = steps / std::log1p(static_cast<double>(most));
    for (int v = 0; v < canvas.height; ++v)
        for (int u = 0; u < canvas.width; ++u) {
            const std::uint32_t here =
                count[static_cast<std::size_t>(v) * static_cast<std::size_t>(canvas.width) +
                      static_cast<std::size_t>(u)];
            if (here > 0)
                canvas.pixels[v * canvas.stride + u] = table[static_cast<std::size_t>(
                    std::lround(scale * std::log1p(static_cast<double>(here))))];
        }
}

double fittingDiameter(std::size_t points, const QSize& pixels) {
    const double area = 0.15 * pixels.width() * pixels.height(); // maps are mostly empty
    return std::clamp(std::sqrt(area / std::max<double>(1.0, static_cast<double>(points))), 1.5, 7.0);
}

} // namespace penumbra::gui
