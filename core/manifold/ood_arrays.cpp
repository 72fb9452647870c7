#include "core/manifold/ood_models.h"

#include "core/base/error.h"

#include <cmath>

namespace penumbra::manifold {

namespace {

enum Setting {
    MetricIsCosine,
    Neighbour,
    Components,
    Trees,
    ForestSample,
    Rows,
    ShrinkageWeight,
    Scale,
    Diagonal,
    SettingCount
};

MatrixD rowMatrix(const VectorD& values) {
    return values.transpose();
}

MatrixD forestNodes(const IsolationForest& forest, MatrixD& offsets) {
    const auto& trees = forest.trees();
    offsets.resize(1, static_cast<Eigen::Index>(trees.size() + 1));
    std::size_t total = 0;
    for (std::size_t t = 0; t < trees.size(); ++t) {
        offsets(0, static_cast<Eigen::Index>(t)) = static_cast<double>(total);
        total += trees[t].size();
    }
    offsets(0, offsets.cols() - 1) = static_cast<double>(total);
    MatrixD nodes(static_cast<Eigen::Index>(total), 5);
    Eigen::Index at = 0;
    for (const auto& tree : trees)
        for (const auto& node : tree)
            nodes.row(at++) << node.column, node.left, node.right, node.rows, node.threshold;
    return nodes;
}

const MatrixD& arrayOf(const OodArrays& arrays, const std::string& name, Eigen::Index rows,
                       Eigen::Index columns) {
    const auto found = arrays.doubles.find(name);
    if (found == arrays.doubles.end())
        throw Error("the stored reference for strange galaxies lacks the array " + name);
    const MatrixD& array = found->second;
    if ((rows >= 0 && array.rows() != rows) || (columns >= 0 && array.cols() != columns) || array.size() == 0)
        throw Error("the stored reference for strange galaxies: array " + name + " is " +
                    std::to_string(array.rows()) + " x " + std::to_string(array.cols()) + ", expected " +
                    (rows < 0 ? "any" : std::to_string(rows)) + " x " +
                    (columns < 0 ? "any" : std::to_string(columns)));
    return array;
}

std::int32_t wholeNumber(double value) {
    if (!(std::abs(value) < 2e9))
        throw Error("the stored reference for strange galaxies: a node of a tree is damaged");
    return static_cast<std::int32_t>(value);
}

IsolationForest forestFrom(const OodArrays& arrays, std::size_t sample) {
    const MatrixD& nodes = arrayOf(arrays, "forest_nodes", -1, 5);
    const MatrixD& offsets = arrayOf(arrays, "forest_offsets", 1, -1);
    std::vector<IsolationForest::Tree> trees;
    for (Eigen::Index t = 0; t + 1 < offsets.cols(); ++t) {
        const auto first = static_cast<Eigen::Index>(offsets(0, t)),
                   end = static_cast<Eigen::Index>(offsets(0, t + 1));
        if (first < 0 || end < first || end > nodes.rows())
            throw Error("the stored reference for strange galaxies: array forest_offsets is damaged");
        IsolationForest::Tree tree;
        for (Eigen::Index i = first; i < end; ++i)
            tree.push_back({wholeNumber(nodes(i, 0)), wholeNumber(nodes(i, 1)), wholeNumber(nodes(i, 2)),
                            wholeNumber(nodes(i, 3)), nodes(i, 4)});
        trees.push_back(std::move(tree));
    }
    return IsolationForest::fromTrees(std::move(trees), sample);
}

} // namespace

OodArrays modelArrays(const OodModels& models) {
    OodArrays arrays;
    VectorD settings(SettingCount);
    settings(MetricIsCosine) = models.options.metric == Metric::Cosine ? 1.0 : 0.0;
    settings(Neighbour) = static_cast<double>(models.options.neighbour);
    settings(Components) = static_cast<double>(models.options.components);
    settings(Trees) = static_cast<double>(models.options.trees);
    settings(ForestSample) = static_cast<double>(models.forest.sample());
    settings(Rows) = models.mahalanobis.fittedRows();
    settings(ShrinkageWeight) = models.mahalanobis.shrinkage();
    settings(Scale) = models.mixture.scale;
    settings(Diagonal) = models.mixture.mixture.diagonal ? 1.0 : 0.0;
    auto& to = arrays.doubles;
    to["settings"] = rowMatrix(settings);
    to["mahalanobis_mean"] = rowMatrix(models.mahalanobis.mean());
    to["mahalanobis_covariance"] = models.mahalanobis.covariance();
    to["pca_mean"] = rowMatrix(models.mixture.pca.mean);
    to["pca_components"] = models.mixture.pca.components;
    const Mixture& mixture = models.mixture.mixture;
    to["mixture_weights"] = rowMatrix(mixture.weights);
    to["mixture_means"] = mixture.means;
    const Eigen::Index height = mixture.covariances.front().rows();
    MatrixD covariances(height * mixture.weights.size(), mixture.means.cols());
    for (std::size_t k = 0; k < mixture.components(); ++k)
        covariances.middleRows(height * static_cast<Eigen::Index>(k), height) = mixture.covariances[k];
    to["mixture_covariances"] = std::move(covariances);
    MatrixD offsets;
    to["forest_nodes"] = forestNodes(models.forest, offsets);
    to["forest_offsets"] = std::move(offsets);
    arrays.floats["neighbour_rows"] = models.neighbourRows;
    return arrays;
}

OodModels modelsFromArrays(const OodArrays& arrays) {
    OodModels models;
    const MatrixD& settings = arrayOf(arrays, "settings", 1, SettingCount);
    const auto count = [&](Setting which) {
        if (!(settings(0, which) >= 0.0 && settings(0, which) < 1e15))
            throw Error("the stored reference for strange galaxies: array settings is damaged");
        return static_cast<std::size_t>(settings(0, which));
    };
    models.options.metric = settings(0, MetricIsCosine) != 0.0 ? Metric::Cosine : Metric::Euclidean;
    models.options.neighbour = count(Neighbour);
    models.options.components = count(Components);
    models.options.trees = count(Trees);
    const VectorD mean = arrayOf(arrays, "mahalanobis_mean", 1, -1).row(0).transpose();
    const Eigen::Index columns = mean.size();
    models.mahalanobis =
        Mahalanobis::fromParameters(mean, arrayOf(arrays, "mahalanobis_covariance", columns, columns),
                                    settings(0, Rows), settings(0, ShrinkageWeight));
    MixtureModel& model = models.mixture;
    model.scale = settings(0, Scale);
    model.pca.mean = arrayOf(arrays, "pca_mean", 1, columns).row(0).transpose();
    model.pca.components = arrayOf(arrays, "pca_components", -1, columns);
    const Eigen::Index p = model.pca.components.rows();
    Mixture& mixture = model.mixture;
    mixture.diagonal = settings(0, Diagonal) != 0.0;
    mixture.weights = arrayOf(arrays, "mixture_weights", 1, -1).row(0).transpose();
    const Eigen::Index k = mixture.weights.size(), height = mixture.diagonal ? 1 : p;
    mixture.means = arrayOf(arrays, "mixture_means", k, p);
    const MatrixD& covariances = arrayOf(arrays, "mixture_covariances", k * height, p);
    for (Eigen::Index i = 0; i < k; ++i)
        mixture.covariances.push_back(covariances.middleRows(i * height, height));
    models.forest = forestFrom(arrays, count(ForestSample));
    const auto rows = arrays.floats.find("neighbour_rows");
    if (rows == arrays.floats.end() || rows->second.cols() != columns ||
        static_cast<std::size_t>(rows->second.rows()) < models.options.neighbour ||
        models.options.neighbour == 0)
        throw Error("the stored reference for strange galaxies lacks the array neighbour_rows");
    models.neighbourRows = rows->second;
    return models;
}

} // namespace penumbra::manifold
