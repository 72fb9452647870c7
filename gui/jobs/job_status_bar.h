#pragma once

#include "core/jobs/job_queue.h"
#include "gui/style/theme.h"

#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace penumbra::gui {

class JobBridge;

/// What is running and how long yet: a line with a progress bar, the time left and a cancel button.
class JobStatusBar : public QWidget {
    Q_OBJECT
public:
    explicit JobStatusBar(JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme);

Q_SIGNALS:
    void listWanted();

private:
    void refresh();
    JobBridge& bridge_;
    Theme theme_ = lightTheme();
    QToolButton* title_;
    QProgressBar* bar_;
    QLabel* left_;
    QToolButton* cancel_;
    jobs::JobId shown_ = 0;
};

} // namespace penumbra::gui
