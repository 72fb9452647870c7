#include "gui/state/work_command.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "gui/state/commands.h"

#include <algorithm>

namespace penumbra::gui {

namespace {

[[noreturn]] void wrongUse(const Command& command) {
    throw UsageError(std::string("'") + textOf(command, 80) + "': write " + command.verb + " " +
                     findCommandKind(command.verb).usage + ".");
}

Host& hostOf(Host* host) {
    if (host == nullptr)
        throw Error("There is no window to do this with.");
    return *host;
}

/// The words from `at` on, NAME=VALUE each.
Host::Options optionsFrom(const Command& command, std::size_t at) {
    Host::Options options;
    for (; at < command.words.size(); ++at) {
        const std::string& word = command.words[at];
        const auto sign = word.find('=');
        if (sign == std::string::npos || sign == 0)
            wrongUse(command);
        options.emplace_back(word.substr(0, sign), word.substr(sign + 1));
    }
    return options;
}

void wantStudy(const AppState& state) {
    if (!state.now().study || state.now().running)
        throw Error("There is no finished study to do this with: run or open one first.");
}

} // namespace

Command regionCommand(const FoundRegion& region, const std::string& subset) {
    if (subset.empty())
        return region.where.empty() ? Command{"select", {"rows"}, region.rows}
                                    : Command{"select", {"where", region.where}};
    return {"subset", {"add", subset, "where", region.where}};
}

void findRegions(AppState& state, Host* host, const Command& command) {
    const std::string what = command.words.empty() ? std::string() : command.words.front();
    if (what != "select" && what != "subset") {
        wantStudy(state);
        hostOf(host).begin("regions", optionsFrom(command, 0));
        return;
    }
    const std::size_t most = what == "select" ? 2 : 3;
    const auto number = command.words.size() > 1 ? parseInteger(command.words[1]) : std::nullopt;
    if (!number || *number < 1 || command.words.size() > most)
        wrongUse(command);
    const FoundRegion region = hostOf(host).foundRegion(static_cast<std::size_t>(*number));
    const std::string name = command.words.size() == 3 ? command.words[2]
                             : what == "subset"        ? std::string("region").append(command.words[1])
                                                       : std::string();
    if (!name.empty() && region.where.empty()) { // rows have no words of their own: selected, then named
        runCommand(state, host, regionCommand(region));
        runCommand(state, host, {"subset", {"add", name}});
        return;
    }
    runCommand(state, host, regionCommand(region, name));
}

void repairMethods(AppState& state, Host* host, const Command& command) {
    if (command.words.empty() || command.words.front().find('=') != std::string::npos)
        wrongUse(command);
    wantStudy(state);
    Host::Options options = optionsFrom(command, 1);
    const std::string& by = command.words.front();
    options.emplace_back("by", by);
    const std::string subsetOf = "subset:";
    const Subset* subset =
        by.starts_with(subsetOf) ? state.now().subset(by.substr(subsetOf.size())) : nullptr;
    const bool says = std::any_of(options.begin(), options.end(),
                                  [](const auto& option) { return option.first == "where"; });
    if (subset != nullptr && !says && !subset->where.empty() && !subset->byOutcome)
        options.emplace_back("where", subset->where); // what the window calls by this name
    hostOf(host).begin("repair", options);
}

void applyStudy(AppState& state, Host* host, const Command& command) {
    if (command.words.size() < 3 || command.words[1] != "to")
        wrongUse(command);
    wantStudy(state);
    Host::Options options = optionsFrom(command, 3);
    options.emplace_back("galaxies", command.words[0]);
    options.emplace_back("out", command.words[2]);
    hostOf(host).begin("apply", options);
}

void generateGalaxy(AppState& state, Host* host, const Command& command) {
    if (!state.now().catalogue)
        throw Error("There is no catalogue whose galaxies could be asked about: open one first.");
    hostOf(host).begin("generate", optionsFrom(command, 0));
}

std::string whyNotConfirmed(const RowMask& rows, const std::string& where, bool drawn, bool byOutcome) {
    if (!rows.any())
        return "Nothing is selected that could be tested.";
    if (byOutcome)
        return "These galaxies were picked with a look at their truth: how they are covered follows from "
               "that, and cannot be tested. Choose galaxies by an expression without the truth, or draw a "
               "region on the map.";
    if (where.empty() && !drawn)
        return "These galaxies were picked one by one. A test needs a region, in which those held back can "
               "be "
               "counted, too: an expression, or a region drawn on the map.";
    return {};
}

void confirmSelected(AppState& state, Host* host, const Command& command) {
    wantStudy(state);
    const ViewState& now = state.now();
    Host::Options options;
    const bool ofSubset = command.words.size() == 2 && command.words.front() == "subset";
    if (!command.words.empty() && !ofSubset)
        wrongUse(command);
    std::string why;
    if (ofSubset) {
        const Subset* subset = now.subset(command.words[1]);
        if (subset == nullptr)
            throw Error(std::string("There is no subset '").append(command.words[1]).append("'."));
        why = whyNotConfirmed(subset->rows, subset->where, subset->drawn, subset->byOutcome);
        options.emplace_back("subset", subset->name);
    } else {
        const Selection& selection = now.selection;
        why = whyNotConfirmed(selection.rows, selection.where, selection.drawn, selection.byOutcome);
    }
    if (!why.empty())
        throw Error(why);
    hostOf(host).begin("confirm", options);
}

} // namespace penumbra::gui
