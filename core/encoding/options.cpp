#include "core/encoding/options.h"

#include "core/encoding/choices.h"
#include "core/encoding/plan.h"

#include "core/aion/random_model.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/encoding/encoder.h"
#include "core/io/table_writer.h"
#include "penumbra_version.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

namespace fs = std::filesystem;

io::Table unmatchedTable(const GalaxyInputs& inputs) {
    std::vector<std::string> surveys, others, ids;
    const auto add = [&](const auto& unmatched, const std::string& survey, const std::string& other) {
        for (const auto& id : unmatched) {
            surveys.push_back(survey);
            others.push_back(other);
            ids.push_back(id);
        }
    };
    for (const MatchReport& match : inputs.matches) {
        add(match.unmatchedFirst, match.first, match.second);
        add(match.unmatchedSecond, match.second, match.first);
    }
    io::Table table{"unmatched", {}, {}};
    table.columns.push_back({"survey", "", "where the galaxy is", std::move(surveys), {}, 1, "meta.dataset"});
    table.columns.push_back(
        {"without_partner_in", "", "where it has no partner", std::move(others), {}, 1, "meta.dataset"});
    table.columns.push_back({"object_id", "", "", std::move(ids), {}, 1, "meta.id;meta.main"});
    return table;
}

} // namespace

void describeModelOptions(OptionSet& options) {
    options
        .inputFile("weights",
                   "Folder of the AION-1 model: config.json, model.safetensors (or several with an "
                   "index), codecs/.")
        .asFolder()
        .in("Model");
    options
        .inputFile("codecs",
                   "Folder of the tokenizers, if they are not in the model's codecs/ (published: aion-base).")
        .asFolder()
        .in("Model");
    options
        .choice("random-weights", "none", {"none", "tiny", "B", "L", "XL"},
                "RANDOM NUMBERS instead of published weights, for trying the pipeline and for timing; the "
                "embeddings mean nothing. The folder is written beside --out (XL: 12.6 GB).")
        .in("Model");
}

void describeInputOptions(OptionSet& options) {
    options
        .textList("input", {},
                  "Catalogue, or folder of the Multimodal Universe; more are matched to the first.")
        .asPositional()
        .asRequired();
}

void describeMatchOptions(OptionSet& options) {
    options
        .choice("match", "auto", {"auto", "id", "sky"},
                "How further inputs are matched: by object id, by position, or by id where most agree.")
        .in("Galaxies");
    options
        .real("match-radius", 1.0,
              "Largest separation of a match by position; larger finds more and errs more.")
        .range(0.0, 3600.0)
        .withUnit("arcsec")
        .in("Galaxies");
    options
        .outputFile("unmatched", "Table file (" + io::writableFormats() +
                                     ", by its ending) for the ids without a partner; ignored for a "
                                     "single input.")
        .in("Galaxies")
        .asAdvanced();
    options.integer("max-rows", 0, "Only the first rows of the first input; 0: all.")
        .range(0, 1e15)
        .in("Galaxies");
}

void describeMachineOptions(OptionSet& options) {
    options.integer("threads", 0, "CPU threads; 0: all cores.").range(0, 1024).in("Machine");
    options
        .choice("device", "auto", {"auto", "cpu", "cuda"},
                "Where the model runs; auto takes a GPU if there is one.")
        .in("Machine");
}

void describeEncodeOptions(OptionSet& options) {
    describeInputOptions(options);
    options.outputFile("out", "Catalogue to write (HDF5), ready for study.").asRequired();
    std::vector<std::string> encoders;
    std::string encoderHelp = "Which kind of model encodes.";
    for (const EncoderKind& kind : allEncoders()) {
        encoders.push_back(kind.id);
        encoderHelp += "\n" + kind.id + ": " + kind.title;
    }
    options.choice("encoder", encoders.front(), encoders, encoderHelp).in("Model").asAdvanced();
    describeModelOptions(options);
    options
        .textList(
            "pool", {"mean"},
            "How a galaxy's tokens become one vector: mean, or attentive (a learned query). Several are "
            "stored side by side.")
        .oneOf({"mean", "attentive"})
        .in("Model");
    options
        .inputFile("attention",
                   "Trained attentive pooling (safetensors). Without it --pool attentive trains on "
                   "the training galaxies and keeps the result beside --out.")
        .in("Attentive pooling");
    options
        .textList("attention-targets", {},
                  "What the query learns to predict; default: all targets. Ignored with --attention.")
        .in("Attentive pooling");
    options
        .integer("attention-galaxies", 2000,
                 "Training galaxies to learn from; more learn better and fill the disk (2.6 MB each at 853 "
                 "tokens of AION-B).")
        .range(20, 1e7)
        .in("Attentive pooling")
        .asAdvanced();
    options.integer("attention-epochs", 20, "Passes over them; more fit closer and may overfit.")
        .range(1, 10000)
        .in("Attentive pooling")
        .asAdvanced();
    options.integer("attention-heads", 1, "Heads of the attention; must divide the embedding's width.")
        .range(1, 256)
        .in("Attentive pooling")
        .asAdvanced();
    options
        .outputFile(
            "token-cache",
            "Keeps the encoder's output of every galaxy in this file, so that another pooling needs no "
            "second run of the encoder; as large as the galaxies times their tokens.")
        .in("Running")
        .asAdvanced();
    options
        .choice("output", "context", {"context", "raw"},
                "context: what AION.encode returns; raw: the encoder's output before its projection.")
        .in("Model")
        .asAdvanced();
    options
        .choice("precision", "float32", {"float32", "bfloat16"},
                "Of the transformer; bfloat16 is faster on a GPU and on processors with AMX, and less exact: "
                "embeddings differ by some 0.4 % of their length.")
        .in("Model")
        .asAdvanced();
    options
        .choice("codec-precision", "float32", {"float32", "tf32"},
                "Of the tokenizers' convolutions on an NVIDIA GPU: tf32 is several times as fast and changes "
                "some 0.2 % of the tokens (the AION package takes it unasked). No effect on a CPU.")
        .in("Model")
        .asAdvanced();
    describeMatchOptions(options);
    describeEncodePlanOptions(options);
    options
        .flag("restart", false,
              "Throws away finished blocks and an encoded catalogue of that name, and starts anew. Any "
              "other file is left alone.")
        .in("Running");
    options.integer("seed", 0, "Seed of random weights.").range(0, 9.0e15).in("Running").asAdvanced();
    describeMachineOptions(options);
}

