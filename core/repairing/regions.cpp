#include "core/repairing/regions.h"

#include "core/base/text.h"
#include "core/catalogue/lower_bound.h"
#include "core/study/choices.h"
#include "core/study/region_columns.h"
#include "core/study/region_search.h"
#include "core/study/run.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra::workflow {

namespace {

constexpr double level = 0.05;

/// Columns, prediction and the method's width on all held-out rows, as the search saw them on the test rows.
/// @param described the catalogue's columns on these rows
std::vector<RegionColumn> columnsOf(const Study& study, const TargetStudy& target, const std::string& method,
                                    const std::vector<RegionColumn>& described, const RunContext& context) {
    const OptionSet options = recordedOptions(study);
    auto evidence = uq::makeEvidence(target.name, target.unit, target.heldOut);
    evidence.testIndex.resize(target.heldOut.rows.size());
    std::iota(evidence.testIndex.begin(), evidence.testIndex.end(), std::size_t{0});
    const double alpha[] = {study.alpha};
    Prediction all = uq::findMethod(method)
                         .intervals(evidence, alpha, studyChoices(options).alpha, options, context.quiet())
                         .front();
    setEnds(all, study.ends);
    cutAtLowerBound(all, lowerBoundOf(target.heldOut));
    TargetStudy everyRow; // the held-out rows in the place of the test rows
    everyRow.name = target.name;
    everyRow.unit = target.unit;
    everyRow.heldOut = target.heldOut;
    std::fill(everyRow.heldOut.isTest.begin(), everyRow.heldOut.isTest.end(), 1);
    return withPredictionAndWidth(everyRow, all, described);
}

/// Its conditions, and the columns that they speak of.
void addRegion(uq::RepairRecipe& recipe, const Region& region, const std::vector<RegionColumn>& columns,
               const Catalogue& catalogue) {
    using Input = uq::RecipeInput;
    recipe.regions.emplace_back();
    for (const NamedCondition& named : region.conditions) {
        const auto column = std::find_if(columns.begin(), columns.end(),
                                         [&](const RegionColumn& c) { return c.name == named.column; });
        Input input;
        if (named.column == "prediction")
            input.kind = Input::Kind::Prediction;
        else if (named.column == "width")
            input.kind = Input::Kind::Width;
        else
            input = recipeInput(catalogue, *column);
        const auto known = std::find(recipe.inputs.begin(), recipe.inputs.end(), input);
        uq::RecipeCondition condition;
        condition.input = static_cast<std::size_t>(known - recipe.inputs.begin());
        if (known == recipe.inputs.end())
            recipe.inputs.push_back(std::move(input));
        using Op = uq::RecipeCondition::Op;
        condition.op = named.op == RegionCondition::Op::Above    ? Op::Above
                       : named.op == RegionCondition::Op::AtMost ? Op::AtMost
                                                                 : Op::Equals;
        condition.value = named.value;
        if (condition.op == Op::Equals)
            condition.value = static_cast<double>(
                std::find(column->categories.begin(), column->categories.end(), named.category) -
                column->categories.begin());
        recipe.regions.back().push_back(condition);
    }
}

} // namespace

std::map<std::string, std::map<std::string, RepairSignal>>
regionSignals(const Study& study, const std::vector<std::string>& methods, const Catalogue& catalogue,
              const RunContext& context) {
    const StudyRegions found = findStudyRegions(study, &catalogue, {}, level, context.slice(0.0, 0.8));
    std::map<std::string, std::map<std::string, RepairSignal>> signals;
    std::vector<std::string> withRegions;
    for (const RegionFinding& finding : found.findings)
        if (std::any_of(finding.regions.begin(), finding.regions.end(),
                        [](const Region& region) { return region.confirmed; }) &&
            std::find(methods.begin(), methods.end(), finding.method) != methods.end())
            withRegions.push_back(finding.method);
    if (withRegions.empty())
        throw Error("No region is confirmed in which " + joinText(methods, ", ") +
                    " covers too little, so there is nothing to repair; penumbra-cli regions says what was "
                    "looked at.");
    std::map<std::string, std::vector<RegionColumn>> described; // by target, on its held-out rows
    for (const TargetStudy& target : study.targets)
        described[target.name] =
            onRows(describingColumns(catalogue, target, {}, context).columns, target.heldOut.rows);
    for (const RegionFinding& finding : found.findings) {
        if (std::find(withRegions.begin(), withRegions.end(), finding.method) == withRegions.end())
            continue;
        context.checkStop();
        const TargetStudy& target = study.target(finding.target);
        RepairSignal signal;
        const auto columns = columnsOf(study, target, finding.method, described.at(finding.target), context);
        signal.recipe.alpha = study.alpha;
        for (const Region& region : finding.regions)
            if (region.confirmed) {
                signal.groups.push_back({inWords(region.conditions), rowsIn(region, columns)});
                addRegion(signal.recipe, region, columns, catalogue);
            }
        const auto rows = static_cast<Eigen::Index>(target.heldOut.rows.size());
        signal.values = MatrixD::Ones(rows, static_cast<Eigen::Index>(signal.groups.size()) + 1);
        for (std::size_t g = 0; g < signal.groups.size(); ++g)
            for (Eigen::Index i = 0; i < rows; ++i)
                signal.values(i, static_cast<Eigen::Index>(g) + 1) =
                    signal.groups[g].inside[static_cast<std::size_t>(i)];
        for (const std::uint8_t searched : searchedHalf(target.testTruth(), study.seed))
            signal.fresh.push_back(searched ? 0 : 1);
        if (signal.groups.empty())
            signal.notes.push_back("No region was confirmed here: the intervals stay as they are.");
        signals[finding.target][finding.method] = std::move(signal);
    }
    return signals;
}

} // namespace penumbra::workflow
