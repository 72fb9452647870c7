#include "core/repairing/shift.h"

#include "core/base/derived_seed.h"
#include "core/base/text.h"
#include "core/eval/logistic.h"
#include "core/study/region_columns.h"
#include "core/uq/repairs/thresholds.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

constexpr Eigen::Index mostInputs = 32;
constexpr Eigen::Index mostSquared = 16; ///< inputs whose squares the classifier sees, too
constexpr std::size_t folds = 5;
constexpr double clipLevel = 0.995;

/// What the classifier sees, on all rows of a catalogue: a column an entry.
struct Inputs {
    std::vector<std::string> names;
    std::vector<uq::RecipeInput> origins; ///< where new galaxies have them
    std::vector<std::vector<double>> columns;
};

Inputs featuresOf(const Catalogue& catalogue, const std::string& name, const RunContext& context) {
    Inputs inputs;
    const Features features = loadFeatures(catalogue, name, context);
    for (Eigen::Index k = 0; k < features.values.cols(); ++k) {
        uq::RecipeInput origin;
        origin.kind = uq::RecipeInput::Kind::Feature;
        origin.name = name;
        origin.element = static_cast<std::size_t>(k);
        inputs.names.push_back(origin.key());
        inputs.origins.push_back(std::move(origin));
        inputs.columns.emplace_back();
        for (Eigen::Index row = 0; row < features.values.rows(); ++row)
            inputs.columns.back().push_back(static_cast<double>(features.values(row, k)));
    }
    return inputs;
}

Inputs columnsOf(const Catalogue& catalogue, const std::vector<std::string>& names) {
    Inputs inputs;
    for (const std::string& name : names) {
        const io::Column* column = catalogue.columns.find(name);
        if (column == nullptr || !column->isNumeric() || column->width > 1)
            throw UsageError(catalogue.path.string() + " has no column of numbers '" + name +
                             "', which the weights are to be made from; name others with --columns.");
        inputs.names.push_back(name);
        inputs.origins.emplace_back().name = column->name;
        inputs.columns.push_back(column->asReals());
    }
    return inputs;
}

/// The same inputs of the study's catalogue and of that aimed at.
std::pair<Inputs, Inputs> inputsOf(const Study& study, const TargetStudy& target, const Catalogue& catalogue,
                                   const Catalogue& aim, const ShiftOptions& options,
                                   const RunContext& context) {
    if (options.columns.empty() && !study.featuresName.empty()) {
        auto own = featuresOf(catalogue, study.featuresName, context);
        auto others = &aim == &catalogue ? own : featuresOf(aim, study.featuresName, context);
        if (own.columns.size() != others.columns.size())
            throw Error("Features '" + study.featuresName + "' have " + std::to_string(own.columns.size()) +
                        " numbers a galaxy in the study's catalogue and " +
                        std::to_string(others.columns.size()) + " in " + aim.path.string() + ".");
        return {std::move(own), std::move(others)};
    }
    std::vector<std::string> names = options.columns;
    if (names.empty())
        for (const RegionColumn& column : describingColumns(catalogue, target, {}, context).columns)
            if (const io::Column* there = aim.columns.find(column.name);
                column.categories.empty() && there != nullptr && there->isNumeric() &&
                catalogue.columns.find(column.name) != nullptr)
                names.push_back(column.name);
    if (names.empty())
        throw Error("The two catalogues share no column that weights could be made from.");
    return {columnsOf(catalogue, names), columnsOf(aim, names)};
}

/// What the classifier sees of standardised inputs [inputs, at most mostInputs]: themselves, or, where there
/// are many, the directions in which they scatter most, at unit deviation.
Eigen::MatrixXd directionsOf(const Eigen::MatrixXd& x) {
    if (x.cols() <= mostInputs)
        return Eigen::MatrixXd::Identity(x.cols(), x.cols());
    const Eigen::MatrixXd covariance = x.transpose() * x / static_cast<double>(x.rows());
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
    Eigen::MatrixXd directions = solver.eigenvectors().rightCols(mostInputs);
    for (Eigen::Index c = 0; c < directions.cols(); ++c)
        if (const double variance = directions.col(c).dot(covariance * directions.col(c)); variance > 0.0)
            directions.col(c) /= std::sqrt(variance);
    return directions;
}

