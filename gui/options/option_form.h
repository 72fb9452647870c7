#pragma once

#include "core/base/option_set.h"
#include "gui/style/theme.h"

#include <QMap>
#include <QStringList>
#include <QWidget>
#include <memory>
#include <vector>

class QVBoxLayout;

namespace penumbra::gui {

/// A form drawn from any OptionSet: one control per option by its kind, grouped, advanced options folded
/// away, help as tooltips, a button back to the default beside every changed value, and wrong input explained
/// under the control.
class OptionForm : public QWidget {
    Q_OBJECT
public:
    enum class Arrangement {
        Column, ///< labels left, groups below each other: a dock
        Strip   ///< one line: over a plot
    };
    explicit OptionForm(Arrangement arrangement, QWidget* parent = nullptr);
    ~OptionForm() override;

    /// Draws the set anew. Options named in `hidden` keep their value but have no control.
    void setOptions(const OptionSet& options, const QStringList& hidden = {});
    /// Entries for a Text or TextList whose choices depend on the open file. What was chosen among the former
    /// ones and is not among these is unchosen.
    void setSuggestions(const QString& name, const QStringList& values);
    void setSuggestions(const QMap<QString, QStringList>& suggestions); ///< several, the form drawn anew once
    void setTheme(const Theme& theme);
    /// Values as last accepted; wrong input leaves the former value.
    const OptionSet& options() const;
    /// Shows a value as if the user had typed it. @throws UsageError
    void setValue(const QString& name, const OptionValue& value);
    /// Shows another set's values in the controls that the user has not touched: what a preset makes of them.
    void showUntouched(const OptionSet& effective);
    bool isValid() const;
    /// What is wrong with the first wrong control; empty if nothing is.
    QString firstProblem() const;
    void setFolded(bool folded); ///< advanced options
    /// Only these are in sight, the others under Advanced, whatever they say of themselves. Before
    /// setOptions().
    void setInSight(const QStringList& names);
    /// Options that do nothing at present, with the reason: greyed, their values stay.
    void setUnused(const QMap<QString, QString>& why);

Q_SIGNALS:
    void changed();

private:
    struct Row;
    struct Impl;
    void build();
    void dropOutdated(const std::string& name, const QStringList& former, const QStringList& now);
    void addGroups(const std::vector<const Option*>& options, QVBoxLayout* column);
    void addAdvanced(const std::vector<const Option*>& options);
    void buildAdvanced();
    void addRow(const Option& option);
    void place(const Option& option, Row& row);
    void resetRow(Row& row);
    void accept(Row& row);
    void refresh(Row& row);
    void refreshFold();
    std::unique_ptr<Impl> impl_;
};

} // namespace penumbra::gui
