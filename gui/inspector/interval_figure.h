#pragma once

#include "core/eval/study.h"
#include "core/report/figure_spec.h"

#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::gui {

/// Forest plot of one galaxy, a panel a target, `target` first: each method's interval and centre on its own
/// line, the truth as a vertical line. Ends without bound are infinite in the data and drawn as arrows. Says
/// so when there is nothing of `target`; other targets are then left out.
report::FigureSpec intervalFigure(const Study& study, const std::string& target,
                                  const std::vector<std::string>& methods, std::int64_t catalogueRow);

/// Index of a catalogue row among a target's test rows; -1 if it is not one of them.
std::ptrdiff_t testIndexOf(const TargetStudy& target, std::int64_t catalogueRow);

} // namespace penumbra::gui
