#include "core/workflow/generate.h"

#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/encoding/aion_encoder.h"
#include "core/encoding/generate_options.h"
#include "core/encoding/measured_targets.h"
#include "core/io/hdf5_file.h"
#include "core/nn/device.h"
#include "core/nn/device_choice.h"
#include "core/workflow/encode.h"
#include "penumbra_version.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

namespace fs = std::filesystem;

constexpr const char* generatedIdentity = "generate_identity";

constexpr const char* details =
    R"(Asks AION-1 itself for quantities that the input lacks, from photometry, images, spectra and Gaia's coefficients, and
writes a copy of the catalogue with the answers.

A quantity of one token (a redshift, a flux) has an exact posterior on the bins of its code book: nothing is drawn. Its
mean, standard deviation and quantiles become columns, the posterior itself a feature matrix. They are the model's
own error bars, not calibrated ones: give the posterior to study (--posterior), which shows it raw (AIONPosterior), with
its probability integral transforms, and conformalised (AIONPosteriorCQR), beside heads trained on the embeddings.

Spectra, XP coefficients, images and segmentation maps are several tokens, drawn in random order, --draws times from
seeds of --seed: pointwise median and 16 to 84 % band, and the tokens of all draws. Draws are plausible samples, no
calibrated joint posterior; correlations between tokens may be too weak. Where the catalogue has the measurement itself,
the text says how often the band holds it. MaskGIT keeps the most probable first, so that its spread is too small. The
bands of an image take 0.4 MB a galaxy.

Examples
  Photometric redshifts with AION's own posterior, raw and conformalised, and nothing trained:
    penumbra-cli generate galaxies.h5 --weights aion-base --modalities photometry,image --target z --out with_z.h5
    penumbra-cli study with_z.h5 --targets z --prediction-column aion_z_mean --posterior aion_z_posterior --out photoz.h5
  A spectrum from images:
    penumbra-cli generate galaxies.h5 --weights aion-base --modalities image --target spectrum_desi --out spectra.h5
  Images as another survey would see them:
    penumbra-cli generate legacy.h5 --weights aion-base --modalities image --target image_hsc --draws 8 --out hsc.h5
  A try without weights (random numbers):
    penumbra-cli generate mock.h5 --random-weights tiny --modalities photometry --target z --out tried.h5)";

/// Everything that changes the numbers.
std::string identityOf(const EncodePlan& plan, const OptionSet& options, const GenerateChoice& choice) {
    Fingerprint print;
    print.add(plan.identity);
    for (const std::string& target : choice.targets)
        print.add(target);
    for (const char* name : {"quantiles", "draws", "steps", "scheme", "temperature", "seed"})
        print.add(toText(options.find(name).value));
    return print.text();
}

std::string attributeOf(const fs::path& path, const char* name) {
    std::error_code ignored;
    if (!fs::is_regular_file(path, ignored) || !io::Hdf5File::isHdf5(path))
        return {};
    return io::Hdf5File::openForReading(path).textAttribute("/", name).value_or("");
}

/// Another file of that name is left alone. @returns true if it is the finished output of this very run
bool isFinished(const fs::path& out, const std::string& identity, bool restart) {
    std::error_code ignored;
    if (!fs::exists(out, ignored))
        return false;
    const std::string found = attributeOf(out, generatedIdentity);
    if (found.empty())
        throw Error(out.string() + " exists and was not made by generate: choose another name");
    if (found == identity)
        return !restart;
    if (!restart)
        throw Error(out.string() +
                    " exists, and was made with other options, weights or inputs: choose another "
                    "name, or give --restart to replace it");
    return false;
}

/// How to go on, where the catalogue knows a target of that name.
std::string nextStep(const EncodePlan& plan, const RunOutput& output, const GenerateChoice& choice,
                     const std::string& out) {
    for (const Target& target : plan.inputs.catalogue.targets)
        for (const StoredColumn& column : output.columns)
            if (const std::string mean = column.name;
                mean == "aion_" + lowered(target.name) + "_mean" ||
                mean == "aion_" + lowered(target.name) + "_random_mean") {
                const std::string base = mean.substr(0, mean.size() - 5);
                std::string text = "Next: penumbra-cli study " + out + " --targets " + target.name +
                                   " --prediction-column " + mean + " --spread-column " + base + "_spread";
                if (choice.levels.size() > 1)
                    text += " --quantile-columns " + base + "_" + quantileName(choice.levels.front()) + "," +
                            base + "_" + quantileName(choice.levels.back());
                return text + " --posterior " + base + "_posterior --out study.h5\n";
            }
    return {};
}

/// In the file, beside the bands themselves.
void noteCoverages(const std::map<std::string, BandCoverage>& coverages, RunOutput& output) {
    for (const auto& [name, coverage] : coverages)
        for (PooledFeatures& features : output.features)
            for (const char* band : bandNames)
                if (features.name == name + band)
                    features.attributes["measured_coverage"] = coverage.text();
}

