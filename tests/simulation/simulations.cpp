#include "simulations.h"

#include "core/base/parallel_for.h"
#include "core/eval/joint_resampling.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace penumbra::simulation {

int studies(int usual) {
    const char* text = std::getenv("PENUMBRA_SIMULATIONS");
    return text == nullptr || std::atoi(text) < 1 ? usual : std::atoi(text);
}

double atLeast(double rate, int n) {
    return rate - 3.5 * std::sqrt(rate * (1.0 - rate) / n);
}

double atMost(double rate, int n) {
    return rate + 3.5 * std::sqrt(rate * (1.0 - rate) / n);
}

std::string nameOf(Errors errors) {
    return errors == Errors::Constant ? "constant" : errors == Errors::Prediction ? "prediction" : "hidden";
}

Galaxies galaxies(Errors errors, std::size_t n, Rng& rng) {
    Galaxies out;
    for (std::size_t i = 0; i < n; ++i) {
        const double x = rng.uniform();
        const double scale = errors == Errors::Constant     ? 1.0
                             : errors == Errors::Prediction ? std::exp(1.2 * (2.0 * x - 1.0))
                                                            : std::exp(0.7 * rng.normal());
        out.prediction.push_back(10.0 * x);
        out.scale.push_back(scale);
        out.truth.push_back(10.0 * x + scale * rng.normal());
    }
    return out;
}

Sample sample(Errors errors, std::size_t calibration, std::size_t test, bool spreadKnown, Rng& rng) {
    Sample out;
    out.calibration = galaxies(errors, calibration, rng);
    out.test = galaxies(errors, test, rng);
    out.target.name = "z";
    HeldOut& heldOut = out.target.heldOut;
    const auto rows = static_cast<Eigen::Index>(calibration + test);
    MatrixD mean(rows, 1), spread(rows, 1);
    for (const Galaxies* part : {&out.calibration, &out.test})
        for (std::size_t i = 0; i < part->truth.size(); ++i) {
            const auto row = static_cast<Eigen::Index>(heldOut.rows.size());
            mean(row, 0) = part->prediction[i];
            spread(row, 0) = part->scale[i];
            heldOut.rows.push_back(row);
            heldOut.isTest.push_back(part == &out.test ? 1 : 0);
            heldOut.truth.push_back(part->truth[i]);
        }
    heldOut.signals["mean"] = mean;
    if (spreadKnown)
        heldOut.signals["residual_net"] = spread;
    return out;
}

void addSplit(Sample& sample, const std::string& method, const Split& calibration, const Split& test,
              double alpha) {
    auto part = std::make_shared<CalibrationPart>();
    SplitScores& split = part->split.emplace();
    const auto score = [](const Galaxies& g, const Split& s, std::size_t i) {
        return (std::abs(g.truth[i] - g.prediction[i]) - s.half[i]) / s.scale[i];
    };
    for (std::size_t i = 0; i < sample.calibration.truth.size(); ++i)
        split.calibration.push_back(score(sample.calibration, calibration, i));
    const double q = ScoreOrder(split).quantile(alpha);
    Prediction prediction;
    prediction.method = method;
    prediction.target = "z";
    prediction.alpha = alpha;
    prediction.mean = sample.test.prediction;
    for (std::size_t i = 0; i < sample.test.truth.size(); ++i) {
        const double centre = sample.test.prediction[i];
        split.lower.push_back(centre - test.half[i]);
        split.upper.push_back(centre + test.half[i]);
        split.scale.push_back(test.scale[i]);
        split.score.push_back(score(sample.test, test, i));
        prediction.lower.push_back(split.lower.back() - q * test.scale[i]);
        prediction.upper.push_back(split.upper.back() + q * test.scale[i]);
    }
    sample.target.predictions.push_back(std::move(prediction));
    sample.target.calibrationParts[method] = std::move(part);
}

void forStudies(int n, const std::function<void(int)>& body) {
    parallelFor(static_cast<std::size_t>(n), 0, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i)
            body(static_cast<int>(i));
    });
}

} // namespace penumbra::simulation
