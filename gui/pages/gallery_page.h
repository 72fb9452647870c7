#pragma once

#include "core/catalogue/modalities.h"
#include "gui/inspector/gallery_view.h"
#include "gui/jobs/latest_only.h"
#include "gui/pages/page.h"
#include "gui/state/command.h"

class QComboBox;
class QLabel;
class QPushButton;
class QToolButton;

namespace penumbra::gui {

/// Cutouts of the selected galaxies, or of all that are shown, in a grid sorted by any column or formula.
class GalleryPage : public Page {
    Q_OBJECT
public:
    explicit GalleryPage(JobBridge& bridge, QWidget* parent = nullptr);
    void setTheme(const Theme& theme) override;
    void showSelection(const ViewState& state) override;
    void forgetChoices() override;

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command);

protected:
    void update(const ViewState& state) override;

private:
    void build();
    void connectControls();
    void follow(const ViewState& state);
    void arrange(const ViewState& state);
    void read(const std::vector<std::int64_t>& rows);
    void wantOrder(bool descending);
    void tell(const QString& sentence);

    LatestOnly arranging_, reading_;
    QComboBox *order_, *of_;
    QToolButton* direction_;
    QPushButton* worst_;
    QLabel* heading_;
    GalleryView* view_;
    std::shared_ptr<const ModalityReader> reader_; ///< used by one job at a time
    std::shared_ptr<const Catalogue> readerOf_;
    report::CutoutLook look_; ///< of the pictures in the view
    std::string offeredFor_;  ///< what the list of names was made of
    RowMask arrangedFor_;     ///< the selection that is shown; of no rows: all
    bool arrangedOfAll_ = true;
};

} // namespace penumbra::gui
