#pragma once

#include "gui/state/command.h"

#include <functional>

class QPoint;
class QTableView;

namespace penumbra::gui {

class TableSpecModel;
struct ViewState;

/// What a right click on the comparison table offers: copying it, and the method under the pointer alone or
/// hidden.
void showCompareMenu(QTableView& view, const TableSpecModel& model, const QPoint& at, const ViewState& now,
                     const std::function<void(const Command&)>& wanted);

/// The cells selected, as a spreadsheet takes them; without a selection all, under the headings.
QString copiedCells(const QTableView& view);

} // namespace penumbra::gui
