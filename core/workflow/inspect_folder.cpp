#include "core/workflow/inspect_folder.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/catalogue/multimodal_universe.h"
#include "core/io/hats_folder.h"
#include "core/io/table_reader.h"

#include <algorithm>
#include <fstream>
#include <map>

namespace penumbra::workflow {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string countText(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

void addLine(CommandResult& result, const std::string& label, const std::string& value) {
    result.text += label + std::string(label.size() < 10 ? 10 - label.size() : 1, ' ') + value + "\n";
}

/// "3 tiles of order 2, 117 of order 5".
std::string orderWords(const io::HatsFolder& hats) {
    std::map<int, std::size_t> counts;
    for (const io::HatsTile& tile : hats.tiles)
        ++counts[tile.order];
    std::vector<std::string> words;
    for (const auto& [order, count] : counts)
        words.push_back(countText(count) + " of order " + std::to_string(order));
    return joinText(words, ", ");
}

void addColumns(CommandResult& result, const io::TableOutline& outline) {
    std::size_t widest = 4, widestType = 4;
    for (const auto& column : outline.columns) {
        widest = std::max(widest, column.name.size());
        widestType = std::max(widestType, column.type.size());
    }
    result.text += "\n";
    result.json["columns"] = json::array();
    for (const auto& column : outline.columns) {
        std::string line =
            "  " + column.name + std::string(widest - column.name.size() + 2, ' ') + column.type;
        if (!column.unit.empty() || !column.description.empty())
            line += std::string(widestType - column.type.size() + 2, ' ') + column.unit;
        if (!column.description.empty())
            line += "  " + column.description;
        result.text += line + "\n";
        result.json["columns"].push_back({{"name", column.name},
                                          {"type", column.type},
                                          {"unit", column.unit},
                                          {"description", column.description}});
    }
    result.text += "\n";
}

CommandResult inspectHats(const fs::path& folder) {
    const io::HatsFolder hats = io::openHats(folder);
    CommandResult result;
    result.json = {{"kind", "hats"}, {"file", folder.string()}, {"name", hats.name}};
    addLine(result, "HATS", folder.string() + " (" + hats.name + ")");
    addLine(result, "tiles", countText(hats.tiles.size()) + ": " + orderWords(hats));
    result.json["tiles"] = hats.tiles.size();
    if (hats.rows >= 0)
        addLine(result, "rows", countText(static_cast<std::size_t>(hats.rows)));
    result.json["rows"] = hats.rows >= 0 ? json(hats.rows) : json(nullptr);
    if (!hats.raColumn.empty())
        addLine(result, "positions", hats.raColumn + ", " + hats.decColumn);
    if (!hats.siblings.empty())
        addLine(result, "besides", joinText(hats.siblings, ", ") + " (not read)");
    result.json["besides"] = hats.siblings;
    const io::TableOutline outline = hats.outline();
    addColumns(result, outline);
    addLine(result, "first",
            "tile " + hats.tiles.front().text() +
                (hats.filesOf(hats.tiles.front()).empty() ? ", which is not here" : ""));
    addLine(result, "see",
            "penumbra-cli import " + folder.string() +
                " --features-from COLUMNS --target NAME=COLUMN --out catalogue.h5; --cone or --tiles "
                "read a part of the sky");
    return result;
}

CommandResult inspectSurveys(const fs::path& folder, const std::vector<UniverseSurvey>& surveys,
                             const RunContext& context) {
    CommandResult result;
    result.json = {{"kind", "multimodal universe"}, {"file", folder.string()}, {"surveys", json::array()}};
    addLine(result, "folder",
            folder.string() + ": " + countText(surveys.size()) +
                (surveys.size() == 1 ? " survey" : " surveys") + " of the Multimodal Universe");
    for (const UniverseSurvey& survey : surveys) {
        UniverseSurvey one = survey;
        one.files.resize(1);
        const UniverseTable first = readUniverseTable(one, 0, context.quiet());
        std::vector<std::string> holds, names;
        for (const auto& [there, word] :
             {std::pair{survey.images, "images"}, std::pair{survey.spectra, "spectra"},
              std::pair{survey.labels, "PROVABGS labels"}})
            if (there)
                holds.push_back(word);
        for (const auto& column : first.columns.columns)
            names.push_back(column.name);
        addLine(result, "survey",
                survey.name + ": " + joinText(holds, ", ") + "; " + countText(survey.files.size()) +
                    (survey.files.size() == 1 ? " file" : " files") + ", " +
                    countText(first.storedAt.size()) + " galaxies in the first");
        addLine(result, "columns", joinText(names, ", "));
        result.json["surveys"].push_back({{"name", survey.name},
                                          {"folder", survey.folder.string()},
                                          {"files", survey.files.size()},
                                          {"images", survey.images},
                                          {"spectra", survey.spectra},
                                          {"labels", survey.labels},
                                          {"galaxies_in_first_file", first.storedAt.size()},
                                          {"columns", names}});
    }
    addLine(result, "see", "penumbra-cli encode " + folder.string() + " --weights FOLDER --out galaxies.h5");
    return result;
}

std::vector<fs::path> filesEndingIn(const fs::path& folder, std::string_view ending) {
    std::vector<fs::path> files;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed))
        if (entry.path().filename().string().ends_with(ending))
            files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

/// A model: config.json beside safetensors, codecs below.
CommandResult inspectWeights(const fs::path& folder, const std::vector<fs::path>& tensors) {
    CommandResult result;
    std::ifstream file(folder / "config.json");
    const json config = json::parse(file, nullptr, false);
    if (!config.is_object())
        throw Error((folder / "config.json").string() +
                    ": is no JSON object; the model's settings belong there");
    std::uintmax_t bytes = 0;
    std::error_code failed;
    for (const fs::path& path : tensors) {
        const auto size = fs::file_size(path, failed);
        bytes += failed ? 0 : size;
    }
    addLine(result, "weights",
            folder.string() + ": " + countText(tensors.size()) + (tensors.size() == 1 ? " file" : " files") +
                " of safetensors, " + countText(static_cast<std::size_t>(bytes / 1000000)) + " MB");
    for (const auto& [key, value] : config.items())
        if (value.is_primitive())
            addLine(result, "config",
                    key + " = " + (value.is_string() ? value.get<std::string>() : shortJsonText(value)));
    std::vector<std::string> codecs;
    for (const auto& entry : fs::directory_iterator(folder / "codecs", failed))
        codecs.push_back(entry.path().filename().string());
    std::sort(codecs.begin(), codecs.end());
    addLine(result, "codecs", codecs.empty() ? "none: encode needs them in codecs/" : joinText(codecs, ", "));
    result.json = {{"kind", "weights"}, {"file", folder.string()}, {"files", tensors.size()},
                   {"bytes", bytes},    {"config", config},        {"codecs", codecs}};
    addLine(result, "see",
            "penumbra-cli encode GALAXIES --weights " + folder.string() + " --out galaxies.h5");
    return result;
}

} // namespace

CommandResult inspectFolder(const fs::path& folder, const RunContext& context) {
    if (io::isHats(folder))
        return inspectHats(folder);
    const auto tensors = filesEndingIn(folder, ".safetensors");
    std::error_code failed;
    if (!tensors.empty() && fs::exists(folder / "config.json", failed))
        return inspectWeights(folder, tensors);
    if (const auto surveys = findUniverseSurveys(folder); !surveys.empty())
        return inspectSurveys(folder, surveys, context);
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder, failed))
        if (names.size() < 10)
            names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    throw Error(folder.string() +
                ": is neither a HATS catalogue (hats.properties), nor surveys of the Multimodal Universe "
                "(SURVEY/healpix=NUMBER/*.hdf5), nor a model's weights (config.json and *.safetensors)" +
                (names.empty() ? "; it is empty" : "; it holds " + joinText(names, ", ")) +
                ". Name a file inside it");
}

} // namespace penumbra::workflow
