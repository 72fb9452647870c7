#include "core/repairing/groups.h"

#include "core/base/text.h"
#include "core/catalogue/expression.h"
#include "core/eval/evaluate.h"
#include "core/study/choices.h"
#include "core/study/region_columns.h"
#include "core/study/run.h"
#include "core/study/subset.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace penumbra::workflow {

namespace {

/// The part of a split method's widths that its quantile does not change: their order and groups.
std::vector<double> ownWidths(const Study& study, const TargetStudy& target, const std::string& method) {
    const OptionSet options = recordedOptions(study);
    auto evidence = uq::makeEvidence(target.name, target.unit, target.heldOut);
    evidence.testIndex.resize(target.heldOut.rows.size()); // all rows in the place of the test rows
    std::iota(evidence.testIndex.begin(), evidence.testIndex.end(), std::size_t{0});
    const auto split =
        uq::findMethod(method).splitScores(evidence, study.alpha, studyChoices(options).alpha, options);
    if (!split)
        throw UsageError("Method " + method + " has no split score, so no widths to make groups of.");
    std::vector<double> width;
    for (std::size_t i = 0; i < split->scale.size(); ++i)
        width.push_back(split->upper[i] - split->lower[i] + 2.0 * split->scale[i]);
    return width;
}

const Catalogue& needed(const Catalogue* catalogue, const std::string& name) {
    if (catalogue == nullptr)
        throw Error("'" + name +
                    "' is a column of the study's catalogue, which is not there. Say where it is with "
                    "--catalogue FILE.");
    return *catalogue;
}

std::string valueName(const HeldOutVariable& variable, double value) {
    if (!variable.categories.empty())
        return variable.name + " = " + variable.categories.at(static_cast<std::size_t>(value));
    return variable.name + " = " + shortestReal(value);
}

MatrixD columnOf(const std::vector<int>& group) {
    MatrixD values(static_cast<Eigen::Index>(group.size()), 1);
    for (std::size_t i = 0; i < group.size(); ++i)
        values(static_cast<Eigen::Index>(i), 0) = group[i];
    return values;
}

void addGroups(RepairSignal& signal, const VariableGroups& groups) {
    for (std::size_t g = 0; g < groups.names.size(); ++g) {
        RepairGroup group{groups.names[g], {}};
        for (const int own : groups.group)
            group.inside.push_back(own == static_cast<int>(g) ? 1 : 0);
        signal.groups.push_back(std::move(group));
    }
}

/// Inside 1, outside 0.
VariableGroups subsetGroups(const RepairRequest& request, const TargetStudy& target,
                            const Catalogue& catalogue, uq::RepairRecipe& recipe) {
    const std::string text = request.where.empty() ? request.subset : request.where;
    const io::Table table = variableTable(catalogue, "");
    if (request.where.empty() && table.find(request.subset) == nullptr)
        throw UsageError("--by subset:" + request.subset + ": the catalogue has no column '" +
                         request.subset + "'; say what the subset is, such as --where 'mag_r > 20'.");
    const Expression expression(text, table);
    for (const std::string& name : expression.columnNames())
        if (name == target.name)
            throw UsageError("A subset by the label " + name +
                             " itself is no group: of a new galaxy nobody knows whether it is inside.");
    recipe.subset = text;
    for (const std::string& name : expression.columnNames()) {
        uq::RecipeInput input;
        const io::Column* whole = table.find(name);
        input.name = whole != nullptr ? whole->name : name.substr(0, name.rfind('['));
        if (std::find(recipe.inputs.begin(), recipe.inputs.end(), input) == recipe.inputs.end())
            recipe.inputs.push_back(std::move(input));
    }
    const auto isTrue = expression.isTrue(table);
    const auto inside = onHeldOutRows(std::vector<double>(isTrue.begin(), isTrue.end()), target);
    VariableGroups groups{{}, {"outside " + request.subset, request.subset}, {}};
    for (const double own : inside)
        groups.group.push_back(own != 0.0 ? 1 : 0);
    return groups;
}

} // namespace

std::vector<double> onHeldOutRows(const std::vector<double>& onCatalogue, const TargetStudy& target) {
    return onRows({{"", "", onCatalogue, {}}}, target.heldOut.rows).front().values;
}

