#include "core/report/figures/centres.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::report {

namespace {

constexpr double kTail = 0.0025; ///< of the values, on either side
constexpr double kMargin = 0.15; ///< of the distance between them
constexpr double kClose = 0.05;  ///< of the whole range: room beside the last value
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

} // namespace

std::vector<Centre> distinctCentres(const TargetStudy& target, const std::vector<const Prediction*>& methods,
                                    const LabelledRows& rows) {
    std::vector<Centre> centres;
    if (!rows.base.empty())
        centres.push_back({"", rows.base});
    for (const Prediction* method : methods) {
        Centre centre{method->method, onRows(*method, rows, target.heldOut.testCount()).mean};
        double least = std::numeric_limits<double>::infinity(), most = -least;
        for (const double value : centre.values)
            if (std::isfinite(value)) {
                least = std::min(least, value);
                most = std::max(most, value);
            }
        const bool known = std::any_of(centres.begin(), centres.end(), [&](const Centre& other) {
            for (std::size_t i = 0; i < centre.values.size(); ++i)
                if (std::abs(centre.values[i] - other.values[i]) > 1e-5 * (most - least)) // nobody sees less
                    return false;
            return true;
        });
        if (!known)
            centres.push_back(std::move(centre));
    }
    return centres;
}

std::pair<double, double> bulkRange(std::vector<double> values) {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty())
        return {kNaN, kNaN};
    std::sort(values.begin(), values.end());
    const double low = quantileOfSorted(values, kTail), high = quantileOfSorted(values, 1.0 - kTail);
    const double room = kMargin * (high - low), close = kClose * (high - low);
    const double least = std::max(low - room, values.front() - close);
    const double most = std::min(high + room, values.back() + close);
    return least < most ? std::pair{least, most} : std::pair{kNaN, kNaN}; // one value: as the painter does
}

std::pair<double, double> askedRange(const OptionSet& options, const std::string& name) {
    const std::vector<double>& ends = options.getRealList(name);
    if (ends.empty())
        return {kNaN, kNaN};
    if (ends.size() != 2 || !(ends[0] < ends[1]))
        throw UsageError(name + " takes two ascending numbers, such as 0,1.");
    return {ends[0], ends[1]};
}

std::string outsideText(std::size_t points) {
    if (points == 0)
        return {};
    return " " + withThousands(static_cast<long long>(points)) +
           (points == 1 ? " point lies outside the axes." : " points lie outside the axes.");
}

Panel centrePanel(Series points, std::size_t index, std::size_t count) {
    Panel panel;
    panel.heading = count > 1 ? points.name : "";
    panel.letter = panelLetter(index, count);
    panel.series.push_back(std::move(points));
    return panel;
}

void arrangeScatters(FigureSpec& figure, const FigureInput& input, const OptionSet& options) {
    if (figure.panels.size() < 2) {
        figure.heightMm = figure.widthMm * 0.95;
        return;
    }
    FigureSpec wide = startFigure(figure.kind, input, options, true);
    wide.panels = std::move(figure.panels);
    wide.caption = std::move(figure.caption);
    figure = std::move(wide);
    figure.columns = figure.widthMm > 120.0 ? std::min<int>(3, static_cast<int>(figure.panels.size())) : 1;
    const int rows = (static_cast<int>(figure.panels.size()) + figure.columns - 1) / figure.columns;
    figure.heightMm = rows * (figure.widthMm / figure.columns) * 0.95 + 6.0;
}

} // namespace penumbra::report
