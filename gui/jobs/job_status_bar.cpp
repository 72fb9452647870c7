#include "gui/jobs/job_status_bar.h"

#include "gui/icons/icons.h"
#include "gui/jobs/job_bridge.h"
#include "gui/models/job_list_model.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QToolButton>

#include <cmath>

namespace penumbra::gui {

namespace {

/// The job to show: the running one, else a waiting one, else the last that ended.
const jobs::JobStatus* mostInteresting(const std::vector<jobs::JobStatus>& list) {
    const jobs::JobStatus* best = list.empty() ? nullptr : &list.back();
    for (const jobs::JobStatus& status : list)
        if (status.state == jobs::JobState::Waiting && best->state != jobs::JobState::Running)
            best = &status;
        else if (status.state == jobs::JobState::Running)
            best = &status;
    return best;
}

} // namespace

JobStatusBar::JobStatusBar(JobBridge& bridge, QWidget* parent)
    : QWidget(parent), bridge_(bridge), title_(new QToolButton(this)), bar_(new QProgressBar(this)),
      left_(new QLabel(this)), cancel_(new QToolButton(this)) {
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(4, 0, 4, 0);
    layout->setSpacing(8);
    title_->setObjectName("jobTitle");
    title_->setAutoRaise(true);
    title_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    title_->setToolTip(tr("Show the list of jobs"));
    bar_->setObjectName("jobProgress");
    bar_->setAccessibleName(tr("Progress of the running job"));
    bar_->setRange(0, 1000);
    bar_->setTextVisible(false);
    bar_->setFixedWidth(140);
    bar_->setFixedHeight(8);
    left_->setObjectName("jobTimeLeft");
    cancel_->setObjectName("jobCancel");
    cancel_->setAutoRaise(true);
    cancel_->setToolTip(tr("Cancel this job; results so far stay"));
    cancel_->setAccessibleName(tr("Cancel the running job"));
    for (QWidget* part : std::initializer_list<QWidget*>{title_, bar_, left_, cancel_})
        layout->addWidget(part);
    connect(title_, &QToolButton::clicked, this, &JobStatusBar::listWanted);
    connect(cancel_, &QToolButton::clicked, this, [this] { bridge_.cancel(shown_); });
    connect(&bridge, &JobBridge::jobsChanged, this, &JobStatusBar::refresh);
    refresh();
}

void JobStatusBar::setTheme(const Theme& theme) {
    theme_ = theme;
    cancel_->setIcon(themedIcon("stop", theme));
    title_->setIcon(themedIcon("jobs", theme));
}

void JobStatusBar::refresh() {
    const std::vector<jobs::JobStatus> list = bridge_.visibleJobs();
    const jobs::JobStatus* job = mostInteresting(list);
    const bool active =
        job && (job->state == jobs::JobState::Running || job->state == jobs::JobState::Waiting);
    bar_->setVisible(active);
    left_->setVisible(active);
    cancel_->setVisible(active);
    if (!job) {
        title_->setText(tr("No jobs yet"));
        return;
    }
    shown_ = job->id;
    const QString title = QString::fromStdString(job->title);
    if (!active) {
        title_->setText(tr("%1: %2, %3").arg(title, stateText(job->state), durationText(job->seconds)));
        return;
    }
    const QString doing = QString::fromStdString(job->doing);
    title_->setText(doing.isEmpty() ? title : fontMetrics().elidedText(doing, Qt::ElideRight, 320));
    bar_->setValue(static_cast<int>(std::lround(1000 * job->fraction)));
    left_->setText(job->secondsLeft >= 0 ? tr("%1 left").arg(durationText(job->secondsLeft))
                                         : durationText(job->seconds));
}

} // namespace penumbra::gui
