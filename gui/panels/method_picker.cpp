#include "gui/panels/method_picker.h"

#include "gui/icons/icons.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace penumbra::gui {

MethodPicker::MethodPicker(QWidget* parent) : QWidget(parent) {
    setObjectName("methodPicker");
    build();
}

void MethodPicker::build() {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    auto* heading = new QLabel(tr("Methods"), this);
    QFont bold = heading->font();
    bold.setBold(true);
    heading->setFont(bold);
    auto* line = new QHBoxLayout;
    line->addWidget(heading);
    line->addStretch(1);
    const auto add = [&](const QString& text, const QString& name, const QString& tip,
                         bool (*wanted)(const uq::MethodInfo&)) {
        auto* button = new QPushButton(text, this);
        button->setObjectName(name);
        button->setToolTip(tip);
        button->setFlat(true);
        line->addWidget(button);
        connect(button, &QPushButton::clicked, this, [this, wanted] { tick(wanted); });
    };
    add(tr("All"), "methodsAll", tr("Every method that can run"), [](const uq::MethodInfo&) { return true; });
    add(tr("Guaranteed"), "methodsGuaranteed", tr("Those with the guarantee of split conformal prediction"),
        [](const uq::MethodInfo& info) { return info.conformal; });
    add(tr("None"), "methodsNone", tr("No method"), [](const uq::MethodInfo&) { return false; });
    column->addLayout(line);
    for (const uq::UqMethod* method : uq::allMethods()) {
        const QString id = QString::fromStdString(method->info().id);
        auto* box = new QCheckBox(id, this);
        box->setObjectName("method_" + id);
        box->setProperty("helpTopic", "method:" + id);
        auto* words = new QLabel(this);
        words->setObjectName("methodWords_" + id);
        words->setWordWrap(true);
        words->setProperty("secondary", true);
        words->setContentsMargins(24, 0, 0, 6);
        column->addWidget(box);
        column->addWidget(words);
        lines_.push_back({method->info().id, box, words});
        connect(box, &QCheckBox::toggled, this, [this] {
            if (!showing_)
                publish();
        });
    }
}

void MethodPicker::show(const workflow::StudyOffer& offer, const OptionSet& options,
                        const std::vector<std::string>& ticked) {
    showing_ = true;
    for (const Line& line : lines_) {
        const uq::UqMethod& method = uq::findMethod(line.id);
        const workflow::Lack& lack = offer.lackOf(line.id);
        line.box->setEnabled(!lack.any());
        line.box->setChecked(std::find(ticked.begin(), ticked.end(), line.id) != ticked.end());
        const std::string needs = workflow::needsInWords(method, options, options.getReal("alpha"));
        const QString words =
            lack.any()
                ? tr("Cannot run: it %1.").arg(QString::fromStdString(workflow::inWords(lack)))
                : tr("%1 Needs: %2.")
                      .arg(QString::fromStdString(method.info().oneLine), QString::fromStdString(needs));
        line.words->setText(words);
        line.words->setEnabled(!lack.any());
        line.box->setToolTip(lack.any() ? words : QString::fromStdString(method.info().title));
        line.box->setAccessibleDescription(words);
    }
    showing_ = false;
}

void MethodPicker::publish() {
    std::vector<std::string> ids;
    for (const Line& line : lines_)
        if (line.box->isChecked() && line.box->isEnabled())
            ids.push_back(line.id);
    Q_EMIT picked(ids);
}

void MethodPicker::tick(bool (*wanted)(const uq::MethodInfo& info)) {
    showing_ = true;
    for (const Line& line : lines_)
        line.box->setChecked(line.box->isEnabled() && wanted(uq::findMethod(line.id).info()));
    showing_ = false;
    publish();
}

void MethodPicker::setTheme(const Theme& theme) {
    for (const Line& line : lines_)
        line.box->setIcon(methodChip(QString::fromStdString(line.id), theme));
}

} // namespace penumbra::gui
