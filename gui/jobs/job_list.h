#pragma once

#include <QWidget>

class QTableView;
class QPushButton;
class QLabel;

namespace penumbra::gui {

class JobBridge;
class JobListModel;

/// All jobs with their state; a waiting or running one can be cancelled, an error copied.
class JobList : public QWidget {
    Q_OBJECT
public:
    explicit JobList(JobBridge& bridge, QWidget* parent = nullptr);

private:
    void refresh();
    JobBridge& bridge_;
    JobListModel* model_;
    QTableView* view_;
    QLabel* empty_;
    QPushButton* cancel_;
    QPushButton* forget_;
};

} // namespace penumbra::gui
