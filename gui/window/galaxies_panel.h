#pragma once

#include "gui/style/theme.h"
#include "gui/window/view_state.h"

#include <QWidget>

class QLabel;
class QTableView;

namespace penumbra::gui {

class GalaxyModel;

/// The table of test galaxies; its current row is the window's selection.
class GalaxiesPanel : public QWidget {
    Q_OBJECT
public:
    explicit GalaxiesPanel(QWidget* parent = nullptr);
    void setState(const ViewState& state);
    void setTheme(const Theme& theme);

Q_SIGNALS:
    void rowSelected(qint64 catalogueRow);

private:
    void select(std::int64_t catalogueRow);
    GalaxyModel* model_;
    QTableView* view_;
    QLabel* heading_;
    QLabel* empty_;
    bool following_ = false; ///< we move the selection, not the user
};

} // namespace penumbra::gui
