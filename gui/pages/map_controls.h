#pragma once

#include "gui/documents/map_list.h"
#include "gui/state/command.h"
#include "gui/state/view_state.h"

#include <QStringList>

#include <functional>
#include <string>

class QComboBox;
class QPushButton;

namespace penumbra::gui {

/// Controls that the pages of the map in two and in three dimensions share.

/// Offers a map of every matrix of features, by the command `verb ALGORITHM FEATURES`.
void offerMaps(QPushButton& button, const ViewState& state, const MapList& maps, std::size_t dims,
               const std::string& verb, const std::function<void(const Command&)>& wanted);
/// Offers what is worth colouring by, and nothing. @return what it offers, for completion of formulas
QStringList offerColourings(QComboBox& box, const ViewState& state);
/// The tip of a galaxy under the mouse; row < 0: none.
void showGalaxyTip(const ViewState& state, qint64 row, const QPoint& globalPosition, QWidget* over);

} // namespace penumbra::gui
