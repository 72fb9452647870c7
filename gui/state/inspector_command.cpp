#include "gui/state/inspector_command.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "gui/state/commands.h"
#include "gui/state/where.h"

#include <algorithm>
#include <array>

namespace penumbra::gui {

namespace {

constexpr long long kMostSimilar = 100000;

[[noreturn]] void wrongUse(const Command& command) {
    const CommandKind& kind = findCommandKind(command.verb);
    throw UsageError(std::string("'") + textOf(command, 80) + "': write " + kind.verb +
                     (*kind.usage == '\0' ? "" : " ") + kind.usage + ".");
}

bool isOn(const Command& command, const std::string& word) {
    if (!isOneOf(word, {"on", "off"}))
        wrongUse(command);
    return word == "on";
}

/// Changes the inspector's choices alone.
template <typename Change>
void changeInspector(AppState& state, const Command& command, Change change) {
    Choices next = state.now().choices();
    change(next.inspector);
    state.change(next, command);
}

void checkBand(const AppState& state, const std::string& band) {
    const auto& catalogue = state.now().catalogue;
    const std::vector<std::string> bands =
        catalogue ? catalogue->images.bandNames : std::vector<std::string>();
    if (std::find(bands.begin(), bands.end(), band) == bands.end())
        throw Error(
            std::string("The cutouts have no band '") + band + "'. " +
            (bands.empty() ? "There are none." : "There are: " + joinText(bands, ", ") + ", colour."));
}

/// "none", "true", "predicted", "both", and perhaps "main" or "all".
void chooseLines(report::SpectrumLook& look, const Command& command) {
    const std::string& which = command.words[1];
    if (!isOneOf(which, {"none", "true", "predicted", "both"}) || command.words.size() > 3)
        wrongUse(command);
    look.trueLines = which == "true" || which == "both";
    look.predictedLines = which == "predicted" || which == "both";
    if (command.words.size() < 3)
        return;
    if (!isOneOf(command.words[2], {"main", "all"}))
        wrongUse(command);
    look.allLines = command.words[2] == "all";
}

/// `from`: the catalogue row to go on from; -1: before the first of the table.
void step(AppState& state, Host* host, const Command& command, std::int64_t from, int by) {
    if (!command.words.empty())
        wrongUse(command);
    if (host == nullptr)
        throw Error("There is no table of galaxies to walk along.");
    const ViewState& now = state.now();
    const bool inside = now.selection.rows.count() > 1;
    const std::int64_t row = host->galaxyAfter(from, by, inside);
    if (row < 0)
        throw Error("There is no galaxy to go to: run or open a study first.");
    Choices next = now.choices();
    if (!inside)
        next.selection = {RowMask::of(now.rowCount(), std::array{row}), row, {}, false};
    next.selection.current = row;
    state.change(next, command);
}

} // namespace

void chooseCutoutLook(AppState& state, Host*, const Command& command) {
    if (command.words.size() != 2)
        wrongUse(command);
    const std::string &what = command.words[0], &value = command.words[1];
    report::CutoutLook look = state.now().inspector.looks.cutout;
    if (what == "bands") {
        if (value != "colour")
            checkBand(state, value);
        look.band = value == "colour" ? std::string() : value;
    } else if (what == "stretch") {
        look.stretch = report::stretchNamed(value);
    } else if (what == "scale") {
        look.limits = report::limitsNamed(value);
    } else {
        wrongUse(command);
    }
    changeInspector(state, command, [&](InspectorChoices& next) { next.looks.cutout = look; });
}

void chooseSpectrumLook(AppState& state, Host*, const Command& command) {
    if (command.words.size() < 2)
        wrongUse(command);
    const std::string &what = command.words[0], &value = command.words[1];
    report::SpectrumLook look = state.now().inspector.looks.spectrum;
    if (what == "lines") {
        chooseLines(look, command);
    } else if (command.words.size() != 2) {
        wrongUse(command);
    } else if (what == "average") {
        const long long pixels = value == "automatic" ? 0 : parseInteger(value).value_or(-1);
        if (pixels < 0 || pixels > 10000 || (pixels == 0 && value != "automatic"))
            wrongUse(command);
        look.average = static_cast<int>(pixels);
    } else if (what == "wavelength") {
        if (!isOneOf(value, {"rest", "observed"}))
            wrongUse(command);
        look.rest = value == "rest";
    } else if (what == "errors") {
        look.errors = isOn(command, value);
    } else if (what == "masked") {
        look.masked = isOn(command, value);
    } else {
        wrongUse(command);
    }
    changeInspector(state, command, [&](InspectorChoices& next) { next.looks.spectrum = look; });
}

void chooseOrder(AppState& state, Host*, const Command& command) {
    const bool descending = command.words.size() == 2;
    if (command.words.empty() || command.words.size() > 2 || (descending && command.words[1] != "descending"))
        wrongUse(command);
    GalaxyOrder order{command.words[0] == "file" ? std::string() : command.words[0], descending};
    if (!order.expression.empty())
        checkFormula(order.expression, state.now());
    changeInspector(state, command, [&](InspectorChoices& next) { next.order = order; });
}

void chooseColumns(AppState& state, Host*, const Command& command) {
    if (command.words.empty())
        wrongUse(command);
    std::vector<std::string> columns = command.words;
    if (columns == std::vector<std::string>{"usual"})
        columns = report::usualGalaxyColumns();
    const auto& catalogue = state.now().catalogue;
    for (const std::string& word : columns) {
        if (report::findGalaxyPart(word) != nullptr)
            continue;
        if (!catalogue)
            throw Error(std::string("The table of galaxies has no column '") + word +
                        "': the study was opened without its catalogue.");
        if (catalogue->columns.at(word).width != 1) // tells near names where there is none
            throw Error(std::string("'") + word + "' holds several values of every galaxy.");
    }
    changeInspector(state, command, [&](InspectorChoices& next) { next.columns = columns; });
}

void chooseGallery(AppState& state, Host*, const Command& command) {
    if (command.words.size() != 1 || !isOneOf(command.words[0], {"selection", "all"}))
        wrongUse(command);
    changeInspector(state, command,
                    [&](InspectorChoices& next) { next.galleryOfAll = command.words[0] == "all"; });
}

void chooseNeighbours(AppState& state, Host*, const Command& command) {
    if (command.words.empty() || command.words.size() > 2 ||
        !isOneOf(command.words[0], {"interval", "nearest", "none"}))
        wrongUse(command);
    const std::string method = command.words.size() == 2 ? command.words[1] : std::string();
    if (!method.empty()) {
        if (command.words[0] != "interval")
            wrongUse(command);
        const TargetStudy* target = state.now().shownTarget();
        if (target == nullptr || target->prediction(method) == nullptr)
            throw Error(std::string("There is no method '") + method + "' in the study shown.");
    }
    changeInspector(state, command, [&](InspectorChoices& next) {
        next.neighbours = command.words[0] == "none" ? std::string() : command.words[0];
        next.neighboursOf = method;
    });
}

void findSimilar(AppState& state, Host* host, const Command& command) {
    const bool ofAll = command.words.size() == 2 && command.words[1] == "selection";
    const long long wanted =
        command.words.size() == 1 || ofAll ? parseInteger(command.words[0]).value_or(0) : 0;
    if (wanted < 1 || wanted > kMostSimilar)
        wrongUse(command);
    if (!command.rows || !command.likeness) {
        if (host == nullptr)
            throw Error("There is no window to do this with.");
        const Selection& selection = state.now().selection;
        if (!selection.rows.any())
            throw Error("Select one galaxy, or several, that others are to be like.");
        const bool one = !ofAll && selection.current >= 0;
        host->findSimilar(command,
                          one ? std::vector<std::int64_t>{selection.current} : selection.rows.rows());
        return;
    }
    Choices next = state.now().choices();
    next.selection = {*command.rows, -1, {}, false};
    if (next.selection.rows.contains(command.current))
        next.selection.current = command.current;
    next.likeness = command.likeness;
    next.inspector.order = {"similarity", true};
    state.change(next, command);
}

void lookAtNext(AppState& state, Host* host, const Command& command) {
    step(state, host, command, state.now().selection.current, 1);
}

void lookAtPrevious(AppState& state, Host* host, const Command& command) {
    step(state, host, command, state.now().selection.current, -1);
}

void lookAtFirst(AppState& state, Host* host, const Command& command) {
    step(state, host, command, -1, 1);
}

} // namespace penumbra::gui
