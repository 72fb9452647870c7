#include "gui/window/leaving.h"

#include "gui/documents/workbench.h"
#include "gui/window/session_keeper.h"

#include <QMessageBox>
#include <QPushButton>

namespace penumbra::gui {

Leaving::Leaving(QWidget& window, const Workbench& bench, const JobBridge& bridge,
                 const SessionKeeper& sessions)
    : window_(window), bench_(bench), bridge_(bridge), sessions_(sessions) {}

bool Leaving::agrees(const QString& name, const QString& title, const QString& question, const QString& goOn,
                     const QString& stay) {
    QMessageBox box(QMessageBox::Question, title, question, QMessageBox::NoButton, &window_);
    box.setObjectName(name);
    QPushButton* lose = box.addButton(goOn, QMessageBox::AcceptRole);
    QPushButton* keep = box.addButton(stay, QMessageBox::RejectRole);
    lose->setObjectName("goOn");
    keep->setObjectName("stay");
    box.setDefaultButton(keep);
    box.setEscapeButton(keep);
    box.exec();
    return box.clickedButton() == lose;
}

Leaving::Answer Leaving::askAboutRun(const QString& what, double secondsWorthIt) {
    if (!bench_.running() || bench_.runSeconds() < secondsWorthIt)
        return Answer::GoOn;
    const bool goesOn = agrees(
        "runningQuestion", tr("A study is running"),
        tr("A study is running. Cancel it and %1? Methods that have finished are lost, too.").arg(what),
        tr("&Cancel it and %1").arg(what), tr("&Keep running"));
    return goesOn ? Answer::GoOn : Answer::Stay;
}

/// Files that are written can be waited for.
Leaving::Answer Leaving::askAboutWork(const QString& what, JobBridge::LostWith lost, double secondsWorthIt) {
    const QStringList titles = bridge_.lostWith(lost, secondsWorthIt);
    if (titles.isEmpty())
        return Answer::GoOn;
    QMessageBox box(QMessageBox::Question, tr("Work is under way"),
                    tr("Not finished yet: %1.\nGive it up and %2?").arg(titles.join(", "), what),
                    QMessageBox::NoButton, &window_);
    box.setObjectName("workQuestion");
    QPushButton* giveUp = box.addButton(tr("&Give up and %1").arg(what), QMessageBox::DestructiveRole);
    giveUp->setObjectName("goOn");
    QPushButton* stay = box.addButton(tr("&Keep working"), QMessageBox::RejectRole);
    stay->setObjectName("stay");
    QPushButton* later = nullptr;
    if (lost == JobBridge::LostWith::Window) {
        later = box.addButton(tr("Quit when &finished"), QMessageBox::AcceptRole);
        later->setObjectName("whenFinished");
    }
    box.setDefaultButton(stay);
    box.setEscapeButton(stay);
    box.exec();
    const auto* chosen = box.clickedButton();
    return chosen == giveUp ? Answer::GoOn : later && chosen == later ? Answer::WhenFinished : Answer::Stay;
}

Leaving::Answer Leaving::askToSave(const QString& name, const QString& title, const QString& question,
                                   Answer save) {
    QMessageBox box(QMessageBox::Question, title, question,
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, &window_);
    box.setObjectName(name);
    box.setDefaultButton(QMessageBox::Save);
    const int answer = box.exec();
    return answer == QMessageBox::Save ? save : answer == QMessageBox::Discard ? Answer::GoOn : Answer::Stay;
}

/// One after the other: each has a file of its own.
Leaving::Answer Leaving::askAboutStudies(const QString& what) {
    QStringList names;
    for (const Run* run : bench_.runs().unsaved())
        names << run->name;
    if (names.isEmpty())
        return Answer::GoOn;
    return askToSave("unsavedQuestion", tr("Unsaved study"),
                     names.size() == 1
                         ? tr("The study has not been saved. Save it, then %1?").arg(what)
                         : tr("%1 studies have not been saved: %2. Save one after the other, then %3?")
                               .arg(names.size())
                               .arg(names.join(", "), what),
                     Answer::SaveStudy);
}

/// While a question stands a run may end: then what it found is asked about.
Leaving::Answer Leaving::ask(const QString& what, JobBridge::LostWith lost, double secondsWorthIt) {
    if (const Answer answer = askAboutRun(what, secondsWorthIt); answer != Answer::GoOn)
        return answer;
    if (const Answer answer = askAboutWork(what, lost, secondsWorthIt); answer != Answer::GoOn)
        return answer;
    if (lost == JobBridge::LostWith::Window && !bench_.running())
        if (const Answer answer = askAboutStudies(what); answer != Answer::GoOn)
            return answer;
    if (lost != JobBridge::LostWith::Nothing && !sessions_.keepsSubsets())
        return askToSave(
            "unsavedSubsetsQuestion", tr("Unsaved subsets"),
            tr("Subsets have been named that no session keeps. Save the session, then %1?").arg(what),
            Answer::SaveSession);
    return Answer::GoOn;
}

} // namespace penumbra::gui
