#pragma once

#include "core/base/option_set.h"
#include "gui/documents/workbench.h"
#include "gui/jobs/task.h"
#include "gui/pages/page.h"
#include "gui/state/host.h"

#include <memory>
#include <nlohmann/json_fwd.hpp>

class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QTableView;
class QTimer;

namespace penumbra::workflow {
struct PredictOutcome;
}

namespace penumbra::gui {

class ColumnScroll;
class CommandLineBox;
class OptionForm;
class TableSpecModel;

/// Puts the open study's intervals on galaxies without labels, and says whether they are like those that it
/// was calibrated on.
class ApplyPage : public Page {
    Q_OBJECT
public:
    ApplyPage(Workbench& bench, JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme) override;
    void forgetChoices() override;
    /// Begins with options of the verb predict; replaces what is there. @throws Error, UsageError
    void begin(const Host::Options& options);
    nlohmann::json report() const;                  ///< as `predict --json`; null before a run
    const report::TableSpec& firstGalaxies() const; ///< with their intervals; empty before a run

Q_SIGNALS:
    void repairWanted(const QString& galaxies); ///< the study is to be weighted towards these
    void failed(const QString& error);

protected:
    void update(const ViewState& state) override;

private:
    void build();
    void setForm();
    void check();
    QString whyNot() const;
    void askAndBegin();
    void begin(OptionSet options);
    void start(const OptionSet& options);
    void showProgress();
    void take(const workflow::PredictOutcome& outcome, const QStringList& notes);
    OptionSet optionsNow() const; ///< the form's, with the study
    Workbench& bench_;
    Task task_;
    JobBridge& bridge_;
    QString jobTitle_, offeredFor_;
    double alpha_ = -1.0; ///< that the form was last given
    OptionForm* form_;
    QPushButton *run_, *stop_, *repair_;
    QProgressBar* progress_;
    QTimer* timer_;
    ColumnScroll* scroll_ = nullptr;
    QLabel *problem_, *words_;
    QTableView* view_;
    TableSpecModel* model_;
    CommandLineBox* line_;
    QString galaxies_; ///< of the last run
    std::shared_ptr<const nlohmann::json> json_;
};

} // namespace penumbra::gui
