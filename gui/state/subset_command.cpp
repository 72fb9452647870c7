#include "gui/state/subset_command.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "gui/state/commands.h"
#include "gui/state/select_command.h"
#include "gui/state/where.h"

#include <algorithm>
#include <array>

namespace penumbra::gui {

namespace {

/// Apart from each other, from the methods' colours and from the accent, on a light and on a dark page.
constexpr std::array colours = {"#8E5BD0", "#C2397E", "#5E8F00", "#00879B", "#B0703A", "#7884C9"};

std::string nextColour(const std::vector<Subset>& subsets) {
    for (const char* colour : colours)
        if (std::none_of(subsets.begin(), subsets.end(),
                         [&](const Subset& subset) { return subset.colour == colour; }))
            return colour;
    return colours[subsets.size() % colours.size()];
}

const Subset& named(const ViewState& now, const std::string& name) {
    if (const Subset* found = now.subset(name))
        return *found;
    std::vector<std::string> names;
    for (const Subset& subset : now.subsets)
        names.push_back(subset.name);
    throw Error(std::string("There is no subset '") + name + "'. " +
                (names.empty() ? "None has been named yet." : "There are: " + joinText(names, ", ") + "."));
}

void add(AppState& state, const Command& command) {
    const ViewState& now = state.now();
    Subset added{command.words[1],   {}, now.selection.rows, now.selection.where, now.selection.byOutcome,
                 now.selection.drawn};
    if (command.words.size() == 4 && command.words[2] == "where") {
        Matches matches = rowsWhere(command.words[3], now);
        added.rows = std::move(matches.rows);
        added.where = command.words[3];
        added.byOutcome = matches.byOutcome;
        added.drawn = false;
    } else if (command.words.size() != 2) {
        throw UsageError("Write subset add NAME, or subset add NAME where \"EXPR\".");
    } else if (!added.rows.any()) {
        throw Error("Nothing is selected that could be named.");
    }
    if (added.name.empty())
        throw UsageError("A subset needs a name.");
    Choices next = now.choices();
    const auto same = std::find_if(next.subsets.begin(), next.subsets.end(),
                                   [&](const Subset& subset) { return subset.name == added.name; });
    added.colour = same == next.subsets.end() ? nextColour(next.subsets) : same->colour;
    if (same == next.subsets.end())
        next.subsets.push_back(std::move(added));
    else
        *same = std::move(added);
    state.change(next, command);
}

} // namespace

void nameSubset(AppState& state, Host*, const Command& command) {
    const ViewState& now = state.now();
    const std::string what = command.words.size() < 2 ? std::string() : command.words[0];
    Choices next = now.choices();
    if (what == "add") {
        add(state, command);
    } else if (what == "remove" && command.words.size() == 2) {
        const std::string name = named(now, command.words[1]).name;
        std::erase_if(next.subsets, [&](const Subset& subset) { return subset.name == name; });
        state.change(next, command);
    } else if (what == "use") {
        const Subset& subset = named(now, command.words[1]);
        std::size_t at = 2;
        const Combine how = combineAt(command.words, at);
        if (at != command.words.size())
            throw UsageError("Write subset use NAME [add|remove|intersect].");
        next.selection = joined(now, {subset.rows, subset.where, subset.byOutcome, subset.drawn}, how);
        state.change(next, command);
    } else {
        throw UsageError(std::string("Write subset ") + findCommandKind("subset").usage + ".");
    }
}

} // namespace penumbra::gui
