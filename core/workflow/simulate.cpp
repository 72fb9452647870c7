#include "core/workflow/simulate.h"

#include "core/base/text.h"
#include "core/mock/survey.h"

#include <filesystem>

namespace penumbra::workflow {

void describeSimulateOptions(OptionSet& options) {
    options.outputFile("out", "The catalogue to write.").asRequired();
    options.integer("rows", 10'000, "Galaxies to simulate.").range(1, 100'000'000).in("Size");
    options
        .integer(
            "cutouts", 0,
            "The first M galaxies get a 96 x 96 cutout in g, r, i, z; each takes about 150 kB and 10 ms.")
        .range(0, 10'000'000)
        .in("Size");
    options
        .integer("spectra", 0,
                 "The first M galaxies get a DESI-like spectrum of 7,781 pixels; each about 70 kB.")
        .range(0, 10'000'000)
        .in("Size");
    options.integer("embedding-width", 64, "Length of the simulated embedding; AION-1 has 768, 1024 or 2048.")
        .range(1, 4096)
        .in("Size");
    options
        .real("embedding-noise", 0.35,
              "Noise of the embedding relative to its scale; larger hides the physics and lowers R2.")
        .range(0.0, 100.0)
        .in("Galaxies");
    options.real("train-fraction", 0.5, "Share of training rows in the split written.")
        .range(0.0, 1.0)
        .in("Split");
    options.real("calibration-fraction", 0.25, "Share of calibration rows; the rest is test.")
        .range(0.0, 1.0)
        .in("Split");
    options.integer("seed", 0, "Same seed, same galaxies; a longer survey begins with the shorter one.")
        .range(0, 9.0e15)
        .in("Galaxies");
    options.integer("threads", 0, "Threads; 0 takes all cores. The result does not depend on it.")
        .range(0, 1024);
}

CommandResult runSimulate(const OptionSet& options, const Services&, RunContext& context) {
    mock::SurveyOptions survey;
    survey.rows = static_cast<std::size_t>(options.getInteger("rows"));
    survey.cutouts = static_cast<std::size_t>(options.getInteger("cutouts"));
    survey.spectra = static_cast<std::size_t>(options.getInteger("spectra"));
    survey.embeddingWidth = static_cast<std::size_t>(options.getInteger("embedding-width"));
    survey.embeddingNoise = options.getReal("embedding-noise");
    survey.trainFraction = options.getReal("train-fraction");
    survey.calibrationFraction = options.getReal("calibration-fraction");
    survey.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    if (survey.trainFraction + survey.calibrationFraction > 1.0)
        throw UsageError(
            "--train-fraction and --calibration-fraction add up to more than 1; leave room for test rows.");
    context.threads = static_cast<int>(options.getInteger("threads"));
    const std::string& out = options.getText("out");
    mock::writeSurvey(survey, out, context);

    CommandResult result;
    result.written.push_back(out);
    const auto bytes = std::filesystem::file_size(out);
    result.text = "Simulated " + withThousands(static_cast<long long>(survey.rows)) + " galaxies in " + out +
                  " (" + formatFixed(static_cast<double>(bytes) / 1e6, 1) +
                  " MB).\nNext: penumbra-cli study " + out +
                  " --targets z --methods VanillaSplit,CQR --preset quick --out study.h5\n";
    result.json = {{"written", out}, {"rows", survey.rows}, {"bytes", bytes}};
    return result;
}

} // namespace penumbra::workflow
