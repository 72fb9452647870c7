#include "gui/state/session_file.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/catalogue/catalogue.h"
#include "gui/state/command.h"
#include "penumbra_version.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <limits>
#include <set>
#include <sstream>

namespace penumbra::gui {

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

constexpr const char* mark = "Penumbra session"; // sorted before all other keys: among the first bytes
constexpr int formatVersion = 1;

json toJson(const FileReference& reference) {
    return {{"path", reference.path.string()},
            {"relative", reference.relative},
            {"hash", reference.hash},
            {"bytes", reference.size}};
}

FileReference referenceFrom(const json& value) {
    FileReference reference;
    reference.path = value.at("path").get<std::string>();
    reference.relative = value.at("relative").get<std::string>();
    reference.hash = value.at("hash").get<std::string>();
    reference.size = value.at("bytes").get<std::uintmax_t>();
    return reference;
}

json toJson(const RowMask& rows) {
    return {{"of", rows.size()}, {"rows", rowsText(rows)}};
}

RowMask maskFrom(const json& value) {
    return rowsNamed(value.at("rows").get<std::string>(), value.at("of").get<std::size_t>());
}

json toJson(const Subset& subset) {
    return {{"name", subset.name},   {"colour", subset.colour},
            {"where", subset.where}, {"by_outcome", subset.byOutcome},
            {"drawn", subset.drawn}, {"galaxies", toJson(subset.rows)}};
}

Subset subsetFrom(const json& value) {
    return {value.at("name").get<std::string>(), value.at("colour").get<std::string>(),
            maskFrom(value.at("galaxies")),      value.at("where").get<std::string>(),
            value.at("by_outcome").get<bool>(),  value.value("drawn", false)};
}

json toJson(const CloudChoices& cloud) {
    return {{"positions", cloud.positions},
            {"x", cloud.x},
            {"y", cloud.y},
            {"colour", cloud.colour},
            {"density", cloud.density}};
}

CloudChoices cloudFrom(const json& value) {
    return {value.at("positions").get<std::string>(), value.at("x").get<std::string>(),
            value.at("y").get<std::string>(), value.at("colour").get<std::string>(),
            value.at("density").get<bool>()};
}

json toJson(const InspectorChoices& inspector) {
    const report::CutoutLook& cutout = inspector.looks.cutout;
    const report::SpectrumLook& spectrum = inspector.looks.spectrum;
    return {{"cutout",
             {{"band", cutout.band},
              {"stretch", report::nameOf(cutout.stretch)},
              {"scale", report::nameOf(cutout.limits)}}},
            {"spectrum",
             {{"average", spectrum.average},
              {"rest", spectrum.rest},
              {"errors", spectrum.errors},
              {"masked", spectrum.masked},
              {"true_lines", spectrum.trueLines},
              {"predicted_lines", spectrum.predictedLines},
              {"all_lines", spectrum.allLines}}},
            {"order", inspector.order.expression},
            {"descending", inspector.order.descending},
            {"columns", inspector.columns},
            {"gallery_of_all", inspector.galleryOfAll},
            {"neighbours", inspector.neighbours},
            {"neighbours_of", inspector.neighboursOf}};
}

InspectorChoices inspectorFrom(const json& value) {
    InspectorChoices inspector;
    const json &cutout = value.at("cutout"), &spectrum = value.at("spectrum");
    inspector.looks.cutout = {cutout.at("band").get<std::string>(),
                              report::stretchNamed(cutout.at("stretch").get<std::string>()),
                              report::limitsNamed(cutout.at("scale").get<std::string>())};
    inspector.looks.spectrum = {
        spectrum.at("average").get<int>(),     spectrum.at("rest").get<bool>(),
        spectrum.at("errors").get<bool>(),     spectrum.at("masked").get<bool>(),
        spectrum.at("true_lines").get<bool>(), spectrum.at("predicted_lines").get<bool>(),
        spectrum.at("all_lines").get<bool>()};
    inspector.order = {value.at("order").get<std::string>(), value.at("descending").get<bool>()};
    inspector.columns = value.value("columns", inspector.columns); // not in older sessions
    inspector.galleryOfAll = value.at("gallery_of_all").get<bool>();
    inspector.neighbours = value.at("neighbours").get<std::string>();
    inspector.neighboursOf = value.at("neighbours_of").get<std::string>();
    return inspector;
}

/// Of the selected galaxies alone: the others' can be found again.
json toJson(const Likeness& likeness, const RowMask& selected) {
    json similarity = json::array();
    for (const std::int64_t row : selected.rows())
        similarity.push_back(likeness.similarity.at(static_cast<std::size_t>(row)));
    return {{"features", likeness.features},
            {"examples", likeness.examples},
            {"galaxies", toJson(selected)},
            {"similarity", std::move(similarity)}};
}

std::shared_ptr<const Likeness> likenessFrom(const json& value) {
    auto likeness = std::make_shared<Likeness>();
    likeness->features = value.at("features").get<std::string>();
    likeness->examples = value.at("examples").get<std::vector<std::int64_t>>();
    const RowMask rows = maskFrom(value.at("galaxies"));
    likeness->similarity.assign(rows.size(), std::numeric_limits<double>::quiet_NaN());
    std::size_t at = 0;
    for (const std::int64_t row : rows.rows()) {
        const json& similarity = value.at("similarity").at(at++);
        if (similarity.is_number()) // null: not a number
            likeness->similarity[static_cast<std::size_t>(row)] = similarity.get<double>();
    }
    return likeness;
}

json toJson(const SpaceChoices& space) {
    return {{"positions", space.positions},
            {"x", space.x},
            {"y", space.y},
            {"z", space.z},
            {"camera", {space.azimuth, space.elevation, space.zoom}},
            {"centre", space.centre},
            {"size", space.size},
            {"opacity", space.opacity},
            {"range", space.range ? json{space.range->first, space.range->second} : json()}};
}

SpaceChoices spaceFrom(const json& value) {
    SpaceChoices space;
    space.positions = value.at("positions").get<std::string>();
    space.x = value.at("x").get<std::string>();
    space.y = value.at("y").get<std::string>();
    space.z = value.at("z").get<std::string>();
    space.azimuth = value.at("camera").at(0).get<double>();
    space.elevation = value.at("camera").at(1).get<double>();
    space.zoom = value.at("camera").at(2).get<double>();
    space.centre = value.at("centre").get<std::array<double, 3>>();
    space.size = value.at("size").get<double>();
    space.opacity = value.at("opacity").get<double>();
    if (!value.at("range").is_null())
        space.range = {value.at("range").at(0).get<double>(), value.at("range").at(1).get<double>()};
    return space;
}

json viewToJson(const Choices& choices) {
    return {{"target", choices.target},
            {"alpha", choices.alpha},
            {"hidden_methods", choices.hidden},
            {"condition", choices.conditionOn},
            {"page", choices.page},
            {"theme", choices.dark ? "dark" : "light"},
            {"map", toJson(choices.cloud)},
            {"map_beside", choices.cloudBeside ? toJson(*choices.cloudBeside) : json()},
            {"inspector", toJson(choices.inspector)},
            {"space", toJson(choices.space)}};
}

void readView(const json& view, Choices& choices) {
    choices.target = view.at("target").get<std::string>();
    choices.alpha = view.at("alpha").get<double>();
    choices.hidden = view.at("hidden_methods").get<std::vector<std::string>>();
    choices.conditionOn = view.at("condition").get<std::string>();
    choices.page = view.at("page").get<std::string>();
    choices.dark = view.at("theme").get<std::string>() == "dark";
    if (view.contains("map")) // sessions written before there was one
        choices.cloud = cloudFrom(view.at("map"));
    if (view.contains("map_beside") && !view.at("map_beside").is_null())
        choices.cloudBeside = cloudFrom(view.at("map_beside"));
    if (view.contains("inspector"))
        choices.inspector = inspectorFrom(view.at("inspector"));
    if (view.contains("space"))
        choices.space = spaceFrom(view.at("space"));
    if (!(choices.alpha >= 0.001 && choices.alpha <= 0.999))
        throw Error("alpha is not between 0.001 and 0.999");
}

json toJson(const Selection& selection) {
    return {{"galaxies", toJson(selection.rows)},
            {"current_row", selection.current},
            {"where", selection.where},
            {"by_outcome", selection.byOutcome},
            {"drawn", selection.drawn}};
}

Selection selectionFrom(const json& value) {
    Selection selection{maskFrom(value.at("galaxies")), value.at("current_row").get<std::int64_t>(),
                        value.at("where").get<std::string>(), value.at("by_outcome").get<bool>(),
                        value.value("drawn", false)};
    if (!selection.rows.contains(selection.current))
        selection.current = -1;
    return selection;
}

json toJson(const RunReference& run) {
    return {{"name", run.name}, {"when", run.when}, {"study", toJson(run.study)}, {"unsaved", run.unsaved}};
}

RunReference runFrom(const json& value) {
    return {value.at("name").get<std::string>(), value.at("when").get<std::string>(),
            referenceFrom(value.at("study")), value.at("unsaved").get<bool>()};
}

/// Reads one part; what fails there is noted and stops nothing else.
template <typename Read>
void readPart(const json& whole, const char* name, std::vector<std::string>& notes, Read read) {
    const auto found = whole.find(name);
    if (found == whole.end() || found->is_null())
        return;
    try {
        read(*found);
    } catch (const std::exception& failure) {
        notes.push_back(std::string("The session's part '") + name + "' is damaged and was left out (" +
                        failure.what() + ").");
    }
}

bool hasBytes(const fs::path& file, const FileReference& reference, const RunContext& context) {
    std::error_code problem;
    if (!fs::is_regular_file(file, problem) || fs::file_size(file, problem) != reference.size || problem)
        return false;
    return fileHash(file, context) == reference.hash;
}

std::string contentsOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw Error(path.string() + " cannot be read.");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

} // namespace

