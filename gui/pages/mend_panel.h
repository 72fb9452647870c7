#pragma once

#include "core/base/option_set.h"
#include "core/session/study_file.h"
#include "gui/jobs/task.h"
#include "gui/pages/region_search.h"
#include "gui/style/theme.h"

#include <QWidget>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QTableView;

namespace penumbra::workflow {
struct RepairProposals;
struct RepairedStudy;
} // namespace penumbra::workflow

namespace penumbra::gui {

class CommandLineBox;
class ChoiceList;
class TableSpecModel;

/// Proposes the repairs that fit a region, a subset, bins, other galaxies or whole methods, makes them in the
/// background, and shows before and after.
class MendPanel : public QWidget {
    Q_OBJECT
public:
    MendPanel(Workbench& bench, JobBridge& bridge, QWidget* parent = nullptr);
    void setState(const ViewState& state);
    void setTheme(const Theme& theme);
    void forget();
    /// What the search found; null: nothing is chosen.
    void setRegion(const ListedRegion* region, const std::string& name);
    void aimAt(const QString& sample); ///< other galaxies, in this file
    /// Begins a repair with options of the verb repair. @throws Error, UsageError
    void begin(const Host::Options& options);
    nlohmann::json report() const; ///< as `repair --json`; null before one

Q_SIGNALS:
    /// `study` holds what `from` holds, and the repaired methods.
    void repaired(std::shared_ptr<const Study> study, std::shared_ptr<const Study> from,
                  const std::vector<penumbra::session::StoredArray>& recipes);
    void failed(const QString& error);

private:
    void build();
    void connectControls();
    void offerAims();
    void offerMethods();
    void propose();
    void showProposal();
    void browse();
    void begin(OptionSet options);
    void take(const workflow::RepairedStudy& repaired);
    std::vector<std::string> wantedMethods() const;
    std::vector<std::string> columns() const;
    OptionSet commonOptions() const;
    OptionSet optionsNow() const; ///< of the proposal that is chosen
    Workbench& bench_;
    ViewState state_;
    Task task_;
    QComboBox *aim_, *methods_;
    QLineEdit *columns_, *sample_;
    QPushButton *browse_, *repair_, *stop_;
    ChoiceList* list_;
    QLabel *unfit_, *promise_, *words_;
    QTableView* view_;
    TableSpecModel* model_;
    CommandLineBox* line_;
    std::shared_ptr<const workflow::RepairProposals> proposals_;
    std::unique_ptr<ListedRegion> region_;
    std::string regionName_;
    std::shared_ptr<const nlohmann::json> json_;
};

} // namespace penumbra::gui
