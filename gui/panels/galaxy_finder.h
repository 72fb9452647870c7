#pragma once

#include "core/workflow/catalogue_copy.h"
#include "gui/cloud/cloud_links.h"
#include "gui/jobs/latest_only.h"
#include "gui/jobs/task.h"
#include "gui/state/command.h"
#include "gui/state/view_state.h"

#include <mutex>

namespace penumbra::gui {

/// Features of the catalogue that is open, read once. Calls may come from several threads.
class FeatureStore {
public:
    /// @throws Error where the catalogue has no such features, or they cannot be read
    std::shared_ptr<const workflow::UsableFeatures> of(const std::shared_ptr<const Catalogue>& catalogue,
                                                       const std::string& name, const RunContext& context);
    void forget();

private:
    std::mutex mutex_;
    std::shared_ptr<const Catalogue> catalogue_;
    std::shared_ptr<const workflow::UsableFeatures> features_;
};

/// Of the study shown; else the first of the catalogue.
std::string featuresShown(const ViewState& state);

/// The calibration galaxies behind an interval, or those most alike by the features, with how much each
/// counts beside the one that counts most. @throws Error in words where there are none
CloudLinks neighbourLinks(const ViewState& state, FeatureStore& store, const RunContext& context);

/// Finds galaxies that are like others, and the neighbours that the state asks for, in the background.
class GalaxyFinder : public QObject {
    Q_OBJECT
public:
    explicit GalaxyFinder(JobBridge& bridge, QObject* parent = nullptr);
    ~GalaxyFinder() override;
    /// The galaxies most like these catalogue rows. @throws Error where there is nothing to compare by
    void findSimilar(const ViewState& state, const Command& command,
                     const std::vector<std::int64_t>& examples);
    void setState(const ViewState& state); ///< whose neighbours are wanted
    const std::shared_ptr<FeatureStore>& store() const { return store_; }

Q_SIGNALS:
    /// The command `similar` with what was found.
    void found(const penumbra::gui::Command& command);
    void neighboursFound(const penumbra::gui::CloudLinks& links); ///< none: `from` is -1
    void failed(const QString& error);

private:
    std::shared_ptr<FeatureStore> store_ = std::make_shared<FeatureStore>();
    Task searching_;
    LatestOnly neighbours_;
    ViewState state_;
    bool shown_ = false; ///< neighbours are
};

} // namespace penumbra::gui
