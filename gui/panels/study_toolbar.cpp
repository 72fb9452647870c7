#include "gui/panels/study_toolbar.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/uq/uq_method.h"
#include "gui/icons/icons.h"
#include "gui/options/staying_menu.h"
#include "gui/state/commands.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QPainter>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

namespace {

constexpr int sliderSteps = 50; // 0.01 to 0.50
constexpr int widestTarget = 200;

constexpr int chipStep = 10, mostChips = 9; ///< of a row of chips; more stand closer

int chipRowWidth(qsizetype methods) {
    return static_cast<int>(std::clamp<qsizetype>(methods, 1, mostChips)) * chipStep + 4;
}

/// The chips of all methods side by side, those of hidden ones hollow: as wide whatever is ticked.
QIcon chipRow(const QStringList& methods, const QStringList& ticked, const Theme& theme) {
    const double step = chipStep * std::min(1.0, mostChips / static_cast<double>(methods.size()));
    QPixmap pixmap(chipRowWidth(methods.size()), 16);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    for (qsizetype i = 0; i < methods.size(); ++i) {
        const QColor color = methodStyle(methods[i], theme).color;
        const QRectF chip(2 + static_cast<double>(i) * step, 3, 10, 10);
        const bool shown = ticked.contains(methods[i]);
        painter.setPen(QPen(shown ? theme.window : color, 1));
        painter.setBrush(shown ? QBrush(color) : QBrush(theme.window));
        painter.drawEllipse(shown ? chip : chip.adjusted(1.5, 1.5, -1.5, -1.5));
    }
    painter.end();
    return QIcon(pixmap);
}

bool guaranteed(const std::string& method) {
    try {
        return uq::findMethod(method).info().conformal;
    } catch (const Error&) { // predictions of an unknown kind promise nothing
        return false;
    }
}

} // namespace

StudyToolbar::StudyToolbar(AppState& state, QAction* run, QWidget* parent)
    : QToolBar(tr("Study"), parent), state_(state), target_(new QComboBox(this)),
      methodsButton_(new QToolButton(this)), methodsMenu_(new StayingMenu(methodsButton_)),
      alpha_(new QDoubleSpinBox(this)), alphaSlider_(new QSlider(Qt::Horizontal, this)),
      condition_(new QComboBox(this)) {
    setObjectName("studyToolbar");
    setMovable(false);
    setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    setIconSize({16, 16});
    addAction(run);
    target_->setObjectName("toolbarTarget");
    target_->setAccessibleName(tr("Target"));
    target_->setToolTip(tr("The quantity that every page shows"));
    target_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    target_->setMaximumWidth(widestTarget);
    addField(tr("Target"), target_);
    methodsButton_->setObjectName("toolbarMethods");
    methodsButton_->setAccessibleName(tr("Methods shown"));
    methodsButton_->setToolTip(tr("The methods that every page shows"));
    methodsButton_->setMenu(methodsMenu_);
    methodsButton_->setPopupMode(QToolButton::InstantPopup);
    methodsButton_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    methodsButton_->setFocusPolicy(Qt::StrongFocus);
    // Not a direct child of the bar, which would force its icon size on the row of chips.
    auto* holder = new QWidget(this);
    auto* inHolder = new QHBoxLayout(holder);
    inHolder->setContentsMargins(0, 0, 0, 0);
    inHolder->addWidget(methodsButton_);
    addField(tr("Methods"), holder)->setBuddy(methodsButton_);
    alpha_->setObjectName("toolbarAlpha");
    alpha_->setAccessibleName(tr("Alpha"));
    alpha_->setDecimals(3);
    alpha_->setRange(0.001, 0.999);
    alpha_->setSingleStep(0.01);
    alpha_->setKeyboardTracking(false);
    alpha_->setValue(0.1);
    const QString help =
        tr("Intervals should hold 1 − alpha of the galaxies. Moving it recalibrates the methods shown at "
           "once; nothing is trained again. The alpha of the form is the one the next run trains for.");
    alpha_->setToolTip(help);
    alphaSlider_->setObjectName("toolbarAlphaSlider");
    alphaSlider_->setAccessibleName(tr("Alpha slider"));
    alphaSlider_->setToolTip(help);
    alphaSlider_->setRange(1, sliderSteps);
    alphaSlider_->setValue(10);
    alphaSlider_->setFixedWidth(80);
    addLevels();
    addField(tr("Alpha shown"), alpha_); // the form's is the one trained for
    slider_ = addWidget(alphaSlider_);
    condition_->setObjectName("toolbarCondition");
    condition_->setAccessibleName(tr("Condition on"));
    condition_->setToolTip(tr("The variable along which coverage is shown: choose one, or write a formula of "
                              "columns, targets and methods, such as -2.5*log10(FLUX_G/FLUX_R)"));
    condition_->setEditable(true);
    condition_->setInsertPolicy(QComboBox::NoInsert);
    condition_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    condition_->setMinimumContentsLength(14);
    addField(tr("Condition on"), condition_);
    fillConditions(nullptr);

    connect(target_, &QComboBox::currentIndexChanged, this, [this] {
        state_.apply({"target", {target_->currentData().toString().toStdString()}});
    });
    connect(condition_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (index >= 0) // else a formula is written
            state_.apply({"condition", {condition_->currentData().toString().toStdString()}});
    });
    connect(condition_->lineEdit(), &QLineEdit::editingFinished, this, &StudyToolbar::takeFormula);
    connect(alpha_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        showAlpha(value);
        state_.apply({"alpha", {shortestReal(value)}}, AppState::Merge::Allowed);
    });
    connect(alphaSlider_, &QSlider::valueChanged, this, [this](int step) { alpha_->setValue(step / 100.0); });
    showState(state_.now());
}

