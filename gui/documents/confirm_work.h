#pragma once

#include "gui/jobs/task.h"
#include "gui/state/view_state.h"

#include <memory>
#include <nlohmann/json_fwd.hpp>

namespace penumbra::gui {

/// Tests galaxies that were chosen by eye on the test galaxies that searches hold back.
class ConfirmWork : public QObject {
    Q_OBJECT
public:
    explicit ConfirmWork(JobBridge& bridge, QObject* parent = nullptr);
    /// Of what is selected, or of a subset. @throws Error where it runs already
    void begin(const ViewState& state, const std::string& subset);
    nlohmann::json report() const; ///< of the last one; null before one

Q_SIGNALS:
    void told(const QString& words);
    void failed(const QString& error);

private:
    Task task_;
    std::shared_ptr<const nlohmann::json> json_;
};

} // namespace penumbra::gui
