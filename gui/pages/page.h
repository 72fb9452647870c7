#pragma once

#include "core/report/figure_spec.h"
#include "core/report/table_spec.h"
#include "gui/state/view_state.h"
#include "gui/style/theme.h"

#include <QWidget>

namespace penumbra::gui {

/// A tab of the window. It shows the state it was last given, and works that out only while it can be seen.
class Page : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;
    void setState(const ViewState& state);
    virtual void setTheme(const Theme& theme) = 0;
    /// Pages that draw galaxies show which are selected.
    virtual void showSelection(const ViewState&) {}
    virtual void forgetChoices() {} ///< another file was opened: its settings are its own
    /// For the export menu; null where the page has none.
    virtual const report::FigureSpec* figure() const { return nullptr; }
    virtual const report::TableSpec* table() const { return nullptr; }

Q_SIGNALS:
    void rowsPicked(const std::vector<std::int64_t>& rows, penumbra::Combine how);
    /// A number or bin that stands for the galaxies of a formula was clicked. `target`: of which the formula
    /// speaks; empty: of the one shown.
    void galaxiesPicked(const std::string& target, const std::string& formula, penumbra::Combine how);
    /// A cell that stands for these galaxies was clicked. `byOutcome`: their truth sorted them there.
    void membersPicked(const std::vector<std::int64_t>& rows, bool byOutcome, penumbra::Combine how);

protected:
    virtual void update(const ViewState& state) = 0;
    using QWidget::update;
    void refresh(); ///< now if visible, else when shown
    void showEvent(QShowEvent* event) override;
    const ViewState& state() const { return state_; }

private:
    ViewState state_;
    bool stale_ = true;
};

} // namespace penumbra::gui
