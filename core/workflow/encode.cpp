#include "core/workflow/encode.h"

#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/encoding/choices.h"
#include "core/encoding/encoder.h"
#include "core/encoding/output.h"
#include "core/encoding/run.h"
#include "core/encoding/tokens.h"
#include "core/io/hdf5_file.h"
#include "core/nn/device.h"
#include "core/nn/device_choice.h"
#include "penumbra_version.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace penumbra::workflow {

namespace {

namespace fs = std::filesystem;

constexpr const char* details =
    R"(Reads galaxies, turns photometry, images and spectra into tokens, runs AION-1's encoder over them and writes
a catalogue with their embeddings, ready for study.

INPUT is a catalogue with /images and /spectra, or a folder in the layout of the Multimodal Universe
(SURVEY/healpix=NUMBER/001-of-001.hdf5). Several inputs are matched to the rows of the first, by object id or by
position. Galaxies with unusable pixels are kept, with NaN features and the reason in the column aion_status.

Finished blocks are kept in OUT.part: after a kill the same command goes on where it stopped.

Examples
  Published weights, Legacy Survey images matched to DESI spectra and PROVABGS labels:
    penumbra-cli encode mmu/desi mmu/legacysurvey mmu/desi_provabgs --weights aion-base --out galaxies.h5
    penumbra-cli study galaxies.h5 --targets z,log_mstar --features aion_b_mean --out study.h5
  A try without weights (random numbers, worthless embeddings):
    penumbra-cli simulate --rows 200 --cutouts 60 --spectra 60 --out mock.h5
    penumbra-cli encode mock.h5 --random-weights tiny --out encoded.h5
  One of 16 parts, on one of 16 machines, joined afterwards:
    penumbra-cli encode mmu --weights aion-base --shard 3/16 --out part03.h5
    penumbra-cli merge part*.h5 --out galaxies.h5)";

/// Everything that changes the numbers, for the checkpoint, for merging, and to tell a finished output.
std::string resultIdentity(const EncodePlan& plan, const EncodeChoices& chosen, const OptionSet& options) {
    Fingerprint print;
    print.add(plan.identity);
    for (const std::string* word : {&chosen.output, &chosen.precision, &chosen.codecPrecision})
        print.add(*word);
    for (const auto& pooling : chosen.pool)
        print.add(pooling);
    if (chosen.isAttentive() && !chosen.attention.empty())
        print.add(fileHash(chosen.attention));
    else if (chosen.isAttentive())
        for (const char* name :
             {"attention-targets", "attention-galaxies", "attention-epochs", "attention-heads", "seed"})
            print.add(toText(options.find(name).value));
    return print.text();
}

std::vector<PooledFeatures> describePoolings(const EncodePlan& plan, const EncoderAbout& encoder,
                                             const EncodeChoices& chosen) {
    std::vector<PooledFeatures> poolings;
    for (const auto& pooling : chosen.pool) {
        PooledFeatures features;
        features.width = encoder.width;
        features.name = encoder.name + "_" + pooling;
        features.attributes = {
            {"pooling", pooling == "mean" ? "mean over valid tokens" : "attentive, one learned query"},
            {"modalities", joinText(plan.modalities(), ",")},
            {"encoder_tokens", std::to_string(plan.tokens())},
            {"output", chosen.output},
            {"precision", chosen.precision},
            {"codec_precision", chosen.codecPrecision},
            {"penumbra_version", versionText}};
        features.attributes.insert(encoder.provenance.begin(), encoder.provenance.end());
        if (pooling == "attentive" && !chosen.attention.empty())
            features.attributes["attention"] = fs::path(chosen.attention).filename().string();
        poolings.push_back(std::move(features));
    }
    return poolings;
}

/// An encoder with the poolings asked for.
class Pooler {
public:
    Pooler(std::unique_ptr<GalaxyEncoder> encoder, const EncodeChoices& chosen)
        : encoder_(std::move(encoder)) {
        pooling_.poolings = chosen.pool;
    }

