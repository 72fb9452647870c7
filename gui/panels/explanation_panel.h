#pragma once

#include "core/workflow/explain.h"
#include "gui/jobs/latest_only.h"
#include "gui/state/view_state.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;
class QTableWidget;

namespace penumbra::gui {

/// Where the selected galaxy's interval comes from: for the local methods the calibration galaxies with the
/// largest weights (a click goes there), for the others what set the width of all galaxies.
class ExplanationPanel : public QWidget {
    Q_OBJECT
public:
    ExplanationPanel(JobBridge& bridge, QWidget* parent);
    void setState(const ViewState& state);
    QString method() const;

Q_SIGNALS:
    void rowSelected(qint64 catalogueRow);

private:
    void setMethods(const std::vector<std::string>& methods);
    void request();
    void showExplanation(const workflow::Explanation& explanation);
    void showText(const QString& text);
    QString nameOf(std::int64_t row) const;

    ViewState state_;
    std::int64_t explained_ = -1; ///< the last test galaxy: the way back from a neighbour
    QComboBox* methods_;
    QLabel* title_;
    QLabel* summary_;
    QLabel* heading_;
    QTableWidget* table_;
    QPushButton* back_;
    LatestOnly latest_;
};

} // namespace penumbra::gui
