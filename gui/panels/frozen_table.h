#pragma once

#include <QTableView>

namespace penumbra::gui {

/// A table whose first column stays in sight when it is scrolled to the right.
class FrozenTable : public QTableView {
    Q_OBJECT
public:
    explicit FrozenTable(QWidget* parent = nullptr);
    void setModel(QAbstractItemModel* model) override;
    QTableView* frozen() const { return frozen_; }

protected:
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void updateGeometries() override;

private:
    void place();
    void hideOthers();
    QTableView* frozen_; ///< over the first column, of the same model and selection
};

} // namespace penumbra::gui
