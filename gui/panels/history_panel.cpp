#include "gui/panels/history_panel.h"

#include <algorithm>

namespace penumbra::gui {

namespace {
constexpr std::size_t rowsShown = 40;  ///< characters of a list of rows
constexpr std::size_t mostLines = 500; ///< the newest ones
} // namespace

HistoryPanel::HistoryPanel(AppState& state, QWidget* parent) : QListWidget(parent), state_(state) {
    setObjectName("history");
    setAccessibleName(tr("History"));
    setToolTip(tr("What was changed, in the words of a script; double click: back to there"));
    setTextElideMode(Qt::ElideRight);
    setUniformItemSizes(true);
    connect(this, &QListWidget::itemActivated, this,
            [this](const QListWidgetItem* item) { goTo(item->data(Qt::UserRole).toULongLong()); });
    state_.watch(Part::History | Part::Theme, this, [this](const ViewState&, Parts) { showHistory(); });
    showHistory();
}

void HistoryPanel::showHistory() {
    clear();
    const auto& history = state_.history();
    const std::size_t first = history.size() > mostLines ? history.size() - mostLines : 0;
    addItem(first == 0 ? tr("as opened") : tr("before that"));
    item(0)->setData(Qt::UserRole, QVariant::fromValue<qulonglong>(first));
    for (std::size_t i = first; i < history.size(); ++i) {
        const QString words = QString::fromStdString(textOf(history[i].command, rowsShown));
        auto* line = new QListWidgetItem(words, this);
        line->setToolTip(words);
        line->setData(Qt::UserRole, QVariant::fromValue<qulonglong>(i + 1));
        if (i >= state_.done())
            line->setForeground(palette().color(QPalette::Disabled, QPalette::Text));
    }
    setCurrentRow(static_cast<int>(std::max(state_.done(), first) - first));
}

void HistoryPanel::goTo(std::size_t done) {
    while (state_.done() > done)
        state_.apply({"undo", {}});
    while (state_.done() < done && state_.done() < state_.history().size())
        state_.apply({"redo", {}});
}

} // namespace penumbra::gui
