#include "gui/jobs/job_list.h"

#include "gui/jobs/job_bridge.h"
#include "gui/models/job_list_model.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

namespace penumbra::gui {

JobList::JobList(JobBridge& bridge, QWidget* parent)
    : QWidget(parent), bridge_(bridge), model_(new JobListModel(this)), view_(new QTableView(this)),
      empty_(new QLabel(tr("Nothing has run yet. Press Run to start a study; it will appear here."), this)),
      cancel_(new QPushButton(tr("Cancel job"), this)), forget_(new QPushButton(tr("Clear finished"), this)) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    layout->addWidget(empty_);
    layout->addWidget(view_, 1);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(cancel_);
    buttons->addWidget(forget_);
    buttons->addStretch(1);
    layout->addLayout(buttons);
    empty_->setWordWrap(true);
    view_->setObjectName("jobList");
    view_->setAccessibleName(tr("List of jobs"));
    view_->setModel(model_);
    view_->setSelectionBehavior(QAbstractItemView::SelectRows);
    view_->setSelectionMode(QAbstractItemView::SingleSelection);
    view_->verticalHeader()->hide();
    view_->horizontalHeader()->setStretchLastSection(false);
    view_->horizontalHeader()->setSectionResizeMode(JobListModel::Title, QHeaderView::ResizeToContents);
    view_->horizontalHeader()->setSectionResizeMode(JobListModel::Progress, QHeaderView::Stretch);
    view_->setShowGrid(false);
    connect(cancel_, &QPushButton::clicked, this, [this] {
        const QModelIndexList rows = view_->selectionModel()->selectedRows();
        if (!rows.isEmpty())
            bridge_.cancel(model_->job(rows.front().row()).id);
        else
            bridge_.cancelVisible();
    });
    connect(forget_, &QPushButton::clicked, &bridge_, &JobBridge::forgetEnded);
    connect(&bridge_, &JobBridge::jobsChanged, this, &JobList::refresh);
    refresh();
}

void JobList::refresh() {
    model_->setJobs(bridge_.visibleJobs());
    const bool any = model_->rowCount() > 0;
    empty_->setVisible(!any);
    view_->setVisible(any);
    cancel_->setEnabled(bridge_.busy());
    forget_->setEnabled(any);
}

} // namespace penumbra::gui
