#pragma once

// Internal: the four models behind OodReference.
#include "core/manifold/isolation_forest.h"
#include "core/manifold/mahalanobis.h"
#include "core/manifold/mixture.h"
#include "core/manifold/ood.h"
#include "core/manifold/pca.h"

namespace penumbra::manifold {

inline constexpr std::size_t forestSample = 256;
using OodScoreSet = std::array<std::vector<double>, allOodScores.size()>;

/// A mixture on principal components, all divided by one scale.
struct MixtureModel {
    Pca pca;
    double scale = 1.0;
    Mixture mixture;
};

struct OodModels {
    OodOptions options;
    Mahalanobis mahalanobis;
    MatrixF neighbourRows;              ///< drawn training rows
    std::vector<std::size_t> drawnFrom; ///< which they were; empty after reading back
    MixtureModel mixture;
    IsolationForest forest;
};

MixtureModel fitMixtureModel(const MatrixF& rows, const std::vector<std::size_t>& chosen,
                             const OodOptions& options, const RunContext& context);
OodModels fitOodModels(const MatrixF& rows, const std::vector<std::size_t>& chosen, const OodOptions& options,
                       const RunContext& context, std::vector<std::string>& notes);

std::vector<double> mixtureScores(const MixtureModel& model, const MatrixF& rows,
                                  const std::vector<std::size_t>& chosen, const RunContext& context);
/// training: rows are those of fit, and a row is no neighbour of its own.
std::vector<double> knnScores(const OodModels& models, const MatrixF& rows,
                              const std::vector<std::size_t>& chosen, bool training,
                              const RunContext& context);
/// All four of the chosen rows, which are new.
OodScoreSet oodScores(const OodModels& models, const MatrixF& rows, const std::vector<std::size_t>& chosen,
                      const RunContext& context);

OodArrays modelArrays(const OodModels& models);
OodModels modelsFromArrays(const OodArrays& arrays); ///< @throws Error

} // namespace penumbra::manifold