    /// Must come before attentive pooling.
    void setAttention(aion::AttentivePooling attention, const std::string& origin) {
        if (attention.width != static_cast<std::int64_t>(width()))
            throw Error(origin + " was trained for embeddings of width " + std::to_string(attention.width) +
                        ", but this model's have " + std::to_string(width()));
        attention_ = std::move(attention);
        pooling_.attentive = &*attention_;
    }
    const aion::AttentivePooling* attention() const { return pooling_.attentive; }
    const std::vector<std::string>& poolings() const { return pooling_.poolings; }
    EncodedTokens tokens(const aion::GalaxyBatch& batch, const RunContext& context) const {
        return encoder_->tokens(batch, context);
    }
    EncodedBatch operator()(const aion::GalaxyBatch& batch, const RunContext& context) const {
        return encoder_->pooled(batch, pooling_, context);
    }
    std::size_t width() const { return encoder_->about().width; }

private:
    std::unique_ptr<GalaxyEncoder> encoder_;
    EncoderPooling pooling_;
    std::optional<aion::AttentivePooling> attention_;
};

void checkPoolings(const EncodeChoices& chosen) {
    if (chosen.pool.empty())
        throw UsageError("--pool names nothing; write mean, attentive or both");
    if (chosen.isAttentive() && chosen.attention.empty() && chosen.sharded)
        throw UsageError(
            "the parts of a sharded run must share one attentive pooling: train it once without "
            "--shard (a few thousand rows will do, --max-rows), then give --attention FILE to all "
            "parts");
}

AttentionChoice attentionChoice(const EncodeChoices& chosen) {
    AttentionChoice choice;
    choice.targets = chosen.attentionTargets;
    choice.galaxies = chosen.attentionGalaxies;
    choice.training.epochs = chosen.attentionEpochs;
    choice.training.heads = chosen.attentionHeads;
    choice.seed = chosen.seed;
    return choice;
}

/// The trained query stands beside the output under this name.
fs::path attentionPath(const std::string& out) {
    return fs::path(out).replace_extension(".attention.safetensors");
}

bool isTrainedByEncode(const fs::path& path) {
    try {
        return !aion::AttentivePooling::load(path).provenance["encode_identity"].empty();
    } catch (const Error&) {
        return false;
    }
}

/// Loads the attentive pooling, or trains it and keeps it. @param cache gets the training galaxies' tokens
void prepareAttention(const EncodePlan& plan, const EncodeChoices& chosen, const std::string& identity,
                      Pooler& encoder, TokenCache& cache, const RunContext& context) {
    const std::string& given = chosen.attention;
    if (!given.empty()) {
        encoder.setAttention(aion::AttentivePooling::load(given), given);
        return;
    }
    const fs::path path = attentionPath(chosen.out);
    if (fs::exists(path)) { // trained before a kill
        if (!isTrainedByEncode(path))
            throw Error(path.string() +
                        " exists and was not made by encode; the attentive pooling that is to be "
                        "trained would be written there. Give it with --attention, move it, or "
                        "choose another --out");
        aion::AttentivePooling before = aion::AttentivePooling::load(path);
        if (before.provenance["encode_identity"] == identity) {
            encoder.setAttention(std::move(before), path.string());
            return;
        }
    }
    const AttentionChoice choice = attentionChoice(chosen);
    if (static_cast<std::int64_t>(encoder.width()) % choice.training.heads != 0)
        throw UsageError("--attention-heads " + std::to_string(choice.training.heads) +
                         " does not divide the embedding's width, " + std::to_string(encoder.width()));
    const auto rows = attentionRows(plan, choice);
    fillCache(
        plan, rows,
        [&](const aion::GalaxyBatch& batch, const RunContext& running) {
            return encoder.tokens(batch, running);
        },
        cache, context.slice(0.0, 0.7));
    aion::AttentivePooling trained = trainAttention(
        plan, choice, rows, cache, path.string() + "." + identity + ".part", context.slice(0.7, 1.0));
    trained.provenance["encode_identity"] = identity;
    trained.save(path);
    encoder.setAttention(std::move(trained), path.string());
}

/// Blocks whose galaxies are all in the cache need no encoder.
void takeCachedBlocks(const EncodePlan& plan, const TokenCache& cache, const Pooler& encoder,
                      io::RecordFile& records, const RunContext& context) {
    for (std::size_t block = 0; block < plan.blockCount(); ++block) {
        context.checkStop();
        if (records.contains(block))
            continue;
        const auto rows = plan.blockRowsOf(block);
        if (const auto pooled = blockFromCache(cache, rows, encoder.poolings(), encoder.attention(),
                                               encoder.width() * encoder.poolings().size(), context))
            records.append(block, toBytes(*pooled));
    }
}

