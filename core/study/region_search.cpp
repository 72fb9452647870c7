#include "core/study/region_search.h"

#include "core/base/text.h"
#include "core/catalogue/expression.h"
#include "core/study/calibration_parts.h"
#include "core/study/region_columns.h"
#include "core/study/subset.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

bool isOfStudy(const std::string& column) {
    return isOneOf(column, {"prediction", "width"});
}

bool isInCatalogue(const std::string& column, const Catalogue* catalogue) {
    if (isOfStudy(column) || column.ends_with("]")) // a feature
        return false;
    return catalogue == nullptr || catalogue->columns.find(column) != nullptr ||
           (column == "ra" && !catalogue->ra.empty()) || (column == "dec" && !catalogue->dec.empty());
}

std::string conditionText(const std::string& name, const NamedCondition& condition) {
    return name + " " + opText(condition.op) + " " +
           (condition.op == RegionCondition::Op::Equals
                ? std::string("'").append(condition.category).append("'")
                : shortestReal(condition.value));
}

/// Of the target's test rows, those inside.
std::vector<std::int64_t> pickedRows(const TargetStudy& target, const std::vector<std::uint8_t>& inside) {
    std::vector<std::int64_t> rows = target.testRows();
    std::size_t at = 0;
    std::erase_if(rows, [&](std::int64_t) { return inside[at++] == 0; });
    return rows;
}

} // namespace

std::size_t StudyRegions::candidates() const {
    std::size_t count = 0;
    for (const RegionFinding& finding : findings)
        count += finding.regions.size();
    return count;
}

StudyRegions findStudyRegions(const Study& study, const Catalogue* catalogue,
                              const std::vector<std::string>& columns, double level,
                              const RunContext& context) {
    StudyRegions found;
    RegionOptions options;
    options.level = level;
    options.seed = study.seed;
    std::size_t done = 0;
    for (const TargetStudy& target : study.targets) {
        std::vector<RegionColumn> own;
        if (catalogue != nullptr) {
            DescribingColumns describing = describingColumns(*catalogue, target, columns, context);
            own = onRows(describing.columns, target.testRows());
            found.notes.insert(found.notes.end(), describing.notes.begin(), describing.notes.end());
        }
        for (const RegionColumn& column : own)
            if (std::find(found.columns.begin(), found.columns.end(), column.name) == found.columns.end())
                found.columns.push_back(column.name);
        for (const Prediction& prediction : target.predictions) {
            context.step(static_cast<double>(done++) /
                             static_cast<double>(study.targets.size() * target.predictions.size()),
                         target.name + ": searching regions of " + prediction.method);
            found.findings.push_back(findRegions(target, prediction, own, options, context));
            const auto all = withPredictionAndWidth(target, prediction, own);
            for (const Region& region : found.findings.back().regions)
                found.rows.push_back(pickedRows(target, rowsIn(region, all)));
        }
    }
    std::sort(found.notes.begin(), found.notes.end());
    found.notes.erase(std::unique(found.notes.begin(), found.notes.end()), found.notes.end());
    judgeTogether(found.findings, level);
    return found;
}

StudyRegions searchStudy(Study study, const Catalogue* catalogue, const OptionSet& options,
                         const RunContext& context) {
    keepChosen(study, options);
    toWantedAlpha(study, options, context);
    addCalibrationParts(study);
    return findStudyRegions(study, catalogue, options.getTextList("columns"), options.getReal("level"),
                            context);
}

std::string whereOf(const Region& region, const Catalogue* catalogue) {
    std::vector<std::string> pieces;
    for (const NamedCondition& condition : region.conditions) {
        if (!isInCatalogue(condition.column, catalogue))
            return {};
        pieces.push_back(conditionText(nameInExpression(condition.column), condition));
    }
    return joinText(pieces, " and ");
}

std::string expressionOf(const Region& region, const std::string& method, const Catalogue* catalogue) {
    std::vector<std::string> pieces;
    for (const NamedCondition& condition : region.conditions) {
        std::string name = condition.column;
        if (name == "width")
            name.append("(").append(method).append(")");
        else if (isInCatalogue(name, catalogue))
            name = nameInExpression(name);
        else if (!isOfStudy(name))
            return {};
        pieces.push_back(conditionText(name, condition));
    }
    return joinText(pieces, " and ");
}

} // namespace penumbra::workflow
