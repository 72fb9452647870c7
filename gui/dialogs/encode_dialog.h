#pragma once

#include "core/base/option_set.h"
#include "gui/jobs/latest_only.h"
#include "gui/style/theme.h"

#include <QDialog>

class QLabel;
class QPushButton;

namespace penumbra::gui {

class OptionForm;

/// Asks for an encode run, with the command's own options. The weights folder is looked at in the background
/// and described before anything runs; Encode is enabled when nothing is wrong.
class EncodeDialog : public QDialog {
    Q_OBJECT
public:
    /// @param input path of the open catalogue; empty if there is none
    EncodeDialog(JobBridge& bridge, const QString& input, QWidget* parent = nullptr);
    const OptionSet& options() const;
    void setTheme(const Theme& theme);

private:
    void changed();
    void describeModel();
    QString whyNot() const;

    OptionForm* form_;
    QLabel* model_;
    QLabel* problem_;
    QPushButton* run_;
    LatestOnly description_;
    QString described_; ///< folders that model_ is about
    bool modelUsable_ = false;
};

} // namespace penumbra::gui
