#pragma once

#include "gui/jobs/job_bridge.h"

#include <QCoreApplication>
#include <QString>

class QWidget;

namespace penumbra::gui {

class SessionKeeper;
class Workbench;

/// The questions before something is lost with the open file, or with the window: a study or a map that is
/// being made, files that are being written, subsets that no session keeps, with the window studies that have
/// not been saved; with another file these stay in the list of runs.
class Leaving {
    Q_DECLARE_TR_FUNCTIONS(penumbra::gui::Leaving)
public:
    Leaving(QWidget& window, const Workbench& bench, const JobBridge& bridge, const SessionKeeper& sessions);
    enum class Answer {
        GoOn,
        SaveStudy,    ///< then ask again
        SaveSession,  ///< likewise
        WhenFinished, ///< the work; of the window alone
        Stay
    };
    /// `what` comes next: "open galaxies.fits". A study or a map that has taken less than `secondsWorthIt` is
    /// given up unasked.
    Answer ask(const QString& what, JobBridge::LostWith lost, double secondsWorthIt);
    /// Two ways on: true for the one that loses something.
    bool agrees(const QString& name, const QString& title, const QString& question, const QString& goOn,
                const QString& stay);

private:
    Answer askAboutRun(const QString& what, double secondsWorthIt);
    Answer askAboutWork(const QString& what, JobBridge::LostWith lost, double secondsWorthIt);
    Answer askAboutStudies(const QString& what);
    Answer askToSave(const QString& name, const QString& title, const QString& question, Answer save);
    QWidget& window_;
    const Workbench& bench_;
    const JobBridge& bridge_;
    const SessionKeeper& sessions_;
};

} // namespace penumbra::gui