/// Squares of standardised inputs at unit deviation, where they are few: populations that differ in scatter
/// alone, or at both ends, have no other mark.
struct Squares {
    Eigen::MatrixXd values;     ///< [rows, inputs], or no columns
    Eigen::VectorXd deviations; ///< of the squares; 0: constant, left at 0
};
Squares squaresOf(const Eigen::MatrixXd& x) {
    if (x.cols() > mostSquared)
        return {Eigen::MatrixXd(x.rows(), 0), {}};
    Squares squares{x.array().square(), Eigen::VectorXd::Zero(x.cols())};
    for (Eigen::Index c = 0; c < x.cols(); ++c) {
        const double mean = squares.values.col(c).mean();
        const double deviation = std::sqrt((squares.values.col(c).array() - mean).square().mean());
        if (deviation > 1e-9)
            squares.values.col(c) /= squares.deviations[c] = deviation;
        else
            squares.values.col(c).setZero();
    }
    return squares;
}

/// The classifier as one function of the inputs as they are. Kept in single precision, as the study file has
/// it, so that galaxies get the same weight before and after they were written.
/// @param squares deviations; empty: none were shown
uq::RecipeWeights weightsOf(const LogisticModel& model, const Eigen::MatrixXd& directions,
                            const Eigen::VectorXd& squares, const std::vector<std::vector<double>>& columns) {
    const Eigen::VectorXd slopes =
        directions * model.weights; // of inputs that are not constant, then squares
    const Eigen::Index inputs = slopes.size() - squares.size();
    uq::RecipeWeights weights;
    weights.intercept = model.intercept;
    Eigen::Index next = 0;
    for (const std::vector<double>& column : columns) {
        const auto [mean, deviation] = columnScale(column);
        const bool varies = deviation > 0.0;
        weights.mean.push_back(static_cast<float>(mean));
        weights.slope.push_back(varies ? static_cast<float>(slopes[next] / deviation) : 0.0F);
        weights.curve.push_back(
            varies && squares.size() > 0 && squares[next] > 0.0
                ? static_cast<float>(slopes[inputs + next] / (squares[next] * deviation * deviation))
                : 0.0F);
        next += varies ? 1 : 0;
    }
    return weights;
}

double quantileOf(std::vector<double> values, double level) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(level * static_cast<double>(values.size() - 1))];
}

void checkHealth(const std::string& target, double effective, std::size_t calibration, double alpha,
                 const ShiftOptions& options) {
    const double fewest = 10.0 / alpha;
    if (effective >= std::max(fewest, fewEffectiveRows) || (options.acceptFew && effective >= fewest))
        return;
    throw Error(target + ": the galaxies aimed at are so unlike the calibration galaxies that of " +
                withThousands(static_cast<long long>(calibration)) + " only " + aboutCount(effective) +
                " would count in effect, and intervals would be unstable. Bins of the columns that differ "
                "(--by mondrian:COLUMN) hold better" +
                (effective >= fewest ? ", or --accept-few weighs all the same." : "."));
}

} // namespace

