#include "core/catalogue/feature_columns.h"

#include "core/base/text.h"
#include "core/catalogue/expression_parser.h"

#include <algorithm>
#include <optional>

namespace penumbra {

namespace {

/// Whether a formula holds this name as a whole word. @param next what must follow; 0: anything
bool isNamedIn(const std::string& text, const std::string& name, char next = 0) {
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1)) {
        std::size_t end = at + name.size();
        const bool whole = (at == 0 || !expression::continuesName(text[at - 1])) &&
                           (end == text.size() || !expression::continuesName(text[end]));
        while (next != 0 && end < text.size() && (text[end] == ' ' || text[end] == '`'))
            ++end;
        if (whole && (next == 0 || (end < text.size() && text[end] == next)))
            return true;
    }
    return false;
}

/// None where the matrix does not tell as many as it has.
std::vector<std::string> elementsOf(const FeatureInfo& info) {
    const auto told = info.attributes.find("columns");
    auto names = told == info.attributes.end() ? std::vector<std::string>() : splitText(told->second, ',');
    if (names.size() != info.width)
        names.clear();
    return names;
}

/// Columns [first, first + width) of a matrix as a column of a table.
io::Column columnOf(const MatrixF& values, std::size_t first, std::size_t width, const std::string& name) {
    std::vector<float> numbers;
    numbers.reserve(static_cast<std::size_t>(values.rows()) * width);
    for (Eigen::Index row = 0; row < values.rows(); ++row)
        for (std::size_t k = 0; k < width; ++k)
            numbers.push_back(values(row, static_cast<Eigen::Index>(first + k)));
    io::Column column;
    column.name = name;
    column.width = width;
    column.values = std::move(numbers);
    return column;
}

} // namespace

std::vector<std::string> featureElementNames(const Catalogue& catalogue) {
    std::vector<std::string> names;
    for (const FeatureInfo& info : catalogue.features)
        for (const std::string& name : elementsOf(info))
            if (std::find(names.begin(), names.end(), name) == names.end())
                names.push_back(name);
    return names;
}

void addFeatureColumns(io::Table& table, const Catalogue& catalogue, const std::string& text,
                       std::size_t mostBytes) {
    for (const FeatureInfo& info : catalogue.features) {
        if (catalogue.rowCount * info.width * sizeof(float) > mostBytes)
            continue;
        std::optional<MatrixF> read;
        const auto add = [&](const std::string& name, std::size_t first, std::size_t width, char next) {
            if (!isNamedIn(text, name, next) || table.find(name) != nullptr)
                return;
            if (!read)
                read = loadFeatures(catalogue, info.name).values;
            table.columns.push_back(columnOf(*read, first, width, name));
        };
        const auto names = elementsOf(info);
        for (std::size_t k = 0; k < names.size(); ++k)
            add(names[k], k, 1, 0);
        add(info.name, 0, info.width, '[');
    }
}

} // namespace penumbra
