#include "gui/panels/message_bar.h"

#include "gui/icons/icons.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QShortcut>
#include <QTimer>
#include <QToolButton>

#include <algorithm>

namespace penumbra::gui {

namespace {
constexpr int informationMs = 15000;
constexpr int fromEdge = 12, widest = 860; ///< pixels; longer lines are hard to read
} // namespace

MessageBar::MessageBar(QWidget* parent)
    : QFrame(parent), icon_(new QLabel(this)), text_(new QLabel), area_(new QScrollArea(this)),
      copy_(new QToolButton(this)), close_(new QToolButton(this)),
      escape_(new QShortcut(QKeySequence(Qt::Key_Escape), parent)), fade_(new QTimer(this)) {
    escape_->setEnabled(false);
    setObjectName("messageBar");
    text_->setObjectName("messageText");
    text_->setWordWrap(true);
    text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    area_->setFrameShape(QFrame::NoFrame);
    area_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area_->setWidgetResizable(true);
    area_->setWidget(text_);
    area_->viewport()->setAutoFillBackground(false);
    text_->setAutoFillBackground(false);
    copy_->setObjectName("messageCopy");
    copy_->setText(tr("Copy"));
    copy_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    copy_->setAutoRaise(true);
    copy_->setToolTip(tr("Copy this message"));
    close_->setObjectName("messageClose");
    close_->setAutoRaise(true);
    close_->setToolTip(tr("Close this message"));
    close_->setAccessibleName(tr("Close this message"));
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(12, 4, 8, 4);
    layout->addWidget(icon_);
    layout->addWidget(area_, 1);
    layout->addWidget(copy_);
    layout->addWidget(close_);
    connect(copy_, &QToolButton::clicked, this,
            [this] { QApplication::clipboard()->setText(text_->text()); });
    connect(close_, &QToolButton::clicked, this, &QWidget::hide);
    connect(escape_, &QShortcut::activated, this, &QWidget::hide);
    fade_->setSingleShot(true);
    fade_->setInterval(informationMs);
    connect(fade_, &QTimer::timeout, this, &QWidget::hide);
    hide();
}

void MessageBar::floatOver(QWidget* below) {
    setParent(below);
    below->installEventFilter(this);
    hide();
}

bool MessageBar::eventFilter(QObject* watched, QEvent* event) {
    if (watched == parentWidget() && event->type() == QEvent::Resize && !isHidden())
        place();
    return QFrame::eventFilter(watched, event);
}

/// As high as its text, up to half of what it lies over.
void MessageBar::place() {
    const QSize room = parentWidget()->size();
    const int width = std::min(room.width() - 2 * fromEdge, widest);
    const int chrome = layout()->contentsMargins().left() + layout()->contentsMargins().right() +
                       3 * layout()->spacing() + icon_->sizeHint().width() + copy_->sizeHint().width() +
                       close_->sizeHint().width() + 2 * frameWidth();
    const int scrollBar = area_->verticalScrollBar()->sizeHint().width();
    const int height = text_->heightForWidth(std::max(100, width - chrome - scrollBar));
    area_->setFixedHeight(std::min(height, std::max(room.height() / 2, 40)));
    resize(width, layout()->sizeHint().height());
    move((room.width() - width) / 2, room.height() - this->height() - fromEdge);
    raise();
}

/// Esc belongs to others while nothing is said.
void MessageBar::showEvent(QShowEvent* event) {
    QFrame::showEvent(event);
    escape_->setEnabled(true);
}

void MessageBar::hideEvent(QHideEvent* event) {
    QFrame::hideEvent(event);
    escape_->setEnabled(false);
    fade_->stop();
}

void MessageBar::say(Kind kind, const QString& text) {
    kind_ = kind;
    text_->setText(text);
    text_->setAccessibleName(text);
    setTheme(theme_);
    show();
    place();
    if (kind == Kind::Information)
        fade_->start();
    else
        fade_->stop();
}

QString MessageBar::text() const {
    return isHidden() ? QString() : text_->text();
}

void MessageBar::setTheme(const Theme& theme) {
    theme_ = theme;
    const QColor color = kind_ == Kind::Error     ? theme.error
                         : kind_ == Kind::Warning ? theme.warning
                                                  : theme.accent;
    const QString icon = kind_ == Kind::Error ? "error" : kind_ == Kind::Warning ? "warning" : "info";
    icon_->setPixmap(tintedIcon(icon, color).pixmap(16, 16));
    copy_->setIcon(themedIcon("copy", theme));
    close_->setIcon(themedIcon("stop", theme));
    setStyleSheet(
        QStringLiteral("QFrame#messageBar { background: %1; border: 1px solid %3; border-left: 4px solid %2; "
                       "border-radius: 4px; } QScrollArea, QLabel { background: transparent; }")
            .arg(theme.raised.name(), color.name(), theme.disabledText.name()));
}

} // namespace penumbra::gui
