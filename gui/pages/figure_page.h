#pragma once

#include "core/report/figures.h"
#include "gui/jobs/latest_only.h"
#include "gui/jobs/task.h"
#include "gui/options/option_form.h"
#include "gui/pages/page.h"

class QLabel;
class QPushButton;

namespace penumbra::gui {

class FigureView;

/// A page for any kind of figure: its own options as a strip above, the toolbar's choices obeyed, drawn
/// off-thread.
class FigurePage : public Page {
    Q_OBJECT
public:
    FigurePage(const report::FigureKind& kind, JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme) override;
    void showSelection(const ViewState& now) override;
    void forgetChoices() override;
    const report::FigureSpec* figure() const override;
    /// This figure of a state, made now. @throws Error
    report::FigureSpec figureOf(const ViewState& state) const;
    /// The same figure made for paper: "one-column" or "two-columns". @throws Error
    report::FigureSpec figureForPaper(const std::string& size) const;

Q_SIGNALS:
    void figureDrawn();

protected:
    void update(const ViewState& state) override;

private:
    OptionSet chosenOptions(const ViewState& state) const;
    void addSplitsButton(JobBridge& bridge);
    void repeatSplits();
    const Stability* stabilityOf(const ViewState& state) const;
    const report::FigureKind& kind_;
    LatestOnly latest_;
    OptionForm* strip_;
    FigureView* view_;
    QLabel* caption_;
    bool drawn_ = false;
    // the stability figure's repeated splits: made on request, kept while their study is shown
    Task* splits_ = nullptr;
    QPushButton* splitsButton_ = nullptr;
    std::shared_ptr<const Stability> stability_;
    std::shared_ptr<const Study> stabilityStudy_;
};

} // namespace penumbra::gui
