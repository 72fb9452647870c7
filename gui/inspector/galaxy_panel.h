#pragma once

#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"
#include "core/report/figure_spec.h"
#include "gui/jobs/latest_only.h"
#include "gui/style/theme.h"

#include <QWidget>
#include <memory>

class QLabel;
class QGridLayout;

namespace penumbra::gui {

class FigureView;

/// One galaxy: what it is, what is known of it, and every method's interval for it. Cutout and spectrum are
/// read in the background.
class GalaxyPanel : public QWidget {
    Q_OBJECT
public:
    explicit GalaxyPanel(JobBridge& bridge, QWidget* parent = nullptr);
    /// `catalogueRow` < 0: nothing is selected. study and catalogue may be null.
    void show(const std::shared_ptr<const Study>& study, const std::string& target,
              const std::vector<std::string>& methods, const std::shared_ptr<const Catalogue>& catalogue,
              std::int64_t catalogueRow);
    using QWidget::show;
    void setTheme(const Theme& theme);
    const report::FigureSpec& figure() const;

private:
    void showData(const std::shared_ptr<const Catalogue>& catalogue, std::int64_t row);
    void showFacts(const Study& study, const Catalogue* catalogue, std::int64_t row);
    QLabel* title_;
    QLabel* facts_;
    QLabel* empty_;
    FigureView* data_; ///< cutout and spectrum
    FigureView* view_;
    LatestOnly reading_;
    std::shared_ptr<const Catalogue> readFrom_; ///< what data_ shows or is to show
    std::int64_t readRow_ = -1;
};

} // namespace penumbra::gui