/// A finished output of the same run: nothing is left to do.
std::optional<CommandResult> finishedBefore(const std::string& out, const std::string& identity,
                                            const std::string& times, const EncodePlan& plan) {
    std::error_code ignored;
    if (!fs::exists(out, ignored))
        return std::nullopt;
    const std::string shard = std::to_string(plan.shard) + "/" + std::to_string(plan.shardCount);
    std::string why = "it is not an encoded catalogue";
    if (io::Hdf5File::isHdf5(out)) {
        const auto file = io::Hdf5File::openForReading(out);
        const auto attribute = [&](const char* name) { return file.textAttribute("/", name).value_or(""); };
        const std::string itsShard = attribute(shardAttribute);
        if (attribute(identityAttribute) == identity && attribute("encode_input_times") == times &&
            (itsShard.empty() ? "1/1" : itsShard) == shard) {
            CommandResult result;
            const Catalogue catalogue = readCatalogue(out);
            result.text = out + " is finished already; nothing to do.\n" + summaryOf(catalogue).text();
            result.json = {{"written", out}, {"rows", catalogue.rowCount}, {"galaxies_encoded_now", 0}};
            return result;
        }
        if (!attribute(identityAttribute).empty())
            why = "it was made with other options, weights or inputs";
    }
    throw Error(out + " exists, and " + why + ": choose another name, or give --restart to replace it");
}

/// --restart: what encode made may go, and nothing else of those names.
void throwAway(const OptionSet& options) {
    const fs::path out = options.getText("out");
    std::error_code ignored;
    if (fs::exists(out, ignored) && !isEncodedCatalogue(out))
        throw Error(out.string() +
                    " exists and is not an encoded catalogue, so --restart leaves it alone: choose "
                    "another name, or remove it yourself");
    for (const fs::path& leftover : encodeSideFiles(options)) {
        if (!fs::exists(leftover, ignored))
            continue;
        if (!io::RecordFile::identityOf(leftover) && !isTrainedByEncode(leftover))
            throw Error(
                leftover.string() +
                " exists and was not made by encode, so --restart leaves it alone: choose another --out, or "
                "remove it yourself");
        fs::remove(leftover, ignored);
    }
}

nlohmann::json toJson(const EncodeSummary& summary) {
    return {{"rows", summary.rows},
            {"encoded", summary.encoded},
            {"encoded_partly", summary.partly},
            {"quarantined", summary.rows - summary.encoded},
            {"reasons", summary.reasons}};
}

} // namespace

std::string outputCatalogue(const OptionSet& options) {
    const std::string& out = options.getText("out");
    const fs::path folder = fs::absolute(out).parent_path();
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored))
        throw Error("the folder " + folder.string() + " for --out does not exist");
    return out;
}

std::string inputTimes(const GalaxyInputs& inputs) {
    Fingerprint print;
    for (const auto& file : inputs.files) {
        std::error_code ignored;
        print.addNumber(
            static_cast<std::uint64_t>(fs::last_write_time(file.path, ignored).time_since_epoch().count()));
    }
    return print.text();
}

bool isEncodedCatalogue(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored) && io::Hdf5File::isHdf5(path) &&
           !io::Hdf5File::openForReading(path).textAttribute("/", identityAttribute).value_or("").empty();
}

std::vector<fs::path> encodeSideFiles(const OptionSet& options) {
    const EncodeChoices chosen = encodeChoices(options);
    std::vector<fs::path> files = {chosen.out + ".part"};
    if (chosen.isAttentive() && chosen.tokenCache.empty())
        files.emplace_back(chosen.out + ".tokens");
    if (chosen.isAttentive() && chosen.attention.empty())
        files.push_back(attentionPath(chosen.out));
    return files;
}

