#include "core/study/region_columns.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/study/catalogue.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace penumbra::workflow {

namespace {

constexpr std::size_t mostCategories = 20;
constexpr std::size_t mostFeatures = 16;

std::vector<double> finiteOrNaN(std::vector<double> values) {
    for (double& value : values)
        if (!std::isfinite(value))
            value = std::nan("");
    return values;
}

bool isConstant(const std::vector<double>& values) {
    double first = std::nan("");
    for (const double value : values)
        if (!std::isnan(value)) {
            if (!std::isnan(first) && value != first)
                return false;
            first = value;
        }
    return true;
}

/// "true_z" of simulated catalogues: nobody knows it of a real galaxy.
bool isOfSimulation(const Catalogue& catalogue, const std::string& name) {
    return std::any_of(catalogue.targets.begin(), catalogue.targets.end(),
                       [&](const Target& target) { return name == "true_" + target.name; });
}

/// Average ranks of the rows where both are known.
std::vector<double> ranksOf(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    for (std::size_t i = 0; i < order.size();) {
        std::size_t past = i;
        while (past < order.size() && values[order[past]] == values[order[i]])
            ++past;
        const double shared = 0.5 * static_cast<double>(i + past - 1);
        for (; i < past; ++i)
            ranks[order[i]] = shared;
    }
    return ranks;
}

/// Whether a column orders the galaxies as the truth does: the truth itself, or a function of it.
bool isTheTruth(const std::vector<double>& column, const std::vector<double>& truth) {
    std::vector<double> a, b;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (std::isfinite(column[i]) && std::isfinite(truth[i])) {
            a.push_back(column[i]);
            b.push_back(truth[i]);
        }
    if (a.size() < 20)
        return false;
    a = ranksOf(a);
    b = ranksOf(b);
    const double middle = 0.5 * static_cast<double>(a.size() - 1);
    double ab = 0.0, aa = 0.0, bb = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        ab += (a[i] - middle) * (b[i] - middle);
        aa += (a[i] - middle) * (a[i] - middle);
        bb += (b[i] - middle) * (b[i] - middle);
    }
    return aa > 0.0 && bb > 0.0 && std::abs(ab) > 0.9999 * std::sqrt(aa * bb);
}

/// Values as positions among the distinct texts; nothing for more than mostCategories of them.
bool asCategories(const io::Column& column, RegionColumn& out) {
    std::map<std::string, std::size_t> position;
    const auto texts = column.asTexts();
    for (const std::string& text : texts)
        if (!text.empty() && position.size() <= mostCategories)
            position.emplace(text, 0);
    if (position.size() < 2 || position.size() > mostCategories)
        return false;
    for (auto& [text, place] : position) {
        place = out.categories.size();
        out.categories.push_back(text);
    }
    for (const std::string& text : texts)
        out.values.push_back(text.empty() ? std::nan("") : static_cast<double>(position.at(text)));
    return true;
}

std::vector<std::string> elementNames(const FeatureInfo& info) {
    const auto named = info.attributes.find("columns");
    auto names = named == info.attributes.end() ? std::vector<std::string>() : splitText(named->second, ',');
    if (names.size() == info.width)
        return names;
    names.clear();
    for (std::size_t k = 0; k < info.width; ++k)
        names.push_back(info.name + "[" + std::to_string(k) + "]");
    return names;
}

/// Every column of the catalogue that could be asked for, features included.
std::vector<RegionColumn> allColumns(const Catalogue& catalogue, std::vector<std::string>& notes,
                                     const RunContext& context) {
    std::vector<RegionColumn> columns;
    for (const io::Column& column : catalogue.columns.columns) {
        RegionColumn out{column.name, column.unit, {}, {}};
        if (column.width > 1 || (column.isInteger() && !io::fitsReals(column)))
            continue;
        if (column.isNumeric())
            out.values = finiteOrNaN(column.asReals());
        else if (!asCategories(column, out))
            continue;
        columns.push_back(std::move(out));
    }
    if (!catalogue.ra.empty())
        columns.push_back({"ra", "deg", finiteOrNaN(catalogue.ra), {}});
    if (!catalogue.dec.empty())
        columns.push_back({"dec", "deg", finiteOrNaN(catalogue.dec), {}});
    for (const FeatureInfo& info : catalogue.features) {
        if (info.width > mostFeatures) {
            notes.push_back("Features '" + info.name + "' (" + std::to_string(info.width) +
                            " numbers a galaxy) are too many to describe a region by.");
            continue;
        }
        const Features features = loadFeatures(catalogue, info.name, context);
        const auto names = elementNames(info);
        for (std::size_t k = 0; k < info.width; ++k) {
            std::string name = names[k];
            if (std::any_of(columns.begin(), columns.end(), [&](const auto& c) { return c.name == name; }))
                continue; // the column that the feature was made of
            RegionColumn out{std::move(name), "", {}, {}};
            for (Eigen::Index row = 0; row < features.values.rows(); ++row)
                out.values.push_back(static_cast<double>(features.values(row, static_cast<Eigen::Index>(k))));
            out.values = finiteOrNaN(std::move(out.values));
            columns.push_back(std::move(out));
        }
    }
    return columns;
}

} // namespace

