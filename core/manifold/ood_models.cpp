#include "core/manifold/ood_models.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/manifold/neighbours.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra::manifold {

namespace {

constexpr std::size_t mostComponents = 16, rowsForComponents = 5000, rowsForMixture = 20000;
constexpr double explainedWanted = 0.95;

/// At most `count` of the rows, drawn evenly, in rising order.
std::vector<std::size_t> drawn(std::vector<std::size_t> rows, std::size_t count, std::uint64_t seed) {
    if (rows.size() <= count)
        return rows;
    Rng rng(seed, 0xd2a3);
    for (std::size_t i = 0; i < count; ++i)
        std::swap(rows[i], rows[i + rng.below(rows.size() - i)]);
    rows.resize(count);
    std::sort(rows.begin(), rows.end());
    return rows;
}

MatrixF picked(const MatrixF& rows, const std::vector<std::size_t>& chosen) {
    MatrixF few(static_cast<Eigen::Index>(chosen.size()), rows.cols());
    for (std::size_t i = 0; i < chosen.size(); ++i)
        few.row(static_cast<Eigen::Index>(i)) = rows.row(static_cast<Eigen::Index>(chosen[i]));
    return few;
}

/// Leaves the components that explain 95 % of the variance, at most 16 and at least one.
void keepWhatExplains(Pca& pca) {
    Eigen::Index kept = 0;
    double explained = 0.0;
    while (kept < static_cast<Eigen::Index>(pca.rank) && explained < explainedWanted)
        explained += pca.explainedRatio(kept++);
    kept = std::max<Eigen::Index>(1, kept);
    pca.components.conservativeResize(kept, Eigen::NoChange);
    pca.explainedVariance.conservativeResize(kept);
    pca.explainedRatio.conservativeResize(kept);
}

} // namespace

MixtureModel fitMixtureModel(const MatrixF& rows, const std::vector<std::size_t>& chosen,
                             const OodOptions& options, const RunContext& context) {
    MixtureModel model;
    const MatrixF few = picked(rows, drawn(chosen, rowsForComponents, options.seed));
    const auto most =
        std::min<Eigen::Index>({static_cast<Eigen::Index>(mostComponents), few.rows() - 1, few.cols()});
    const auto solver = few.cols() > 128 ? PcaSolver::Randomised : PcaSolver::Exact;
    model.pca = fitPca(few, static_cast<std::size_t>(most), solver, options.seed, context.quiet());
    keepWhatExplains(model.pca);
    const double variance = model.pca.explainedVariance.mean();
    model.scale = variance > 0.0 ? std::sqrt(variance) : 1.0;
    const auto used = drawn(chosen, rowsForMixture, options.seed + 1);
    const MatrixD scores = model.pca.transform(picked(rows, used), context) / model.scale;
    MixtureOptions wanted;
    wanted.components = options.components;
    wanted.seed = options.seed;
    const auto p = static_cast<std::size_t>(scores.cols());
    wanted.diagonal = chosen.size() < 20 * options.components * p * (p + 1) / 2;
    model.mixture = fitMixture(scores, wanted, context);
    return model;
}

OodModels fitOodModels(const MatrixF& rows, const std::vector<std::size_t>& chosen, const OodOptions& options,
                       const RunContext& context, std::vector<std::string>& notes) {
    OodModels models;
    models.options = options;
    models.mahalanobis = Mahalanobis::fit(rows, options.shrinkage, chosen, context.quiet());
    if (models.mahalanobis.shrinkage() > 0.0)
        notes.push_back("the covariance is shrunk towards a sphere (Ledoit-Wolf), as " +
                        std::to_string(chosen.size()) + " training rows are few for " +
                        std::to_string(rows.cols()) + " features");
    if (models.mahalanobis.constantColumns() > 0)
        notes.push_back(
            std::to_string(models.mahalanobis.constantColumns()) +
            " features are constant over the training rows: a galaxy that differs there is infinitely "
            "far from the centre");
    models.drawnFrom =
        drawn(chosen, std::max(options.neighbourRows, options.neighbour + 1), options.seed + 2);
    models.neighbourRows = picked(rows, models.drawnFrom);
    if (models.drawnFrom.size() < chosen.size())
        notes.push_back("neighbours are looked for among " + std::to_string(models.drawnFrom.size()) +
                        " of " + std::to_string(chosen.size()) + " training rows, drawn at random");
    context.step(0.5, "fitting a mixture");
    models.mixture = fitMixtureModel(rows, chosen, options, context.quiet());
    if (models.mixture.mixture.components() < options.components)
        notes.push_back("the mixture has " + std::to_string(models.mixture.mixture.components()) +
                        " components; " + std::to_string(options.components) +
                        " were asked for, others held too few rows");
    models.forest =
        IsolationForest::fit(rows, chosen, options.trees, forestSample, options.seed, context.quiet());
    return models;
}

std::vector<double> mixtureScores(const MixtureModel& model, const MatrixF& rows,
                                  const std::vector<std::size_t>& chosen, const RunContext& context) {
    const MatrixD scores = model.pca.transform(picked(rows, chosen), context) / model.scale;
    std::vector<double> strangeness = model.mixture.logDensity(scores, context);
    for (double& value : strangeness)
        value = -value;
    return strangeness;
}

std::vector<double> knnScores(const OodModels& models, const MatrixF& rows,
                              const std::vector<std::size_t>& chosen, bool training,
                              const RunContext& context) {
    const std::size_t k = models.options.neighbour;
    const auto neighbours = exactNeighboursAmong(picked(rows, chosen), models.neighbourRows,
                                                 training ? k + 1 : k, models.options.metric, context);
    std::vector<double> scores(chosen.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        // A training row that was drawn stands among the reference rows and is left out.
        const bool itself =
            training && std::binary_search(models.drawnFrom.begin(), models.drawnFrom.end(), chosen[i]);
        scores[i] = static_cast<double>(neighbours.distanceRow(i)[itself ? k : k - 1]);
    }
    return scores;
}

OodScoreSet oodScores(const OodModels& models, const MatrixF& rows, const std::vector<std::size_t>& chosen,
                      const RunContext& context) {
    OodScoreSet scores;
    if (chosen.empty())
        return scores;
    const auto one = [&](OodScore score) -> std::vector<double>& {
        return scores[static_cast<std::size_t>(score)];
    };
    one(OodScore::Mahalanobis) = models.mahalanobis.squared(rows, chosen, context.quiet());
    for (double& value : one(OodScore::Mahalanobis))
        value = std::sqrt(value);
    context.step(0.2, "measuring distances to neighbours");
    one(OodScore::Knn) = knnScores(models, rows, chosen, false, context.slice(0.2, 0.9));
    one(OodScore::Mixture) = mixtureScores(models.mixture, rows, chosen, context.quiet());
    one(OodScore::Isolation) = models.forest.score(rows, chosen, context.quiet());
    return scores;
}

} // namespace penumbra::manifold