FileReference referTo(const fs::path& file, const fs::path& sessionFolder, const RunContext& context) {
    FileReference reference;
    reference.path = fs::absolute(file);
    std::error_code problem;
    const fs::path relative = fs::relative(file, sessionFolder, problem);
    reference.relative = problem ? file.filename().string() : relative.string();
    reference.size = fs::file_size(file, problem);
    if (problem)
        throw Error(file.string() + " cannot be read: " + problem.message() + ".");
    reference.hash = fileHash(file, context);
    return reference;
}

fs::path findAgain(const FileReference& reference, const fs::path& sessionFolder, const RunContext& context) {
    const std::string name = reference.path.filename().string();
    std::set<fs::path> seen;
    const auto fits = [&](const fs::path& candidate) {
        return seen.insert(candidate).second && hasBytes(candidate, reference, context);
    };
    for (const fs::path& candidate : {sessionFolder / reference.relative, sessionFolder / name})
        if (fits(candidate))
            return candidate.lexically_normal();
    std::error_code problem;
    for (const fs::directory_entry& entry : fs::directory_iterator(sessionFolder, problem))
        if (entry.path().extension() == reference.path.extension() && fits(entry.path()))
            return entry.path();
    return fits(reference.path) ? reference.path : fs::path();
}

bool isSessionFile(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string first(200, '\0');
    file.read(first.data(), static_cast<std::streamsize>(first.size()));
    first.resize(static_cast<std::size_t>(file.gcount()));
    const auto brace = first.find_first_not_of(" \t\r\n");
    return brace != std::string::npos && first[brace] == '{' &&
           first.find(std::string("\"") + mark) != std::string::npos;
}

