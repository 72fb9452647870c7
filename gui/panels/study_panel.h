#pragma once

#include "core/catalogue/catalogue.h"
#include "gui/options/option_form.h"
#include "gui/panels/data_summary.h"

#include <QWidget>

class QLabel;
class QPushButton;

namespace penumbra::gui {

/// The left side: what is open, and the form of the study that can be run on it.
class StudyPanel : public QWidget {
    Q_OBJECT
public:
    explicit StudyPanel(QWidget* parent = nullptr);
    void setFile(const OpenedFile& file);
    void setTheme(const Theme& theme);
    void setRunning(bool running);
    /// The form's options; targets and methods are named one by one.
    const OptionSet& options() const;
    /// Sets the form to a quick look: preset quick, one target, five methods.
    void chooseQuickStudy();
    /// @throws UsageError for an unknown option or a value that does not fit
    void setOption(const std::string& name, const std::string& value);
    bool canRun() const;
    QString whyNot() const; ///< what must be done before Run; empty if nothing

Q_SIGNALS:
    void openWanted();
    void runWanted();
    void cancelWanted();
    void changed();

private:
    void forgetChoices();
    void updateRun();
    void showOptionsOf(const Study& study); ///< so that Run repeats the study that was opened
    DataSummary* summary_;
    OptionForm* form_;
    QLabel* problem_;
    QPushButton* run_;
    Theme theme_ = lightTheme();
    bool hasCatalogue_ = false;
    bool running_ = false;
    std::filesystem::path path_; ///< of the file whose settings the form holds
    QStringList targets_;
};

} // namespace penumbra::gui
