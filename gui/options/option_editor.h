#pragma once

#include "core/base/option_set.h"

#include <QStringList>
#include <QWidget>

namespace penumbra::gui {

/// The control for one option. Which control it is follows from the option's kind alone.
class OptionEditor : public QWidget {
    Q_OBJECT
public:
    using QWidget::QWidget;
    virtual void show(const OptionValue& value) = 0; ///< without emitting edited()
    /// Writes what the control shows. @throws UsageError saying what does not fit
    virtual void writeTo(OptionSet& options, const std::string& name) const = 0;
    /// Tall controls (lists) stand below their label instead of beside it.
    virtual bool isTall() const { return false; }
    using QWidget::show;

Q_SIGNALS:
    void edited();
};

/// `suggestions` fill the list of a TextList and the menu of a Text: targets or columns of the open
/// catalogue. `compact`: one line high, lists become menus.
OptionEditor* makeOptionEditor(const Option& option, const QStringList& suggestions, bool compact,
                               QWidget* parent);

/// "learning-rate" as people write it: "Learning rate".
QString optionTitle(const std::string& name);
/// Help, unit and default in one tooltip.
QString optionToolTip(const Option& option);

} // namespace penumbra::gui
