#include "gui/state/commands.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "gui/state/cloud_command.h"
#include "gui/state/inspector_command.h"
#include "gui/state/reports.h"
#include "gui/state/select_command.h"
#include "gui/state/space_command.h"
#include "gui/state/subset_command.h"
#include "gui/state/where.h"
#include "gui/state/work_command.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

namespace {

[[noreturn]] void wrongUse(const Command& command) {
    const CommandKind& kind = findCommandKind(command.verb);
    throw UsageError(std::string("'") + textOf(command, 80) + "': this command is written " + kind.verb +
                     (*kind.usage == '\0' ? "" : " ") + kind.usage + ".");
}

const std::string& onlyWord(const Command& command) {
    if (command.words.size() != 1 || command.words.front().empty())
        wrongUse(command);
    return command.words.front();
}

void noWords(const Command& command) {
    if (!command.words.empty())
        wrongUse(command);
}

Host& hostOf(Host* host) {
    if (host == nullptr)
        throw Error("There is no window to do this with.");
    return *host;
}

/// @throws Error naming what there is
void wantOneOf(const std::string& name, const std::vector<std::string>& names, const char* what,
               const char* none) {
    if (std::find(names.begin(), names.end(), name) != names.end())
        return;
    if (names.empty())
        throw Error(none);
    throw Error(std::string("There is no ") + what + " '" + name + "'. There are: " + joinText(names, ", ") +
                ".");
}

void openFile(AppState&, Host* host, const Command& command) {
    hostOf(host).open(onlyWord(command));
}

void runStudy(AppState& state, Host* host, const Command& command) {
    std::vector<std::pair<std::string, std::string>> options;
    for (const std::string& word : command.words) {
        const auto at = word.find('=');
        if (at == std::string::npos || at == 0)
            wrongUse(command);
        options.emplace_back(word.substr(0, at), word.substr(at + 1));
    }
    if (!state.now().catalogue)
        throw Error("There is no catalogue to run a study on: open one first.");
    hostOf(host).run(options);
}

/// Waiting is the script's; here it is only checked.
void wait(AppState&, Host*, const Command& command) {
    const bool fine = command.words.empty() ||
                      (command.words.size() == 1 && parseReal(command.words[0]).value_or(-1.0) >= 0.0);
    if (!fine)
        wrongUse(command);
}

void chooseTarget(AppState& state, Host*, const Command& command) {
    const std::string& target = onlyWord(command);
    std::vector<std::string> names;
    if (state.now().study)
        for (const TargetStudy& candidate : state.now().study->targets)
            names.push_back(candidate.name);
    else if (state.now().catalogue)
        for (const Target& candidate : state.now().catalogue->targets)
            names.push_back(candidate.name);
    wantOneOf(target, names, "target", "There is no target to choose: open a catalogue or a study first.");
    Choices next = state.now().choices();
    next.target = target;
    state.change(next, command);
}

void chooseAlpha(AppState& state, Host*, const Command& command) {
    const auto alpha = parseReal(onlyWord(command));
    if (!alpha || !(*alpha >= 0.001 && *alpha <= 0.999))
        throw UsageError(std::string("'") + command.words.front() +
                         "' is no alpha: write a number from 0.001 to 0.999, such as 0.1.");
    Choices next = state.now().choices();
    next.alpha = *alpha;
    state.change(next, command);
}

void chooseMethods(AppState& state, Host*, const Command& command) {
    const std::vector<std::string> there =
        state.now().study ? state.now().study->methods : std::vector<std::string>();
    if (command.words.size() != 1)
        wrongUse(command);
    const std::vector<std::string> ticked =
        command.words[0] == "all" ? there : splitText(command.words[0], ',');
    for (const std::string& method : ticked)
        wantOneOf(method, there, "method", "There is no method to choose: run or open a study first.");
    Choices next = state.now().choices();
    for (const std::string& method : there) {
        std::erase(next.hidden, method);
        if (std::find(ticked.begin(), ticked.end(), method) == ticked.end())
            next.hidden.push_back(method);
    }
    state.change(next, command);
}

void chooseCondition(AppState& state, Host*, const Command& command) {
    std::vector<std::string> names = {"prediction", "truth", "error", "width"};
    if (const auto catalogue = state.now().catalogue)
        for (const io::Column& column : catalogue->columns.columns)
            if (column.isNumeric() && column.width == 1)
                names.push_back(column.name);
    const std::string& wanted = onlyWord(command);
    if (std::find(names.begin(), names.end(), wanted) == names.end())
        checkFormula(wanted, state.now());
    Choices next = state.now().choices();
    next.conditionOn = command.words.front();
    state.change(next, command);
}

void choosePage(AppState& state, Host* host, const Command& command) {
    wantOneOf(onlyWord(command), hostOf(host).pages(), "page", "There is no page.");
    Choices next = state.now().choices();
    next.page = command.words.front();
    state.change(next, command);
}

void chooseTheme(AppState& state, Host*, const Command& command) {
    if (!isOneOf(onlyWord(command), {"light", "dark"}))
        wrongUse(command);
    Choices next = state.now().choices();
    next.dark = command.words.front() == "dark";
    state.change(next, command);
}

void undoChange(AppState& state, Host*, const Command& command) {
    noWords(command);
    state.undo();
}

void redoChange(AppState& state, Host*, const Command& command) {
    noWords(command);
    state.redo();
}

void writeFigure(AppState&, Host* host, const Command& command) {
    hostOf(host).writeFigure(onlyWord(command));
}

void writeGalaxies(AppState& state, Host* host, const Command& command) {
    if (command.words.size() != 2 || command.words[1].empty())
        wrongUse(command);
    const std::string& what = command.words[0];
    if (what == "maps") {
        hostOf(host).writeMaps(command.words[1]);
        return;
    }
    if (what == "selection" && !state.now().selection.rows.any())
        throw Error("Nothing is selected that could be written.");
    if (what == "selection" || what == "galaxies")
        hostOf(host).writeGalaxies(command.words[1], what == "selection");
    else if (what == "table")
        hostOf(host).writeTable(command.words[1]);
    else
        wrongUse(command);
}

void takeScreenshot(AppState&, Host* host, const Command& command) {
    long long width = 0, height = 0;
    if (command.words.size() == 2) {
        const auto size = splitText(command.words[1], 'x');
        width = size.size() == 2 ? parseInteger(size[0]).value_or(0) : 0;
        height = size.size() == 2 ? parseInteger(size[1]).value_or(0) : 0;
        if (width < 100 || height < 100 || width > 16000 || height > 16000)
            wrongUse(command);
    } else {
        onlyWord(command);
    }
    hostOf(host).takeScreenshot(command.words.front(), static_cast<int>(width), static_cast<int>(height));
}

void handleRuns(AppState&, Host* host, const Command& command) {
    const std::vector<std::string>& words = command.words;
    const auto is = [&](const char* word, std::size_t count) {
        return words.size() == count && words[0] == word && !words[1].empty();
    };
    if (is("show", 2))
        hostOf(host).showRun(words[1]);
    else if (is("rename", 3))
        hostOf(host).renameRun(words[1], words[2]);
    else if (is("remove", 2))
        hostOf(host).removeRun(words[1]);
    else if (is("save", 3))
        hostOf(host).saveRun(words[1], words[2]);
    else if (is("compare", 2))
        hostOf(host).compareRuns(splitText(words[1], ','));
    else
        wrongUse(command);
}

void saveSession(AppState&, Host* host, const Command& command) {
    if (command.words.size() != 2 || command.words[0] != "session" || command.words[1].empty())
        wrongUse(command);
    hostOf(host).saveSession(command.words[1]);
}

void recoverSession(AppState&, Host* host, const Command& command) {
    noWords(command);
    hostOf(host).recoverSession();
}

void report(AppState& state, Host* host, const Command& command) {
    if (command.words.size() != 2 || command.words[1] != "--json")
        wrongUse(command);
    nlohmann::json json;
    if (const std::string& what = command.words[0]; what == "selection")
        json = selectionReport(state.now());
    else if (what == "subsets")
        json = subsetsReport(state.now());
    else if (what == "state")
        json = stateReport(state);
    else if (what == "runs")
        json = hostOf(host).runs();
    else if (what == "stalls")
        json = hostOf(host).stalls();
    else if (isOneOf(what, {"regions", "repair", "apply", "confirm", "generate"}))
        json = hostOf(host).found(what);
    else
        wrongUse(command);
    hostOf(host).report(jsonText(json));
}

void quit(AppState&, Host* host, const Command& command) {
    noWords(command);
    hostOf(host).quit();
}

const char* const selectUsage =
    "where \"EXPR\" | rows 1,2,8-11 | lasso VIEW x,y x,y x,y ... | worst | all | none | "
    "invert [add|remove|intersect]";
const char* const reportUsage =
    "selection | subsets | state | runs | stalls | regions | repair | apply | confirm | generate --json";
const char* const regionsUsage = "[OPTION=VALUE ...] | select NUMBER | subset NUMBER [NAME]";
const char* const runsUsage = "show NAME | rename NAME NEW | remove NAME | save NAME PATH | compare A,B";
const char* const subsetUsage = "add NAME [where \"EXPR\"] | remove NAME | use NAME [add|remove|intersect]";

// clang-format off
const CommandKind kinds[] = {
    {"open", "PATH", "a catalogue, study, table or session", Rest::File, openFile},
    {"run", "[OPTION=VALUE ...]", "a study of the open catalogue, with options of `penumbra-cli study`", Rest::Nothing, runStudy},
    {"wait", "[SECONDS]", "until nothing runs, or so long", Rest::All, wait},
    {"target", "T", "the quantity that every page shows", Rest::Nothing, chooseTarget},
    {"alpha", "A", "intervals should hold 1 - A of the galaxies", Rest::Nothing, chooseAlpha},
    {"methods", "A,B | all", "the methods that every page shows", Rest::Nothing, chooseMethods},
    {"condition", "C", "the variable along which coverage is shown", Rest::Nothing, chooseCondition},
    {"page", "ID", "the page in front", Rest::Nothing, choosePage},
    {"map", mapUsage, "makes a map of the catalogue's features", Rest::Nothing, makeMap},
    {"positions", positionsUsage, "where the points of the map stand", Rest::Nothing, choosePositions},
    {"colour", colourUsage, "what colours them: a column or formula", Rest::Nothing, chooseColour},
    {"beside", besideUsage, "a second view beside the map, with positions and colours of its own", Rest::Nothing, arrangeBeside},
    {"density", "on | off", "how many points instead of points", Rest::Nothing, chooseDensity},
    {"space", spaceUsage, "the cloud in three dimensions: where its points stand, how they look", Rest::Nothing, arrangeSpace},
    {"camera", cameraUsage, "from where it is looked at: degrees, and where in a cube from -1 to 1", Rest::Nothing, moveCamera},
    {"theme", "light | dark", "the window's colours", Rest::Nothing, chooseTheme},
    {"select", selectUsage, "galaxies among the test galaxies of the target", Rest::Screen, selectGalaxies},
    {"current", "OBJECT_ID", "the galaxy looked at", Rest::Nothing, lookAt},
    {"subset", subsetUsage, "names the selection, forgets a name, selects what has it", Rest::Screen, nameSubset},
    {"similar", "N [selection]", "selects the N galaxies whose features are most like those of the one looked at, or of all selected", Rest::All, findSimilar},
    {"first", "", "looks at the first galaxy of the table, or of those selected", Rest::Screen, lookAtFirst},
    {"next", "", "looks at the next galaxy of the table, or of those selected", Rest::Screen, lookAtNext},
    {"previous", "", "looks at the one before", Rest::Screen, lookAtPrevious},
    {"order", "\"EXPR\" [descending] | file", "sorts the galaxies in table and gallery", Rest::Nothing, chooseOrder},
    {"columns", columnsUsage, "what the table of galaxies shows of each: parts of intervals, columns of the catalogue", Rest::Screen, chooseColumns},
    {"gallery", "selection | all", "the galaxies in the gallery", Rest::Nothing, chooseGallery},
    {"cutout", cutoutUsage, "how images are shown", Rest::Nothing, chooseCutoutLook},
    {"spectrum", spectrumUsage, "how spectra are shown", Rest::Nothing, chooseSpectrumLook},
    {"neighbours", "interval [METHOD] | nearest | none", "marks on the map what an interval, or likeness, is made of", Rest::Nothing, chooseNeighbours},
    {"regions", regionsUsage, "searches for parts of the sample that are covered too little; selects or names one", Rest::Nothing, findRegions},
    {"confirm", "[subset NAME]", "tests what is selected on the galaxies that searches hold back", Rest::Screen, confirmSelected},
    {"repair", "BY [OPTION=VALUE ...]", "calibrates methods anew, with options of `penumbra-cli repair`", Rest::Nothing, repairMethods},
    {"apply", "FILE to OUT [OPTION=VALUE ...]", "the study's intervals of other galaxies, with options of `penumbra-cli predict`", Rest::Nothing, applyStudy},
    {"generate", "[coverage=N] [OPTION=VALUE ...]", "asks AION-1 of the galaxy looked at, or of N to see how often it is right, with options of `penumbra-cli generate`", Rest::Nothing, generateGalaxy},
    {"undo", "", "goes back before the last change", Rest::Nothing, undoChange},
    {"redo", "", "makes the change again that was undone last", Rest::Nothing, redoChange},
    {"figure", "OUT", "writes the page's figure: pdf, svg, png or csv", Rest::Screen, writeFigure},
    {"export", "selection | galaxies | table | maps OUT", "writes the galaxies selected, all that are shown, or the comparison table, by the ending of OUT; or a copy of the catalogue with the maps made here", Rest::Written, writeGalaxies},
    {"screenshot", "OUT.png [WxH]", "a picture of the window", Rest::Screen, takeScreenshot},
    {"runs", runsUsage, "studies run or opened here: shown again, named, given up, written, compared", Rest::File, handleRuns},
    {"save", "session PATH", "what is open and how it is shown, to be opened again", Rest::File, saveSession},
    {"recover", "", "opens the newest session that a killed window left", Rest::File, recoverSession},
    {"report", reportUsage, "one line on standard output", Rest::Screen, report},
    {"quit", "", "ends without a question", Rest::Nothing, quit},
};
// clang-format on

} // namespace

