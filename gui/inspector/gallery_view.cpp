#include "gui/inspector/gallery_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

namespace {

constexpr int kGap = 8, kSmallest = 64, kLargest = 384;
constexpr std::size_t kKeptPictures = 1500; ///< some 150 MB of cutouts of 160 pixels

QString numberText(double value) {
    return std::isnan(value) ? QStringLiteral("–") : QString::number(value, 'g', 4);
}

} // namespace

GalleryView::GalleryView(QWidget* parent) : QAbstractScrollArea(parent) {
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn); // cells would jump as it comes
    setMinimumSize(200, 160);
    wanting_.setSingleShot(true);
    wanting_.setInterval(30); // a flick of the wheel asks once
    connect(&wanting_, &QTimer::timeout, this, &GalleryView::wantPictures);
}

void GalleryView::setContents(GalleryContents contents) {
    contents_ = std::move(contents);
    places_.clear();
    places_.reserve(static_cast<qsizetype>(contents_.rows.size()));
    for (std::size_t i = 0; i < contents_.rows.size(); ++i)
        places_.insert(contents_.rows[i], i);
    setAccessibleDescription(contents_.rows.empty() ? emptyMessage_
                                                    : tr("%L1 galaxies").arg(contents_.rows.size()));
    layOut();
    showCurrent();
}

void GalleryView::setTheme(const Theme& theme) {
    theme_ = theme;
    viewport()->update();
}

void GalleryView::setEmptyMessage(const QString& sentence) {
    emptyMessage_ = sentence;
    viewport()->update();
}

void GalleryView::markRows(const RowMask& selected, std::int64_t current) {
    selected_ = selected;
    if (std::exchange(current_, current) != current)
        showCurrent();
    viewport()->update();
}

void GalleryView::setPictures(const std::vector<std::pair<std::int64_t, QImage>>& pictures) {
    for (const auto& [row, picture] : pictures) {
        if (!pictures_.contains(row))
            arrived_.push_back(row);
        pictures_.insert(row, picture);
    }
    if (arrived_.size() > kKeptPictures) {
        const auto tooMany = static_cast<std::ptrdiff_t>(arrived_.size() - kKeptPictures);
        for (auto old = arrived_.begin(); old != arrived_.begin() + tooMany; ++old)
            pictures_.remove(*old);
        arrived_.erase(arrived_.begin(), arrived_.begin() + tooMany);
    }
    viewport()->update();
    wanting_.start();
}

void GalleryView::forgetPictures() {
    pictures_.clear();
    arrived_.clear();
    viewport()->update();
    wanting_.start();
}

void GalleryView::setCell(int pixels) {
    cell_ = std::clamp(pixels, kSmallest, kLargest);
    layOut();
    showCurrent();
}

int GalleryView::across() const {
    return std::max(1, (viewport()->width() - kGap) / (cell_ + kGap));
}

int GalleryView::lineHeight() const {
    const int captions = contents_.values.empty() ? 1 : 2;
    return cell_ + captions * fontMetrics().height() + 4 + kGap;
}

void GalleryView::layOut() {
    const auto lines = (static_cast<int>(contents_.rows.size()) + across() - 1) / across();
    const int height = kGap + lines * lineHeight();
    verticalScrollBar()->setRange(0, std::max(0, height - viewport()->height()));
    verticalScrollBar()->setPageStep(viewport()->height());
    verticalScrollBar()->setSingleStep(lineHeight() / 3);
    viewport()->update();
    wanting_.start();
}

QRect GalleryView::cellRect(std::size_t place) const {
    const int line = static_cast<int>(place) / across(), column = static_cast<int>(place) % across();
    return {kGap + column * (cell_ + kGap), kGap + line * lineHeight() - verticalScrollBar()->value(), cell_,
            lineHeight() - kGap};
}

std::pair<std::size_t, std::size_t> GalleryView::visiblePlaces() const {
    const int top = verticalScrollBar()->value(), n = static_cast<int>(contents_.rows.size());
    const int first = std::max(0, (top - kGap) / lineHeight()) * across();
    const int last = ((top + viewport()->height()) / lineHeight() + 1) * across();
    return {static_cast<std::size_t>(std::min(first, n)), static_cast<std::size_t>(std::min(last, n))};
}

std::vector<std::int64_t> GalleryView::visibleRows() const {
    const auto [from, to] = visiblePlaces();
    return {contents_.rows.begin() + static_cast<std::ptrdiff_t>(from),
            contents_.rows.begin() + static_cast<std::ptrdiff_t>(to)};
}

void GalleryView::wantPictures() {
    std::vector<std::int64_t> rows = visibleRows();
    std::erase_if(rows, [this](std::int64_t row) { return hasPicture(row); });
    if (!rows.empty() && isVisible())
        Q_EMIT picturesWanted(rows);
}

