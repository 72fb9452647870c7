#pragma once

#include "core/base/rng.h"
#include "core/catalogue/calibration_part.h"
#include "core/eval/study.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::simulation {

/// How many studies a claim is tried on: PENUMBRA_SIMULATIONS, else `usual`.
int studies(int usual);

/// Lower end of what Binomial(n, rate) may show if a rate of `rate` is true, as a share: 3.5 standard errors.
double atLeast(double rate, int n);
double atMost(double rate, int n);

/// What the size of an error depends on.
enum class Errors { Constant, Prediction, Hidden };
std::string nameOf(Errors errors);

/// Galaxies: truth = prediction + scale * normal.
struct Galaxies {
    std::vector<double> prediction, scale, truth;
};
Galaxies galaxies(Errors errors, std::size_t n, Rng& rng);

/// A target with calibration and test rows and the base prediction; with `spreadKnown` the scale is the
/// signal "residual_net".
struct Sample {
    Galaxies calibration, test;
    TargetStudy target;
};
Sample sample(Errors errors, std::size_t calibration, std::size_t test, bool spreadKnown, Rng& rng);

/// A split method whose interval at Q = 0 is prediction -/+ half, growing by Q scale.
struct Split {
    std::vector<double> half, scale;
};
/// Adds the method, calibrated: its prediction and its calibration part.
void addSplit(Sample& sample, const std::string& method, const Split& calibration, const Split& test,
              double alpha = 0.1);

/// Runs body(study) for study = 0 ... n-1 on all allowed cores.
void forStudies(int n, const std::function<void(int)>& body);

} // namespace penumbra::simulation