CommandResult encodeWith(const EncoderKind& kind, const OptionSet& options, RunContext& context) {
    const EncodeChoices chosen = encodeChoices(options);
    context.threads = chosen.threads;
    const std::string out = outputCatalogue(options);
    checkPoolings(chosen);
    const auto source = kind.find(options, context.slice(0.0, 0.01));
    const EncoderAbout& about = source->about();
    for (const auto& note : about.notes)
        context.note(note);
    const EncodePlan plan =
        planEncode(chosenInputs(options, context.slice(0.01, 0.02)), about, options, context);
    for (const auto& note : plan.notes)
        context.note(note);
    const std::string identity = resultIdentity(plan, chosen, options);
    const std::string times = inputTimes(plan.inputs);
    const fs::path part = out + ".part";
    if (chosen.restart)
        throwAway(options);
    else if (auto finished = finishedBefore(out, identity, times, plan))
        return *finished;

    io::RecordFile records(part, "encode " + identity + " of " + times + ", shard " +
                                     std::to_string(plan.shard) + "/" + std::to_string(plan.shardCount) +
                                     ", blocks of " + std::to_string(plan.blockRows));
    const RemoveIfEmpty emptyRecords(records);
    if (records.size() > 0)
        context.note("going on: " + std::to_string(records.size()) + " of " +
                     std::to_string(plan.blockCount()) + " blocks were finished before");
    context.device = nn::openedDevice(chosen.device, context);
    context.step(0.02, "loading the model");
    if (chosen.codecPrecision == "tf32" && context.device == "cpu")
        context.note("--codec-precision tf32 has no effect on a CPU: tokenizers run in float32");
    Pooler encoder(source->open(plan.modalities(), options, context), chosen);
    const auto poolings = describePoolings(plan, about, chosen);
    const std::string& cachePath = chosen.tokenCache;
    std::optional<TokenCache> cache;
    if (chosen.isAttentive() || !cachePath.empty())
        cache.emplace(cachePath.empty() ? out + ".tokens" : cachePath,
                      "tokens " + plan.identity + " of " + times + ", " + chosen.output + ", " +
                          chosen.precision + ", " + chosen.codecPrecision);
    EncodePace pace;
    try {
        if (!cachePath.empty())
            fillCache(
                plan, plan.rows,
                [&](const aion::GalaxyBatch& batch, const RunContext& running) {
                    return encoder.tokens(batch, running);
                },
                *cache, context.slice(0.02, 0.8));
        if (chosen.isAttentive())
            prepareAttention(plan, chosen, identity, encoder, *cache,
                             cachePath.empty() ? context.slice(0.02, 0.3) : context.slice(0.8, 0.95));
        if (cache)
            takeCachedBlocks(plan, *cache, encoder, records, context);
        pace = encodeBlocks(plan, encoder.width() * poolings.size(), std::cref(encoder), records,
                            context.slice(cache ? 0.3 : 0.02, 0.99));
    } catch (const Cancelled&) {
        context.note(std::to_string(records.size()) + " of " + std::to_string(plan.blockCount()) +
                     " blocks are kept in " + part.string() + "; the same command goes on from there");
        throw;
    }
    const std::map<std::string, std::string> attributes = {{identityAttribute, identity},
                                                           {"encode_input_times", times},
                                                           {"encode_inputs", plan.inputs.source},
                                                           {"encode_options", jsonText(options.toJson())},
                                                           {"penumbra_version", versionText}};
    const EncodeSummary summary =
        writeEncoded(plan, {{}, poolings}, records, attributes, out, context.slice(0.99, 1.0));
    records.remove();
    if (cache && cachePath.empty())
        cache->remove();

    CommandResult result;
    result.written = {out};
    if (encoder.attention() && chosen.attention.empty())
        result.written.push_back(attentionPath(out).string());
    if (!about.warning.empty())
        result.text = "RANDOM WEIGHTS: these embeddings mean nothing\n";
    result.text += summary.text();
    for (const auto& pooled : poolings)
        result.text += "features  " + pooled.name + ", width " + std::to_string(encoder.width()) + "\n";
    if (pace.seconds > 0.0)
        result.text += "pace      " + formatReal(static_cast<double>(pace.galaxies) / pace.seconds, 3) +
                       " galaxies/s on " + nn::deviceName(context.device) + "\n";
    if (plan.shardCount > 1)
        result.text += "Next: when all parts are there, penumbra-cli merge PART... --out FILE\n";
    else if (!plan.inputs.catalogue.targets.empty())
        result.text +=
            "Next: penumbra-cli study " + out + " --features " + poolings.front().name + " --out study.h5\n";
    result.json = toJson(summary);
    result.json["written"] = out;
    result.json["galaxies_encoded_now"] = pace.galaxies;
    result.json["galaxies_per_second"] =
        pace.seconds > 0.0 ? static_cast<double>(pace.galaxies) / pace.seconds : 0.0;
    return result;
}

CommandResult runEncode(const OptionSet& options, const Services&, RunContext& context) {
    return encodeWith(findEncoder(encodeChoices(options).encoder), options, context);
}

Command encodeCommand() {
    Command command;
    command.id = "encode";
    command.title = "Turn photometry, images and spectra into AION-1 embeddings";
    command.details = details;
    command.offersJson = true;
    command.options = describeEncodeOptions;
    command.run = runEncode;
    return command;
}

} // namespace penumbra::workflow
