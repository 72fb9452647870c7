#include "gui/state/space_command.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "gui/state/commands.h"
#include "gui/state/where.h"

#include <algorithm>
#include <tuple>

namespace penumbra::gui {

const char* const spaceUsage =
    "MAP | redshift [\"EXPR\"] | columns X Y Z | umap [FEATURES] | pca [FEATURES] | "
    "size PIXELS | size auto | opacity SHARE | range LOW HIGH | range auto";
const char* const cameraUsage = "front | side | top | corner | AZIMUTH ELEVATION [ZOOM [X Y Z]]";

namespace {

[[noreturn]] void wrongUse(const Command& command) {
    throw UsageError(std::string("'") + textOf(command, 80) + "': this command is written " + command.verb +
                     " " + findCommandKind(command.verb).usage + ".");
}

double realAt(const Command& command, std::size_t at, double low, double high) {
    const auto value = at < command.words.size() ? parseReal(command.words[at]) : std::nullopt;
    if (!value || !(*value >= low && *value <= high))
        wrongUse(command);
    return *value;
}

void wantWords(const Command& command, std::size_t fewest, std::size_t most) {
    if (command.words.size() < fewest || command.words.size() > most)
        wrongUse(command);
}

/// A column or target that is named as redshifts are. @throws Error
std::string redshiftOf(const ViewState& state) {
    const std::vector<std::string> names = namesForWhere(state);
    for (const char* name : {"z", "Z", "redshift", "REDSHIFT", "z_spec", "Z_SPEC", "specz", "Z_HP"})
        if (std::find(names.begin(), names.end(), name) != names.end())
            return name;
    throw Error("No column is called as redshifts are: name it, space redshift \"COLUMN\".");
}

void placeByRedshift(const ViewState& now, const Command& command, SpaceChoices& space) {
    wantWords(command, 1, 2);
    if (!now.catalogue || now.catalogue->ra.empty())
        throw Error("There are no positions on the sky in what is open: ra and dec are needed.");
    space.z = command.words.size() == 2 ? command.words[1] : redshiftOf(now);
    checkFormula(space.z, now);
}

void placeByColumns(const ViewState& now, const Command& command, SpaceChoices& space) {
    wantWords(command, 4, 4);
    for (std::size_t i = 1; i < 4; ++i)
        if (!command.words[i].empty())
            checkFormula(command.words[i], now);
    space.x = command.words[1];
    space.y = command.words[2];
    space.z = command.words[3];
}

bool isAuto(const Command& command) {
    return command.words.size() == 2 && command.words[1] == "auto";
}

/// Size, opacity or range. @return false: another word
bool changeLook(const Command& command, SpaceChoices& space) {
    const std::string& what = command.words.front();
    if (what == "size") {
        wantWords(command, 2, 2);
        space.size = isAuto(command) ? 0.0 : realAt(command, 1, 1.0, 40.0);
    } else if (what == "opacity") {
        wantWords(command, 2, 2);
        space.opacity = realAt(command, 1, 0.05, 1.0);
    } else if (what == "range") {
        space.range.reset();
        if (!isAuto(command)) {
            wantWords(command, 3, 3);
            const double low = realAt(command, 1, -1e300, 1e300), high = realAt(command, 2, -1e300, 1e300);
            if (!(low < high))
                throw UsageError("The range of colours goes from a lower to a higher number.");
            space.range = {low, high};
        }
    } else {
        return false;
    }
    return true;
}

struct Preset {
    const char* name;
    double azimuth, elevation;
};
constexpr Preset presets[] = {
    {"front", 0.0, 0.0}, {"side", 90.0, 0.0}, {"top", 0.0, 90.0}, {"corner", 35.0, 25.0}};

} // namespace

void arrangeSpace(AppState& state, Host* host, const Command& command) {
    wantWords(command, 1, 4);
    if (host == nullptr)
        throw Error("There is no window to do this with.");
    const ViewState& now = state.now();
    const std::string& what = command.words.front();
    if (what == "umap" || what == "pca") {
        wantWords(command, 1, 2);
        host->makeSpaceMap(what, command.words.size() == 2 ? command.words[1] : std::string());
        return;
    }
    Choices next = now.choices();
    if (!changeLook(command, next.space)) {
        if (what == "redshift") {
            placeByRedshift(now, command, next.space);
        } else if (what == "columns") {
            placeByColumns(now, command, next.space);
        } else {
            wantWords(command, 1, 1);
            const auto maps = host->spaceMaps();
            if (std::find(maps.begin(), maps.end(), what) == maps.end())
                throw Error("There is no map '" + what + "' of three dimensions. " +
                            (maps.empty() ? "Make one with space umap."
                                          : "There are: " + joinText(maps, ", ") + "."));
        }
        next.space.positions = what;
    }
    state.change(next, command);
}

std::optional<std::pair<double, double>> presetCamera(const std::string& name) {
    for (const Preset& preset : presets)
        if (name == preset.name)
            return std::pair(preset.azimuth, preset.elevation);
    return std::nullopt;
}

void moveCamera(AppState& state, Host*, const Command& command) {
    Choices next = state.now().choices();
    SpaceChoices& space = next.space;
    const auto preset = command.words.size() == 1 ? presetCamera(command.words.front()) : std::nullopt;
    space.zoom = 1.0;
    space.centre = {};
    if (preset) {
        std::tie(space.azimuth, space.elevation) = *preset;
    } else {
        const std::size_t count = command.words.size();
        if (count != 2 && count != 3 && count != 6)
            wrongUse(command);
        space.azimuth = realAt(command, 0, -360.0, 360.0);
        space.elevation = realAt(command, 1, -90.0, 90.0);
        if (count > 2)
            space.zoom = realAt(command, 2, 0.2, 1000.0);
        for (std::size_t i = 0; i < 3 && count == 6; ++i)
            space.centre[i] = realAt(command, 3 + i, -2.0, 2.0);
    }
    state.change(next, command);
}

Command cameraCommand(const SpaceChoices& space) {
    Command command{"camera", {}};
    for (const double degrees : {space.azimuth, space.elevation})
        command.words.push_back(formatFixed(degrees, 1));
    for (const double value : {space.zoom, space.centre[0], space.centre[1], space.centre[2]})
        command.words.push_back(formatFixed(value, 4));
    return command;
}

} // namespace penumbra::gui