void GalleryView::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    painter.fillRect(viewport()->rect(), theme_.page);
    if (contents_.rows.empty()) {
        painter.setPen(theme_.secondaryText);
        painter.drawText(viewport()->rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap,
                         emptyMessage_);
        return;
    }
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    const auto [from, to] = visiblePlaces();
    for (std::size_t place = from; place < to; ++place)
        paintCell(painter, place);
}

void GalleryView::paintCell(QPainter& painter, std::size_t place) const {
    const std::int64_t row = contents_.rows[place];
    const QRect cell = cellRect(place), square(cell.topLeft(), QSize(cell_, cell_));
    const auto picture = pictures_.constFind(row);
    painter.fillRect(square, theme_.grid);
    if (picture != pictures_.constEnd() && !picture->isNull()) {
        const QSize size = picture->size().scaled(square.size(), Qt::KeepAspectRatio);
        QRect area(QPoint(), size);
        area.moveCenter(square.center());
        painter.drawImage(area, *picture);
    }
    const bool current = row == current_;
    if (current || selected_.contains(row)) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(theme_.accent, current ? 4.0 : 2.0));
        painter.drawRect(square.adjusted(1, 1, -1, -1));
    }
    const QFontMetrics metrics = painter.fontMetrics();
    const int line = metrics.height();
    painter.setPen(current ? theme_.text : theme_.secondaryText);
    const QString name = contents_.name ? contents_.name(row) : QString::number(row);
    painter.drawText(QRect(square.left(), square.bottom() + 3, cell_, line), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(name, Qt::ElideLeft, cell_)); // ids differ at their ends
    if (place < contents_.values.size()) {
        painter.setPen(theme_.text);
        painter.drawText(QRect(square.left(), square.bottom() + 3 + line, cell_, line),
                         Qt::AlignLeft | Qt::AlignVCenter, numberText(contents_.values[place]));
    }
}

void GalleryView::resizeEvent(QResizeEvent*) {
    layOut();
    showCurrent();
}

void GalleryView::scrollContentsBy(int, int) {
    viewport()->update();
    wanting_.start();
}

std::ptrdiff_t GalleryView::placeOf(std::int64_t row) const {
    const auto found = places_.constFind(row);
    return found == places_.constEnd() ? -1 : static_cast<std::ptrdiff_t>(*found);
}

void GalleryView::showCurrent() {
    const std::ptrdiff_t place = placeOf(current_);
    if (place < 0)
        return;
    const QRect cell = cellRect(static_cast<std::size_t>(place));
    if (cell.top() < 0)
        verticalScrollBar()->setValue(verticalScrollBar()->value() + cell.top() - kGap);
    else if (cell.bottom() > viewport()->height())
        verticalScrollBar()->setValue(verticalScrollBar()->value() + cell.bottom() - viewport()->height() +
                                      kGap);
}

void GalleryView::lookAt(std::ptrdiff_t place) {
    const auto last = static_cast<std::ptrdiff_t>(contents_.rows.size()) - 1;
    if (last >= 0)
        Q_EMIT lookedAt(contents_.rows[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(place, 0, last))]);
}

void GalleryView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton)
        return;
    const auto [from, to] = visiblePlaces();
    for (std::size_t place = from; place < to; ++place)
        if (cellRect(place).contains(event->position().toPoint())) {
            const bool toggles = event->modifiers().testFlag(Qt::ControlModifier);
            Q_EMIT rowPicked(contents_.rows[place], toggles ? Combine::Toggle : Combine::Replace);
            return;
        }
}

void GalleryView::mouseReleaseEvent(QMouseEvent* event) {
    event->accept(); // of the press above
}

void GalleryView::keyPressEvent(QKeyEvent* event) {
    const std::ptrdiff_t at = placeOf(current_), line = across();
    const std::ptrdiff_t page = line * std::max(1, viewport()->height() / lineHeight());
    const auto go = [&](std::ptrdiff_t by) { lookAt(at < 0 ? 0 : at + by); };
    if (event->modifiers().testFlag(Qt::AltModifier) || event->modifiers().testFlag(Qt::ControlModifier))
        return QAbstractScrollArea::keyPressEvent(event);
    switch (event->key()) {
    case Qt::Key_Left:
        return go(-1);
    case Qt::Key_Right:
        return go(1);
    case Qt::Key_Up:
        return at >= line || at < 0 ? go(-line) : void();
    case Qt::Key_Down:
        return go(line);
    case Qt::Key_PageUp:
        return go(-page);
    case Qt::Key_PageDown:
        return go(page);
    case Qt::Key_Home:
        return lookAt(0);
    case Qt::Key_End:
        return lookAt(static_cast<std::ptrdiff_t>(contents_.rows.size()) - 1);
    case Qt::Key_Plus:
        return setCell(cell_ + 32);
    case Qt::Key_Minus:
        return setCell(cell_ - 32);
    default:
        QAbstractScrollArea::keyPressEvent(event);
    }
}

} // namespace penumbra::gui
