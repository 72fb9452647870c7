#pragma once

#include "gui/state/app_state.h"
#include "gui/state/host.h"

namespace penumbra::gui {

// `cutout bands BAND | stretch NAME | scale NAME`, `spectrum ...`, `order ...`, `columns ...`, `gallery ...`,
// `neighbours ...`
void chooseCutoutLook(AppState& state, Host* host, const Command& command);
void chooseSpectrumLook(AppState& state, Host* host, const Command& command);
void chooseOrder(AppState& state, Host* host, const Command& command);
void chooseColumns(AppState& state, Host* host, const Command& command);
void chooseGallery(AppState& state, Host* host, const Command& command);
void chooseNeighbours(AppState& state, Host* host, const Command& command);

/// `similar N [selection]`: begins to look for galaxies like the one looked at, or the selected ones; with
/// rows and likeness in the command, what has been found becomes the selection.
void findSimilar(AppState& state, Host* host, const Command& command);
/// `first`, `next`, `previous`: along the table of galaxies; inside the selection where several are selected.
void lookAtNext(AppState& state, Host* host, const Command& command);
void lookAtPrevious(AppState& state, Host* host, const Command& command);
void lookAtFirst(AppState& state, Host* host, const Command& command);

inline constexpr const char* cutoutUsage =
    "bands BAND|colour | stretch asinh|linear|log | scale survey|minmax|99.5%|98%";
inline constexpr const char* columnsUsage =
    "[|error|] [low] [high] [width] [error/width] [covers] [COLUMN ...] | usual";
inline constexpr const char* spectrumUsage =
    "average N|automatic | wavelength rest|observed | errors|masked on|off | lines none|true|predicted|both "
    "[main|all]";

} // namespace penumbra::gui
