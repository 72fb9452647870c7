#pragma once

#include "core/session/study_file.h"
#include "gui/documents/workbench.h"
#include "gui/pages/page.h"
#include "gui/state/command.h"
#include "gui/state/host.h"

#include <nlohmann/json_fwd.hpp>

namespace penumbra::gui {

class JobBridge;
class MendPanel;
class RegionSearch;

/// Where does a method cover too little, and what mends it.
class RepairPage : public Page {
    Q_OBJECT
public:
    RepairPage(Workbench& bench, JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme) override;
    void showSelection(const ViewState& state) override; ///< subsets may have come
    void forgetChoices() override;
    /// Begin with options of the verbs regions and repair. @throws Error, UsageError
    void find(const Host::Options& options);
    void repair(const Host::Options& options);
    RegionSearch& search() const { return *search_; }
    MendPanel& mend() const { return *mend_; }

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command);
    void repaired(std::shared_ptr<const Study> study, std::shared_ptr<const Study> from,
                  const std::vector<penumbra::session::StoredArray>& recipes);
    void failed(const QString& error);

protected:
    void update(const ViewState& state) override;

private:
    RegionSearch* search_;
    MendPanel* mend_;
};

} // namespace penumbra::gui
