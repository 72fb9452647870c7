#pragma once

#include "core/jobs/job_queue.h"

#include <QAbstractTableModel>

namespace penumbra::gui {

/// Jobs, newest first: title, state, progress, time.
class JobListModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Title, State, Progress, Time, ColumnCount };
    using QAbstractTableModel::QAbstractTableModel;
    void setJobs(std::vector<jobs::JobStatus> oldestFirst);
    const jobs::JobStatus& job(int row) const { return jobs_[static_cast<std::size_t>(row)]; }

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    std::vector<jobs::JobStatus> jobs_; ///< newest first
};

/// "00:12", "1:02:07".
QString durationText(double seconds);
QString stateText(jobs::JobState state);

} // namespace penumbra::gui
