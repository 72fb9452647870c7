#include "core/workflow/command.h"

#include "core/base/text.h"
#include "core/workflow/benchmark.h"
#include "core/workflow/compare.h"
#include "core/workflow/diagnose.h"
#include "core/workflow/doctor.h"
#include "core/workflow/encode.h"
#include "core/workflow/evaluate.h"
#include "core/workflow/exchangeability.h"
#include "core/workflow/explain.h"
#include "core/workflow/figure.h"
#include "core/workflow/generate.h"
#include "core/workflow/import.h"
#include "core/workflow/inspect.h"
#include "core/workflow/intervals.h"
#include "core/workflow/map.h"
#include "core/workflow/merge.h"
#include "core/workflow/ood.h"
#include "core/workflow/predict.h"
#include "core/workflow/regions.h"
#include "core/workflow/repair.h"
#include "core/workflow/similar.h"
#include "core/workflow/simulate.h"
#include "core/workflow/stability.h"
#include "core/workflow/study_command.h"
#include "core/workflow/table.h"
#include "core/workflow/verdict.h"

namespace penumbra::workflow {

namespace {

constexpr const char* simulateDetails =
    R"(Makes a catalogue of mock galaxies whose true conditional quantiles are known, so that every interval can be
judged galaxy by galaxy.

Examples
  penumbra-cli simulate --rows 20000 --seed 1 --out mock.h5
  penumbra-cli study mock.h5 --preset quick --out mock_study.h5)";

constexpr const char* studyDetails =
    R"(Trains the networks that the chosen methods need, each once, calibrates on the calibration rows and scores on
the test rows. Compare methods on the same galaxies: coverage (does a 90 % interval hold 90 %?), tail and worst-bin
coverage (also where it matters?), mean width (at what price?).

Everything is kept in the study file: predictions, metrics, and what it takes to ask for another alpha later.
With --prediction-column nothing is trained: bring point predictions made elsewhere as catalogue columns.

Examples
  A first look at the sample, in under a minute:
    penumbra-cli study sample_data/sdss_photometric_sample.h5 --targets z --preset quick --out first.h5
  As in the paper, two targets, chosen methods:
    penumbra-cli study galaxies.h5 --targets z,log_mstar --methods LCMADNet,VanillaSplit --preset paper --out study.h5
  The LVD reference's own settings for the local methods, and the fast path checked against double precision:
    penumbra-cli study galaxies.h5 --methods LCNet,LCAion,LCMADNet,LCMADAion --preset reference --check --out ref.h5
  Intervals for a photo-z code's own predictions:
    penumbra-cli study galaxies.h5 --targets z --prediction-column z_phot --spread-column z_err --out photoz.h5
  All options from a file (flags win over it):
    penumbra-cli study galaxies.h5 --config study.toml --out study.h5)";

constexpr const char* evaluateDetails =
    R"(Recomputes the metrics of a study at any alpha, in any bins, on any subset, without training. Also scores
intervals made elsewhere: a table with columns lower, upper, truth (and mean).

Coverage cut by the truth or by |error| need not be nominal even for a perfect method. Cut by what was known before the
label (prediction, width, photometry) a method that is valid locally is nominal in every bin; cut by a column that is a
label itself, or follows from one, it need not be.

Examples
  penumbra-cli evaluate study.h5 --alpha 0.05,0.1,0.32
  penumbra-cli evaluate study.h5 --where 'z > 0.2' --condition-on EBV --bins 5
  penumbra-cli evaluate intervals.csv --lower-column q05 --upper-column q95 --truth-column z_spec)";

constexpr const char* tableDetails =
    R"(Writes methods down and metrics across, target after target; or as papers print it, methods across. Numbers
carry their 95 % intervals and no more digits than these allow. Bold (in text: a star) are coverages not below the
range of a method with the right scale that was calibrated on as many galaxies, and widths that no method with enough
coverage betters on the same galaxies; the rule stands below the table.

Examples
  penumbra-cli table study.h5
  penumbra-cli table study.h5 --format latex --metrics coverage,mean_width --out table1.tex
  penumbra-cli table study.h5 --format latex --layout methods-across --convention both --out table1.tex
  penumbra-cli table study.h5 --format csv --convention finite > table1.csv)";

constexpr const char* compareDetails =
    R"(Two methods on the same galaxies agree on most of them, so that their difference is known far better than either
number: McNemar's test for coverages, a paired bootstrap for widths and interval scores, p-values adjusted for the
number of pairs.

Examples
  penumbra-cli compare study.h5
  penumbra-cli compare study.h5 --targets z --methods CQR,MADSplit --metrics coverage,mean_width
  penumbra-cli compare study.h5 --format csv --out pairs.csv)";

