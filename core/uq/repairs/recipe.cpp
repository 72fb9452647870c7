#include "core/uq/repairs/recipe.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/catalogue/expression.h"
#include "core/uq/repairs/localised.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::uq {

namespace {

using nlohmann::json;
using Kind = RecipeInput::Kind;

constexpr int recipeVersion = 1;
constexpr const char* kinds[] = {"column", "feature", "prediction", "width", "own_width"};
constexpr const char* ops[] = {">", "<=", "=="};
constexpr double noGroup = -1.0;
/// Heavier than all calibration rows together: what is unknown has no end.
constexpr double boundlessWeight = 1e300;

template <std::size_t N>
int positionIn(const char* const (&words)[N], const std::string& word) {
    const auto found = std::find(std::begin(words), std::end(words), word);
    if (found == std::end(words))
        throw Error("'" + word + "' is no word of this version");
    return static_cast<int>(found - std::begin(words));
}

/// JSON knows no infinity: null.
json toJson(const std::vector<double>& values) {
    json list = json::array();
    for (const double value : values)
        list.push_back(std::isfinite(value) ? json(value) : json());
    return list;
}
std::vector<double> realsOf(const json& list) {
    std::vector<double> values;
    for (const json& value : list)
        values.push_back(value.is_null() ? std::numeric_limits<double>::infinity() : value.get<double>());
    return values;
}

json toJson(const RecipeInput& input) {
    json out = {{"kind", kinds[static_cast<int>(input.kind)]}};
    if (!input.name.empty())
        out["name"] = input.name;
    if (input.kind == Kind::Feature)
        out["element"] = input.element;
    if (!input.categories.empty())
        out["categories"] = input.categories;
    if (input.mayBeMissing)
        out["may_be_missing"] = true;
    return out;
}
RecipeInput inputOf(const json& text) {
    RecipeInput input;
    input.kind = static_cast<Kind>(positionIn(kinds, text.at("kind").get<std::string>()));
    input.name = text.value("name", std::string());
    input.element = text.value("element", std::size_t{0});
    input.categories = text.value("categories", std::vector<std::string>());
    input.mayBeMissing = text.value("may_be_missing", false);
    return input;
}

RecipeCondition conditionOf(const json& text) {
    return {text.at("input").get<std::size_t>(),
            static_cast<RecipeCondition::Op>(positionIn(ops, text.at("op").get<std::string>())),
            text.at("value").get<double>()};
}

void checkInputs(const RepairRecipe& recipe) {
    const auto check = [&](std::size_t input) {
        if (input >= recipe.inputs.size())
            throw Error("it names input " + std::to_string(input) + " of " +
                        std::to_string(recipe.inputs.size()));
    };
    for (const RecipeGroups& groups : recipe.groups)
        check(groups.input);
    for (const auto& region : recipe.regions)
        for (const RecipeCondition& condition : region)
            check(condition.input);
}

/// Texts as positions among the categories; NaN for others.
std::vector<double> positionsOf(const io::Column& column, const std::vector<std::string>& categories) {
    std::vector<double> values;
    for (const std::string& text : column.asTexts()) {
        const auto found = std::find(categories.begin(), categories.end(), text);
        values.push_back(found == categories.end() ? std::nan("")
                                                   : static_cast<double>(found - categories.begin()));
    }
    return values;
}

const io::Column* columnNamed(const io::Table& table, const std::string& name) {
    for (const io::Column& column : table.columns)
        if (column.name == name)
            return &column;
    return nullptr;
}

/// An input's values; all NaN where it is not there. `there` says which rows a repair may go by.
struct KnownInput {
    std::vector<double> values;
    std::vector<std::uint8_t> there;
};
KnownInput knownInput(const RecipeInput& input, const RecipeRows& rows) {
    KnownInput known;
    bool isThere = true;
    if (input.kind == Kind::Prediction) {
        known.values = rows.prediction;
    } else if (input.kind == Kind::Width || input.kind == Kind::OwnWidth) {
        known.values = rows.width;
    } else {
        const io::Column* column = columnNamed(rows.columns, input.key());
        isThere = column != nullptr && (column->isNumeric() || !input.categories.empty());
        if (isThere)
            known.values =
                input.categories.empty() ? column->asReals() : positionsOf(*column, input.categories);
        for (double& value : known.values)
            if (!std::isfinite(value))
                value = std::nan("");
    }
    known.values.resize(rows.count, std::nan(""));
    for (const double value : known.values)
        known.there.push_back(isThere && (input.mayBeMissing || !std::isnan(value)) ? 1 : 0);
    return known;
}

/// The group of a value; noGroup: none.
double groupOf(const RecipeGroups& groups, double value) {
    if (std::isnan(value))
        return groups.ofMissing ? static_cast<double>(groups.count() - 1) : noGroup;
    if (groups.values.empty())
        return static_cast<double>(std::upper_bound(groups.edges.begin(), groups.edges.end(), value) -
                                   groups.edges.begin());
    const auto found = std::lower_bound(groups.values.begin(), groups.values.end(), value);
    return found != groups.values.end() && *found == value
               ? static_cast<double>(found - groups.values.begin())
               : noGroup;
}

bool satisfies(const RecipeCondition& condition, double value) {
    using Op = RecipeCondition::Op;
    return condition.op == Op::Above    ? value > condition.value
           : condition.op == Op::AtMost ? value <= condition.value
                                        : value == condition.value;
}

/// Inside 1, outside 0; unknown everywhere where a column is not there.
RecipeSignal subsetSignal(const RepairRecipe& recipe, const RecipeRows& rows) {
    RecipeSignal signal{MatrixD::Constant(static_cast<Eigen::Index>(rows.count), 1, noGroup),
                        std::vector<std::uint8_t>(rows.count, 1)};
    for (const RecipeInput& input : recipe.inputs)
        if (columnNamed(rows.columns, input.key()) == nullptr)
            return signal;
    const auto inside = Expression(recipe.subset, rows.columns).isTrue(rows.columns);
    for (std::size_t i = 0; i < rows.count; ++i)
        signal.values(static_cast<Eigen::Index>(i), 0) = inside.at(i) ? 1.0 : 0.0;
    signal.unknown.assign(rows.count, 0);
    return signal;
}

} // namespace

