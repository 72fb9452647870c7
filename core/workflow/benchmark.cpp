#include "core/workflow/benchmark.h"

#include "core/base/atomic_file.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/benchmark/low_data.h"
#include "core/benchmark/morphology.h"
#include "core/benchmark/retrieval.h"
#include "core/benchmark/transfer.h"
#include "core/workflow/figure.h"
#include "core/workflow/table.h"

namespace penumbra::workflow {

namespace {

constexpr const char* details =
    R"(What are embeddings worth? Trains small heads on one feature matrix of a catalogue after the other, or on several
side by side, and judges all on the same test galaxies, in the protocols of the AION-1 paper. Input sets are compared in
pairs, with p-values adjusted for their number: is the larger model better, does the spectrum add anything?

regression   R2 of every target, with split-conformal intervals: their coverage and width
low-data     the same against the number of training galaxies
morphology   classes: accuracy, and conformal sets of classes (LAC, APS, RAPS)
retrieval    do galaxies of a kind lie next to each other? nDCG@10
transfer     heads and intervals of one survey used in another

Examples
  Does an input add information? Fluxes, fluxes and images, all three:
    penumbra-cli benchmark galaxies.h5 --sets 'Ph=photometry,Ph+Im=photometry:image,Ph+Im+Sp=photometry:image:spectrum'
  Which size of a model? Embeddings of each in one catalogue (encode the output of encode):
    penumbra-cli benchmark galaxies.h5 --sets aion_b_mean,aion_l_mean,aion_xl_mean --figure sizes.pdf
  From few labels:
    penumbra-cli benchmark galaxies.h5 --protocol low-data --sizes 100,300,1000,3000 --figure curve.pdf
  Morphology with sets that hold the class of 9 galaxies in 10:
    penumbra-cli benchmark galaxies.h5 --protocol morphology --classes gz10_label
  Another survey, embedded alike:
    penumbra-cli benchmark legacy.h5 --protocol transfer --other hsc.h5 --targets z)";

void describeOptions(OptionSet& options) {
    options.inputFile("catalogue", "Catalogue with features (imported or encoded).")
        .asPositional()
        .asRequired();
    const char* group = "Benchmark";
    options
        .choice("protocol", "regression", {"regression", "low-data", "morphology", "retrieval", "transfer"},
                "What to try; see above.")
        .in(group);
    options
        .textList("sets", {},
                  "Input sets, joined by commas: NAME=FEATURES, several matrices joined by ':', or a matrix "
                  "alone. Default: every matrix of the catalogue.")
        .in(group);
    options
        .textList("targets", {}, "Quantities to predict; default: all. Ignored by morphology and retrieval.")
        .in(group);
    options
        .realList("sizes", {100, 300, 1000, 3000, 10000},
                  "low-data: numbers of training galaxies; larger ones than there are count as all.")
        .in(group);
    options.text("classes", "", "morphology: the column of classes, texts or whole numbers.").in(group);
    options
        .text(
            "relevance", "",
            "retrieval: the column that says how much a galaxy is of the kind looked for, 0 to 1 (shares of "
            "votes, or 0 and 1).")
        .in(group);
    options.real("query-above", 0.9, "retrieval: galaxies with more relevance than this ask for others.")
        .range(0.0, 1.0)
        .in(group);
    options
        .inputFile("other",
                   "transfer: the other survey's catalogue, with features of the same names and widths "
                   "and the same targets.")
        .in(group);
    options.real("alpha", 0.1, "Intervals and sets should hold 1 - alpha of the galaxies.")
        .range(1e-6, 0.999999)
        .in(group);
    options
        .integer("heads", 3,
                 "Heads for each input set, trained from different seeds; more show the scatter of "
                 "training better and take as much longer.")
        .range(1, 100)
        .in("Training");
    options
        .integer(
            "epochs", 100,
            "Passes over the training galaxies at most; of these the one is kept that did best on a tenth "
            "set aside.")
        .range(1, 100000)
        .in("Training");
    options.integer("batch", 256, "Galaxies in a minibatch, at most an eighth of the training galaxies.")
        .range(16, 1e6)
        .in("Training")
        .asAdvanced();
    options.integer("hidden", 256, "Units of the hidden layer; morphology takes 0 for a linear classifier.")
        .range(0, 8192)
        .in("Training")
        .asAdvanced();
    options.real("learning-rate", 1e-3, "Step size at the start; it falls to 0 by a cosine.")
        .range(1e-8, 10.0)
        .in("Training")
        .asAdvanced();
    options.real("weight-decay", 1e-2, "Pull of the weights towards zero; larger is smoother.")
        .range(0.0, 10.0)
        .in("Training")
        .asAdvanced();
    options.real("dropout", 0.1, "morphology: share of the hidden units left out in training.")
        .range(0.0, 0.99)
        .in("Training")
        .asAdvanced();
    options
        .real(
            "raps-penalty", 0.1,
            "morphology: what RAPS adds for each rank beyond raps-free-ranks; larger makes sets smaller and "
            "less adaptive.")
        .range(0.0, 10.0)
        .in("Class sets")
        .asAdvanced();
    options.integer("raps-free-ranks", 1, "morphology: ranks without penalty.")
        .range(0, 100)
        .in("Class sets")
        .asAdvanced();
    options
        .flag(
            "at-least-one", false,
            "morphology: the most probable class is in every set. Otherwise sets may be empty; coverage only "
            "grows.")
        .in("Class sets");
    options
        .flag("draw-split", false,
              "Draw training, calibration and test galaxies though the catalogue has a split.")
        .in("Galaxies");
    options.real("train-fraction", 0.6, "Part of the galaxies to train on where the split is drawn.")
        .range(0.01, 0.98)
        .in("Galaxies");
    options
        .real("calibration-fraction", 0.2,
              "Part to calibrate on where the split is drawn; the rest is for testing.")
        .range(0.01, 0.98)
        .in("Galaxies");
    options.integer("seed", 0, "Same seed, same result: weights, minibatches, drawn splits and subsets.")
        .range(0, 9e15)
        .in("Machine");
    options.integer("threads", 0, "CPU threads; 0: all cores.").range(0, 1024).in("Machine");
    describeTableOutput(options);
    options.outputFile("figure", "File for the figure: .pdf, .svg, .png, or .csv and .json for its numbers.")
        .in("Figure");
}

benchmark::RegressionOptions regressionOptions(const OptionSet& options) {
    benchmark::RegressionOptions chosen;
    chosen.targets = options.getTextList("targets");
    chosen.alpha = options.getReal("alpha");
    chosen.heads.seeds = static_cast<int>(options.getInteger("heads"));
    chosen.heads.epochs = static_cast<int>(options.getInteger("epochs"));
    chosen.heads.batch = static_cast<int>(options.getInteger("batch"));
    chosen.heads.hidden = static_cast<int>(options.getInteger("hidden"));
    chosen.heads.learningRate = options.getReal("learning-rate");
    chosen.heads.weightDecay = options.getReal("weight-decay");
    chosen.heads.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    if (chosen.heads.hidden == 0)
        throw UsageError("--hidden 0 is for morphology; heads of this protocol have a hidden layer");
    return chosen;
}

benchmark::MorphologyOptions morphologyOptions(const OptionSet& options) {
    benchmark::MorphologyOptions chosen;
    chosen.alpha = options.getReal("alpha");
    chosen.seeds = static_cast<int>(options.getInteger("heads"));
    chosen.rapsPenalty = options.getReal("raps-penalty");
    chosen.rapsFreeRanks = static_cast<std::size_t>(options.getInteger("raps-free-ranks"));
    chosen.atLeastOne = options.getFlag("at-least-one");
    chosen.training.hidden = static_cast<int>(options.getInteger("hidden"));
    chosen.training.dropout = options.getReal("dropout");
    chosen.training.epochs = static_cast<int>(options.getInteger("epochs"));
    chosen.training.batch = static_cast<int>(options.getInteger("batch"));
    chosen.training.learningRate = options.getReal("learning-rate");
    chosen.training.weightDecay = options.getReal("weight-decay");
    chosen.training.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    return chosen;
}

benchmark::Report makeReport(const OptionSet& options, const RunContext& context) {
    const Catalogue catalogue = readCatalogue(options.getText("catalogue"), context.quiet());
    const std::string& protocol = options.getText("protocol");
    auto sets = benchmark::inputSets(catalogue, options.getTextList("sets"));
    benchmark::Classes classes;
    if (protocol == "morphology") {
        if (options.getText("classes").empty())
            throw UsageError("--protocol morphology needs --classes: the column of classes");
        classes = benchmark::classesOf(catalogue, options.getText("classes"));
    }
    const auto galaxies = benchmark::gather(
        catalogue, std::move(sets),
        {options.getReal("train-fraction"), options.getReal("calibration-fraction"),
         options.getFlag("draw-split"), static_cast<std::uint64_t>(options.getInteger("seed"))},
        classes.labels, context.slice(0.0, 0.05));
    for (const std::string& note : galaxies.notes)
        context.note(note);
    const RunContext work = context.slice(0.05, 0.99);
    if (protocol == "morphology")
        return benchmark::morphologyReport(catalogue, galaxies, classes, morphologyOptions(options), work);
    if (protocol == "retrieval") {
        benchmark::RetrievalOptions chosen;
        chosen.relevance = options.getText("relevance");
        chosen.queryAbove = options.getReal("query-above");
        chosen.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
        return benchmark::retrievalReport(catalogue, galaxies, chosen, work);
    }
    if (protocol == "low-data")
        return benchmark::lowDataReport(catalogue, galaxies, options.getRealList("sizes"),
                                        regressionOptions(options), work);
    if (protocol == "regression")
        return benchmark::regressionReport(catalogue, galaxies, regressionOptions(options), work);
    if (options.getText("other").empty())
        throw UsageError("--protocol transfer needs --other: the other survey's catalogue");
    const Catalogue other = readCatalogue(options.getText("other"), context.quiet());
    return benchmark::transferReport(catalogue, galaxies, other,
                                     benchmark::gatherAll(other, galaxies.sets, context.quiet()),
                                     regressionOptions(options), work);
}

/// Features that were made by random numbers mean nothing, whatever the table says.
std::string randomWords(const OptionSet& options) {
    std::vector<std::string> random;
    for (const FeatureInfo& info : readCatalogue(options.getText("catalogue")).features)
        if (info.attributes.contains("random_weights"))
            random.push_back(info.name);
    return random.empty()
               ? std::string()
               : "RANDOM WEIGHTS: " + joinText(random, ", ") +
                     " come from a model of random numbers; what they show says nothing of AION-1.\n";
}

CommandResult runBenchmark(const OptionSet& options, const Services& services, RunContext& context) {
    context.threads = static_cast<int>(options.getInteger("threads"));
    context.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    const std::string& figurePath = options.getText("figure");
    const std::string format = figureFormat(figurePath);
    if (!figurePath.empty() && format.empty())
        throw UsageError("--figure '" + figurePath + "' does not end in .pdf, .svg, .png, .csv or .json");
    if (!figurePath.empty())
        checkCanWrite(format, services);
    benchmark::Report report = makeReport(options, context);
    CommandResult result;
    report.figure.recipeJson = jsonText(options.toJson());
    std::string text = randomWords(options);
    for (const report::TableSpec& table : report.tables) {
        CommandResult one;
        OptionSet onlyFormat = options;
        onlyFormat.set("out", std::string());
        deliverTable(table, onlyFormat, one, context);
        text += (text.empty() ? "" : "\n") + one.text;
    }
    result.json = std::move(report.json);
    for (const report::TableSpec& table : report.tables)
        result.json["tables"].push_back(report::toJson(table));
    if (const std::string& out = options.getText("out"); !out.empty()) {
        writeFileAtomically(out, text, context.stop);
        result.written.push_back(out);
    } else {
        result.text = std::move(text);
    }
    result.figure = std::make_shared<const report::FigureSpec>(std::move(report.figure));
    if (!figurePath.empty()) {
        writeFigure(*result.figure, figurePath, format, services, context);
        result.written.push_back(figurePath);
    }
    return result;
}

} // namespace

Command benchmarkCommand() {
    Command command;
    command.id = "benchmark";
    command.title = "Try what embeddings are worth: regression, few labels, classes, retrieval, transfer";
    command.details = details;
    command.offersJson = true;
    command.options = describeOptions;
    command.run = runBenchmark;
    return command;
}

} // namespace penumbra::workflow
