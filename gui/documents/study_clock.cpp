#include "gui/documents/study_clock.h"

#include "core/nn/device_choice.h"
#include "core/study/choices.h"

#include <QSettings>

#include <cmath>

namespace penumbra::gui {

namespace {

const char* const byRuns = "_by_runs"; ///< beside a speed that runs have told

QString about(double seconds) {
    return QString::fromStdString(workflow::aboutSeconds(seconds));
}

} // namespace

StudyClock::StudyClock(JobBridge& bridge, QObject* parent) : QObject(parent), measuring_(bridge) {}

void StudyClock::look(const Catalogue& catalogue, const OptionSet& options) {
    const workflow::StudyChoices chosen = workflow::studyChoices(options);
    std::vector<const uq::UqMethod*> methods;
    for (const std::string& id : chosen.methods)
        methods.push_back(&uq::findMethod(id));
    options_ = options;
    work_.known = true;
    work_.methods = methods.size();
    work_.size = workflow::studySize(catalogue, options, chosen.targets.size());
    work_.costs =
        workflow::trainingCosts(work_.size, options, workflow::signalsNeeded(methods, options, chosen.alpha));
    work_.key = nn::wouldUseGpu(chosen.device) ? "speed/gpu" : "speed/cpu";
}

void StudyClock::forget() {
    work_ = {};
}

double StudyClock::speed() const {
    return work_.known ? QSettings().value(work_.key, 0.0).toDouble() : 0.0;
}

QString StudyClock::text() const {
    const double known = speed();
    return known > 0.0 ? about(workflow::studyTime(work_.costs, work_.size, work_.methods, known).total())
                       : QString();
}

QString StudyClock::tip() const {
    const double known = speed();
    if (known <= 0.0)
        return {};
    const workflow::StudyTime time = workflow::studyTime(work_.costs, work_.size, work_.methods, known);
    return tr("Training %1, calibration and scores %2, judged by %3. Other work on this computer changes it.")
        .arg(about(time.training), about(time.scoring),
             QSettings().value(work_.key + byRuns, false).toBool() ? tr("the last runs here")
                                                                   : tr("a short measurement"));
}

void StudyClock::measure() {
    if (!work_.known || measuring_.running() || speed() > 0.0 || work_.size.trainRows <= 0.0)
        return;
    measuring_.start(
        {tr("Measure the speed of training"), jobs::Lane::Screen, true},
        [this, key = work_.key, size = work_.size, options = options_](RunContext& context) -> Delivery {
            context.device = key == "speed/gpu" ? "cuda" : "cpu";
            const double measured = workflow::measureSpeed(size, options, context);
            return [this, key, measured] {
                QSettings().setValue(key, measured);
                Q_EMIT changed();
            };
        });
}

void StudyClock::begin() {
    begun_ = work_;
}

/// Half of the former knowledge stays: one run beside other programs is not all there is to know.
void StudyClock::learnFrom(double seconds) {
    const double told = workflow::speedOf(begun_.costs, begun_.size, begun_.methods, seconds);
    if (!begun_.known || told <= 0.0)
        return;
    QSettings settings;
    const double former = settings.value(begun_.key + byRuns, false).toBool()
                              ? settings.value(begun_.key, 0.0).toDouble()
                              : 0.0;
    settings.setValue(begun_.key, former > 0.0 ? std::sqrt(told * former) : told);
    settings.setValue(begun_.key + byRuns, true);
    Q_EMIT changed();
}

} // namespace penumbra::gui