HeldOutVariable heldOutVariable(const std::string& name, const Study& study, const TargetStudy& target,
                                const Catalogue* catalogue, const std::string& method,
                                const RunContext& context) {
    HeldOutVariable variable{name, target.unit, {}, {}, {}};
    if (name == "width") {
        variable.input.kind = uq::RecipeInput::Kind::OwnWidth;
        variable.values = ownWidths(study, target, method);
        return variable;
    }
    if (name == "prediction") {
        variable.input.kind = uq::RecipeInput::Kind::Prediction;
        const auto mean = target.heldOut.signals.find("mean");
        if (mean == target.heldOut.signals.end())
            throw Error("The study holds no predictions of its calibration galaxies to make groups of.");
        variable.values.assign(mean->second.data(), mean->second.data() + mean->second.rows());
        return variable;
    }
    auto column = onRows(describingColumns(needed(catalogue, name), target, {name}, context).columns,
                         target.heldOut.rows);
    if (column.empty())
        throw UsageError("Column '" + name + "' has one value for all galaxies: there is nothing to part.");
    variable.input = recipeInput(*catalogue, column.front());
    variable.unit = column.front().unit;
    variable.values = std::move(column.front().values);
    variable.categories = std::move(column.front().categories);
    return variable;
}

VariableGroups groupsOf(const HeldOutVariable& variable, int bins) {
    VariableGroups groups;
    std::set<double> distinct;
    for (const double value : variable.values)
        if (!std::isnan(value) && distinct.size() <= static_cast<std::size_t>(bins))
            distinct.insert(value);
    if (!variable.categories.empty() || distinct.size() <= static_cast<std::size_t>(bins)) {
        if (!variable.categories.empty())
            distinct.insert(variable.values.begin(), variable.values.end());
        std::erase_if(distinct, [](double value) { return std::isnan(value); });
        for (const double value : distinct)
            groups.names.push_back(valueName(variable, value));
        groups.rule.values.assign(distinct.begin(), distinct.end());
        for (const double value : variable.values)
            groups.group.push_back(
                std::isnan(value) ? -1
                                  : static_cast<int>(std::distance(distinct.begin(), distinct.find(value))));
    } else {
        Binning binning;
        binning.bins = bins;
        const Bins made = makeBins(variable.values, binning);
        groups.group = made.binOfRow;
        if (made.edges.size() > 2)
            groups.rule.edges.assign(made.edges.begin() + 1, made.edges.end() - 1);
        for (const std::string& label : made.label)
            groups.names.push_back(variable.name + " " + label);
    }
    if (std::find(groups.group.begin(), groups.group.end(), -1) != groups.group.end()) {
        std::replace(groups.group.begin(), groups.group.end(), -1, static_cast<int>(groups.names.size()));
        groups.names.push_back(variable.name + " without a value");
        groups.rule.ofMissing = true;
    }
    return groups;
}

RepairSignal groupSignal(const RepairRequest& request, const Study& study, const TargetStudy& target,
                         const Catalogue* catalogue, const std::string& method, const RunContext& context) {
    RepairSignal signal;
    signal.recipe.alpha = study.alpha;
    if (request.kind == uq::RepairKind::Subset) {
        const VariableGroups groups =
            subsetGroups(request, target, needed(catalogue, request.subset), signal.recipe);
        signal.values = columnOf(groups.group);
        addGroups(signal, groups);
        return signal;
    }
    for (const std::string& name : request.columns) {
        const HeldOutVariable variable = heldOutVariable(name, study, target, catalogue, method, context);
        const VariableGroups groups = groupsOf(variable, request.bins);
        signal.recipe.groups.push_back(groups.rule);
        signal.recipe.groups.back().input = signal.recipe.inputs.size();
        signal.recipe.inputs.push_back(variable.input);
        if (request.kind == uq::RepairKind::Mondrian)
            signal.values = columnOf(groups.group);
        addGroups(signal, groups);
    }
    if (request.kind == uq::RepairKind::Mondrian)
        return signal;
    signal.values = MatrixD::Ones(static_cast<Eigen::Index>(target.heldOut.rows.size()),
                                  static_cast<Eigen::Index>(signal.groups.size()) + 1);
    for (std::size_t g = 0; g < signal.groups.size(); ++g)
        for (std::size_t i = 0; i < target.heldOut.rows.size(); ++i)
            signal.values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(g) + 1) =
                signal.groups[g].inside[i];
    return signal;
}

} // namespace penumbra::workflow
