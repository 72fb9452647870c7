#pragma once

#include "gui/state/app_state.h"

#include <QListWidget>

namespace penumbra::gui {

/// Every change of the state in words, oldest first; those that were undone are grey. A double click goes to
/// the state after one.
class HistoryPanel : public QListWidget {
    Q_OBJECT
public:
    explicit HistoryPanel(AppState& state, QWidget* parent = nullptr);

private:
    void showHistory();
    void goTo(std::size_t done);
    AppState& state_;
};

} // namespace penumbra::gui
