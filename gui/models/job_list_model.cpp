#include "gui/models/job_list_model.h"

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

void JobListModel::setJobs(std::vector<jobs::JobStatus> oldestFirst) {
    std::reverse(oldestFirst.begin(), oldestFirst.end());
    const bool sameJobs = std::equal(oldestFirst.begin(), oldestFirst.end(), jobs_.begin(), jobs_.end(),
                                     [](const auto& a, const auto& b) { return a.id == b.id; });
    if (!sameJobs) {
        beginResetModel();
        jobs_ = std::move(oldestFirst);
        endResetModel();
        return;
    }
    jobs_ = std::move(oldestFirst);
    if (!jobs_.empty()) // in place, so that a selected job stays selected while it runs
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
}

int JobListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(jobs_.size());
}

int JobListModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant JobListModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const jobs::JobStatus& status = job(index.row());
    if (role == Qt::ToolTipRole) {
        QStringList lines;
        if (!status.error.empty())
            lines << QString::fromStdString(status.error);
        for (const std::string& note : status.notes)
            lines << QString::fromStdString(note);
        return lines.isEmpty() ? QVariant() : QVariant(lines.join('\n'));
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Title:
        return QString::fromStdString(status.title);
    case State:
        return stateText(status.state);
    case Progress:
        if (status.state == jobs::JobState::Failed)
            return QString::fromStdString(status.error);
        if (status.state != jobs::JobState::Running)
            return QString();
        return tr("%1 %  %2")
            .arg(std::lround(100 * status.fraction))
            .arg(QString::fromStdString(status.doing));
    case Time:
        return durationText(status.seconds);
    default:
        return {};
    }
}

QVariant JobListModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole || orientation != Qt::Horizontal)
        return {};
    switch (section) {
    case Title:
        return tr("Job");
    case State:
        return tr("State");
    case Progress:
        return tr("Progress");
    case Time:
        return tr("Time");
    default:
        return {};
    }
}

QString durationText(double seconds) {
    const long long whole = std::isfinite(seconds) && seconds > 0 ? std::llround(seconds) : 0;
    const auto two = [](long long n) { return QString::number(n).rightJustified(2, '0'); };
    if (whole < 3600)
        return two(whole / 60) + ":" + two(whole % 60);
    return QString::number(whole / 3600) + ":" + two(whole / 60 % 60) + ":" + two(whole % 60);
}

QString stateText(jobs::JobState state) {
    switch (state) {
    case jobs::JobState::Waiting:
        return QObject::tr("waiting");
    case jobs::JobState::Running:
        return QObject::tr("running");
    case jobs::JobState::Done:
        return QObject::tr("done");
    case jobs::JobState::Failed:
        return QObject::tr("failed");
    case jobs::JobState::Cancelled:
        return QObject::tr("cancelled");
    }
    return {};
}

} // namespace penumbra::gui
