#include "gui/style/theme.h"

namespace penumbra::gui {

namespace {

// @name stands for the theme's colour of that name.
const char* const kRules = R"(
QToolTip { background: @raised; color: @text; border: 1px solid @line; padding: 4px 8px; }
QMainWindow::separator { background: @line; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: @accent; }
QMenuBar { background: @window; border-bottom: 1px solid @line; }
QMenuBar::item { padding: 4px 8px; background: transparent; border-radius: 4px; }
QMenuBar::item:selected { background: @grid; }
QMenu { background: @raised; border: 1px solid @line; padding: 4px; }
QMenu::item { padding: 4px 24px 4px 12px; border-radius: 4px; }
QMenu::item:selected { background: @accent; color: @onAccent; }
QMenu::item:disabled { color: @disabledText; background: transparent; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QToolBar { background: @window; border: none; border-bottom: 1px solid @line; padding: 4px 8px; spacing: 8px; }
QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 4px 8px; }
QToolButton:hover { background: @grid; }
QToolButton:pressed, QToolButton:checked { background: @grid; border-color: @line; }
QToolButton:focus { border-color: @accent; }
QToolButton[tight="true"] { padding: 0; }
QStatusBar { background: @window; border-top: 1px solid @line; }
QStatusBar::item { border: none; }
QDockWidget { color: @secondaryText; }
QDockWidget::title { background: @window; padding: 8px 12px 4px 12px; }
QPushButton { background: @raised; border: 1px solid @line; border-radius: 4px; padding: 4px 12px; min-height: 16px; }
QPushButton:hover { background: @grid; }
QPushButton:pressed { background: @line; }
QPushButton:focus { border: 1px solid @accent; }
QPushButton:default { background: @accent; color: @onAccent; border-color: @accent; }
QPushButton:default:hover { background: @accentHover; }
QPushButton:default:focus { border: 1px solid @text; }
QPushButton:disabled, QPushButton:default:disabled { background: @window; color: @disabledText; border-color: @line; }
QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QComboBox { background: @page; border: 1px solid @line;
  border-radius: 4px; padding: 2px 8px; min-height: 20px; selection-background-color: @accent;
  selection-color: @onAccent; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
  border: 1px solid @accent; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { background: @window; color: @disabledText; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @line; selection-background-color: @accent;
  selection-color: @onAccent; outline: none; }
QCheckBox:focus, QRadioButton:focus { color: @accent; }
QGroupBox { border: none; border-top: 1px solid @line; margin-top: 16px; padding-top: 8px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; padding: 0 8px 0 0; color: @secondaryText; }
QTabWidget::pane { border: none; border-top: 1px solid @line; }
QTabBar { background: transparent; }
QTabBar::tab { background: transparent; color: @secondaryText; padding: 8px 9px; border: none;
  border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: @text; }
QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; }
QTabBar::tab:focus { color: @accent; background: @grid; border-bottom: 2px solid @accent; }
QScrollArea#figureArea { border: 1px solid transparent; }
QScrollArea#figureArea[plotFocused="true"] { border: 1px solid @accent; }
QAbstractItemView { background: @page; alternate-background-color: @window; border: none; outline: none;
  selection-background-color: @accent; selection-color: @onAccent; gridline-color: @grid; }
QAbstractItemView:focus { border: 1px solid @accent; }
QTableView::item, QTreeView::item { padding: 4px 8px; }
QHeaderView { background: @window; border: none; }
QHeaderView::section { background: @window; color: @secondaryText; border: none; border-bottom: 1px solid @line;
  padding: 4px 8px; }
QTableCornerButton::section { background: @window; border: none; border-bottom: 1px solid @line; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: @line; border-radius: 4px; margin: 2px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: @disabledText; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: @grid; border: none; border-radius: 4px; text-align: center; min-height: 8px;
  color: @text; }
QProgressBar::chunk { background: @accent; border-radius: 4px; }
QLabel[secondary="true"] { color: @secondaryText; }
QDockWidget { titlebar-close-icon: url(:/icons/grey_close.svg); }
QComboBox::drop-down { border: none; width: 20px; }
QComboBox::down-arrow { image: url(:/icons/grey_down.svg); width: 12px; height: 12px; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { border: none; background: transparent; width: 18px; }
QAbstractSpinBox::up-arrow { image: url(:/icons/grey_up.svg); width: 10px; height: 10px; }
QAbstractSpinBox::down-arrow { image: url(:/icons/grey_down.svg); width: 10px; height: 10px; }
QTabBar QToolButton { background: @window; border: none; border-radius: 0; padding: 0; }
QTabBar QToolButton::left-arrow { image: url(:/icons/grey_left.svg); width: 12px; height: 12px; }
QTabBar QToolButton::right-arrow { image: url(:/icons/grey_right.svg); width: 12px; height: 12px; }
QToolButton[popupMode="2"] { padding-right: 20px; }
QToolButton::menu-indicator { image: url(:/icons/grey_down.svg); width: 10px; height: 10px;
  subcontrol-origin: padding; subcontrol-position: right center; right: 6px; }
QListView::indicator, QCheckBox::indicator, QMenu::indicator:non-exclusive { width: 12px; height: 12px;
  border: 1px solid @secondaryText; border-radius: 3px; background: @page; }
QListView::indicator:checked, QCheckBox::indicator:checked, QMenu::indicator:non-exclusive:checked {
  border-color: @accent; background: @accent; image: url(:/icons/@checkIcon.svg); }
QMenu::indicator:non-exclusive { left: 6px; }
QRadioButton::indicator { width: 12px; height: 12px; border: 1px solid @secondaryText; border-radius: 7px; background: @page; }
QRadioButton::indicator:checked { border-color: @accent; background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5,
  fx: 0.5, fy: 0.5, stop: 0 @accent, stop: 0.6 @accent, stop: 0.7 @page, stop: 1 @page); }
QFrame#commandFrame { background: @raised; border: 1px solid @disabledText; border-radius: 4px; }
QSplitter::handle { background: @line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
)";

} // namespace

QString styleSheetOf(const Theme& theme) {
    // Longer names first: "@accentHover" must not become the accent followed by "Hover".
    const std::pair<const char*, QColor> names[] = {
        {"@secondaryText", theme.secondaryText},
        {"@disabledText", theme.disabledText},
        {"@accentHover", theme.dark ? theme.accent.lighter(110) : theme.accent.darker(110)},
        {"@onAccent", theme.dark ? theme.window : theme.page},
        {"@accent", theme.accent},
        {"@window", theme.window},
        {"@raised", theme.raised},
        {"@page", theme.page},
        {"@text", theme.text},
        {"@line", theme.line},
        {"@grid", theme.grid},
    };
    QString sheet = QString::fromUtf8(kRules);
    for (const auto& [name, color] : names)
        sheet.replace(QLatin1String(name), color.name());
    sheet.replace(QLatin1String("@checkIcon"), QLatin1String(theme.dark ? "check_dark" : "check_light"));
    return sheet;
}

} // namespace penumbra::gui
