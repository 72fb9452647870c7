#include "core/report/figures/binned_axis.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::report {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// Where some methods lie far below, the axis serves the neighbourhood of the nominal level, in which all is
/// decided; what is off scale is drawn as a triangle with its number.
void serveNominal(FigureSpec& figure, double nominal) {
    constexpr double far = 0.35, room = 0.02;
    double lowest = nominal, least = nominal;
    for (const Panel& panel : figure.panels)
        for (const Series& series : panel.series)
            for (std::size_t i = 0; i < series.y.size(); ++i) {
                least = std::min(least, series.y[i]);
                if (series.y[i] >= nominal - far)
                    lowest = std::min(lowest, i < series.yLow.size() ? series.yLow[i] : series.y[i]);
            }
    if (least >= nominal - far)
        return;
    for (Panel& panel : figure.panels) {
        panel.y.low = std::max(std::min(lowest - room, nominal - 0.1), nominal - far - room);
        panel.y.high = 1.0 + room;
    }
    figure.caption += " Triangles with numbers: below the axis.";
}

/// The ends the user asked for, if any. Says in the caption how many points they hide.
void cutAxis(FigureSpec& figure, const std::vector<double>& ends) {
    if (ends.empty())
        return;
    if (ends.size() != 2 || !(ends[0] < ends[1]))
        throw UsageError("--y-range takes two ascending numbers, such as 0.6,1.");
    std::size_t hidden = 0;
    std::vector<double> fractions = ends;
    for (Panel& panel : figure.panels) {
        const bool perCent = panel.y.percent && ends[1] > 10.0; // as the axis has them: 80,100
        fractions = {ends[0] / (perCent ? 100.0 : 1.0), ends[1] / (perCent ? 100.0 : 1.0)};
        panel.y.low = fractions[0];
        panel.y.high = fractions[1];
        std::size_t below = 0, above = 0, all = 0;
        for (const Series& series : panel.series)
            for (const double y : series.y) {
                all += std::isfinite(y);
                below += y < fractions[0];
                above += y > fractions[1];
            }
        hidden += below + above;
        if (all > 0 && below + above == all) // no empty panel without a word
            panel.counts = {{kNaN, above == 0   ? "all below the axis"
                                   : below == 0 ? "all above the axis"
                                                : "all outside the axis"}};
    }
    if (hidden > 0)
        figure.caption += " " + withThousands(static_cast<long long>(hidden)) +
                          (hidden == 1 ? " point lies" : " points lie") + " outside the axis.";
}

} // namespace

void fitVerticalAxis(FigureSpec& figure, const std::vector<double>& range, double nominal) {
    if (!std::isnan(nominal) && range.empty())
        serveNominal(figure, nominal);
    cutAxis(figure, range);
}

} // namespace penumbra::report
