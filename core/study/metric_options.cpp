#include "core/study/options.h"

namespace penumbra::workflow {

namespace {
const char* const group = "Learned metric (LVD)";
} // namespace

void describeMetricOptions(OptionSet& options) {
    options
        .integer("metric-iterations", 500,
                 "Steps of metric learning for the local methods (LC, LCMAD), at most. More fits the "
                 "training rows closer, at last too close.")
        .range(0, 1e7)
        .in(group);
    options
        .real("metric-learning-rate", 1e-3,
              "Step size of metric learning. At 1e-2, the LVD reference's, kernels on many features overfit "
              "the training rows until hardly any calibration galaxy is near and intervals are infinite.")
        .range(1e-8, 10.0)
        .in(group);
    options.integer("metric-dimensions", 5, "Dimensions that a learned metric projects features onto.")
        .range(1, 512)
        .in(group)
        .asAdvanced();
    options
        .integer("metric-batch", 100,
                 "Training galaxies a step of metric learning predicts from all others; 0: all. More is "
                 "steadier and slower.")
        .range(0, 1e7)
        .in(group)
        .asAdvanced();
    options
        .integer("metric-neighbours", 3000,
                 "Only so many nearest training galaxies count in metric learning; 0: all. Ignored where "
                 "there are fewer.")
        .range(0, 1e9)
        .in(group)
        .asAdvanced();
    options
        .integer(
            "metric-stop", 50,
            "Stop metric learning after more than so many steps without a lower loss; larger goes on for "
            "longer, -1 never stops early.")
        .range(-1, 1e7)
        .in(group)
        .asAdvanced();
    options
        .choice("metric-keep", "best", {"best", "last"},
                "Which metric is used: best, the one after the step of lowest loss (the LVD reference on a "
                "GPU, and the paper); last, that of the last step (the reference on a CPU).")
        .in(group)
        .asAdvanced();
    options
        .choice("metric-own-target", "mean", {"mean", "left-out"},
                "How a galaxy counts in its own prediction while the metric is learned: mean, with the mean "
                "of all others (ybar), which keeps the kernel from getting too narrow; left-out, not at all.")
        .in(group)
        .asAdvanced();
    options
        .choice("metric-normalisation", "standardise", {"standardise", "unit-rows", "unit-output", "none"},
                "What the paper's 'L2 normalisation' may mean. standardise: each feature minus its mean, by "
                "its standard deviation (the LVD reference). unit-rows: rows divided by their length first. "
                "unit-output: projected rows divided by their length. none: as they are.")
        .in(group)
        .asAdvanced();
    options
        .real(
            "metric-threshold", 1e-3,
            "Hidden activations whose standard deviation is not above this part of their median one are "
            "left out of the metric; larger leaves out more. Of input features only constant ones are. With "
            "floors absolute it holds for both, in their own units. Ignored with unit-rows and none.")
        .range(0.0, 1e300)
        .in(group)
        .asAdvanced();
    options
        .choice("metric-guard", "on", {"on", "off"},
                "on: part of the training rows is kept from metric learning; if more than guard-share of "
                "them would get infinite intervals, the kernel is widened until they do not. Calibration and "
                "test rows are not looked at, so validity is untouched. off: as the LVD reference.")
        .in(group);
    options
        .real("guard-share", 0.01,
              "Share of infinite intervals that the guard accepts. Smaller widens the kernel more, which "
              "makes intervals less local.")
        .range(0.0, 1.0)
        .in(group)
        .asAdvanced();
    options
        .real("guard-fraction", 0.1,
              "Part of the training rows kept from metric learning for the guard (at least 100 where there "
              "are 500, at most 5000); ignored without the guard.")
        .range(0.001, 0.5)
        .in(group)
        .asAdvanced();
    options
        .flag("check", false,
              "Learn every metric again in double precision and take local quantiles in double beside the "
              "fast path; report the largest differences. Takes several times as long.")
        .in(group)
        .asAdvanced();
}

lvd::MetricOptions metricOptions(const OptionSet& options, bool hidden) {
    lvd::MetricOptions metric;
    metric.outputs = static_cast<int>(options.getInteger("metric-dimensions"));
    metric.iterations = static_cast<int>(options.getInteger("metric-iterations"));
    metric.learningRate = options.getReal("metric-learning-rate");
    metric.batch = static_cast<int>(options.getInteger("metric-batch"));
    metric.maxNeighbours = static_cast<int>(options.getInteger("metric-neighbours"));
    metric.patience = static_cast<int>(options.getInteger("metric-stop"));
    metric.ownMean = options.getText("metric-own-target") == "mean";
    const std::string& normalisation = options.getText("metric-normalisation");
    metric.normalisation = normalisation == "unit-rows"     ? lvd::Normalisation::UnitRows
                           : normalisation == "unit-output" ? lvd::Normalisation::UnitOutput
                           : normalisation == "none"        ? lvd::Normalisation::None
                                                            : lvd::Normalisation::Standardise;
    metric.kept = options.getText("metric-keep") == "last" ? lvd::KeptMetric::Last : lvd::KeptMetric::Best;
    metric.relativeThreshold = options.getText("floors") == "relative";
    metric.threshold = metric.relativeThreshold && !hidden ? 0.0 : options.getReal("metric-threshold");
    metric.precision =
        options.getText("lvd-precision") == "reference" ? lvd::Precision::Double : lvd::Precision::Float32;
    return metric;
}

} // namespace penumbra::workflow