RepairSignal shiftSignal(const Study& study, const TargetStudy& target, const Catalogue& catalogue,
                         const Catalogue* aim, const ShiftOptions& options, const RunContext& context) {
    const HeldOut& heldOut = target.heldOut;
    const auto [own, others] =
        inputsOf(study, target, catalogue, aim != nullptr ? *aim : catalogue, options, context);
    const std::size_t heldOutRows = heldOut.rows.size(), aimRows = aim != nullptr ? aim->rowCount : 0;
    std::vector<std::vector<double>> columns;
    for (std::size_t c = 0; c < own.columns.size(); ++c) {
        columns.push_back(onHeldOutRows(own.columns[c], target));
        if (aim != nullptr)
            columns.back().insert(columns.back().end(), others.columns[c].begin(), others.columns[c].end());
    }
    const Eigen::MatrixXd standardised = standardisedColumns(columns);
    const Squares squares = squaresOf(standardised);
    Eigen::MatrixXd seen(standardised.rows(), standardised.cols() + squares.values.cols());
    seen << standardised, squares.values;
    const Eigen::MatrixXd directions = directionsOf(seen);
    const Eigen::MatrixXd x = seen * directions;
    // Rows that the classifier learns from: calibration galaxies and those aimed at.
    std::vector<Eigen::Index> learned;
    std::vector<std::uint8_t> label;
    for (std::size_t i = 0; i < heldOutRows + aimRows; ++i) {
        const bool isCalibration = i < heldOutRows && !heldOut.isTest[i];
        if (isCalibration || i >= heldOutRows || aim == nullptr) {
            learned.push_back(static_cast<Eigen::Index>(i));
            label.push_back(isCalibration ? 0 : 1);
        }
    }
    const Eigen::MatrixXd shown = x(learned, Eigen::all);
    const auto aimed = static_cast<double>(std::count(label.begin(), label.end(), 1));
    RepairSignal signal;
    signal.recipe.alpha = study.alpha;
    signal.recipe.inputs = own.origins;
    for (std::size_t k = 0; k < columns.size(); ++k)
        signal.recipe.inputs[k].mayBeMissing = std::any_of(
            columns[k].begin(), columns[k].end(), [](double value) { return !std::isfinite(value); });
    uq::RecipeWeights weights = weightsOf(fitLogistic(shown, label), directions, squares.deviations, columns);
    weights.factor = (static_cast<double>(label.size()) - aimed) / aimed;
    signal.values = MatrixD::Zero(static_cast<Eigen::Index>(heldOutRows), 1);
    // Calibration galaxies are weighed by models that have not seen them; for the others, study's and new
    // ones alike, there is one model.
    const auto p = crossFittedProbabilities(shown, label, folds, derivedSeed(study.seed, "shift"));
    std::vector<double> calibration;
    for (std::size_t i = 0; i < learned.size(); ++i)
        if (label[i] == 0) {
            calibration.push_back(p[i] / (1.0 - p[i]) * weights.factor);
            signal.values(learned[i], 0) = calibration.back();
        }
    weights.highest = quantileOf(calibration, clipLevel);
    signal.values = signal.values.cwiseMin(weights.highest);
    std::vector<double> inputsOfRow(columns.size());
    for (std::size_t i = 0; i < heldOutRows; ++i)
        if (heldOut.isTest[i]) {
            for (std::size_t k = 0; k < columns.size(); ++k)
                inputsOfRow[k] = std::isfinite(columns[k][i]) ? columns[k][i] : std::nan("");
            signal.values(static_cast<Eigen::Index>(i), 0) = uq::weightOf(weights, inputsOfRow);
        }
    std::size_t clipped = 0;
    for (double& weight : calibration) {
        clipped += weight > weights.highest ? 1 : 0;
        weight = std::min(weight, weights.highest);
    }
    signal.recipe.weights = std::move(weights);
    signal.aimsElsewhere = aim != nullptr;
    const double effective = uq::effectiveRows(calibration);
    checkHealth(target.name, effective, calibration.size(), study.alpha, options);
    signal.notes.push_back(
        "Weights by a cross-fitted classifier on " +
        (own.names.size() <= 8 ? joinText(own.names, ", ") : std::to_string(own.names.size()) + " inputs") +
        (squares.deviations.size() > 0 ? " and squares of them" : "") + ": of " +
        withThousands(static_cast<long long>(calibration.size())) + " calibration galaxies " +
        aboutCount(effective) + " count in effect; " + std::to_string(clipped) + " weights were cut.");
    return signal;
}

} // namespace penumbra::workflow