std::string RecipeInput::key() const {
    return kind == Kind::Feature ? name + "[" + std::to_string(element) + "]" : name;
}

std::string RepairRecipe::toJson() const {
    json out = {{"version", recipeVersion}, {"alpha", alpha}, {"inputs", json::array()}};
    for (const RecipeInput& input : inputs)
        out["inputs"].push_back(uq::toJson(input));
    for (const RecipeGroups& own : groups)
        out["groups"].push_back({{"input", own.input},
                                 {"values", uq::toJson(own.values)},
                                 {"edges", uq::toJson(own.edges)},
                                 {"of_missing", own.ofMissing}});
    if (!subset.empty())
        out["subset"] = subset;
    for (const auto& region : regions) {
        json conditions = json::array();
        for (const RecipeCondition& condition : region)
            conditions.push_back({{"input", condition.input},
                                  {"op", ops[static_cast<int>(condition.op)]},
                                  {"value", condition.value}});
        out["regions"].push_back(std::move(conditions));
    }
    if (weights)
        out["weights"] = {
            {"intercept", weights->intercept}, {"factor", weights->factor}, {"highest", weights->highest}};
    if (localWidth)
        out["local_width"] = *localWidth;
    return jsonText(out);
}

RepairRecipe RepairRecipe::fromJson(const std::string& text) {
    RepairRecipe recipe;
    try {
        const json in = json::parse(text);
        if (in.at("version").get<int>() > recipeVersion)
            throw Error("it is of a newer version of penumbra");
        recipe.alpha = in.at("alpha").get<double>();
        for (const json& input : in.at("inputs"))
            recipe.inputs.push_back(inputOf(input));
        for (const json& own : in.value("groups", json::array()))
            recipe.groups.push_back({own.at("input").get<std::size_t>(), realsOf(own.at("values")),
                                     realsOf(own.at("edges")), own.at("of_missing").get<bool>()});
        recipe.subset = in.value("subset", std::string());
        for (const json& region : in.value("regions", json::array())) {
            recipe.regions.emplace_back();
            for (const json& condition : region)
                recipe.regions.back().push_back(conditionOf(condition));
        }
        if (in.contains("weights")) {
            const json& own = in.at("weights");
            recipe.weights = RecipeWeights{{},
                                           {},
                                           {},
                                           own.at("intercept").get<double>(),
                                           own.at("factor").get<double>(),
                                           own.at("highest").get<double>()};
        }
        if (in.contains("local_width"))
            recipe.localWidth = in.at("local_width").get<double>();
        checkInputs(recipe);
    } catch (const std::exception& error) {
        throw Error("A repair's groups or weights cannot be read (" + std::string(error.what()) +
                    "): the study file is damaged or of a newer version; repair the study again.");
    }
    return recipe;
}

