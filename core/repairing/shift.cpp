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
constexpr std::size_t folds = 5;
constexpr double clipLevel = 0.995;

/// What the classifier sees, on all rows of a catalogue: a column an entry.
struct Inputs {
    std::vector<std::string> names;
    std::vector<std::vector<double>> columns;
};

Inputs featuresOf(const Catalogue& catalogue, const std::string& name, const RunContext& context) {
    Inputs inputs;
    const Features features = loadFeatures(catalogue, name, context);
    for (Eigen::Index k = 0; k < features.values.cols(); ++k) {
        inputs.names.push_back(name + "[" + std::to_string(k) + "]");
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

/// The directions in which standardised inputs scatter most, where there are many.
Eigen::MatrixXd fewInputs(Eigen::MatrixXd x) {
    if (x.cols() <= mostInputs)
        return x;
    const Eigen::MatrixXd covariance = x.transpose() * x / static_cast<double>(x.rows());
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(covariance);
    Eigen::MatrixXd scores = x * solver.eigenvectors().rightCols(mostInputs);
    for (Eigen::Index c = 0; c < scores.cols(); ++c)
        if (const double deviation = std::sqrt(scores.col(c).squaredNorm() / static_cast<double>(x.rows()));
            deviation > 0.0)
            scores.col(c) /= deviation;
    return scores;
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
    const Eigen::MatrixXd x = fewInputs(standardisedColumns(columns));
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
    const auto odds = [&](double p) {
        const auto aimed = static_cast<double>(std::count(label.begin(), label.end(), 1));
        return p / (1.0 - p) * (static_cast<double>(label.size()) - aimed) / aimed;
    };
    RepairSignal signal;
    signal.values = MatrixD::Zero(static_cast<Eigen::Index>(heldOutRows), 1);
    const auto p = crossFittedProbabilities(shown, label, folds, derivedSeed(study.seed, "shift"));
    for (std::size_t i = 0; i < learned.size(); ++i)
        if (learned[i] < static_cast<Eigen::Index>(heldOutRows))
            signal.values(learned[i], 0) = odds(p[i]);
    if (aim != nullptr) { // the test galaxies were not shown
        const auto all =
            fitLogistic(shown, label).probabilities(x.topRows(static_cast<Eigen::Index>(heldOutRows)));
        for (std::size_t i = 0; i < heldOutRows; ++i)
            if (heldOut.isTest[i])
                signal.values(static_cast<Eigen::Index>(i), 0) = odds(all[i]);
    }
    std::vector<double> calibration;
    for (std::size_t i = 0; i < heldOutRows; ++i)
        if (!heldOut.isTest[i])
            calibration.push_back(signal.values(static_cast<Eigen::Index>(i), 0));
    const double highest = quantileOf(calibration, clipLevel);
    signal.values = signal.values.cwiseMin(highest);
    std::size_t clipped = 0;
    for (double& weight : calibration) {
        clipped += weight > highest ? 1 : 0;
        weight = std::min(weight, highest);
    }
    const double effective = uq::effectiveRows(calibration);
    checkHealth(target.name, effective, calibration.size(), study.alpha, options);
    signal.notes.push_back(
        "Weights by a cross-fitted classifier on " +
        (own.names.size() <= 8 ? joinText(own.names, ", ") : std::to_string(own.names.size()) + " inputs") +
        ": of " + withThousands(static_cast<long long>(calibration.size())) + " calibration galaxies " +
        aboutCount(effective) + " count in effect; " + std::to_string(clipped) + " weights were cut.");
    return signal;
}

} // namespace penumbra::workflow
