#include "gui/cloud/colouring.h"

#include "gui/style/category_colours.h"
#include "gui/style/diverging.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace penumbra::gui {

namespace {

constexpr std::size_t mostCategories = 8;

std::set<double> differentValues(const std::vector<double>& values) {
    std::set<double> different;
    for (const double value : values)
        if (std::isfinite(value) && different.size() <= mostCategories)
            different.insert(value);
    return different;
}

} // namespace

CloudColouring CloudColouring::of(const QString& label, std::vector<double> values) {
    CloudColouring colouring;
    colouring.label = label;
    const std::set<double> different = differentValues(values);
    const bool whole = std::all_of(different.begin(), different.end(),
                                   [](double v) { return v == std::round(v) && std::abs(v) < 1e9; });
    if (whole && !different.empty() && different.size() <= mostCategories) {
        colouring.scale = Scale::Categories;
        for (const double value : different)
            colouring.categories.push_back(QString::number(value));
        for (double& value : values)
            value = std::isfinite(value)
                        ? static_cast<double>(std::distance(different.begin(), different.find(value)))
                        : std::numeric_limits<double>::quiet_NaN();
        colouring.values = std::move(values);
        return colouring;
    }
    colouring.scale = Scale::Sequential;
    std::vector<double> known;
    for (const double value : values)
        if (std::isfinite(value))
            known.push_back(value);
    const auto at = [&](double part) {
        const auto place =
            known.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(known.size() - 1));
        std::nth_element(known.begin(), place, known.end());
        return *place;
    };
    if (!known.empty()) {
        colouring.low = at(0.01);
        colouring.high = at(0.99);
    }
    if (!(colouring.high > colouring.low))
        colouring.high = colouring.low + std::max(1e-12, std::abs(colouring.low));
    colouring.values = std::move(values);
    return colouring;
}

CloudColouring CloudColouring::about(const QString& label, std::vector<double> values, double centre) {
    CloudColouring colouring;
    colouring.label = label;
    colouring.scale = Scale::Diverging;
    colouring.centre = centre;
    constexpr double least = 0.01; // a scale needs two sides
    colouring.low = centre - least;
    colouring.high = centre + least;
    for (const double value : values)
        if (std::isfinite(value)) {
            colouring.low = std::min(colouring.low, value);
            colouring.high = std::max(colouring.high, value);
        }
    colouring.values = std::move(values);
    return colouring;
}

CloudColouring CloudColouring::of(const QString& label, const std::vector<std::string>& texts) {
    CloudColouring colouring;
    colouring.label = label;
    colouring.scale = Scale::Categories;
    std::map<std::string, std::size_t> count;
    for (const std::string& text : texts)
        if (!text.empty())
            ++count[text];
    std::vector<std::pair<std::size_t, std::string>> commonest;
    for (const auto& [text, n] : count)
        commonest.emplace_back(n, text);
    std::stable_sort(commonest.begin(), commonest.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    const bool others = commonest.size() > mostCategories;
    if (others)
        commonest.resize(mostCategories - 1);
    std::map<std::string, double> place;
    for (const auto& [n, text] : commonest) {
        place[text] = static_cast<double>(colouring.categories.size());
        colouring.categories.push_back(QString::fromStdString(text));
    }
    const auto last = static_cast<double>(colouring.categories.size());
    if (others)
        colouring.categories.push_back(QStringLiteral("others"));
    for (const std::string& text : texts) {
        const auto found = place.find(text);
        colouring.values.push_back(found != place.end() ? found->second
                                   : text.empty()       ? std::numeric_limits<double>::quiet_NaN()
                                                        : last);
    }
    return colouring;
}

QColor colourOf(const CloudColouring& colouring, double value, const Theme& theme) {
    using Scale = CloudColouring::Scale;
    if (colouring.scale == Scale::One)
        return theme.accent;
    if (std::isnan(value))
        return mixed(theme.disabledText, theme.page, 0.5); // behind what is known
    if (colouring.scale == Scale::Categories)
        return categoryColour(static_cast<int>(value), theme);
    if (colouring.scale == Scale::Diverging) { // a step is as long on both sides of the centre
        const double reach = std::max(colouring.centre - colouring.low, colouring.high - colouring.centre);
        return diverging(std::clamp(0.5 + 0.5 * (value - colouring.centre) / reach, 0.0, 1.0), theme);
    }
    return viridis(std::clamp((value - colouring.low) / (colouring.high - colouring.low), 0.0, 1.0));
}

std::vector<QRgb> coloursOf(const CloudColouring& colouring, const CloudPoints& points, const Theme& theme) {
    return coloursOf(colouring, points.row(), theme);
}

std::vector<QRgb> coloursOf(const CloudColouring& colouring, std::span<const std::int64_t> rows,
                            const Theme& theme) {
    constexpr int steps = 1024; // a colour a point is costly
    std::vector<QRgb> table;
    const bool isScale = colouring.scale == CloudColouring::Scale::Sequential ||
                         colouring.scale == CloudColouring::Scale::Diverging;
    if (isScale)
        for (int i = 0; i <= steps; ++i)
            table.push_back(
                colourOf(colouring, colouring.low + (colouring.high - colouring.low) * i / steps, theme)
                    .rgb());
    const QRgb unknown = colourOf(colouring, std::numeric_limits<double>::quiet_NaN(), theme).rgb();
    std::vector<QRgb> colours(rows.size(), colourOf(colouring, 0.0, theme).rgb());
    if (colouring.scale == CloudColouring::Scale::One)
        return colours;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = static_cast<std::size_t>(rows[i]);
        const double value =
            row < colouring.values.size() ? colouring.values[row] : std::numeric_limits<double>::quiet_NaN();
        if (std::isnan(value)) {
            colours[i] = unknown;
        } else if (isScale) {
            const double t = std::clamp((value - colouring.low) / (colouring.high - colouring.low), 0.0, 1.0);
            colours[i] = table[static_cast<std::size_t>(std::lround(t * steps))];
        } else {
            colours[i] = colourOf(colouring, value, theme).rgb();
        }
    }
    return colours;
}

} // namespace penumbra::gui
