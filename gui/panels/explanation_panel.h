#pragma once

#include "core/workflow/explain.h"
#include "core/workflow/similar.h"
#include "gui/jobs/latest_only.h"
#include "gui/state/command.h"
#include "gui/state/view_state.h"

#include <QWidget>

class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QTableWidget;

namespace penumbra::gui {

class FeatureStore;

/// Where the selected galaxy's interval comes from: for the local methods the calibration galaxies with the
/// largest weights (a click goes there), for the others what set the width of all galaxies. Beside the
/// methods, the galaxies most alike by the features. Either can be selected, and marked on the map.
class ExplanationPanel : public QWidget {
    Q_OBJECT
public:
    ExplanationPanel(JobBridge& bridge, QWidget* parent);
    void setState(const ViewState& state);
    QString method() const;
    /// To find the galaxies most alike by; without one they are not offered.
    void setStore(std::shared_ptr<FeatureStore> store);

Q_SIGNALS:
    void rowSelected(qint64 catalogueRow);
    void rowsPicked(const std::vector<std::int64_t>& rows, qint64 current);
    void wanted(const penumbra::gui::Command& command);

private:
    void setMethods(const std::vector<std::string>& methods);
    void request();
    void showExplanation(const workflow::Explanation& explanation);
    void showText(const QString& text);
    void build();
    void requestExplanation();
    void requestNearest();
    void showNearest(const workflow::SimilarGalaxies& nearest);
    void addRow(int row, std::int64_t galaxy, const QStringList& numbers);
    void showTable(const QString& heading, const QStringList& columns, int rows);
    void wantMarks();
    void showMarked();
    bool showsNearest() const;
    QString truthOf(std::int64_t row) const;
    QString nameOf(std::int64_t row) const;

    ViewState state_;
    QString chosen_; ///< by the user, or with the neighbours marked; empty: the one that tells most
    std::int64_t explained_ = -1; ///< the last test galaxy: the way back from a neighbour
    QComboBox* methods_;
    QLabel* title_;
    QLabel* summary_;
    QLabel* heading_;
    QTableWidget* table_;
    QPushButton *back_, *select_;
    QCheckBox* marks_;
    std::shared_ptr<FeatureStore> store_;
    LatestOnly latest_;
};

} // namespace penumbra::gui
