#pragma once

#include "core/base/option_set.h"
#include "core/eval/regions.h"
#include "gui/documents/workbench.h"
#include "gui/jobs/task.h"
#include "gui/state/command.h"
#include "gui/state/host.h"
#include "gui/state/view_state.h"

#include <QWidget>

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;

namespace penumbra::gui {

class CommandLineBox;
class ChoiceList;

/// A confirmed region, as it is listed.
struct ListedRegion {
    RegionFinding finding; ///< with this region alone
    FoundRegion place;
    std::string words;
    bool others = false; ///< further regions of the method are confirmed, in a search through everything
    const Region& region() const { return finding.regions.front(); }
};

/// Where a method covers too little: searches the open study in the background and tells what is confirmed.
class RegionSearch : public QWidget {
    Q_OBJECT
public:
    RegionSearch(Workbench& bench, JobBridge& bridge, QWidget* parent = nullptr);
    void setState(const ViewState& state);
    void forget();
    /// Begins a search with options of the verb regions. @throws Error, UsageError
    void begin(const Host::Options& options);
    /// @param number from 1 @throws Error where there is none
    const ListedRegion& region(std::size_t number) const;
    const ListedRegion* current() const; ///< null: none is listed
    std::string currentName() const;     ///< that the region is to have
    nlohmann::json report() const;       ///< as `regions --json`; null before a search

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command);
    void chosen(); ///< another region, or none
    void failed(const QString& error);

private:
    struct Found;
    void build();
    void refresh();
    std::string commandLineNow() const;
    OptionSet optionsNow() const;
    void tell(const QString& sentence);
    Workbench& bench_;
    ViewState state_;
    Task task_;
    QLineEdit* columns_;
    QPushButton *search_, *stop_, *select_, *subset_;
    QLineEdit* name_;
    QWidget* actions_;
    QLabel *message_, *rest_;
    QToolButton* showRest_;
    ChoiceList* list_;
    CommandLineBox* line_;
    std::shared_ptr<const Found> found_;
};

} // namespace penumbra::gui
