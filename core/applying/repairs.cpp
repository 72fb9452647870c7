// Groups and weights of repaired methods, for galaxies that the study has not seen.

#include "core/applying/model.h"
#include "core/catalogue/lower_bound.h"
#include "core/eval/tied_widths.h"
#include "core/uq/uq_method.h"

#include <algorithm>
#include <numeric>

namespace penumbra::workflow {

namespace {

using Input = uq::RecipeInput;

bool isOfWidth(const Input& input) {
    return input.kind == Input::Kind::Width || input.kind == Input::Kind::OwnWidth;
}

bool hasColumn(const io::Table& table, const std::string& name) {
    return std::any_of(table.columns.begin(), table.columns.end(),
                       [&](const io::Column& column) { return column.name == name; });
}

io::Column elementOf(const MatrixF& features, const Input& input) {
    io::Column column;
    column.name = input.key();
    std::vector<float> values(static_cast<std::size_t>(features.rows()));
    for (Eigen::Index row = 0; row < features.rows(); ++row)
        values[static_cast<std::size_t>(row)] = features(row, static_cast<Eigen::Index>(input.element));
    column.values = std::move(values);
    return column;
}

} // namespace

void PredictModel::findRepairs() {
    for (const std::string& id : study_.methods) {
        const auto repaired = uq::parseRepairedId(id);
        if (!repaired || !uq::repairInfo(repaired->kind).isStored)
            continue;
        const auto isAlike = [&](const uq::RepairedId& other) {
            return uq::repairSignal(other) == uq::repairSignal(*repaired);
        };
        if (std::none_of(repairs_.begin(), repairs_.end(), isAlike))
            repairs_.push_back(*repaired);
    }
}

const uq::RepairRecipe& PredictModel::recipeOf(std::size_t target, const uq::RepairedId& repair) const {
    return recipes_.at(study_.targets[target].name).at(uq::repairSignal(repair).name());
}

std::vector<Input> PredictModel::describing() const {
    std::vector<Input> inputs;
    for (std::size_t t = 0; t < study_.targets.size(); ++t)
        for (const uq::RepairedId& repair : repairs_)
            for (const Input& input : recipeOf(t, repair).inputs) {
                const bool isColumn = input.kind == Input::Kind::Column;
                const bool isOwn = takesFeatures() && input.name == study_.featuresName;
                const bool isKnown = std::any_of(inputs.begin(), inputs.end(), [&](const Input& other) {
                    return other.key() == input.key();
                });
                if ((isColumn || (input.kind == Input::Kind::Feature && !isOwn)) && !isKnown)
                    inputs.push_back(input);
            }
    return inputs;
}

std::vector<double> PredictModel::widthsFor(std::size_t target, const uq::RepairedId& repair,
                                            const Signals& signals, std::size_t count,
                                            const RunContext& context) const {
    const uq::RepairRecipe& recipe = recipeOf(target, repair);
    const HeldOut heldOut = withNewRows(target, signals, count);
    const TargetStudy& study = study_.targets[target];
    const uq::Evidence evidence = uq::makeEvidence(study.name, study.unit, heldOut);
    const uq::UqMethod& base = uq::findMethod(repair.base);
    if (repair.kind == uq::RepairKind::Region) {
        const double alphas[] = {recipe.alpha};
        Prediction made =
            std::move(base.intervals(evidence, alphas, trainedAlpha_, options_, context).front());
        setEnds(made, study_.ends);
        cutAtLowerBound(made, lowerBoundOf(heldOut));
        return tiedWidths(made);
    }
    const auto split = base.splitScores(evidence, recipe.alpha, trainedAlpha_, options_);
    std::vector<double> widths;
    for (std::size_t i = 0; split && i < split->scale.size(); ++i)
        widths.push_back(split->upper[i] - split->lower[i] + 2.0 * split->scale[i]);
    return widths;
}

void PredictModel::addRepairSignals(std::size_t target, const NewRows& rows, Signals& signals,
                                    std::vector<std::uint8_t>& ungrouped, const RunContext& context) const {
    Signals made;
    std::vector<std::int64_t> all(rows.size());
    std::iota(all.begin(), all.end(), std::int64_t{0});
    for (const uq::RepairedId& repair : repairs_) {
        const uq::RepairRecipe& recipe = recipeOf(target, repair);
        uq::RecipeRows known;
        known.count = rows.size();
        known.columns = rows.described;
        if (repair.kind == uq::RepairKind::Localised)
            known.keys = objectKeys(rows.ids, all);
        const MatrixD& mean = signals.at(uq::Signal::mean().name());
        known.prediction.assign(mean.data(), mean.data() + mean.size());
        if (std::any_of(recipe.inputs.begin(), recipe.inputs.end(), isOfWidth))
            known.width = widthsFor(target, repair, signals, rows.size(), context);
        for (const Input& input : recipe.inputs)
            if (input.kind == Input::Kind::Feature && takesFeatures() && input.name == study_.featuresName &&
                input.element < static_cast<std::size_t>(rows.features.cols()) &&
                !hasColumn(known.columns, input.key()))
                known.columns.columns.push_back(elementOf(rows.features, input));
        uq::RecipeSignal signal = uq::signalOf(recipe, repair.kind, known);
        for (std::size_t row = 0; row < ungrouped.size(); ++row)
            ungrouped[row] |= signal.unknown[row];
        made[uq::repairSignal(repair).name()] = std::move(signal.values);
    }
    signals.merge(made);
}

} // namespace penumbra::workflow
