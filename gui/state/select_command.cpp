#include "gui/state/select_command.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "gui/state/commands.h"
#include "gui/state/where.h"

#include <algorithm>
#include <array>

namespace penumbra::gui {

namespace {

[[noreturn]] void wrongUse(const Command& command) {
    throw UsageError(std::string("'") + textOf(command, 80) + "': write " + command.verb + " " +
                     findCommandKind(command.verb).usage + ".");
}

const std::string& wordAt(const Command& command, std::size_t at) {
    if (at >= command.words.size())
        wrongUse(command);
    return command.words[at];
}

/// "0.31,1.2"
bool isVertex(const std::string& word, std::pair<double, double>& vertex) {
    const auto pieces = splitText(word, ',');
    if (pieces.size() != 2)
        return false;
    const auto x = parseReal(pieces[0]), y = parseReal(pieces[1]);
    if (!x || !y)
        return false;
    vertex = {*x, *y};
    return true;
}

Picked lasso(const ViewState& now, Host* host, const Command& command, std::size_t& at) {
    const std::string& view = wordAt(command, at++);
    std::vector<std::pair<double, double>> polygon;
    for (std::pair<double, double> vertex; at < command.words.size() && isVertex(command.words[at], vertex);
         ++at)
        polygon.push_back(vertex);
    if (polygon.size() < 3)
        throw UsageError("A lasso needs three corners at least: lasso VIEW x,y x,y x,y.");
    if (host == nullptr)
        throw Error("There is no window with a figure to draw a lasso in.");
    const auto rows = host->rowsWithin(view, polygon);
    const bool byOutcome = view == "map"          ? cloudShowsOutcome(now)
                           : view == "map-beside" ? cloudShowsOutcome(now.viewBeside())
                           : view == "space"      ? spaceShowsOutcome(now)
                                                  : showsOutcome(view);
    return {RowMask::of(now.rowCount(), rows) & now.shownRows(), {}, byOutcome, !byOutcome};
}

Picked rowsMeant(const ViewState& now, Host* host, const Command& command, std::size_t& at) {
    const std::string& form = wordAt(command, at++);
    if (form == "where") {
        const std::string& where = wordAt(command, at++);
        Matches matches = rowsWhere(where, now);
        return {std::move(matches.rows), where, matches.byOutcome};
    }
    if (form == "rows")
        return {command.rows ? *command.rows : rowsNamed(wordAt(command, at++), now.rowCount()),
                {},
                command.byOutcome,
                command.drawn};
    if (form == "lasso")
        return lasso(now, host, command, at);
    if (form == "worst") {
        if (host == nullptr)
            throw Error("There is no window with a map.");
        return {RowMask::of(now.rowCount(), host->worstRegion()), {}, true};
    }
    if (form == "all")
        return {now.shownRows(), {}, false};
    if (form == "none")
        return {RowMask::none(now.rowCount()), {}, false};
    if (form == "invert")
        return {now.shownRows() - now.selection.rows,
                {},
                now.selection.byOutcome,
                now.selection.drawn || !now.selection.where.empty()};
    wrongUse(command);
}

struct Way {
    const char* word;
    Combine how;
};
constexpr std::array ways = {Way{"add", Combine::Add}, Way{"remove", Combine::Remove},
                             Way{"intersect", Combine::Intersect}, Way{"toggle", Combine::Toggle}};

/// Row of an id in a column of ids; -1: none.
std::int64_t rowIn(const io::Column& ids, const std::string& id) {
    const auto find = [](const auto& values, const auto& wanted) {
        const auto at = std::find(values.begin(), values.end(), wanted);
        return at == values.end() ? -1 : static_cast<std::int64_t>(at - values.begin());
    };
    if (const auto* texts = std::get_if<std::vector<std::string>>(&ids.values))
        return find(*texts, id);
    if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&ids.values)) {
        const auto wanted = parseInteger(id);
        return wanted ? find(*numbers, static_cast<std::int64_t>(*wanted)) : -1;
    }
    for (std::size_t row = 0; row < ids.rows(); ++row)
        if (ids.asText(row) == id)
            return static_cast<std::int64_t>(row);
    return -1;
}

} // namespace

bool showsOutcome(const std::string& view) {
    return !isOneOf(view, {"map", "map-beside", "space", "sky"});
}

std::string combineWord(Combine how) {
    for (const Way& way : ways)
        if (way.how == how)
            return way.word;
    return {};
}

Combine combineAt(const std::vector<std::string>& words, std::size_t& at) {
    if (at < words.size())
        for (const Way& way : ways)
            if (words[at] == way.word) {
                ++at;
                return way.how;
            }
    return Combine::Replace;
}

Selection joined(const ViewState& state, const Picked& picked, Combine how) {
    const Selection& former = state.selection;
    Selection next = state.picked(picked.rows, how);
    next.byOutcome = next.byOutcome || picked.byOutcome;
    next.drawn = picked.drawn;
    if (how == Combine::Replace)
        next.where = picked.where;
    else if (former.rows.any()) // regions that meet are a region
        next.drawn = (former.drawn || !former.where.empty()) && (picked.drawn || !picked.where.empty());
    else
        next.drawn = picked.drawn || !picked.where.empty();
    return next;
}

void selectGalaxies(AppState& state, Host* host, const Command& command) {
    const ViewState& now = state.now();
    std::size_t at = 0;
    const Picked picked = rowsMeant(now, host, command, at);
    const Combine how = combineAt(command.words, at);
    Choices next = now.choices();
    next.selection = joined(now, picked, how);
    if (at + 1 < command.words.size() && command.words[at] == "current") {
        const std::int64_t current = // the id, unless it is that of other rows, too
            command.current >= 0 ? command.current : rowOf(now, command.words[at + 1]);
        if (next.selection.rows.contains(current))
            next.selection.current = current;
        at += 2;
    }
    if (at != command.words.size())
        wrongUse(command);
    state.change(next, command);
}

void lookAt(AppState& state, Host*, const Command& command) {
    if (command.words.empty())
        wrongUse(command);
    const ViewState& now = state.now();
    const std::int64_t row =
        command.current >= 0 ? command.current : rowOf(now, joinText(command.words, " "));
    Choices next = now.choices();
    if (!next.selection.rows.contains(row))
        next.selection = {RowMask::of(now.rowCount(), std::array{row}), row, {}, false};
    next.selection.current = row;
    state.change(next, command);
}

std::int64_t rowOf(const ViewState& state, const std::string& id) {
    const std::int64_t named = state.catalogue ? rowIn(state.catalogue->objectId, id) : -1;
    if (named >= 0)
        return named;
    const bool asRow = id.starts_with("row ");
    const auto number = parseInteger(asRow ? id.substr(4) : id);
    if ((asRow || !state.catalogue) && number && *number >= 0 &&
        static_cast<std::size_t>(*number) < state.rowCount())
        return *number;
    throw Error(std::string("There is no galaxy '") + id + "' in what is open.");
}

} // namespace penumbra::gui
