#include "core/manifold/ood.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/manifold/ood_models.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::manifold {

namespace {

constexpr std::size_t folds = 5, fewestRows = 20;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
using Scores = OodScoreSet;

constexpr std::size_t at(OodScore score) {
    return static_cast<std::size_t>(score);
}

std::vector<std::size_t> finiteRows(const MatrixF& rows) {
    std::vector<std::size_t> kept;
    for (Eigen::Index i = 0; i < rows.rows(); ++i)
        if (rows.row(i).allFinite())
            kept.push_back(static_cast<std::size_t>(i));
    return kept;
}

/// Values of some rows put where they belong among all; NaN elsewhere.
std::vector<double> spread(const std::vector<double>& values, const std::vector<std::size_t>& rows,
                           std::size_t count) {
    std::vector<double> all(count, nan);
    for (std::size_t i = 0; i < rows.size(); ++i)
        all[rows[i]] = values[i];
    return all;
}

std::vector<double> sortedFinite(std::vector<double> values) {
    std::erase_if(values, [](double v) { return std::isnan(v); });
    std::sort(values.begin(), values.end());
    return values;
}

/// Each row's score by a model that was fitted to the other four folds.
template <typename Fit, typename Score>
std::vector<double> crossFitted(const std::vector<std::size_t>& rows, std::uint64_t seed, const Fit& fit,
                                const Score& score) {
    Rng rng(seed, 0xf01d);
    const auto order = rng.permutation(rows.size());
    std::vector<double> out(rows.size(), nan);
    for (std::size_t fold = 0; fold < folds; ++fold) {
        std::vector<std::size_t> kept, left, places;
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (i % folds == fold) {
                left.push_back(rows[order[i]]);
                places.push_back(order[i]);
            } else {
                kept.push_back(rows[order[i]]);
            }
        }
        const std::vector<double> values = score(fit(kept), left);
        for (std::size_t i = 0; i < places.size(); ++i)
            out[places[i]] = values[i];
    }
    return out;
}

std::vector<double> rooted(std::vector<double> squared) {
    for (double& value : squared)
        value = std::sqrt(value);
    return squared;
}

} // namespace

std::string_view oodScoreName(OodScore score) {
    constexpr std::array<std::string_view, allOodScores.size()> names = {"mahalanobis", "knn", "gmm",
                                                                         "isolation"};
    return names[at(score)];
}

struct OodReference::State {
    OodModels models;
    Scores training;    ///< in the order of the rows given to fit
    Scores calibration; ///< the same
    Scores sortedTraining, sortedCalibration;
    std::vector<std::string> notes;

    void sortScores() {
        for (std::size_t s = 0; s < allOodScores.size(); ++s) {
            sortedTraining[s] = sortedFinite(training[s]);
            sortedCalibration[s] = sortedFinite(calibration[s]);
        }
    }
    OodColumns judged(Scores scores) const {
        OodColumns columns;
        for (std::size_t s = 0; s < allOodScores.size(); ++s) {
            const auto &train = sortedTraining[s], &held = sortedCalibration[s];
            OodColumn& column = columns[s];
            column.score = std::move(scores[s]);
            column.percentile.assign(column.score.size(), nan);
            column.p = column.percentile;
            for (std::size_t i = 0; i < column.score.size(); ++i) {
                const double score = column.score[i];
                if (std::isnan(score))
                    continue;
                const auto below = std::upper_bound(train.begin(), train.end(), score) - train.begin();
                column.percentile[i] = 100.0 * static_cast<double>(below) / static_cast<double>(train.size());
                const auto beyond = held.end() - std::lower_bound(held.begin(), held.end(), score);
                if (!held.empty())
                    column.p[i] = static_cast<double>(1 + beyond) / static_cast<double>(held.size() + 1);
            }
        }
        return columns;
    }
};

