#pragma once

#include "gui/jobs/latest_only.h"
#include "gui/state/selection_counts.h"

#include <QLabel>

namespace penumbra::gui {

QString wholePercent(double share); ///< "71"
/// "71 % [66, 76]" of the labelled galaxies of a selection.
QString coverageWords(const SelectionCoverage& coverage, std::size_t labelled);

/// A line about what is selected: for one galaxy which methods miss it, for several how often each covers
/// them, with its bracket, and what a perfect method would reach. Worked out in the background.
class SelectionText : public QLabel {
    Q_OBJECT
public:
    explicit SelectionText(JobBridge& bridge, QWidget* parent = nullptr);
    void setState(const ViewState& state);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString ofOne(const ViewState& state) const;
    void requestSummary(const ViewState& state);
    LatestOnly latest_;
    ViewState shown_;
    std::shared_ptr<const SelectionCounts> counts_;
};

} // namespace penumbra::gui