/// A control behind its name.
QLabel* StudyToolbar::addField(const QString& text, QWidget* control) {
    auto* label = new QLabel(text, this);
    label->setBuddy(control);
    label->setContentsMargins(8, 0, 0, 0);
    labels_ << addWidget(label);
    addWidget(control);
    return label;
}

/// As astronomers ask for them: intervals that hold so much.
void StudyToolbar::addLevels() {
    auto* together = new QWidget(this);
    auto* line = new QHBoxLayout(together);
    line->setContentsMargins(8, 0, 0, 0);
    line->setSpacing(0);
    for (const int level : {68, 90, 95}) {
        auto* button = new QToolButton(together);
        button->setObjectName("level_" + QString::number(level));
        button->setText(tr("%1 %").arg(level));
        button->setCheckable(true);
        button->setAutoRaise(true);
        button->setFocusPolicy(Qt::StrongFocus);
        button->setToolTip(tr("Intervals that should hold %1 % of the galaxies").arg(level));
        button->setProperty("level", level);
        line->addWidget(button);
        levels_ << button;
        connect(button, &QToolButton::clicked, this, [this, level] {
            state_.apply({"alpha", {shortestReal((100 - level) / 100.0)}});
        });
    }
    levelsAction_ = addWidget(together);
}

void StudyToolbar::resizeEvent(QResizeEvent* event) {
    QToolBar::resizeEvent(event);
    fit();
}

bool StudyToolbar::event(QEvent* event) {
    const bool handled = QToolBar::event(event);
    if (event->type() == QEvent::LayoutRequest)
        fit(); // a name got longer
    return handled;
}

/// Hides what can be spared, the least needed first, until the rest has room: alpha can be written where its
/// slider is gone, and names stand in tooltips. Nothing that a page obeys is ever cut off.
void StudyToolbar::fit() {
    const QMargins around = layout()->contentsMargins();
    const int gap = std::max(0, layout()->spacing());
    const auto widthOf = [&](QAction* action) {
        const QWidget* widget = widgetForAction(action);
        return widget->sizeHint().expandedTo(widget->minimumSize()).boundedTo(widget->maximumSize()).width() +
               gap;
    };
    int needed = around.left() + around.right() + 2 * gap; // and the padding of the style
    for (QAction* action : actions())
        needed += widthOf(action);
    for (const QList<QAction*>& spare : {QList<QAction*>{slider_}, QList<QAction*>{levelsAction_}, labels_}) {
        const bool roomy = needed <= width();
        for (QAction* action : spare) {
            if (!roomy)
                needed -= widthOf(action);
            if (action->isVisible() != roomy)
                action->setVisible(roomy);
        }
    }
}

/// What is written and stands in no list is a formula.
void StudyToolbar::takeFormula() {
    const QString text = condition_->currentText().trimmed();
    condition_->lineEdit()->setModified(false); // written: what the state says is shown again
    if (text.isEmpty()) {
        showState(state_.now());
    } else if (condition_->findText(text) < 0 && text.toStdString() != state_.now().conditionOn) {
        try {
            state_.apply({"condition", {text.toStdString()}});
        } catch (const Error& error) {
            Q_EMIT failed(QString::fromUtf8(error.what()));
        }
    }
}

void StudyToolbar::showAlpha(double alpha) {
    const QSignalBlocker quietBox(alpha_), quietSlider(alphaSlider_);
    alpha_->setValue(alpha);
    alphaSlider_->setValue(static_cast<int>(std::lround(100 * alpha)));
    for (QToolButton* button : levels_)
        button->setChecked(std::abs(100 - button->property("level").toInt() - 100 * alpha) < 1e-6);
}

void StudyToolbar::chooseMethods() {
    std::vector<std::string> ticked;
    for (const QAction* action : ticks_)
        if (action->isChecked())
            ticked.push_back(action->data().toString().toStdString());
    state_.apply(methodsCommand(ticked));
}

