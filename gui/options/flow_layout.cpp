#include "gui/options/flow_layout.h"

#include <QLabel>

#include <algorithm>

namespace penumbra::gui {

FlowLayout::FlowLayout(QWidget* parent, int spacing) : QLayout(parent), spacing_(spacing) {
    setContentsMargins(0, 0, 0, 0);
}

FlowLayout::~FlowLayout() {
    qDeleteAll(items_);
}

void FlowLayout::addItem(QLayoutItem* item) {
    items_.append(item);
}

int FlowLayout::count() const {
    return static_cast<int>(items_.size());
}

QLayoutItem* FlowLayout::itemAt(int index) const {
    return items_.value(index);
}

QLayoutItem* FlowLayout::takeAt(int index) {
    return index >= 0 && index < items_.size() ? items_.takeAt(index) : nullptr;
}

int FlowLayout::heightForWidth(int width) const {
    return arrange(QRect(0, 0, width, 0), false);
}

void FlowLayout::setGeometry(const QRect& rect) {
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

QSize FlowLayout::minimumSize() const {
    QSize size;
    for (const QLayoutItem* item : items_)
        size = size.expandedTo(item->minimumSize());
    return size;
}

int FlowLayout::arrange(const QRect& rect, bool really) const {
    int x = rect.x(), y = rect.y(), lineHeight = 0;
    QList<QPair<QLayoutItem*, QRect>> line;
    const auto endLine = [&] {
        if (really)
            for (const auto& [item, place] : line) // centred on the line
                item->setGeometry(place.translated(0, (lineHeight - place.height()) / 2));
        line.clear();
    };
    for (qsizetype i = 0; i < items_.size(); ++i) {
        QLayoutItem* item = items_[i];
        if (item->isEmpty())
            continue;
        const QSize size = item->sizeHint();
        int together = size.width(); // a name never stands at the end of a line without its control
        const auto* label = qobject_cast<QLabel*>(item->widget());
        const QWidget* named = label ? label->buddy() : nullptr;
        const QWidget* next = i + 1 < items_.size() ? items_[i + 1]->widget() : nullptr;
        if (named && next && (named == next || next->isAncestorOf(named)))
            together += spacing_ + items_[i + 1]->sizeHint().width();
        if (x > rect.x() && x + together > rect.right() + 1) {
            endLine();
            x = rect.x();
            y += lineHeight + spacing_ / 2;
            lineHeight = 0;
        }
        line.append({item, QRect(QPoint(x, y), size)});
        x += size.width() + spacing_;
        lineHeight = std::max(lineHeight, size.height());
    }
    endLine();
    return y + lineHeight - rect.y();
}

} // namespace penumbra::gui