void writeSession(const Session& session, const fs::path& path) {
    json whole;
    whole[mark] = formatVersion;
    whole["made_by"] = std::string("penumbra ") + versionText;
    for (const auto& [name, reference] :
         {std::pair{"catalogue", &session.catalogue}, std::pair{"study", &session.study},
          std::pair{"table", &session.table}, std::pair{"maps", &session.maps}})
        if (*reference)
            whole[name] = toJson(**reference);
    whole["view"] = viewToJson(session.choices);
    whole["selection"] = toJson(session.choices.selection);
    if (session.choices.likeness)
        whole["likeness"] = toJson(*session.choices.likeness, session.choices.selection.rows);
    json subsets = json::array();
    for (const Subset& subset : session.choices.subsets)
        subsets.push_back(toJson(subset));
    whole["subsets"] = std::move(subsets);
    whole["layout"] = session.layout;
    if (!session.shownRun.empty())
        whole["shown_run"] = session.shownRun;
    json runs = json::array();
    for (const RunReference& run : session.runs)
        runs.push_back(toJson(run));
    if (!runs.empty())
        whole["runs"] = std::move(runs);
    if (session.studyIsUnsaved)
        whole["study_is_unsaved"] = true;
    writeFileAtomically(path, jsonText(whole, 1) + "\n");
}

Session readSession(const fs::path& path) {
    const json whole = json::parse(contentsOf(path), nullptr, false);
    if (whole.is_discarded() || !whole.is_object() || !whole.contains(mark))
        throw Error(path.string() + " is no session, or it is damaged: it cannot be read as one.");
    if (!whole[mark].is_number_integer() || whole[mark].get<int>() > formatVersion)
        throw Error(path.string() + " was written by a newer Penumbra; this one reads sessions of version " +
                    std::to_string(formatVersion) + ".");
    Session session;
    const auto reference = [&](const char* name, std::optional<FileReference>& to) {
        readPart(whole, name, session.notes, [&](const json& value) { to = referenceFrom(value); });
    };
    reference("catalogue", session.catalogue);
    reference("study", session.study);
    reference("table", session.table);
    reference("maps", session.maps);
    Choices& choices = session.choices;
    readPart(whole, "view", session.notes, [&](const json& value) {
        Choices read;
        readView(value, read);
        choices = read;
    });
    readPart(whole, "selection", session.notes,
             [&](const json& value) { choices.selection = selectionFrom(value); });
    readPart(whole, "likeness", session.notes,
             [&](const json& value) { choices.likeness = likenessFrom(value); });
    readPart(whole, "subsets", session.notes, [&](const json& list) {
        for (std::size_t i = 0; i < list.size(); ++i)
            readPart(json{{"subset", list.at(i)}}, "subset", session.notes,
                     [&](const json& value) { choices.subsets.push_back(subsetFrom(value)); });
    });
    readPart(whole, "shown_run", session.notes,
             [&](const json& value) { session.shownRun = value.get<std::string>(); });
    readPart(whole, "runs", session.notes, [&](const json& list) {
        for (std::size_t i = 0; i < list.size(); ++i)
            readPart(json{{"run", list.at(i)}}, "run", session.notes,
                     [&](const json& value) { session.runs.push_back(runFrom(value)); });
    });
    readPart(whole, "study_is_unsaved", session.notes,
             [&](const json& value) { session.studyIsUnsaved = value.get<bool>(); });
    readPart(whole, "layout", session.notes,
             [&](const json& value) { session.layout = value.get<std::string>(); });
    return session;
}

} // namespace penumbra::gui
