#pragma once

#include "gui/jobs/latest_only.h"
#include "gui/state/app_state.h"

#include <QWidget>

class QCompleter;
class QLabel;
class QLineEdit;
class QStringListModel;

namespace penumbra::gui {

/// A line for an expression over columns, truth and predictions: while it is written, how many galaxies it
/// is true for and names that fit; Return selects them.
class WhereBox : public QWidget {
    Q_OBJECT
public:
    WhereBox(AppState& state, JobBridge& bridge, QWidget* parent = nullptr);
    void takeFocus();

private:
    void showState(const ViewState& now, Parts changed);
    void count();
    void complete();
    void insert(const QString& name);
    void select();
    QString wordAtCursor() const;
    AppState& state_;
    LatestOnly latest_;
    QLineEdit* line_;
    QLabel* count_;
    QCompleter* completer_;
    QStringListModel* names_;
};

} // namespace penumbra::gui