constexpr const char* stabilityDetails =
    R"(How much would the table change with other galaxies? The held-out galaxies are split anew into calibration and
test sets, and the test galaxies are resampled; networks are not trained again. Split-conformal methods take seconds
for a thousand splits; methods that weigh the calibration galaxies (LC, LCMAD) are calibrated anew each time.

Examples
  penumbra-cli stability study.h5
  penumbra-cli stability study.h5 --repeats 200 --methods CQR,MADSplit --json
  penumbra-cli figure study.h5 --kind stability --out stability.pdf)";

constexpr const char* exchangeabilityDetails =
    R"(Conformal guarantees hold if calibration and test galaxies are exchangeable: alike in kind. A linear classifier and a
small network, which sees interactions, try to tell them apart (AUC 0.5: they cannot), and each column is compared by
Kolmogorov-Smirnov. Of a study the scores of the methods with a guarantee are compared too: errors may differ where
inputs do not. What is found is said in words; that nothing is found is no proof.

Examples
  penumbra-cli exchangeability galaxies.h5
  penumbra-cli exchangeability study.h5
  penumbra-cli exchangeability galaxies.h5 --features none --rows 5000 --json)";

constexpr const char* figureDetails =
    R"(Draws a figure at the size of a journal column, fonts inside, or writes the plotted numbers as CSV or JSON.

Examples
  penumbra-cli figure study.h5 --out coverage.pdf
  penumbra-cli figure study.h5 --kind coverage-by-bin --out coverage.svg
  penumbra-cli figure study.h5 --kind coverage-by-bin --out coverage.csv)";

constexpr const char* explainDetails =
    R"(Says where one galaxy's interval comes from. For the local methods (LC, LCMAD): the calibration galaxies with the
largest weights, their scores, how the weight adds up, the effective number of calibration galaxies, and why an
interval is infinite. For the others: what set the width of all galaxies.

Examples
  penumbra-cli explain study.h5 --object 1237648702966988820
  penumbra-cli explain study.h5 --row 8123 --method LCNet --target z --top 20 --json)";

std::vector<Command> makeCommands() {
    // The order of --help and of the menus: the order of work.
    return {
        inspectCommand(),
        doctorCommand(),
        importCommand(),
        {"simulate", "Make mock galaxies with known uncertainties", simulateDetails, false,
         describeSimulateOptions, runSimulate},
        encodeCommand(),
        generateCommand(),
        mergeCommand(),
        mapCommand(),
        similarCommand(),
        oodCommand(),
        {"study", "Train, calibrate and compare methods on a catalogue", studyDetails, true,
         describeStudyCommandOptions, runStudyCommand},
        {"evaluate", "Score a study again: any alpha, bins, subset; or intervals made elsewhere",
         evaluateDetails, true, describeEvaluateOptions, runEvaluate},
        benchmarkCommand(),
        verdictCommand(),
        diagnoseCommand(),
        regionsCommand(),
        repairCommand(),
        {"table", "Write a study's comparison table as text, LaTeX, Markdown or CSV", tableDetails, true,
         describeTableOptions, runTable},
        {"compare", "Test the differences between methods, pair by pair, on the same galaxies",
         compareDetails, true, describeCompareOptions, runCompare},
        intervalsCommand(),
        predictCommand(),
        {"explain", "Say where one galaxy's interval comes from", explainDetails, true,
         describeExplainOptions, runExplain},
        {"stability", "Split the held-out galaxies anew many times: how steady are the numbers?",
         stabilityDetails, true, describeStabilityOptions, runStability},
        {"exchangeability", "Test whether training, calibration and test galaxies are alike",
         exchangeabilityDetails, true, describeExchangeabilityOptions, runExchangeability},
        {"figure", "Draw a study's figures as PDF, SVG or PNG, or write their numbers", figureDetails, false,
         describeFigureOptions, runFigure},
    };
}

Registry<Command>& registry() {
    static Registry<Command> commands(makeCommands());
    return commands;
}

} // namespace

std::span<const Command> allCommands() {
    return registry().all();
}

Added addCommand(Command command) {
    return registry().add(std::move(command));
}

const Command& findCommand(const std::string& id) {
    std::vector<std::string> ids;
    for (const Command& command : allCommands()) {
        if (command.id == id)
            return command;
        ids.push_back(command.id);
    }
    const auto near = nearNames(id, ids);
    throw UsageError("There is no command '" + id + "'." +
                     (near.empty() ? "" : " Did you mean " + near.front() + "?") +
                     " The commands are: " + joinText(ids, ", ") + ".");
}

} // namespace penumbra::workflow
