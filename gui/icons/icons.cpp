#include "gui/icons/icons.h"

#include <QFile>
#include <QPainter>
#include <QPixmap>
#include <QPolygonF>
#include <QSvgRenderer>

// Resources of a static library are dropped by the linker unless asked for, outside any namespace.
static void loadIconResources() {
    Q_INIT_RESOURCE(icons);
}

namespace penumbra::gui {

namespace {

QByteArray readIcon(const QString& name) {
    loadIconResources();
    QFile file(":/icons/" + name + ".svg");
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return file.readAll();
}

QPixmap drawn(const QByteArray& svg, int pixels) {
    QPixmap pixmap(pixels, pixels);
    pixmap.fill(Qt::transparent);
    QSvgRenderer renderer(svg);
    QPainter painter(&pixmap);
    renderer.render(&painter);
    return pixmap;
}

void addDrawings(QIcon& icon, QByteArray svg, const QColor& color, QIcon::Mode mode) {
    svg.replace("#000000", color.name().toLatin1());
    for (int pixels : {16, 24, 32, 48})
        icon.addPixmap(drawn(svg, pixels), mode);
}

} // namespace

QIcon themedIcon(const QString& name, const Theme& theme) {
    const QByteArray svg = readIcon(name);
    QIcon icon;
    if (svg.isEmpty())
        return icon;
    addDrawings(icon, svg, theme.text, QIcon::Normal);
    addDrawings(icon, svg, theme.disabledText, QIcon::Disabled);
    return icon;
}

QIcon tintedIcon(const QString& name, const QColor& color) {
    const QByteArray svg = readIcon(name);
    QIcon icon;
    if (!svg.isEmpty())
        addDrawings(icon, svg, color, QIcon::Normal);
    return icon;
}

QIcon methodChip(const QString& methodId, const Theme& theme) {
    QPixmap pixmap(16, 16);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(methodStyle(methodId, theme).color);
    painter.drawEllipse(QRectF(3, 3, 10, 10));
    painter.end();
    return QIcon(pixmap);
}

QIcon methodTick(const QString& methodId, const Theme& theme) {
    const QColor color = methodStyle(methodId, theme).color;
    QIcon icon;
    for (const auto state : {QIcon::On, QIcon::Off}) {
        QPixmap pixmap(16, 16);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(color, 1.5));
        painter.setBrush(state == QIcon::On ? QBrush(color) : QBrush(Qt::NoBrush));
        painter.drawEllipse(QRectF(1.5, 1.5, 13, 13));
        if (state == QIcon::On) {
            painter.setPen(QPen(theme.raised, 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
            painter.drawPolyline(QPolygonF({{4.5, 8.5}, {7.0, 11.0}, {11.5, 5.5}}));
        }
        painter.end();
        icon.addPixmap(pixmap, QIcon::Normal, state);
        icon.addPixmap(pixmap, QIcon::Active, state);
    }
    return icon;
}

QIcon applicationIcon() {
    const QByteArray svg = readIcon("penumbra");
    QIcon icon;
    for (int pixels : {16, 32, 48, 64, 128, 256})
        icon.addPixmap(drawn(svg, pixels));
    return icon;
}

} // namespace penumbra::gui
