#include "core/study/options.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/catalogue/redshift_names.h"
#include "core/study/choices.h"
#include "core/study/run.h"
#include "core/uq/uq_method.h"

namespace penumbra::workflow {

namespace {

constexpr std::int64_t standardEpochs = 200;
constexpr double standardValidation = 0.1;
constexpr std::int64_t quickEpochs = 30;
constexpr std::int64_t quickResidualEpochs = 100;
constexpr double quickResidualRate = 3e-3;
constexpr std::int64_t quickMetricIterations = 150;

heads::Precision precisionNamed(const std::string& name) {
    if (name == "tf32")
        return heads::Precision::TensorFloat32;
    return name == "bfloat16" ? heads::Precision::BFloat16 : heads::Precision::Float32;
}

std::string methodsHelp() {
    std::string help = "Methods to compare, joined by commas; default: all that can be run.";
    for (const uq::UqMethod* method : uq::allMethods())
        help += "\n" + method->info().id + ": " + method->info().oneLine;
    return help;
}

void describeStudyGroup(OptionSet& options) {
    const char* group = "Study";
    options.textList("targets", {}, "Quantities to predict, joined by commas; default: all in the catalogue.")
        .in(group);
    options
        .text("features", "",
              "Feature matrix to learn from; default: the only or first one in the catalogue.")
        .in(group);
    options.textList("methods", {}, methodsHelp()).in(group);
    options
        .real("alpha", 0.1,
              "Intervals should hold 1 - alpha of the galaxies: 0.1 means 90 % intervals. Smaller is wider. "
              "Other "
              "values can be had later from the same study with 'evaluate'.")
        .range(1e-6, 0.999999)
        .in(group);
    options
        .text("lower-bound", "",
              "A value that the target cannot lie below (0 for one target, or t=0,u=-1), such as 0 of a "
              "redshift: interval ends below it are cut there. Coverage does not fall by that, as long as no "
              "label lies below, and widths only shrink; centres stay. Ends must be closed.")
        .in(group);
    options
        .integer("seed", 0,
                 "Same seed, same result: initial weights, minibatches, dropout, drawn splits, bootstrap.")
        .range(0, 9e15)
        .in(group);
    options
        .flag("networks", true,
              "Keep the trained networks in the study file, so that it predicts galaxies without labels. "
              "Without them the file is smaller and everything but that still works.")
        .in(group)
        .asAdvanced();
    options
        .choice("preset", "standard", {"standard", "paper", "quick", "reference"},
                "standard: a tenth of the training rows is set aside, every network is kept as it was after "
                "the epoch that did best on them (of 200), and residual nets learn from cross-fitted errors "
                "where the head overfits. paper: 500 epochs, the last one kept, in-sample errors. quick: 30 "
                "epochs, for a look in under a minute; errors are larger, the "
                "calibration is as valid. reference: the learned metric and conformal quantiles exactly as "
                "the LVD reference code has them (learning rate 0.01, no guard, double precision, "
                "interpolated quantiles, open ends, absolute floors); many intervals may be infinite. "
                "Options given on their own win.")
        .in(group);
}

void describeRowsGroup(OptionSet& options) {
    const char* group = "Rows";
    options
        .choice("split", "catalogue", {"catalogue", "carve", "draw"},
                "catalogue: the split stored in the file, or drawn from the seed where there is none. carve: "
                "keep its "
                "test rows, draw the calibration rows out of the others. draw: ignore it and draw all three.")
        .in(group);
    options
        .real("train-fraction", 0.5,
              "Part of the rows to train on when the split is drawn; ignored otherwise, and with a "
              "prediction column "
              "(then the rest is shared out in the same proportion).")
        .range(0.0, 0.98)
        .in(group);
    options
        .real("calibration-fraction", 0.2,
              "Part of the rows to calibrate on when the split is drawn or carved; the rest is for testing. "
              "Fewer "
              "calibration rows let the coverage of one study stray further from its nominal value.")
        .range(0.001, 0.99)
        .in(group);
}

void describeTrainingGroup(OptionSet& options) {
    const char* group = "Training";
    options
        .integer("epochs", 500,
                 "Passes over the training rows for heads, quantile networks and ensemble members. Larger is "
                 "slower "
                 "and fits closer, at last too close.")
        .range(1, 1000000)
        .in(group);
    options
        .integer("batch", 512, "Rows in a minibatch. Larger is faster per epoch with fewer, smoother steps.")
        .range(1, 1e7)
        .in(group);
    options
        .real("learning-rate", 1e-3,
              "Step size at the start of a cycle. Too large diverges, too small underfits.")
        .range(1e-8, 10.0)
        .in(group);
    options.real("weight-decay", 1e-4, "Pull of the weights towards zero; larger is smoother.")
        .range(0.0, 10.0)
        .in(group)
        .asAdvanced();
    options
        .integer("cycles", 1, "Cosine cycles of the learning rate; more than one restarts it from the top.")
        .range(1, 1000)
        .in(group)
        .asAdvanced();
    options
        .choice("optimiser", "adamw", {"adamw", "adam"},
                "adamw: decoupled weight decay. adam: weight decay as an L2 term of the loss.")
        .in(group)
        .asAdvanced();
    options
        .choice(
            "precision", "float32", {"float32", "tf32", "bfloat16"},
            "Of the matrix products of training. tf32 is faster on NVIDIA GPUs and the same as float32 on "
            "CPUs; bfloat16 is faster on GPUs and processors with bfloat16 units, slower elsewhere. "
            "bench/RESULTS.md tells their effect on R2 and coverage.")
        .in(group)
        .asAdvanced();
    options.integer("width", 256, "Units in each hidden layer of the head.")
        .range(1, 8192)
        .in(group)
        .asAdvanced();
    options.integer("depth", 2, "Hidden layers of the head.").range(1, 16).in(group).asAdvanced();
    options
        .flag("own-order", false,
              "Every network draws its own minibatches. Shared order (the default) is faster and narrows the "
              "spread of "
              "ensembles.")
        .in(group)
        .asAdvanced();
    options
        .real(
            "validation-fraction", 0.0,
            "Part of the training rows set aside to report a validation loss; those rows are not trained on. "
            "More tell better when a network begins to overfit, and leave fewer to learn from.")
        .range(0.0, 0.9)
        .in(group)
        .asAdvanced();
    options
        .choice("keep-epoch", "last", {"last", "best"},
                "Which weights are kept of heads, quantile networks, members and residual nets. last: those "
                "after the last epoch. best: of each network those after the epoch with its lowest "
                "validation loss; needs a validation-fraction.")
        .in(group)
        .asAdvanced();
    options
        .integer(
            "residual-epochs", 500,
            "Full-batch steps of the residual nets, which learn |truth - prediction| on the training rows.")
        .range(1, 1000000)
        .in(group)
        .asAdvanced();
    options
        .real("residual-learning-rate", 1e-3,
              "Step size of the residual nets at the start. At 1e-2 nets on many features predict next to "
              "nothing for "
              "many galaxies, and mean widths of the scaled methods explode.")
        .range(1e-8, 10.0)
        .in(group)
        .asAdvanced();
    options
        .choice("residuals", "in-sample", {"in-sample", "cross-fitted", "auto"},
                "Which errors the residual nets learn from. in-sample: those of the head on its own training "
                "rows, as in the paper; too small where the head overfits. cross-fitted: each training row's "
                "error by a head that did not see it; takes residual-folds more heads a target. auto: "
                "cross-fitted for the targets whose head errs more than 1.1 times as much on rows set aside "
                "as on those it learned from; needs a validation-fraction. The study notes what was chosen.")
        .in(group);
    options
        .integer("residual-folds", 5,
                 "Folds of cross-fitted residuals. More folds train on more rows each and cost as many more "
                 "heads; ignored with in-sample residuals.")
        .range(2, 50)
        .in(group)
        .asAdvanced();
    options
        .choice("floors", "relative", {"relative", "absolute"},
                "The small numbers beside predicted sizes of errors (MADSplit, LCMAD) and standard "
                "deviations of features (metric-threshold). relative: 1e-5 of the median |truth - "
                "prediction| on training rows (calibration rows where nothing is trained), and parts of the "
                "features' own spread, so that units do not matter. absolute: the LVD reference's 1e-5 in "
                "units of the target and threshold in units of the features, its metric learned on targets "
                "as they are.")
        .in(group)
        .asAdvanced();
    options
        .integer("residual-width-net", 32,
                 "Hidden units of residual nets that see the head's hidden activations.")
        .range(1, 8192)
        .in(group)
        .asAdvanced();
    options.integer("residual-width-aion", 64, "Hidden units of residual nets that see the input features.")
        .range(1, 8192)
        .in(group)
        .asAdvanced();
}

void describeSourceGroup(OptionSet& options) {
    const char* group = "Predictions made elsewhere";
    options
        .text("prediction-column", "",
              "Catalogue column with point predictions made elsewhere (NAME, or t=NAME,u=NAME for several "
              "targets). "
              "Nothing is trained then (but see train-too); neither features nor training rows are needed. "
              "The code that made them "
              "must not have been trained on the calibration or test galaxies: its errors there would be too "
              "small, and no guarantee would carry over to galaxies that it has not seen.")
        .in(group);
    options
        .flag(
            "train-too", false,
            "Train networks beside the prediction column: each method is run on them and, where the columns "
            "hold what it needs, on the predictions made elsewhere as well, as METHOD@COLUMN. All are "
            "judged on the galaxies that have both. Ignored without a prediction column.")
        .in(group);
    options
        .text(
            "spread-column", "",
            "Column with a predicted error, one sigma: MADSplit scales it, DeliveredSpread shows it as it is "
            "(Gaussian). Values that are missing, infinite, 0 or negative are unknown: infinite intervals. "
            "Needs prediction-column.")
        .in(group);
    options
        .text("quantile-columns", "",
              "Columns with predicted quantiles alpha/2 and 1-alpha/2 (LO,HI, or t=LO:HI,u=LO:HI): CQR "
              "corrects them, DeliveredQuantiles shows them as they are. Needs prediction-column.")
        .in(group);
    options
        .text("posterior", "",
              "Feature matrix with AION's own posterior of the target (made by generate; FEATURES, or "
              "t=FEATURES,u=FEATURES): AIONPosterior shows it as it is, AIONPosteriorCQR conformalises it, "
              "beside whatever else is trained or delivered.")
        .in(group);
}

void describeMachineGroup(OptionSet& options) {
    options
        .integer("threads", 0,
                 "CPU threads; 0: all cores. Results are reproducible for one number of threads.")
        .range(0, 1024)
        .in("Machine");
    options
        .choice("device", "auto", {"auto", "cpu", "cuda"},
                "Where networks run; auto takes a GPU if there is one.")
        .in("Machine");
}

} // namespace

void describeStudyOptions(OptionSet& options) {
    describeStudyGroup(options);
    describeSourceGroup(options);
    describeRowsGroup(options);
    describeTrainingGroup(options);
    describeMetricOptions(options);
    uq::describeMethodOptions(options);
    describeScoringOptions(options);
    describeMachineGroup(options);
}

void describeGivenCalibration(OptionSet& options, const std::string& group) {
    options
        .flag("given-calibration", false,
              "Brackets, p-values and what is bold hold for the calibration set at hand: it is kept as it is "
              "and test galaxies alone are resampled. Otherwise both are drawn anew, so that they hold for "
              "any calibration set of this size.")
        .in(group);
}

bool givenCalibration(const OptionSet& options) {
    return options.getFlag("given-calibration");
}

std::optional<Ends> endsGiven(const OptionSet& options) {
    return options.given("ends") ? std::optional(endsNamed(options.getText("ends"))) : std::nullopt;
}

void describeScoringOptions(OptionSet& options) {
    const char* group = "Scoring";
    options
        .choice("interval", "wilson", {"wilson", "clopper-pearson"},
                "95 % interval of a coverage: wilson is about right on average, clopper-pearson never too "
                "narrow.")
        .in(group);
    options
        .choice("ends", "closed", {"closed", "open"},
                "Whether an interval covers a truth that lies on one of its ends. closed: it does, as the "
                "guarantee of split conformal prediction has it; matters where truths or errors are rounded. "
                "open: it does not, the strict rule of the LVD reference. Not given, evaluate counts as the "
                "study did.")
        .in(group);
    options
        .integer(
            "bootstrap", 1000,
            "Resamples behind the intervals of widths, R2, RMSE and the like; more is steadier and slower, 0 "
            "leaves those intervals out.")
        .range(0, 1000000)
        .in(group);
    describeGivenCalibration(options, group);
    options
        .flag("own-centre", false,
              "Rank the worst-predicted bin by each method's own centre instead of the base prediction.")
        .in(group);
    options.integer("bins", 10, "Bins of each variable that coverage is cut by; ignored with edges.")
        .range(1, 1000)
        .in(group);
    options
        .choice("binning", "equal-count", {"equal-count", "equal-width"},
                "Bins of equal numbers of galaxies, or of equal width.")
        .in(group);
    options
        .realList("edges", {},
                  "Edges of the bins, ascending, for every variable; empty: from bins and binning.")
        .in(group)
        .asAdvanced();
    options
        .textList("redshift-targets", redshiftNames(),
                  "Targets whose bias, sigma_nmad and outlier fraction are of (prediction - truth) / (1 + "
                  "truth). Case, _, - and . do not matter: Z_SPEC is zspec. Names not in the study are "
                  "ignored.")
        .in(group)
        .asAdvanced();
    options
        .real("outlier-threshold", 0.15,
              "Redshift targets: an error |prediction - truth| / (1 + truth) larger than this is an outlier.")
        .range(0.0, 1e9)
        .in(group)
        .asAdvanced();
    options
        .real("outlier-scatters", 5.0,
              "Other targets: an error larger than so many times sigma_nmad is an outlier, whatever the "
              "unit; 0: one larger than outlier-threshold in the target's unit.")
        .range(0.0, 1e9)
        .in(group)
        .asAdvanced();
}

OptionSet resolvePreset(const OptionSet& options) {
    OptionSet resolved = options;
    const auto preset = [&](const char* name, OptionValue value) {
        if (!options.given(name))
            resolved.set(name, std::move(value));
    };
    if (options.getText("preset") == "standard") {
        preset("epochs", standardEpochs);
        preset("validation-fraction", standardValidation);
        if (resolved.getReal("validation-fraction") > 0.0) {
            preset("keep-epoch", std::string("best"));
            preset("residuals", std::string("auto"));
        }
    } else if (options.getText("preset") == "quick") {
        preset("epochs", quickEpochs);
        preset("residual-epochs", quickResidualEpochs);
        preset("residual-learning-rate", quickResidualRate);
        preset("metric-iterations", quickMetricIterations);
    } else if (options.getText("preset") == "reference") { // spec/lvd.md a.7, column "REF experiments"
        preset("metric-dimensions", std::int64_t{10});
        preset("metric-iterations", std::int64_t{1000});
        preset("metric-learning-rate", 1e-2);
        preset("metric-guard", std::string("off"));
        preset("lvd-precision", std::string("reference"));
        preset("quantile-rule", std::string("interpolated"));
        preset("ends", std::string("open"));
        preset("floors", std::string("absolute"));
    }
    return resolved;
}

StudyChoices studyChoices(const OptionSet& options) {
    StudyChoices chosen;
    chosen.targets = options.getTextList("targets");
    chosen.methods = options.getTextList("methods");
    chosen.features = options.getText("features");
    chosen.alpha = options.getReal("alpha");
    chosen.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    chosen.lowerBound = options.getText("lower-bound");
    chosen.keepNetworks = options.getFlag("networks");
    chosen.predictionColumn = options.getText("prediction-column");
    chosen.spreadColumn = options.getText("spread-column");
    chosen.quantileColumns = options.getText("quantile-columns");
    chosen.trainToo = options.getFlag("train-too");
    chosen.posterior = options.getText("posterior");
    const std::string& split = options.getText("split");
    chosen.split = split == "draw"    ? StudyChoices::SplitSource::Draw
                   : split == "carve" ? StudyChoices::SplitSource::Carve
                                      : StudyChoices::SplitSource::Catalogue;
    chosen.trainFraction = options.getReal("train-fraction");
    chosen.calibrationFraction = options.getReal("calibration-fraction");
    chosen.crossFitted = options.getText("residuals") == "cross-fitted";
    chosen.crossFittedIfOverfit = options.getText("residuals") == "auto";
    chosen.validationFraction = options.getReal("validation-fraction");
    chosen.keepBestEpoch = options.getText("keep-epoch") == "best";
    chosen.residualFolds = static_cast<int>(options.getInteger("residual-folds"));
    chosen.relativeFloors = options.getText("floors") == "relative";
    chosen.guard = options.getText("metric-guard") == "on";
    chosen.guardFraction = options.getReal("guard-fraction");
    chosen.guardShare = options.getReal("guard-share");
    chosen.check = options.getFlag("check");
    chosen.ends = endsNamed(options.getText("ends"));
    chosen.redshiftTargets = options.getTextList("redshift-targets");
    chosen.threads = static_cast<int>(options.getInteger("threads"));
    chosen.device = options.getText("device");
    chosen.precision = options.getText("precision");
    return chosen;
}

bool trainsNetworks(const StudyChoices& chosen) {
    return chosen.predictionColumn.empty() || chosen.trainToo;
}

heads::NetworkShape headShape(const OptionSet& options, int inputs) {
    heads::NetworkShape shape;
    shape.inputs = inputs;
    shape.hidden.assign(static_cast<std::size_t>(options.getInteger("depth")),
                        static_cast<int>(options.getInteger("width")));
    return shape;
}

heads::NetworkShape residualShape(const OptionSet& options, bool hidden, int inputs) {
    heads::NetworkShape shape;
    shape.inputs = inputs;
    shape.hidden = {
        static_cast<int>(options.getInteger(hidden ? "residual-width-net" : "residual-width-aion"))};
    shape.activation = heads::Activation::Relu;
    shape.output = heads::OutputActivation::Softplus;
    return shape;
}

heads::TrainingOptions headTraining(const OptionSet& options) {
    heads::TrainingOptions training;
    training.epochs = static_cast<int>(options.getInteger("epochs"));
    training.batch = static_cast<int>(options.getInteger("batch"));
    training.learningRate = options.getReal("learning-rate");
    training.weightDecay = options.getReal("weight-decay");
    training.cycles = static_cast<int>(options.getInteger("cycles"));
    training.optimiser =
        options.getText("optimiser") == "adam" ? heads::Optimiser::Adam : heads::Optimiser::AdamW;
    training.ownOrder = options.getFlag("own-order");
    training.precision = precisionNamed(options.getText("precision"));
    training.validationFraction = options.getReal("validation-fraction");
    training.seed = derivedSeed(static_cast<std::uint64_t>(options.getInteger("seed")), "minibatches");
    return training;
}

heads::TrainingOptions residualTraining(const OptionSet& options, int trainRows) {
    heads::TrainingOptions training;
    training.epochs = static_cast<int>(options.getInteger("residual-epochs"));
    training.batch = trainRows;
    training.learningRate = options.getReal("residual-learning-rate");
    training.weightDecay = 0.0;
    training.optimiser = heads::Optimiser::Adam;
    if (options.getText("keep-epoch") == "best")
        training.validationFraction = options.getReal("validation-fraction");
    training.seed =
        derivedSeed(static_cast<std::uint64_t>(options.getInteger("seed")), "residual minibatches");
    return training;
}

EvaluateOptions Scoring::forTarget(const std::string& target) const {
    EvaluateOptions own = evaluate;
    own.normaliseByOnePlusTruth |= isAmongNames(target, redshiftTargets);
    if (!own.normaliseByOnePlusTruth && outlierScatters > 0.0) {
        own.outlierThreshold = outlierScatters;
        own.outlierInScatters = true;
    }
    return own;
}

Scoring scoringFrom(const OptionSet& options, std::uint64_t seed) {
    Scoring scoring;
    scoring.evaluate.interval =
        options.getText("interval") == "wilson" ? BinomialInterval::Wilson : BinomialInterval::ClopperPearson;
    scoring.evaluate.rankByOwnCentre = options.getFlag("own-centre");
    scoring.evaluate.bootstrapReplicates = static_cast<int>(options.getInteger("bootstrap"));
    scoring.evaluate.outlierThreshold = options.getReal("outlier-threshold");
    scoring.evaluate.seed = scoringSeed(seed);
    scoring.binning.bins = static_cast<int>(options.getInteger("bins"));
    scoring.binning.edges = options.getRealList("edges");
    if (!scoring.binning.edges.empty())
        scoring.binning.kind = Binning::Kind::Edges;
    else if (options.getText("binning") == "equal-width")
        scoring.binning.kind = Binning::Kind::EqualWidth;
    scoring.outlierScatters = options.getReal("outlier-scatters");
    scoring.redshiftTargets = options.getTextList("redshift-targets");
    scoring.givenCalibration = givenCalibration(options);
    return scoring;
}

} // namespace penumbra::workflow