std::span<const CommandKind> allCommandKinds() {
    return kinds;
}

const CommandKind& findCommandKind(const std::string& verb) {
    std::vector<std::string> verbs;
    for (const CommandKind& kind : kinds) {
        if (verb == kind.verb)
            return kind;
        verbs.emplace_back(kind.verb);
    }
    const auto near = nearNames(verb, verbs);
    throw UsageError(std::string("There is no command '") + verb + "'. " +
                     (near.empty() ? "There are: " + joinText(verbs, ", ")
                                   : "Did you mean " + joinText(near, ", ") + "?"));
}

void runCommand(AppState& state, Host* host, const Command& command) {
    findCommandKind(command.verb).run(state, host, command);
}

Command methodsCommand(const std::vector<std::string>& ticked) {
    return {"methods", {joinText(ticked, ",")}};
}

Command selectRows(const ViewState& now, const RowMask& rows, Combine how, std::int64_t current) {
    if (!rows.any() && how == Combine::Replace)
        return {"select", {"none"}};
    Command command{"select", {"rows"}, rows, current};
    if (const std::string word = combineWord(how); !word.empty())
        command.words.push_back(word);
    if (current >= 0) {
        command.words.emplace_back("current");
        command.words.push_back(now.nameOf(current));
    }
    return command;
}

Command selectWhere(const std::string& formula, Combine how) {
    Command command{"select", {"where", formula}};
    if (const std::string word = combineWord(how); !word.empty())
        command.words.push_back(word);
    return command;
}

} // namespace penumbra::gui
