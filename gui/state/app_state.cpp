#include "gui/state/app_state.h"

#include "core/base/error.h"
#include "gui/state/commands.h"

#include <QMetaObject>

#include <algorithm>
#include <utility>

namespace penumbra::gui {

namespace {

constexpr qint64 mergeMs = 1000;

/// Which choices differ.
Parts difference(const Choices& a, const Choices& b) {
    Parts parts = 0;
    const auto note = [&](bool differs, Part part) {
        if (differs)
            parts = parts | part;
    };
    note(a.target != b.target, Part::Target);
    note(a.hidden != b.hidden, Part::Methods);
    note(a.alpha != b.alpha, Part::Alpha);
    note(a.conditionOn != b.conditionOn, Part::Condition);
    note(a.page != b.page, Part::Page);
    note(a.dark != b.dark, Part::Theme);
    note(!(a.cloud == b.cloud && a.cloudBeside == b.cloudBeside), Part::Cloud);
    note(!(a.inspector == b.inspector) || a.likeness != b.likeness, Part::Inspector);
    note(!(a.space == b.space), Part::Space);
    note(!(a.selection == b.selection), Part::Selection);
    note(!(a.subsets == b.subsets), Part::Subsets);
    return parts;
}

/// A former selection or a subset that is built upon must stay a step of its own.
bool replaces(const Command& command) {
    return command.verb != "select" ||
           std::none_of(command.words.begin(), command.words.end(), [](const std::string& word) {
               return word == "add" || word == "remove" || word == "intersect" || word == "toggle" ||
                      word == "invert";
           });
}

} // namespace

AppState::AppState(QObject* parent) : QObject(parent) {}

void AppState::apply(const Command& command, Merge merge) {
    merge_ = merge;
    try {
        runCommand(*this, host_, command);
    } catch (...) {
        merge_ = Merge::Never;
        throw;
    }
    merge_ = Merge::Never;
}

void AppState::change(const Choices& next, const Command& command) {
    const Choices before = now_.choices();
    move(next);
    if (now_.choices() == before)
        return;
    history_.resize(done_);
    const bool joins = merge_ == Merge::Allowed && lastMayMerge_ && done_ > 0 && sinceLast_.isValid() &&
                       sinceLast_.elapsed() < mergeMs && history_.back().command.verb == command.verb &&
                       replaces(command);
    if (joins) {
        history_.back().command = command;
        history_.back().after = now_.choices();
    } else {
        history_.push_back({command, before, now_.choices()});
    }
    done_ = history_.size();
    lastMayMerge_ = merge_ == Merge::Allowed;
    sinceLast_.start();
    note(static_cast<Parts>(Part::History));
}

void AppState::undo() {
    if (done_ == 0)
        throw Error("There is nothing to undo.");
    --done_;
    lastMayMerge_ = false;
    move(history_[done_].before);
    note(static_cast<Parts>(Part::History));
}

void AppState::redo() {
    if (done_ == history_.size())
        throw Error("There is nothing to redo.");
    lastMayMerge_ = false;
    move(history_[done_++].after);
    note(static_cast<Parts>(Part::History));
}

void AppState::move(const Choices& next) {
    const Choices before = now_.choices();
    static_cast<Choices&>(now_) = next;
    settle(now_);
    note(difference(before, now_.choices()));
}

/// What does not fit the study or the catalogue gives way; the rest stays.
void AppState::settle(ViewState& state) const {
    state.methods.clear();
    if (state.study) {
        for (const std::string& method : state.study->methods)
            if (std::find(state.hidden.begin(), state.hidden.end(), method) == state.hidden.end())
                state.methods.push_back(method);
        if (!state.study->targets.empty() && state.shownTarget() == nullptr)
            state.target = state.study->targets.front().name;
    }
    const std::size_t rows = state.rowCount();
    if (state.selection.rows.size() != rows)
        state.selection = {RowMask::none(rows), -1, {}, false};
    if (state.likeness && state.likeness->similarity.size() != rows)
        state.likeness.reset();
    std::erase_if(state.subsets, [&](const Subset& subset) { return subset.rows.size() != rows; });
}

void AppState::takeFile(const std::filesystem::path& path, std::shared_ptr<const Catalogue> catalogue) {
    Choices fresh;
    fresh.page = now_.page;
    fresh.dark = now_.dark;
    now_.path = path;
    now_.catalogue = std::move(catalogue);
    now_.study.reset();
    takeChoices(fresh);
    note(Part::File | Part::Study);
}

void AppState::takeStudy(std::shared_ptr<const Study> study) {
    now_.study = std::move(study);
    move(now_.choices());
    note(static_cast<Parts>(Part::Study));
}

void AppState::takeRunning(bool running) {
    if (std::exchange(now_.running, running) != running)
        note(static_cast<Parts>(Part::Running));
}

void AppState::takeAlpha(double alpha) {
    Choices next = now_.choices();
    next.alpha = alpha;
    move(next);
}

void AppState::takePage(const std::string& page) {
    Choices next = now_.choices();
    next.page = page;
    move(next);
}

void AppState::takeChoices(const Choices& choices) {
    history_.clear();
    done_ = 0;
    move(choices);
    note(static_cast<Parts>(Part::History));
}

void AppState::watch(Parts parts, QObject* viewer, Show show) {
    watchers_.push_back({parts, viewer, std::move(show)});
}

void AppState::note(Parts parts) {
    pending_ |= parts;
    if (pending_ != 0 && !std::exchange(telling_, true))
        QMetaObject::invokeMethod(this, &AppState::tell, Qt::QueuedConnection);
}

/// A viewer may change the state: that is told in the next turn.
void AppState::tell() {
    telling_ = false;
    const Parts parts = std::exchange(pending_, 0U);
    for (std::size_t i = 0; i < watchers_.size(); ++i)
        if (watchers_[i].viewer && (watchers_[i].parts & parts) != 0)
            watchers_[i].show(now_, parts);
    Q_EMIT changed(parts);
}

} // namespace penumbra::gui