bool EncodeChoices::isAttentive() const {
    return std::find(pool.begin(), pool.end(), "attentive") != pool.end();
}

EncodeChoices encodeChoices(const OptionSet& options) {
    EncodeChoices chosen;
    chosen.out = options.getText("out");
    chosen.encoder = options.getText("encoder");
    chosen.pool = options.getTextList("pool");
    chosen.attention = options.getText("attention");
    chosen.attentionTargets = options.getTextList("attention-targets");
    chosen.attentionGalaxies = static_cast<std::size_t>(options.getInteger("attention-galaxies"));
    chosen.attentionEpochs = static_cast<int>(options.getInteger("attention-epochs"));
    chosen.attentionHeads = options.getInteger("attention-heads");
    chosen.tokenCache = options.getText("token-cache");
    chosen.output = options.getText("output");
    chosen.precision = options.getText("precision");
    chosen.codecPrecision = options.getText("codec-precision");
    chosen.sharded = !options.getText("shard").empty();
    chosen.restart = options.getFlag("restart");
    chosen.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    chosen.threads = static_cast<int>(options.getInteger("threads"));
    chosen.device = options.getText("device");
    return chosen;
}

ModelChoice modelChoice(const OptionSet& options) {
    return {options.getText("weights"), options.getText("codecs"),
            options.getText("random-weights") != "none"};
}

MachineChoice machineChoice(const OptionSet& options) {
    return {options.getText("device"), static_cast<int>(options.getInteger("threads"))};
}

fs::path modelFolder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) ? path.parent_path() : path;
}

aion::ModelDescription chosenModel(const OptionSet& options, const RunContext& context) {
    const std::string& size = options.getText("random-weights");
    fs::path folder = options.getText("weights");
    if (size == "none" && folder.empty())
        throw UsageError("say which model: --weights FOLDER (config.json, model.safetensors, codecs/), or "
                         "--random-weights tiny for a try");
    if (size != "none") {
        if (!folder.empty())
            throw UsageError("give --weights or --random-weights, not both");
        folder = fs::absolute(options.getText("out")).parent_path() /
                 ("aion_random_" + size + "_seed" + std::to_string(options.getInteger("seed")));
        if (!fs::exists(folder / "config.json")) {
            RunContext writing = context;
            writing.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
            aion::writeRandomModel(folder, size, writing);
        }
        context.note("RANDOM WEIGHTS (" + folder.string() + "): the embeddings will mean nothing");
    }
    return aion::describeModel(modelFolder(folder), options.getText("codecs"));
}

GalaxyInputs chosenInputs(const OptionSet& options, const RunContext& context) {
    InputChoice choice;
    for (const auto& path : options.getTextList("input"))
        choice.paths.emplace_back(path);
    const std::string& match = options.getText("match");
    choice.matchBy = match == "id" ? MatchBy::ObjectId : match == "sky" ? MatchBy::Position : MatchBy::Auto;
    choice.toleranceArcsec = options.getReal("match-radius");
    choice.maxRows = static_cast<std::size_t>(options.getInteger("max-rows"));
    GalaxyInputs inputs = openGalaxyInputs(choice, context);
    for (const auto& note : inputs.catalogue.notes)
        context.note(note);
    if (const std::string& path = options.getText("unmatched"); !path.empty())
        io::writerFor(path).write(unmatchedTable(inputs), path,
                                  {"unmatched",
                                   {{"input", joinText(options.getTextList("input"), ",")},
                                    {"version", std::string("Penumbra ") + versionText}}},
                                  context.quiet());
    return inputs;
}

} // namespace penumbra::workflow
