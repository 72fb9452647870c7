#include "core/io/column_words.h"

#include "core/base/error.h"

#include <algorithm>
#include <yaml-cpp/yaml.h>

namespace penumbra::io {

namespace {

/// `meta` is a map, or an ordered one: a list of maps (!!omap).
std::string ucdIn(const YAML::Node& meta) {
    if (!meta || (!meta.IsMap() && !meta.IsSequence())) {
        return {};
    }
    if (meta.IsMap()) {
        return yamlText(meta["ucd"]);
    }
    for (const YAML::Node& entry : meta) {
        if (entry.IsMap() && entry["ucd"]) {
            return yamlText(entry["ucd"]);
        }
    }
    return {};
}

} // namespace

std::string yamlText(const YAML::Node& node) {
    if (node && node.IsScalar()) {
        return node.Scalar();
    }
    return node && node.IsMap() ? yamlText(node["unit"]) : "";
}

ColumnWords wordsOf(const YAML::Node& column) {
    return {yamlText(column["name"]), yamlText(column["unit"]), ucdIn(column["meta"]),
            yamlText(column["description"])};
}

std::vector<ColumnWords> astropyWords(const std::string& yaml) {
    std::vector<ColumnWords> words;
    try {
        const YAML::Node header = YAML::Load(yaml); // refuses deep nesting
        if (!header.IsMap() || !header["datatype"] || !header["datatype"].IsSequence()) {
            throw Error("the list 'datatype' is missing");
        }
        for (const YAML::Node& column : header["datatype"]) {
            if (column.IsMap()) {
                words.push_back(wordsOf(column));
            }
        }
    } catch (const YAML::Exception& error) {
        throw Error(error.what());
    }
    return words;
}

void apply(const ColumnWords& words, Table& table) {
    const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                     [&](const Column& other) { return other.name == words.name; });
    if (column == table.columns.end()) {
        return;
    }
    const auto fill = [](std::string& text, const std::string& word) {
        if (text.empty()) {
            text = word;
        }
    };
    fill(column->unit, words.unit);
    fill(column->ucd, words.ucd);
    fill(column->description, words.description);
}

} // namespace penumbra::io