double weightOf(const RecipeWeights& weights, const std::vector<double>& values) {
    double sum = weights.intercept;
    for (std::size_t k = 0; k < weights.slope.size(); ++k)
        if (!std::isnan(values[k])) {
            const double off = values[k] - static_cast<double>(weights.mean[k]);
            sum += static_cast<double>(weights.slope[k]) * off +
                   static_cast<double>(weights.curve[k]) * off * off;
        }
    return std::min(weights.highest, weights.factor * std::exp(sum));
}

RecipeSignal signalOf(const RepairRecipe& recipe, RepairKind kind, const RecipeRows& rows) {
    if (kind == RepairKind::Subset)
        return subsetSignal(recipe, rows);
    if (kind == RepairKind::Localised && recipe.localWidth) // known of every galaxy
        return {localisedSignal(rows.keys, *recipe.localWidth), std::vector<std::uint8_t>(rows.count, 0)};
    std::vector<KnownInput> known;
    for (const RecipeInput& input : recipe.inputs)
        known.push_back(knownInput(input, rows));
    Eigen::Index width = 1;
    if (kind == RepairKind::Region)
        width += static_cast<Eigen::Index>(recipe.regions.size());
    if (kind == RepairKind::Conditional)
        for (const RecipeGroups& groups : recipe.groups)
            width += static_cast<Eigen::Index>(groups.count());
    RecipeSignal signal{MatrixD::Zero(static_cast<Eigen::Index>(rows.count), width),
                        std::vector<std::uint8_t>(rows.count, 0)};
    std::vector<double> values(known.size());
    for (std::size_t i = 0; i < rows.count; ++i) {
        auto row = signal.values.row(static_cast<Eigen::Index>(i));
        bool isKnown = true;
        for (std::size_t k = 0; k < known.size(); ++k) {
            values[k] = known[k].values[i];
            isKnown = isKnown && known[k].there[i];
        }
        if (kind == RepairKind::Shift) {
            row[0] = isKnown && recipe.weights ? weightOf(*recipe.weights, values) : boundlessWeight;
        } else if (kind == RepairKind::Region) {
            row[0] = 1.0;
            for (std::size_t r = 0; r < recipe.regions.size(); ++r)
                row[static_cast<Eigen::Index>(r) + 1] =
                    std::all_of(recipe.regions[r].begin(), recipe.regions[r].end(),
                                [&](const RecipeCondition& c) { return satisfies(c, values[c.input]); })
                        ? 1.0
                        : 0.0;
        } else {
            Eigen::Index first = kind == RepairKind::Conditional ? 1 : 0;
            row[0] = 1.0; // of conditional; mondrian puts its group there
            for (const RecipeGroups& groups : recipe.groups) {
                const double group = groupOf(groups, values[groups.input]);
                isKnown = isKnown && group != noGroup;
                if (kind == RepairKind::Mondrian)
                    row[0] = group;
                else if (group != noGroup)
                    row[first + static_cast<Eigen::Index>(group)] = 1.0;
                first += static_cast<Eigen::Index>(groups.count());
            }
        }
        if (isKnown)
            continue;
        signal.unknown[i] = 1;
        if (kind == RepairKind::Mondrian)
            row[0] = noGroup;
        else if (kind != RepairKind::Shift)
            row.setZero(); // a basis of nothing: no threshold bounds its score
    }
    return signal;
}

} // namespace penumbra::uq
