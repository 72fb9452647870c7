#pragma once

#include "core/study/availability.h"
#include "gui/documents/open_file.h"
#include "gui/documents/study_clock.h"
#include "gui/options/option_form.h"
#include "gui/pages/page.h"

class QBoxLayout;
class QLabel;
class QLineEdit;
class QPushButton;

namespace penumbra::gui {

class MethodPicker;

/// The form of the study that can be run on the open catalogue: the few settings that matter in sight, the
/// methods with what each needs, how long it will take, and the same as a command.
class StudyPage : public Page {
    Q_OBJECT
public:
    explicit StudyPage(JobBridge& bridge, QWidget* parent = nullptr);
    void setFile(const OpenedFile& file);
    void setTheme(const Theme& theme) override;
    void setRunning(bool running);
    /// The form's options; targets and methods are named one by one.
    OptionSet options() const;
    /// Sets the form to a quick look: preset quick, one target, every method that trains.
    void chooseQuickStudy();
    /// @throws UsageError for an unknown option or a value that does not fit
    void setOption(const std::string& name, const std::string& value);
    bool canRun() const;
    QString whyNot() const; ///< what must be done before Run; empty if nothing
    /// The run that was started last has taken so long: the next are foretold by it.
    void learnFrom(double seconds);
    QString expectedTime() const; ///< "about 40 s"; empty while it is not known
    QString commandLine() const;  ///< that runs the same study

Q_SIGNALS:
    void runWanted();
    void cancelWanted();
    void changed();

protected:
    void update(const ViewState& state) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;

private:
    void build();
    void resetForm();
    void follow();
    void followMethods();
    void greyOptions();
    void updateRun();
    void updateTime();
    void rearrange();
    void showOptionsOf(const Study& study); ///< so that Run repeats the study that was opened
    StudyClock* clock_;
    OptionForm* form_;
    MethodPicker* picker_;
    QBoxLayout* halves_;
    QLabel *problem_, *time_;
    QLineEdit* command_;
    QPushButton* run_;
    Theme theme_ = lightTheme();
    std::shared_ptr<const Catalogue> catalogue_;
    bool running_ = false;
    bool following_ = false;
    std::filesystem::path path_; ///< of the file whose settings the form holds
    QStringList targets_;
    workflow::StudyOffer offer_;
    std::vector<std::string> wished_; ///< methods ticked, also those that cannot run at present
    std::vector<std::string> shown_;  ///< methods as the form had them last
    std::vector<std::string> possible_;
};

} // namespace penumbra::gui
