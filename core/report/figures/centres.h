#pragma once

#include "core/report/figures/figure_parts.h"

#include <string>
#include <utility>
#include <vector>

namespace penumbra::report {

/// One set of point predictions on the labelled rows: a method's own centre, or the base head's prediction.
struct Centre {
    std::string method; ///< empty: the base head
    std::vector<double> values;

    std::string name() const { return method.empty() ? "base prediction" : method; }
};

/// Methods share the base head more often than not; equal centres are drawn once, under the base's name.
std::vector<Centre> distinctCentres(const TargetStudy& target, const std::vector<const Prediction*>& methods,
                                    const LabelledRows& rows);

/// Where nearly all values lie: a few outliers do not stretch an axis. NaN where no value is finite.
std::pair<double, double> bulkRange(std::vector<double> values);
/// The ends that an option asks for; NaN where it is empty. @throws UsageError unless they are two and ascend
std::pair<double, double> askedRange(const OptionSet& options, const std::string& name);
/// " 3 points lie outside the axes.", or "" where none does.
std::string outsideText(std::size_t points);

/// A panel of one centre's points, under its name where there are several.
/// @param index of the panel among `count`
Panel centrePanel(Series points, std::size_t index, std::size_t count);
/// Panels of point predictions beside each other, at a width that tells them apart.
void arrangeScatters(FigureSpec& figure, const FigureInput& input, const OptionSet& options);

} // namespace penumbra::report