std::string resultText(const EncodeSummary& summary, const RunOutput& output) {
    const auto number = [](std::size_t n) { return withThousands(static_cast<long long>(n)); };
    std::string text = "generated " + number(summary.encoded) + " of " + number(summary.rows) + " galaxies\n";
    if (summary.encoded < summary.rows)
        text += "without    " + number(summary.rows - summary.encoded) + " (column " + output.status +
                " says why)\n";
    for (const StoredColumn& column : output.columns)
        text += "column    " + column.name + ": " + column.description + "\n";
    for (const PooledFeatures& one : output.features)
        text += "features  " + one.name + ", width " + std::to_string(one.width) + "\n";
    return text;
}

} // namespace

CommandResult runGenerate(const OptionSet& options, const Services&, RunContext& context) {
    const MachineChoice machine = machineChoice(options);
    context.threads = machine.threads;
    const std::string out = outputCatalogue(options);
    const aion::ModelDescription description = chosenModel(options, context.slice(0.0, 0.01));
    EncodePlan plan = planEncode(chosenInputs(options, context.slice(0.01, 0.02)), aboutAion(description),
                                 options, context);
    for (const auto& notes : {description.notes, plan.notes})
        for (const auto& note : notes)
            context.note(note);
    const GenerateChoice choice = generateChoice(options, plan, description);
    const std::string identity = identityOf(plan, options, choice), times = inputTimes(plan.inputs);
    const bool restart = options.getFlag("restart");
    if (isFinished(out, identity, restart)) {
        CommandResult result;
        result.text = out + " is finished already; nothing to do.\n";
        result.json = {{"written", out}, {"galaxies_generated_now", 0}};
        return result;
    }
    const fs::path part = out + ".part";
    std::error_code ignored;
    if (restart && io::RecordFile::identityOf(part))
        fs::remove(part, ignored);
    io::RecordFile records(part, "generate " + identity + " of " + times + ", blocks of " +
                                     std::to_string(plan.blockRows));
    const RemoveIfEmpty emptyRecords(records);
    context.device = nn::openedDevice(machine.device, context);
    context.step(0.02, "loading the model");
    const TargetGenerator generator(plan, description, choice, context.quiet());
    RunOutput output = generator.output();
    EncodePace pace;
    try {
        pace = encodeBlocks(plan, output.numbers(), std::cref(generator), records, context.slice(0.02, 0.97));
    } catch (const Cancelled&) {
        context.note(std::to_string(records.size()) + " of " + std::to_string(plan.blockCount()) +
                     " blocks are kept in " + part.string() + "; the same command goes on from there");
        throw;
    }
    const auto coverages = bandCoverages(generator, plan, records, context.slice(0.97, 0.99));
    noteCoverages(coverages, output);
    const EncodeSummary summary = writeEncoded(plan, output, records,
                                               {{generatedIdentity, identity},
                                                {"generate_input_times", times},
                                                {"generate_inputs", plan.inputs.source},
                                                {"generate_options", jsonText(options.toJson())},
                                                {"penumbra_version", versionText}},
                                               out, context.slice(0.99, 1.0));
    records.remove();

    CommandResult result;
    result.written = {out};
    if (!description.randomLabel.empty())
        result.text = "RANDOM WEIGHTS: these answers mean nothing\n";
    result.text += resultText(summary, output);
    if (pace.seconds > 0.0)
        result.text += "pace      " + formatReal(static_cast<double>(pace.galaxies) / pace.seconds, 3) +
                       " galaxies/s on " + nn::deviceName(context.device) + "\n";
    for (const auto& [name, coverage] : coverages)
        result.text += "coverage  " + name + ": " + coverage.text() + "\n";
    result.text += nextStep(plan, output, choice, out);
    result.json = {{"written", out},
                   {"rows", summary.rows},
                   {"generated", summary.encoded},
                   {"reasons", summary.reasons},
                   {"galaxies_generated_now", pace.galaxies}};
    for (const auto& [name, coverage] : coverages)
        result.json["coverage"][name] = {{"galaxies", coverage.galaxies},
                                         {"kept", coverage.kept},
                                         {"observed", coverage.observed},
                                         {"of_perfect_draws", coverage.expected()}};
    for (const StoredColumn& column : output.columns)
        result.json["columns"].push_back(column.name);
    for (const PooledFeatures& one : output.features)
        result.json["features"].push_back(one.name);
    return result;
}

Command generateCommand() {
    Command command;
    command.id = "generate";
    command.title = "Ask AION-1 for redshifts, fluxes, spectra or images, with its own error bars";
    command.details = details;
    command.offersJson = true;
    command.options = describeGenerateOptions;
    command.run = runGenerate;
    return command;
}

} // namespace penumbra::workflow