DescribingColumns describingColumns(const Catalogue& catalogue, const TargetStudy& target,
                                    const std::vector<std::string>& wanted, const RunContext& context) {
    DescribingColumns found;
    std::vector<RegionColumn> all = allColumns(catalogue, found.notes, context);
    std::vector<std::string> names;
    for (const RegionColumn& column : all)
        names.push_back(column.name);
    for (const std::string& name : wanted)
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            const auto near = nearNames(name, names);
            throw UsageError("There is no column '" + name + "' to part galaxies by." +
                             (near.empty() ? "" : " Did you mean " + near.front() + "?") +
                             " Columns must be numbers, flags or texts of at most " +
                             std::to_string(mostCategories) + " values; the catalogue has " +
                             joinText(names, ", ") + ".");
        }
    const std::vector<double>& truth = catalogue.target(target.name).values;
    std::vector<std::string> labels;
    for (RegionColumn& column : all) {
        const bool asked = std::find(wanted.begin(), wanted.end(), column.name) != wanted.end();
        if (!wanted.empty() && !asked)
            continue;
        const bool isLabel = column.categories.empty() &&
                             (column.name == target.name || isOfSimulation(catalogue, column.name) ||
                              isTheTruth(column.values, truth));
        if (isLabel && asked)
            throw UsageError("Column '" + column.name + "' is the truth of target " + target.name +
                             ", a function of it or a simulation's own: a region chosen by it says nothing "
                             "of the intervals.");
        if (isLabel && column.name != target.name) // the label itself goes without saying
            labels.push_back(column.name);
        if (isLabel)
            continue;
        if (!isConstant(column.values))
            found.columns.push_back(std::move(column));
    }
    if (!labels.empty())
        found.notes.push_back("Left out as the truth of target " + target.name +
                              ", a function of it or a simulation's own: " + joinText(labels, ", ") + ".");
    return found;
}

std::optional<Catalogue> catalogueForColumns(const Study& study, const OptionSet& options,
                                             const std::string& withoutIt, const RunContext& context) {
    if (const std::string& named = options.getText("catalogue"); !named.empty())
        return studyCatalogue(study, named, context);
    FoundCatalogue found = findStudyCatalogue(study, options.getText("study"), context);
    if (!found.catalogue && !options.getTextList("columns").empty())
        throw Error(found.missing + " Name the catalogue behind the study.");
    if (!found.catalogue)
        context.note(found.missing + " " + withoutIt);
    return std::move(found.catalogue);
}

std::vector<RegionColumn> onRows(const std::vector<RegionColumn>& columns,
                                 std::span<const std::int64_t> rows) {
    std::vector<RegionColumn> picked;
    for (const RegionColumn& column : columns) {
        picked.push_back({column.name, column.unit, {}, column.categories});
        for (const std::int64_t row : rows) {
            if (row < 0 || static_cast<std::size_t>(row) >= column.values.size())
                throw Error("The study names catalogue row " + std::to_string(row) +
                            ", but the catalogue has " + std::to_string(column.values.size()) + " rows.");
            picked.back().values.push_back(column.values[static_cast<std::size_t>(row)]);
        }
    }
    return picked;
}

uq::RecipeInput recipeInput(const Catalogue& catalogue, const RegionColumn& column) {
    uq::RecipeInput input;
    input.name = column.name;
    input.categories = column.categories;
    input.mayBeMissing = std::any_of(column.values.begin(), column.values.end(),
                                     [](double value) { return std::isnan(value); });
    const auto& columns = catalogue.columns.columns;
    const bool isColumn =
        std::any_of(columns.begin(), columns.end(), [&](const auto& c) { return c.name == column.name; });
    if (isColumn || column.name == "ra" || column.name == "dec")
        return input;
    for (const FeatureInfo& info : catalogue.features) {
        if (info.width > mostFeatures)
            continue;
        const auto names = elementNames(info);
        const auto found = std::find(names.begin(), names.end(), column.name);
        if (found == names.end())
            continue;
        input.kind = uq::RecipeInput::Kind::Feature;
        input.name = info.name;
        input.element = static_cast<std::size_t>(found - names.begin());
        break;
    }
    return input;
}

} // namespace penumbra::workflow
