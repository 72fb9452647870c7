#include "core/encoding/generate_options.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/encoding/options.h"

#include <algorithm>

namespace penumbra::workflow {

GenerateChoice generateChoice(const OptionSet& options, const EncodePlan& plan,
                              const aion::ModelDescription& model) {
    GenerateChoice choice;
    choice.targets = generateTargets(options.getTextList("target"), plan, model);
    choice.levels = options.getRealList("quantiles");
    std::sort(choice.levels.begin(), choice.levels.end());
    choice.levels.erase(std::unique(choice.levels.begin(), choice.levels.end()), choice.levels.end());
    for (const double level : choice.levels)
        if (!(level > 0.0 && level < 1.0))
            throw UsageError("--quantiles: " + formatReal(level, 6) + " is not between 0 and 1");
    choice.draws = static_cast<std::size_t>(options.getInteger("draws"));
    choice.steps = static_cast<std::size_t>(options.getInteger("steps"));
    choice.scheme = options.getText("scheme") == "maskgit" ? aion::Scheme::MaskGit : aion::Scheme::Roar;
    choice.temperature = options.getReal("temperature");
    choice.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    return choice;
}

void describeGenerateOptions(OptionSet& options) {
    describeInputOptions(options);
    options.outputFile("out", "Catalogue to write (HDF5), ready for study.").asRequired();
    options
        .textList(
            "target", {"z"},
            "What to generate: z, flux_g, parallax, ... (exact posterior), xp_bp, xp_rp, spectrum_desi, "
            "spectrum_sdss, image, image_hsc, segmap (draws). Several are generated one by one, each from "
            "the "
            "input alone.")
        .in("Generation");
    options
        .realList("quantiles", {0.05, 0.16, 0.5, 0.84, 0.95},
                  "Levels of the quantile columns of one-token targets; the outermost two make an interval.")
        .in("Generation");
    options
        .integer("draws", 50,
                 "Samples of targets of several tokens; more show rarer cases and take as much longer.")
        .range(1, 10000)
        .in("Generation");
    options
        .integer(
            "steps", 32,
            "Steps of a draw; with more, fewer tokens are drawn at once and they know more of each other.")
        .range(1, 10000)
        .in("Generation");
    options
        .choice("scheme", "roar", {"roar", "maskgit"},
                "roar: in random order; maskgit: the most confident first, whose spread is too small.")
        .in("Generation")
        .asAdvanced();
    options
        .real("temperature", 1.0,
              "Of the draws; below 1 they gather at the most probable, above 1 they spread.")
        .range(0.0, 100.0)
        .in("Generation")
        .asAdvanced();
    describeModelOptions(options);
    describeMatchOptions(options);
    describeEncodePlanOptions(options, false);
    options
        .flag(
            "restart", false,
            "Throws away finished blocks and a generated catalogue of that name, and starts anew. Any other "
            "file is left alone.")
        .in("Running");
    options.integer("seed", 0, "Seed of the draws, and of random weights.").range(0, 9.0e15).in("Running");
    describeMachineOptions(options);
}

} // namespace penumbra::workflow
