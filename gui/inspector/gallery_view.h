#pragma once

#include "core/catalogue/row_mask.h"
#include "gui/style/theme.h"

#include <QAbstractScrollArea>
#include <QHash>
#include <QImage>
#include <QTimer>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace penumbra::gui {

/// What a gallery shows: galaxies in order.
struct GalleryContents {
    std::vector<std::int64_t> rows; ///< of the catalogue
    std::vector<double> values;     ///< [rows] what they are sorted by; empty: nothing
    QString valueName;
    std::function<QString(std::int64_t row)> name;
};

/// Pictures of galaxies in a grid, a hundred thousand of them: only what is seen is drawn and asked for. A
/// click looks at a galaxy (with Ctrl: takes it in or out), arrows, Page up and down, Home and End walk, +
/// and
/// - change the size.
class GalleryView : public QAbstractScrollArea {
    Q_OBJECT
public:
    explicit GalleryView(QWidget* parent = nullptr);
    void setContents(GalleryContents contents);
    void setTheme(const Theme& theme);
    void markRows(const RowMask& selected, std::int64_t current); ///< scrolls to a new current one
    void setEmptyMessage(const QString& sentence);
    void setPictures(const std::vector<std::pair<std::int64_t, QImage>>& pictures);
    void forgetPictures(); ///< of another look, or another file
    void setCell(int pixels);
    const GalleryContents& contents() const { return contents_; }
    std::vector<std::int64_t> visibleRows() const;
    bool hasPicture(std::int64_t row) const { return pictures_.contains(row); }
    /// Of a galaxy's place, in the viewport; for tests and callers that point at one.
    QRect cellRect(std::size_t place) const;

Q_SIGNALS:
    void picturesWanted(const std::vector<std::int64_t>& rows); ///< those seen that are not there
    void lookedAt(qint64 row);
    void rowPicked(qint64 row, penumbra::Combine how);

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    int across() const;
    int lineHeight() const;
    void layOut();
    void wantPictures();
    void paintCell(QPainter& painter, std::size_t place) const;
    void lookAt(std::ptrdiff_t place);
    void showCurrent();
    std::ptrdiff_t placeOf(std::int64_t row) const;
    std::pair<std::size_t, std::size_t> visiblePlaces() const; ///< from, to

    GalleryContents contents_;
    QHash<std::int64_t, std::size_t> places_;
    QHash<std::int64_t, QImage> pictures_;
    std::vector<std::int64_t> arrived_; ///< rows of the pictures, oldest first
    RowMask selected_;
    std::int64_t current_ = -1;
    int cell_ = 128;
    Theme theme_ = lightTheme();
    QString emptyMessage_;
    QTimer wanting_;
};

} // namespace penumbra::gui
