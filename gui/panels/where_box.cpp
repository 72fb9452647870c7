#include "gui/panels/where_box.h"

#include "core/base/text.h"
#include "gui/state/where.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpression>
#include <QStringListModel>

namespace penumbra::gui {

namespace {

QString counted(std::size_t count) {
    return QString::fromStdString(withThousands(static_cast<long long>(count)));
}

} // namespace

WhereBox::WhereBox(AppState& state, JobBridge& bridge, QWidget* parent)
    : QWidget(parent), state_(state), latest_(bridge, tr("Count galaxies"), this), line_(new QLineEdit(this)),
      count_(new QLabel(this)), completer_(new QCompleter(this)), names_(new QStringListModel(this)) {
    line_->setObjectName("whereLine");
    line_->setAccessibleName(tr("Select by an expression"));
    line_->setPlaceholderText(tr("select where …   such as  z > 0.3 and missed(CQR)"));
    line_->setToolTip(
        tr("An expression over the catalogue's columns, truth, prediction, |error|, covered(CQR), "
           "missed(CQR), width(CQR), effective(LCNet), subset(NAME) and the like. Return selects the "
           "galaxies it is true for."));
    line_->setClearButtonEnabled(true);
    count_->setObjectName("whereCount");
    count_->setProperty("secondary", true);
    completer_->setModel(names_);
    completer_->setCaseSensitivity(Qt::CaseInsensitive);
    completer_->setWidget(line_);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    layout->addWidget(line_, 1);
    layout->addWidget(count_);
    setFocusProxy(line_);
    connect(line_, &QLineEdit::textChanged, this, &WhereBox::count);
    connect(line_, &QLineEdit::textEdited, this, &WhereBox::complete);
    connect(line_, &QLineEdit::returnPressed, this, &WhereBox::select);
    connect(completer_, qOverload<const QString&>(&QCompleter::activated), this, &WhereBox::insert);
    state_.watch(pageParts | Part::Selection | Part::Subsets, this,
                 [this](const ViewState& now, Parts changed) { showState(now, changed); });
    showState(state_.now(), allParts);
}

void WhereBox::takeFocus() {
    line_->setFocus(Qt::ShortcutFocusReason);
    line_->selectAll();
}

/// Shows the expression of a selection made elsewhere, unless somebody writes here.
void WhereBox::showState(const ViewState& now, Parts changed) {
    setVisible(now.catalogue || now.study);
    if (has(changed, Part::File) || has(changed, Part::Study) || has(changed, Part::Target) ||
        has(changed, Part::Subsets)) {
        QStringList names;
        for (const std::string& name : namesForWhere(now))
            names << QString::fromStdString(name);
        if (names != names_->stringList())
            names_->setStringList(names);
        count();
    }
    const QString where = QString::fromStdString(now.selection.where);
    if (has(changed, Part::File) || (has(changed, Part::Selection) && !line_->hasFocus()))
        line_->setText(where);
}

void WhereBox::count() {
    const QString text = line_->text().trimmed();
    latest_.abandon();
    count_->setToolTip({});
    if (text.isEmpty()) {
        count_->clear();
        return;
    }
    const auto failed = [this](const JobEnd& end) {
        if (end.failed()) {
            count_->setText(tr("not yet an expression"));
            count_->setToolTip(end.error);
        }
    };
    latest_.request(
        [this, text = text.toStdString(), now = state_.now()](RunContext&) -> Delivery {
            const std::size_t found = rowsWhere(text, now).rows.count();
            const std::size_t all = now.shownRows().count();
            return [this, found, all] { count_->setText(tr("%1 of %2").arg(counted(found), counted(all))); };
        },
        failed);
}

/// The name, or its beginning, before the cursor.
QString WhereBox::wordAtCursor() const {
    static const QRegularExpression word(QStringLiteral("[A-Za-z_][A-Za-z0-9_(]*$"));
    return word.match(line_->text().left(line_->cursorPosition())).captured();
}

void WhereBox::complete() {
    const QString word = wordAtCursor();
    completer_->setCompletionPrefix(word);
    const bool offers = !word.isEmpty() && completer_->completionCount() > 0 &&
                        completer_->currentCompletion().compare(word, Qt::CaseInsensitive) != 0;
    if (offers)
        completer_->complete();
    else
        completer_->popup()->hide();
}

void WhereBox::insert(const QString& name) {
    const qsizetype begin = line_->cursorPosition() - wordAtCursor().size();
    QString text = line_->text();
    text.replace(begin, wordAtCursor().size(), name);
    line_->setText(text);
    line_->setCursorPosition(static_cast<int>(begin + name.size()));
}

void WhereBox::select() {
    const std::string text = line_->text().trimmed().toStdString();
    if (text.empty())
        state_.apply({"select", {"none"}});
    else
        state_.apply({"select", {"where", text}});
}

} // namespace penumbra::gui