/// Refills the lists where they changed.
void StudyToolbar::showState(const ViewState& now) {
    const bool some = now.study && !now.study->targets.empty();
    for (QWidget* control :
         std::initializer_list<QWidget*>{target_, methodsButton_, alpha_, alphaSlider_, condition_})
        control->setEnabled(some);
    for (QToolButton* button : levels_)
        button->setEnabled(some);
    const QSignalBlocker quietTarget(target_), quietCondition(condition_);
    fillTargets(now.study.get());
    target_->setCurrentIndex(target_->findData(QString::fromStdString(now.target)));
    fillMethods(now.study ? now.study->methods : std::vector<std::string>());
    showing_ = true;
    for (QAction* action : ticks_)
        action->setChecked(std::find(now.methods.begin(), now.methods.end(),
                                     action->data().toString().toStdString()) != now.methods.end());
    showing_ = false;
    drawMethodsButton();
    showAlpha(now.alpha);
    fillConditions(now.catalogue.get());
    const QString wanted = QString::fromStdString(now.conditionOn);
    const int at = condition_->findData(wanted);
    if (condition_->lineEdit()->isModified() && condition_->hasFocus())
        return; // it is being written
    condition_->setCurrentIndex(at);
    if (at < 0)
        condition_->setEditText(wanted);
}

QList<QAction*> StudyToolbar::methodActions() const {
    return ticks_;
}

void StudyToolbar::fillTargets(const Study* study) {
    QStringList targets, present;
    if (study)
        for (const TargetStudy& target : study->targets)
            targets << QString::fromStdString(target.name);
    for (int i = 0; i < target_->count(); ++i)
        present << target_->itemData(i).toString();
    if (targets == present)
        return;
    target_->clear();
    for (const QString& target : targets)
        target_->addItem(target, target);
}

void StudyToolbar::fillMethods(const std::vector<std::string>& methods) {
    QStringList wanted, present;
    for (const std::string& method : methods)
        wanted << QString::fromStdString(method);
    for (const QAction* action : ticks_)
        present << action->data().toString();
    if (wanted == present)
        return;
    methodsMenu_->clear();
    ticks_.clear();
    addChoiceOf(tr("&All"), "showMethodsAll", methods);
    std::vector<std::string> promising;
    std::copy_if(methods.begin(), methods.end(), std::back_inserter(promising), guaranteed);
    addChoiceOf(tr("&Guaranteed"), "showMethodsGuaranteed", promising);
    addChoiceOf(tr("&None"), "showMethodsNone", {});
    methodsMenu_->addSeparator();
    for (const QString& method : wanted) {
        QAction* action = methodsMenu_->addAction(methodTick(method, theme_), method);
        ticks_ << action;
        action->setData(method);
        action->setObjectName("showMethod_" + method);
        action->setCheckable(true);
        action->setToolTip(tr("Show or hide %1 on every page").arg(method));
        connect(action, &QAction::toggled, this, [this] {
            drawMethodsButton();
            if (!showing_)
                chooseMethods();
        });
    }
}

void StudyToolbar::addChoiceOf(const QString& title, const QString& name,
                               const std::vector<std::string>& methods) {
    QAction* action = methodsMenu_->addAction(title);
    action->setObjectName(name);
    connect(action, &QAction::triggered, this, [this, methods] { state_.apply(methodsCommand(methods)); });
}

void StudyToolbar::drawMethodsButton() {
    QStringList all, ticked;
    for (const QAction* action : ticks_) {
        const QString method = action->data().toString();
        all << method;
        if (action->isChecked())
            ticked << method;
    }
    methodsButton_->setIcon(all.isEmpty() ? QIcon() : chipRow(all, ticked, theme_));
    methodsButton_->setIconSize({chipRowWidth(all.size()), 16});
    const auto words = [&](qsizetype shown) { return tr("%1 of %2").arg(shown).arg(all.size()); };
    methodsButton_->setMinimumWidth(0);
    methodsButton_->setText(words(all.size())); // the widest: what stands right of it never moves
    if (!all.isEmpty())
        methodsButton_->setMinimumWidth(methodsButton_->sizeHint().width());
    methodsButton_->setText(all.isEmpty() ? tr("none yet") : words(ticked.size()));
}

void StudyToolbar::fillConditions(const Catalogue* catalogue) {
    QList<QPair<QString, QString>> wanted = {{tr("prediction"), "prediction"},
                                             {tr("truth"), "truth"},
                                             {tr("|error|"), "error"},
                                             {tr("interval width"), "width"}};
    if (catalogue)
        for (const io::Column& column : catalogue->columns.columns)
            if (column.isNumeric() && column.width == 1) {
                const QString name = QString::fromStdString(column.name);
                wanted.append({name, name});
            }
    QStringList now, then;
    for (int i = 0; i < condition_->count(); ++i)
        then << condition_->itemData(i).toString();
    for (const auto& [title, name] : wanted)
        now << name;
    if (now == then)
        return;
    condition_->clear();
    for (const auto& [title, name] : wanted)
        condition_->addItem(title, name);
}

void StudyToolbar::setTheme(const Theme& theme) {
    theme_ = theme;
    for (QAction* action : ticks_)
        action->setIcon(methodTick(action->data().toString(), theme));
    drawMethodsButton();
}

} // namespace penumbra::gui
