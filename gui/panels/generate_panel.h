#pragma once

#include "core/encoding/galaxy_generation.h"
#include "gui/jobs/task.h"
#include "gui/state/host.h"
#include "gui/state/view_state.h"
#include "gui/style/theme.h"

#include <QWidget>

#include <mutex>
#include <nlohmann/json_fwd.hpp>

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;
class QTimer;

namespace penumbra::gui {

class FigureView;
class OptionForm;

/// The model asked last, kept with its weights; one user at a time.
class GeneratorStore {
public:
    /// Loads it where the options are others than the last ones.
    /// @param use called with the store locked
    void with(const OptionSet& options, RunContext& context,
              const std::function<void(const workflow::GalaxyGenerator&)>& use);
    void forget();

private:
    std::mutex mutex_;
    std::string options_;
    std::unique_ptr<workflow::GalaxyGenerator> generator_;
};

/// What AION-1 itself says of the galaxy looked at: the posterior of a redshift or flux, spectra,
/// coefficients, images as a fan of draws beside the measurement, and how often such bands hold the truth.
class GeneratePanel : public QWidget {
    Q_OBJECT
public:
    explicit GeneratePanel(JobBridge& bridge, QWidget* parent = nullptr);
    ~GeneratePanel() override;
    void setState(const ViewState& state);
    void setTheme(const Theme& theme);
    /// Asks of the galaxy looked at, with options of the verb generate; `coverage=N` measures on N galaxies
    /// instead. @throws Error, UsageError
    void begin(const Host::Options& options);
    nlohmann::json report() const; ///< null before anything was asked
    const report::FigureSpec& figure() const;

Q_SIGNALS:
    void failed(const QString& error);

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    using Coverages = std::vector<workflow::GalaxyGenerator::Coverage>;
    struct Shown; ///< what came back: figures and words
    void build();
    QWidget* buildResult();
    QWidget* buildButtons();
    QString whyNot() const;
    void check();
    void ask();
    void measure(int galaxies);
    void start(const QString& title, JobBridge::Work work);
    OptionSet optionsNow() const;
    void take(std::shared_ptr<const Shown> shown);
    void takeCoverage(const Coverages& coverages);
    void showTarget();
    void showProgress();
    void forgetResult();
    void fitFigure();

    ViewState state_;
    std::int64_t row_ = -1; ///< that the result is of, or is asked for
    std::shared_ptr<GeneratorStore> store_ = std::make_shared<GeneratorStore>();
    std::shared_ptr<const Shown> shown_;
    std::shared_ptr<const nlohmann::json> coverage_;
    JobBridge& bridge_;
    Task task_;
    QString jobTitle_;
    QTimer* timer_;
    OptionForm* form_;
    QLabel *title_, *problem_, *doing_, *words_, *caveat_, *coverageWords_;
    QComboBox* targets_;
    FigureView* view_;
    QPushButton *ask_, *stop_, *measure_;
    QSpinBox* galaxies_;
    QProgressBar* progress_;
    QWidget *result_, *buttons_;
};

} // namespace penumbra::gui
