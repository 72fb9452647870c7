// ECSV: a header of YAML in comments that gives names, types, units and descriptions, then plain CSV.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/column_words.h"
#include "core/io/text_sample.h"

#include <algorithm>
#include <limits>
#include <yaml-cpp/yaml.h>

namespace penumbra::io {

namespace {

constexpr std::size_t longestArray = 1'000'000;

[[noreturn]] void refuse(const TextSample& sample, const std::string& what) {
    throw Error(sample.path.string() + ": ECSV header: " + what);
}

/// The header without its comment signs, from "---" on, and the line after it.
std::string yamlOf(const TextSample& sample, std::size_t& next) {
    std::string yaml;
    for (next = 1; next < sample.lines.size(); ++next) {
        const std::string_view line = sample.lines[next].text;
        if (!line.starts_with("#")) {
            break;
        }
        yaml += std::string(line.substr(line.starts_with("# ") ? 2 : 1)) + '\n';
    }
    return yaml;
}

std::optional<ColumnPlan::Kind> kindOfType(const std::string& type) {
    if (type == "bool") {
        return ColumnPlan::Kind::Boolean;
    }
    if (type == "string") {
        return ColumnPlan::Kind::Text;
    }
    if (type == "uint64") {
        return ColumnPlan::Kind::Unsigned;
    }
    const auto digits = type.find_first_of("0123456789");
    const std::string family = type.substr(0, digits);
    if (family == "int" || family == "uint") {
        return ColumnPlan::Kind::Integer;
    }
    return family == "float" ? std::optional(ColumnPlan::Kind::Real) : std::nullopt;
}

/// "float64[2,3]" -> 6; 0 if the shape is not fixed.
std::size_t arrayLength(const std::string& subtype) {
    const auto open = subtype.find('[');
    if (open == std::string::npos || subtype.back() != ']') {
        return 0;
    }
    std::size_t length = 1;
    for (const std::string& piece : splitText(subtype.substr(open + 1, subtype.size() - open - 2), ',')) {
        const auto size = parseInteger(piece);
        if (!size || *size <= 0 || length * static_cast<std::size_t>(*size) > longestArray) {
            return 0;
        }
        length *= static_cast<std::size_t>(*size);
    }
    return length;
}

void setType(TextField& field, const std::string& type, const std::string& subtype) {
    const std::string element = subtype.empty() ? type : subtype.substr(0, subtype.find('['));
    field.kind = kindOfType(element);
    field.single = element == "float16" || element == "float32";
    if (!subtype.empty()) {
        field.arrayLength = arrayLength(subtype);
        if (field.arrayLength == 0 || !field.kind || field.kind == ColumnPlan::Kind::Text) {
            field.leftOut = "its cells are of the kind '" + subtype +
                            "'; lists of numbers or booleans of one length are read";
            field.kind = ColumnPlan::Kind::Text;
        }
    } else if (!field.kind) {
        field.leftOut = "its type '" + type + "' is not read";
        field.kind = ColumnPlan::Kind::Text;
    }
}

TextField fieldOf(const TextSample& sample, const YAML::Node& node) {
    if (!node.IsMap() || !node["name"] || !node["datatype"]) {
        refuse(sample, "a column lacks its name or datatype");
    }
    ColumnWords words = wordsOf(node);
    TextField field;
    field.name = std::move(words.name);
    field.unit = unitIn(words.unit);
    field.description = std::move(words.description);
    field.ucd = std::move(words.ucd);
    setType(field, yamlText(node["datatype"]), yamlText(node["subtype"]));
    return field;
}

void readHeader(const TextSample& sample, const std::string& yaml, TextLayout& layout) {
    try {
        const YAML::Node header = YAML::Load(yaml);
        if (!header.IsMap() || !header["datatype"] || !header["datatype"].IsSequence()) {
            refuse(sample, "the list 'datatype' is missing");
        }
        for (const YAML::Node& node : header["datatype"]) {
            layout.fields.push_back(fieldOf(sample, node));
        }
        const std::string delimiter = header["delimiter"] ? yamlText(header["delimiter"]) : " ";
        if (delimiter.size() != 1 || (delimiter != " " && delimiter != ",")) {
            refuse(sample, "the delimiter '" + delimiter + "' is neither a blank nor a comma");
        }
        layout.separator = delimiter.front();
    } catch (const YAML::Exception& error) {
        refuse(sample, std::string("is damaged (") + error.what() + ")");
    }
}

/// The line of names must say what the header says.
void checkNames(const TextSample& sample, std::size_t next, TextLayout& layout) {
    while (next < sample.lines.size() && trimmed(sample.lines[next].text).empty()) {
        ++next;
    }
    if (next == sample.lines.size()) {
        refuse(sample, "no rows follow");
    }
    const auto names = cellsOf(sample.lines[next].text, layout.separator);
    if (names.size() != layout.fields.size()) {
        refuse(sample, "describes " + std::to_string(layout.fields.size()) + " columns, line " +
                           std::to_string(sample.lines[next].number) + " names " +
                           std::to_string(names.size()));
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] != layout.fields[i].name) {
            refuse(sample, "column " + std::to_string(i + 1) + " is called '" + layout.fields[i].name +
                               "', in line " + std::to_string(sample.lines[next].number) + " '" + names[i] +
                               "'");
        }
    }
    layout.headerLines = {sample.lines[next].text};
    layout.firstLine = sample.lines[next].number + 1;
}

} // namespace

std::optional<TextLayout> findEcsvLayout(const TextSample& sample) {
    if (sample.lines.empty() || !sample.lines.front().text.starts_with("# %ECSV ")) {
        return std::nullopt;
    }
    TextLayout layout;
    layout.title = "ECSV";
    std::size_t next = 0;
    readHeader(sample, yamlOf(sample, next), layout);
    layout.cells = layout.fields.size();
    checkNames(sample, next, layout);
    return layout;
}

} // namespace penumbra::io
