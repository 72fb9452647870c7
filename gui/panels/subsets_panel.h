#pragma once

#include "gui/jobs/latest_only.h"
#include "gui/state/app_state.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QTableWidget;

namespace penumbra::gui {

/// The named subsets: colour, galaxies, and how often each method covers those of the target shown, with its
/// bracket and a perfect method's range. A double click selects one.
class SubsetsPanel : public QWidget {
    Q_OBJECT
public:
    SubsetsPanel(AppState& state, JobBridge& bridge, QWidget* parent = nullptr);

Q_SIGNALS:
    void nameWanted(); ///< for the selection

private:
    void showState(const ViewState& now);
    void fill(const ViewState& now);
    void requestCoverage(const ViewState& now);
    void enable();
    std::string chosen() const; ///< name of the current line; "": none
    AppState& state_;
    LatestOnly latest_;
    QLabel* empty_;
    QTableWidget* table_;
    QPushButton* add_;
    QPushButton* use_;
    QPushButton* confirm_;
    QPushButton* remove_;
};

} // namespace penumbra::gui
