#include "gui/style/theme.h"

#include <QApplication>
#include <QStyleFactory>
#include <cmath>

namespace penumbra::gui {

namespace {

Theme makeLight() {
    Theme theme;
    theme.dark = false;
    theme.window = QColor(0xF4, 0xF5, 0xF7);
    theme.page = theme.raised = QColor(0xFF, 0xFF, 0xFF);
    theme.text = QColor(0x1B, 0x1E, 0x23);
    theme.secondaryText = QColor(0x5A, 0x61, 0x6B);
    theme.disabledText = QColor(0x9A, 0xA1, 0xAB);
    theme.line = QColor(0xD9, 0xDC, 0xE1);
    theme.grid = QColor(0xEC, 0xEE, 0xF1);
    theme.accent = QColor(0x34, 0x58, 0xC9);
    theme.warning = QColor(0x9A, 0x67, 0x00);
    theme.error = QColor(0xB3, 0x26, 0x1E);
    theme.good = QColor(0x1A, 0x7F, 0x37);
    theme.oracleBand = QColor(0xE9, 0xEB, 0xEF);
    theme.oracleEdge = QColor(0xC3, 0xC8, 0xD0);
    return theme;
}

Theme makeDark() {
    Theme theme;
    theme.dark = true;
    theme.window = QColor(0x15, 0x17, 0x1B);
    theme.page = QColor(0x1B, 0x1E, 0x23);
    theme.raised = QColor(0x23, 0x27, 0x2E);
    theme.text = QColor(0xE8, 0xEA, 0xED);
    theme.secondaryText = QColor(0xA4, 0xAB, 0xB5);
    theme.disabledText = QColor(0x66, 0x6D, 0x77);
    theme.line = QColor(0x34, 0x39, 0x41);
    theme.grid = QColor(0x2A, 0x2E, 0x35);
    theme.accent = QColor(0x7C, 0x9B, 0xFF);
    theme.warning = QColor(0xE3, 0xB3, 0x41);
    theme.error = QColor(0xFF, 0x7B, 0x72);
    theme.good = QColor(0x56, 0xD3, 0x64);
    theme.oracleBand = QColor(0x2C, 0x31, 0x39);
    theme.oracleEdge = QColor(0x4A, 0x51, 0x5C);
    return theme;
}

double luminance(const QColor& color) {
    const auto linear = [](double value) {
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

} // namespace

const Theme& lightTheme() {
    static const Theme theme = makeLight();
    return theme;
}

const Theme& darkTheme() {
    static const Theme theme = makeDark();
    return theme;
}

QPalette paletteOf(const Theme& theme) {
    QPalette palette;
    palette.setColor(QPalette::Window, theme.window);
    palette.setColor(QPalette::WindowText, theme.text);
    palette.setColor(QPalette::Base, theme.page);
    palette.setColor(QPalette::AlternateBase, theme.window);
    palette.setColor(QPalette::Text, theme.text);
    palette.setColor(QPalette::PlaceholderText, theme.disabledText);
    palette.setColor(QPalette::Button, theme.raised);
    palette.setColor(QPalette::ButtonText, theme.text);
    palette.setColor(QPalette::BrightText, theme.error);
    palette.setColor(QPalette::ToolTipBase, theme.raised);
    palette.setColor(QPalette::ToolTipText, theme.text);
    palette.setColor(QPalette::Highlight, theme.accent);
    palette.setColor(QPalette::HighlightedText, theme.dark ? theme.window : theme.page);
    palette.setColor(QPalette::Link, theme.accent);
    palette.setColor(QPalette::LinkVisited, theme.accent);
    palette.setColor(QPalette::Light, theme.raised);
    palette.setColor(QPalette::Midlight, theme.grid);
    palette.setColor(QPalette::Mid, theme.line);
    palette.setColor(QPalette::Dark, theme.line);
    palette.setColor(QPalette::Shadow, theme.dark ? theme.window : theme.line);
    for (const auto role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText})
        palette.setColor(QPalette::Disabled, role, theme.disabledText);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, theme.line);
    return palette;
}

void applyTheme(QApplication& application, const Theme& theme) {
    // Fusion draws the same everywhere and follows the palette fully; native styles ignore parts of it.
    application.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    application.setPalette(paletteOf(theme));
    application.setStyleSheet(styleSheetOf(theme));
}

double contrastRatio(const QColor& a, const QColor& b) {
    const double first = luminance(a), second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

} // namespace penumbra::gui