OodReference OodReference::fit(const MatrixF& training, const MatrixF& calibration, const OodOptions& options,
                               const RunContext& context) {
    const auto rows = finiteRows(training), held = finiteRows(calibration);
    if (rows.size() < fewestRows)
        throw UsageError("Judging what is strange needs at least " + std::to_string(fewestRows) +
                         " training rows with finite features, but there are " + std::to_string(rows.size()) +
                         ".");
    if (calibration.rows() > 0 && calibration.cols() != training.cols())
        throw Error("training rows have " + std::to_string(training.cols()) +
                    " features and calibration rows " + std::to_string(calibration.cols()));
    auto state = std::make_shared<State>();
    OodModels& models = state->models;
    const RunContext quiet = context.quiet();
    context.step(0.0, "measuring distances from the centre");
    models = fitOodModels(training, rows, options, context.slice(0.0, 0.3), state->notes);
    const auto count = static_cast<std::size_t>(training.rows());
    const auto keep = [&](OodScore score, const std::vector<double>& values) {
        state->training[at(score)] = spread(values, rows, count);
    };
    if (models.mahalanobis.shrinkage() == 0.0)
        keep(OodScore::Mahalanobis,
             rooted(models.mahalanobis.leaveOneOut(models.mahalanobis.squared(training, rows, quiet))));
    else
        keep(OodScore::Mahalanobis, crossFitted(
                                        rows, options.seed,
                                        [&](const auto& kept) {
                                            return Mahalanobis::fit(training, Shrinkage::LedoitWolf, kept,
                                                                    quiet);
                                        },
                                        [&](const Mahalanobis& model, const auto& left) {
                                            return rooted(model.squared(training, left, quiet));
                                        }));
    context.step(0.4, "measuring distances to neighbours");
    keep(OodScore::Knn, knnScores(models, training, rows, true, context.slice(0.4, 0.6)));
    context.step(0.6, "fitting mixtures");
    keep(OodScore::Mixture,
         crossFitted(
             rows, options.seed,
             [&](const auto& kept) { return fitMixtureModel(training, kept, options, quiet); },
             [&](const MixtureModel& model, const auto& left) {
                 return mixtureScores(model, training, left, quiet);
             }));
    context.step(0.9, "growing forests");
    keep(OodScore::Isolation, crossFitted(
                                  rows, options.seed,
                                  [&](const auto& kept) {
                                      return IsolationForest::fit(training, kept, options.trees, forestSample,
                                                                  options.seed, quiet);
                                  },
                                  [&](const IsolationForest& model, const auto& left) {
                                      return model.score(training, left, quiet);
                                  }));
    const Scores heldScores = oodScores(models, calibration, held, context.slice(0.95, 1.0));
    for (std::size_t s = 0; s < allOodScores.size(); ++s)
        state->calibration[s] = spread(heldScores[s], held, static_cast<std::size_t>(calibration.rows()));
    state->sortScores();
    OodReference reference;
    reference.state_ = std::move(state);
    return reference;
}

OodColumns OodReference::score(const MatrixF& rows, const RunContext& context) const {
    if (static_cast<std::size_t>(rows.cols()) != columns())
        throw Error("rows with " + std::to_string(rows.cols()) +
                    " features cannot be judged by a reference with " + std::to_string(columns()));
    const auto usable = finiteRows(rows);
    Scores scores = oodScores(state_->models, rows, usable, context);
    for (auto& one : scores)
        one = spread(one, usable, static_cast<std::size_t>(rows.rows()));
    return state_->judged(std::move(scores));
}

OodColumns OodReference::trainingColumns() const {
    return state_->judged(state_->training);
}

OodColumns OodReference::calibrationColumns() const {
    OodColumns columns = state_->judged(state_->calibration);
    for (OodColumn& column : columns) { // the row itself is one of the n + 1
        const double n = static_cast<double>(sortedFinite(column.score).size());
        for (double& p : column.p)
            p = (p * (n + 1.0) - 1.0) / n;
    }
    return columns;
}

std::size_t OodReference::columns() const {
    return static_cast<std::size_t>(state_->models.mahalanobis.mean().size());
}

std::size_t OodReference::trainingRows() const {
    return state_->sortedTraining.front().size();
}

std::size_t OodReference::calibrationRows() const {
    return state_->sortedCalibration.front().size();
}

const std::vector<std::string>& OodReference::notes() const {
    return state_->notes;
}

OodArrays OodReference::toArrays() const {
    OodArrays arrays = modelArrays(state_->models);
    const auto stacked = [](const Scores& scores) {
        MatrixD matrix(static_cast<Eigen::Index>(scores.size()),
                       static_cast<Eigen::Index>(scores.front().size()));
        for (std::size_t s = 0; s < scores.size(); ++s)
            matrix.row(static_cast<Eigen::Index>(s)) =
                Eigen::Map<const Eigen::RowVectorXd>(scores[s].data(), matrix.cols());
        return matrix;
    };
    arrays.doubles["training_scores"] = stacked(state_->training);
    arrays.doubles["calibration_scores"] = stacked(state_->calibration);
    return arrays;
}

OodReference OodReference::fromArrays(const OodArrays& arrays) {
    auto state = std::make_shared<State>();
    state->models = modelsFromArrays(arrays);
    const auto unstack = [&](const std::string& name, Scores& scores) {
        const auto found = arrays.doubles.find(name);
        if (found == arrays.doubles.end() || found->second.rows() != static_cast<Eigen::Index>(scores.size()))
            throw Error("the stored reference for strange galaxies lacks the array " + name);
        for (std::size_t s = 0; s < scores.size(); ++s) {
            const auto row = found->second.row(static_cast<Eigen::Index>(s));
            scores[s].assign(row.begin(), row.end());
        }
    };
    unstack("training_scores", state->training);
    unstack("calibration_scores", state->calibration);
    state->sortScores();
    if (state->sortedTraining.front().empty())
        throw Error("the stored reference for strange galaxies holds no training rows");
    OodReference reference;
    reference.state_ = std::move(state);
    return reference;
}

} // namespace penumbra::manifold
