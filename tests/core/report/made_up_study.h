#pragma once

#include "core/base/rng.h"
#include "core/eval/evaluate.h"
#include "core/eval/study.h"

#include <cmath>
#include <string>
#include <vector>

namespace penumbra::samples {

/// A study with known truths: y = yhat + s e, s grows with yhat; each method has intervals of its own shape.
/// Enough to draw every figure; nothing in it was trained.
inline Study madeUpStudy(const std::vector<std::string>& methods, std::size_t testRows,
                         std::uint64_t seed = 1, double alpha = 0.1) {
    Study study;
    study.alpha = alpha;
    study.seed = seed;
    study.methods = methods;
    study.version = "test";
    study.optionsJson = R"({"alpha": 0.1})";
    TargetStudy target;
    target.name = "logmass";
    target.label = "stellar mass";
    target.unit = "log Msun";
    Rng rng(seed);
    MatrixD mean(static_cast<Eigen::Index>(testRows), 1);
    std::vector<double> base, sigma;
    for (std::size_t i = 0; i < testRows; ++i) {
        base.push_back(10.2 + 0.6 * rng.normal());
        sigma.push_back(0.08 + 0.10 * std::exp(-0.8 * (base[i] - 9.6)));
        mean(static_cast<Eigen::Index>(i), 0) = base[i];
        target.heldOut.rows.push_back(static_cast<std::int64_t>(1000 + i));
        target.heldOut.isTest.push_back(1);
        target.heldOut.truth.push_back(base[i] + sigma[i] * rng.normal());
    }
    target.heldOut.signals["mean"] = mean;
    for (std::size_t m = 0; m < methods.size(); ++m) {
        Prediction prediction;
        prediction.method = methods[m];
        prediction.target = target.name;
        prediction.unit = target.unit;
        prediction.alpha = alpha;
        const bool ensemble = methods[m] == "DeepEnsembles" || methods[m] == "MCDropout";
        for (std::size_t i = 0; i < testRows; ++i) {
            const double shape =
                0.2 + 0.8 * static_cast<double>(m % 4) / 3.0; // 0.2: nearly constant, 1: as the noise
            const double constant = 0.24;
            double half = 1.645 * (shape * sigma[i] + (1.0 - shape) * 0.15) * (1.0 + 0.02 * rng.normal());
            if (methods[m] == "VanillaSplit")
                half = constant;
            if (ensemble)
                half *= 0.55;
            const double centre = base[i] + (ensemble ? 0.02 * rng.normal() : 0.0);
            prediction.mean.push_back(centre);
            prediction.lower.push_back(centre - half);
            prediction.upper.push_back(centre + half);
            if (ensemble)
                prediction.spread.push_back(half / 1.6448536269514722);
        }
        target.predictions.push_back(prediction);
    }
    study.targets.push_back(target);
    EvaluateOptions options;
    options.bootstrapReplicates = 200;
    if (testRows > 0)
        for (const Prediction& prediction : study.targets[0].predictions)
            for (Score& score : evaluatePrediction(prediction, study.targets[0].heldOut.truth, base, options))
                study.scores.push_back(score);
    for (const char* network : {"logmass: head", "logmass: q0.05", "logmass: q0.95"})
        for (int epoch = 1; epoch <= 60 && testRows > 0; ++epoch) {
            TrainingPoint point;
            point.network = network;
            point.epoch = epoch;
            point.trainLoss = 0.08 + 0.9 * std::exp(-epoch / 9.0) + (network[9] == 'q' ? 0.05 : 0.0);
            point.validationLoss = point.trainLoss * 1.1 + 0.01;
            point.r2 = 1.0 - point.validationLoss;
            study.training.push_back(point);
        }
    return study;
}

inline const std::vector<std::string>& nineMethods() {
    static const std::vector<std::string> methods{"LCNet",     "LCAion",        "LCMADNet",
                                                  "LCMADAion", "VanillaSplit",  "MADSplit",
                                                  "CQR",       "DeepEnsembles", "MCDropout"};
    return methods;
}

} // namespace penumbra::samples
