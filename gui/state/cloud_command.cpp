#include "gui/state/cloud_command.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "gui/state/commands.h"
#include "gui/state/where.h"

#include <algorithm>
#include <span>

namespace penumbra::gui {

const char* const mapUsage = "umap | pca [FEATURES]";
const char* const positionsUsage = "MAP | sky | columns X Y";
const char* const colourUsage = "\"EXPR\" | none";
const char* const besideUsage =
    "on | off | positions MAP | positions sky | positions columns X Y | colour \"EXPR\" | colour none | "
    "density on | density off";

namespace {

[[noreturn]] void wrongUse(const Command& command) {
    throw UsageError(std::string("'") + textOf(command, 80) + "': this command is written " + command.verb +
                     " " + findCommandKind(command.verb).usage + ".");
}

Host& hostOf(Host* host) {
    if (host == nullptr)
        throw Error("There is no window to do this with.");
    return *host;
}

/// Words of a command from some place on; behind `beside` there is one more.
using Words = std::span<const std::string>;

const std::string& onlyWord(const Command& command, Words words) {
    if (words.size() != 1 || words.front().empty())
        wrongUse(command);
    return words.front();
}

void place(const ViewState& now, Host* host, const Command& command, Words words, CloudChoices& cloud) {
    if (words.empty())
        wrongUse(command);
    if (words.front() == "columns") {
        if (words.size() != 3)
            wrongUse(command);
        for (const std::string& axis : words.subspan(1))
            if (!axis.empty())
                checkFormula(axis, now);
        cloud.x = words[1];
        cloud.y = words[2];
    } else if (onlyWord(command, words) != "sky") {
        const auto maps = hostOf(host).maps();
        if (maps.empty())
            throw Error("There is no map: make one with map umap.");
        if (std::find(maps.begin(), maps.end(), words.front()) == maps.end())
            throw Error("There is no map '" + words.front() + "'. There are: " + joinText(maps, ", ") + ".");
    }
    cloud.positions = words.front();
}

/// What colours points: a column of words, the local coverage of a method, or a formula.
void checkColour(const ViewState& now, const std::string& wanted) {
    const std::string method = localCoverageMethod(wanted);
    if (!method.empty()) {
        if (!now.study)
            throw Error("Local coverage needs a study: run or open one first.");
        const auto& methods = now.study->methods;
        if (std::find(methods.begin(), methods.end(), method) == methods.end())
            throw Error("The study has no method '" + method + "'; there are: " + joinText(methods, ", ") +
                        ".");
        return;
    }
    const io::Column* column = now.catalogue ? now.catalogue->columns.find(trimmed(wanted)) : nullptr;
    if (column == nullptr || !std::holds_alternative<std::vector<std::string>>(column->values))
        checkFormula(wanted, now);
}

void colour(const ViewState& now, const Command& command, Words words, CloudChoices& cloud) {
    cloud.colour = onlyWord(command, words) == "none" ? std::string() : words.front();
    if (!cloud.colour.empty())
        checkColour(now, cloud.colour);
}

void density(const Command& command, Words words, CloudChoices& cloud) {
    if (!isOneOf(onlyWord(command, words), {"on", "off"}))
        wrongUse(command);
    cloud.density = words.front() == "on";
}

} // namespace

void makeMap(AppState&, Host* host, const Command& command) {
    const auto& words = command.words;
    if (words.empty() || words.size() > 2 || !isOneOf(words.front(), {"umap", "pca"}))
        wrongUse(command);
    hostOf(host).makeMap(words.front(), words.size() == 2 ? words[1] : std::string());
}

void choosePositions(AppState& state, Host* host, const Command& command) {
    Choices next = state.now().choices();
    place(state.now(), host, command, command.words, next.cloud);
    state.change(next, command);
}

void chooseColour(AppState& state, Host*, const Command& command) {
    Choices next = state.now().choices();
    colour(state.now(), command, command.words, next.cloud);
    state.change(next, command);
}

void chooseDensity(AppState& state, Host*, const Command& command) {
    Choices next = state.now().choices();
    density(command, command.words, next.cloud);
    state.change(next, command);
}

/// A second view begins as the first is; whatever is said of it makes it come.
void arrangeBeside(AppState& state, Host* host, const Command& command) {
    if (command.words.empty())
        wrongUse(command);
    Choices next = state.now().choices();
    const std::string& what = command.words.front();
    const Words words = Words(command.words).subspan(1);
    if (what == "off") {
        if (!words.empty())
            wrongUse(command);
        next.cloudBeside.reset();
        state.change(next, command);
        return;
    }
    CloudChoices& cloud = next.cloudBeside ? *next.cloudBeside : next.cloudBeside.emplace(next.cloud);
    if (what == "positions")
        place(state.now(), host, command, words, cloud);
    else if (what == "colour")
        colour(state.now(), command, words, cloud);
    else if (what == "density")
        density(command, words, cloud);
    else if (what != "on" || !words.empty())
        wrongUse(command);
    state.change(next, command);
}

} // namespace penumbra::gui
