#pragma once

#include <QScrollArea>

namespace penumbra::gui {

/// A scroll area for a column of controls: scrolls up and down only, and is never narrower than what it
/// holds.
class ColumnScroll : public QScrollArea {
public:
    explicit ColumnScroll(QWidget* contents, QWidget* parent = nullptr);
    QSize minimumSizeHint() const override;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
};

} // namespace penumbra::gui
