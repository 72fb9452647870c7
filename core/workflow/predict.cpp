#include "core/workflow/predict.h"

#include "core/applying/finding.h"
#include "core/applying/first.h"
#include "core/applying/output.h"
#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/text.h"
#include "core/encoding/shard.h"
#include "core/io/record_file.h"
#include "core/nn/device.h"
#include "core/nn/device_choice.h"
#include "core/session/study_file.h"
#include "core/study/subset.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <penumbra_version.h>

namespace penumbra::workflow {

namespace {

namespace fs = std::filesystem;

constexpr const char* details =
    R"(Puts a study's error bars on galaxies without labels: predictions and intervals of every method, at any alpha.
NEW is a catalogue with the study's features, or any table with the columns that they were made of; it may lack targets
and splits. A study on another code's predictions needs that code's columns.

Guarantees are for galaxies like the calibration galaxies. So every row has flags (strange beside them, predictions
beyond the labels that were learned from, intervals without end, inputs that are missing), and at the end the new
galaxies are held against the calibration galaxies, in words. Galaxies that the study was trained or calibrated on have
flags of their own: for them nothing is guaranteed.

Repaired methods find the group or weight of a galaxy by what the study file keeps of the repair; a galaxy without the
column that takes has an infinite interval of them, and a flag.

An interrupted run goes on where it stood when the same command is given again.

Examples
  penumbra-cli predict study.h5 survey.h5 --out predicted.h5
  penumbra-cli predict study.h5 survey.parquet --methods CQR,LCMADNet --alpha 0.32 --out predicted.fits
  Predictions of a photo-z code, calibrated by a study of its column:
    penumbra-cli predict photoz_study.h5 photoz_new.csv --out calibrated.csv
  A third of a large survey on each of three machines, joined afterwards:
    penumbra-cli predict study.h5 survey.h5 --shard 1/3 --out part1.h5
    penumbra-cli merge part1.h5 part2.h5 part3.h5 --out predicted.h5)";

void describeOptions(OptionSet& options) {
    options.inputFile("study", "Study file that keeps its networks, or one on a prediction column.")
        .asPositional()
        .asRequired();
    options.inputFile("galaxies", "Catalogue or table of the new galaxies.").asPositional().asRequired();
    const char* group = "Which intervals";
    options.textList("targets", {}, "Targets; default: all of the study.").in(group);
    options.textList("methods", {}, "Methods; default: all of the study.").in(group);
    addWantedAlpha(options).in(group);
    options
        .flag("ood", true,
              "How strange each galaxy is beside the calibration galaxies: p-values by distance from the "
              "training galaxies' centre, by nearest neighbours, a mixture of normal distributions and an "
              "isolation forest. Without them a large survey is quicker.")
        .in("Flags");
    options
        .real("flag-level", 0.01,
              "Share of galaxies like the calibration galaxies that the p-values of strangeness together may "
              "flag. Larger flags more.")
        .range(0.0, 1.0)
        .in("Flags");
    options
        .outputFile("out", "File to write: HDF5 (.h5) with one group a target and method, or a table (" +
                               io::writableFormats() + ").")
        .in("Output")
        .asRequired();
    options.choice("format", "auto", io::writerChoices(), "Format; auto: from the ending of the file's name.")
        .in("Output");
    options
        .text("shard", "", "i/n: only the i-th of n parts of the galaxies, i from 1; join them with merge.")
        .in("Machine");
    options.integer("block", 16384, "Galaxies at once. More take more memory; results do not depend on it.")
        .range(1, 1e7)
        .in("Machine")
        .asAdvanced();
    options.flag("restart", false, "Throws away what an interrupted run has finished, and begins again.")
        .in("Machine");
    options.integer("threads", 0, "CPU threads; 0: all cores.").range(0, 1024).in("Machine");
    options
        .choice(
            "device", "cpu", {"auto", "cpu", "cuda"},
            "Where networks run. On another device than the study's, numbers differ in their last digits, "
            "and local intervals now and then by one calibration galaxy.")
        .in("Machine");
}

bool writesHdf5(const io::TableWriter& writer) {
    return writer.id == "hdf5";
}

/// What a file or folder is known by without reading it: an interrupted run must not go on with another.
std::uint64_t stampOf(const fs::path& path) {
    std::error_code ignored;
    Fingerprint print;
    print.add(fs::absolute(path, ignored).string());
    if (fs::is_regular_file(path, ignored))
        print.addNumber(fs::file_size(path, ignored));
    print.addNumber(
        static_cast<std::uint64_t>(fs::last_write_time(path, ignored).time_since_epoch().count()));
    return print.value();
}

/// One run, from the files to the output.
class PredictRun {
public:
    PredictRun(const OptionSet& options, const RunContext& context)
        : options_(options), studyPath_(options.getText("study")), galaxiesPath_(options.getText("galaxies")),
          studyHash_(fileHash(studyPath_, context)),
          model_(session::readStudy(studyPath_, context), session::readNetworks(studyPath_, context),
                 options),
          galaxies_(openNewGalaxies(galaxiesPath_, model_, context)),
          shard_(shardFrom(options.getText("shard"))),
          strangeness_(options.getFlag("ood") ? strangenessOf(model_, context) : std::nullopt),
          layout_(model_, strangeness_.has_value(), options.getReal("flag-level")),
          range_(shard_.range(galaxies_->size())),
          blockRows_(static_cast<std::size_t>(options.getInteger("block"))) {}

    void tellNotes(const RunContext& context) const {
        for (const auto* notes : {&model_.notes(), &galaxies_->notes()})
            for (const std::string& note : *notes)
                context.note(note);
        const auto& methods = model_.study().methods;
        if (model_.takesFeatures() && !model_.inputs().masksByObject &&
            std::find(methods.begin(), methods.end(), "MCDropout") != methods.end())
            context.note(
                "the study was made by a version that drew dropout masks by rows: MCDropout's numbers "
                "of its test galaxies come out anew, with other masks of the same kind");
        if (!galaxies_->lacking().empty())
            context.note("the new galaxies have no " + joinText(galaxies_->lacking(), ", ") +
                         ", which groups or weights of repaired methods go by: these methods' intervals "
                         "are infinite and flagged 'ungrouped'. Add the columns, or leave the methods out "
                         "with --methods");
    }

    const PredictModel& model() const { return model_; }
    std::size_t rows() const { return range_.second - range_.first; }
    const Shard& shard() const { return shard_; }

    /// Of the whole, alike for all its parts.
    std::string identity() const {
        Fingerprint print;
        print.add(studyHash_);
        print.addNumber(galaxies_->size());
        for (const auto& target : model_.study().targets)
            print.add(target.name);
        for (const std::string& method : model_.study().methods)
            print.add(method);
        print.add(shortestReal(model_.alpha()));
        print.addNumber(strangeness_.has_value());
        print.addNumber(model_.knowsOwn());
        print.add(shortestReal(options_.getReal("flag-level")));
        print.add(versionText);
        return print.text();
    }

    std::string recordIdentity() const {
        Fingerprint print;
        print.add(identity());
        print.addNumber(stampOf(galaxiesPath_));
        print.add(shard_.text());
        print.addNumber(blockRows_);
        return "predict " + print.text();
    }

    std::size_t blockCount() const { return (rows() + blockRows_ - 1) / blockRows_; }

    /// Galaxies a second of those predicted now.
    double predictBlocks(io::RecordFile& records, const RunContext& context) const {
        using Clock = std::chrono::steady_clock;
        const auto begin = Clock::now();
        std::size_t now = 0;
        const auto seconds = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
        for (std::size_t block = 0; block < blockCount(); ++block) {
            if (records.contains(block))
                continue;
            const std::size_t first = block * blockRows_, count = std::min(blockRows_, rows() - first);
            std::string doing = "predicting " + withThousands(static_cast<long long>(first)) + "/" +
                                withThousands(static_cast<long long>(rows())) + " galaxies";
            if (now > 0)
                doing +=
                    ", " + withThousands(std::llround(static_cast<double>(now) / seconds())) + " galaxies/s";
            context.step(static_cast<double>(first) / static_cast<double>(rows()), doing);
            const NewRows galaxies = galaxies_->rows(range_.first + first, count);
            records.append(block, toBytes(predictedBlock(galaxies, context)));
            now += count;
        }
        return now > 0 ? static_cast<double>(now) / seconds() : 0.0;
    }

    void write(const io::RecordFile& records, const io::TableWriter& writer, const std::string& out,
               const std::string& finding, const RunContext& context) const {
        io::TableMeta meta = predictMeta(model_, studyPath_, studyHash_, galaxiesPath_);
        if (!finding.empty())
            meta.values.emplace_back("finding", finding);
        const IdsOf ids = [&](std::size_t first, std::size_t count) {
            return galaxies_->ids(range_.first + first, count);
        };
        const PredictedBlocks blocks = [&](const std::function<void(const PredictedBlock&)>& take) {
            eachBlock(records, take);
        };
        if (!writesHdf5(writer)) {
            writePredictedTable(out, writer, layout_, rows(), ids, blocks, meta, context);
            return;
        }
        meta.values.emplace_back("predict_identity", identity());
        meta.values.emplace_back("predict_shard", shard_.text());
        meta.values.emplace_back("predict_total_rows", std::to_string(galaxies_->size()));
        writePredictedHdf5(out, layout_, rows(), ids, blocks, meta, model_, context);
    }

    /// How many galaxies have each flag, and the shares of intervals without end.
    nlohmann::json tally(const io::RecordFile& records) const {
        nlohmann::json flags = nlohmann::json::object();
        eachBlock(records, [&](const PredictedBlock& block) {
            for (std::size_t i = 0; i < block.values.size(); ++i)
                if (const auto* values = std::get_if<std::vector<std::uint8_t>>(&block.values[i].values)) {
                    auto& count = flags[block.values[i].name];
                    count = (count.is_null() ? 0 : count.get<std::int64_t>()) +
                            std::count(values->begin(), values->end(), 1);
                }
        });
        return flags;
    }

    /// Intervals and flags of the first galaxies.
    report::TableSpec first(const io::RecordFile& records, std::size_t most) const {
        const std::size_t count = std::min({most, blockRows_, rows()});
        if (count == 0)
            return {};
        return firstGalaxies(layout_, model_, galaxies_->ids(range_.first, count),
                             columnsFromBytes(layout_, records.read(0)), options_.getReal("flag-level"));
    }

    std::optional<LikenessFinding> finding(const RunContext& context) const {
        return compareWithCalibration(model_, *galaxies_, range_, context);
    }

private:
    std::vector<io::Column> predictedBlock(const NewRows& galaxies, const RunContext& context) const {
        std::optional<manifold::OodColumns> strange;
        if (strangeness_)
            strange = strangeness_->score(galaxies.features, context.quiet());
        return layout_.values(model_, model_.predict(galaxies, context), imputedRows(galaxies),
                              strange ? &*strange : nullptr);
    }

    void eachBlock(const io::RecordFile& records,
                   const std::function<void(const PredictedBlock&)>& take) const {
        for (std::size_t block = 0; block < blockCount(); ++block) {
            PredictedBlock finished;
            finished.first = block * blockRows_;
            finished.count = std::min(blockRows_, rows() - finished.first);
            finished.values = columnsFromBytes(layout_, records.read(block));
            take(finished);
        }
    }

    /// Features "missing(g)" say that g was filled in.
    std::vector<std::uint8_t> imputedRows(const NewRows& rows) const {
        std::vector<std::uint8_t> imputed;
        const auto& names = galaxies_->featureNames();
        for (std::size_t k = 0; k < names.size(); ++k) {
            if (!names[k].starts_with("missing("))
                continue;
            imputed.resize(rows.size(), 0);
            for (std::size_t row = 0; row < rows.size(); ++row)
                imputed[row] |=
                    rows.features(static_cast<Eigen::Index>(row), static_cast<Eigen::Index>(k)) != 0.0F;
        }
        return imputed;
    }

    const OptionSet& options_;
    std::string studyPath_, galaxiesPath_, studyHash_;
    PredictModel model_;
    std::unique_ptr<NewGalaxies> galaxies_;
    Shard shard_;
    std::optional<manifold::OodReference> strangeness_;
    PredictLayout layout_;
    std::pair<std::size_t, std::size_t> range_;
    std::size_t blockRows_;
};

std::string countText(std::int64_t n) {
    return withThousands(n);
}

std::string summaryText(const PredictRun& run, const nlohmann::json& flags, double pace) {
    const auto& study = run.model().study();
    std::vector<std::string> targets;
    for (const auto& target : study.targets)
        targets.push_back(target.name);
    std::string text = countText(static_cast<std::int64_t>(run.rows())) + " galaxies, " +
                       formatReal(100.0 * (1.0 - run.model().alpha()), 4) + " % intervals of " +
                       joinText(targets, ", ") + " by " + joinText(study.methods, ", ") + "\n";
    const auto say = [&](const char* flag, const char* words) {
        const auto count = flags.value(flag, std::int64_t{0});
        if (count > 0)
            text += "  " + countText(count) + " " + words + "\n";
    };
    say("trained_on", "were trained on by the study: no guarantee holds for them");
    say("calibrated_on", "were calibrated on by the study: no guarantee holds for them");
    say("imputed", "lack an input or had one filled in (without it there is no prediction)");
    say("label_range", "have a prediction beyond the 1st or 99th percentile of the labels trained on");
    say("ungrouped", "are in no known group of a repaired method, whose interval has no end");
    say("infinite", "have an interval without end");
    if (flags.value("flag", std::int64_t{0}) == 0)
        text += "  no flag is set\n";
    if (pace > 0.0)
        text += "  " + countText(std::llround(pace)) + " galaxies/s\n";
    return text;
}

CommandResult run(const OptionSet& options, const Services&, RunContext& context) {
    PredictOutcome outcome = predictGalaxies(options, context, 0);
    CommandResult& result = outcome.result;
    result.text = outcome.summary + outcome.finding + "\n";
    if (outcome.differ)
        result.text += "Weights for the shift: penumbra-cli repair " + options.getText("study") +
                       " --by shift:" + options.getText("galaxies") + " --out FILE\n";
    if (shardFrom(options.getText("shard")).count > 1)
        result.text += "Next: when all parts are there, penumbra-cli merge PART... --out FILE\n";
    return std::move(result);
}

} // namespace

PredictOutcome predictGalaxies(const OptionSet& options, RunContext& context, std::size_t firstRows) {
    const std::string& out = options.getText("out");
    const io::TableWriter& writer = io::writerFor(out, options.getText("format"));
    if (!options.getText("shard").empty() && !writesHdf5(writer))
        throw UsageError("--shard writes parts that merge joins, and those are HDF5: name --out part.h5");
    context.threads = static_cast<int>(options.getInteger("threads"));
    context.step(0.0, "reading the study");
    const PredictRun prediction(options, context.quiet());
    prediction.tellNotes(context);
    if (prediction.rows() == 0)
        throw UsageError("--shard " + prediction.shard().text() +
                         " holds none of the galaxies; use fewer parts");
    context.device = nn::openedDevice(options.getText("device"), context);
    const fs::path side = predictSideFile(out);
    if (options.getFlag("restart"))
        fs::remove(side);
    io::RecordFile records(side, prediction.recordIdentity());
    if (records.size() > 0)
        context.note("going on: " + std::to_string(records.size()) + " of " +
                     std::to_string(prediction.blockCount()) + " blocks were finished before");
    double pace = 0.0;
    try {
        pace = prediction.predictBlocks(records, context.slice(0.02, 0.9));
    } catch (const Cancelled&) {
        if (records.size() == 0)
            records.remove();
        else
            context.note(std::to_string(records.size()) + " of " + std::to_string(prediction.blockCount()) +
                         " blocks are kept in " + side.string() + "; the same command goes on from there");
        throw;
    }
    context.step(0.9, "comparing the new galaxies with the calibration galaxies");
    const nlohmann::json flags = prediction.tally(records);
    const auto trained = flags.value("trained_on", std::size_t{0}),
               calibrated = flags.value("calibrated_on", std::size_t{0});
    const bool hasOthers = trained + calibrated < prediction.rows();
    const auto finding = hasOthers ? prediction.finding(context.quiet()) : std::nullopt;
    const std::string others = !hasOthers ? ""
                               : finding
                                   ? finding->words
                                   : "The study keeps no calibration galaxies to compare the new ones with "
                                     "(it was made by an older version).";
    const std::string words = ownWords(trained, calibrated, prediction.rows()) + others;
    prediction.write(records, writer, out, words, context.slice(0.93, 1.0));
    PredictOutcome outcome;
    outcome.first = prediction.first(records, firstRows);
    records.remove();
    outcome.summary = summaryText(prediction, flags, pace);
    outcome.finding = words;
    outcome.differ = finding && finding->test.differ();
    CommandResult& result = outcome.result;
    result.written = {out};
    result.json = {{"written", out},
                   {"rows", prediction.rows()},
                   {"alpha", prediction.model().alpha()},
                   {"methods", prediction.model().study().methods},
                   {"flags", flags},
                   {"finding", words},
                   {"differ", finding ? nlohmann::json(finding->test.differ()) : nlohmann::json()},
                   {"galaxies_per_second", pace}};
    return outcome;
}

fs::path predictSideFile(const std::string& out) {
    return out + ".part";
}

Command predictCommand() {
    Command command;
    command.id = "predict";
    command.title = "Put a study's error bars on galaxies without labels";
    command.details = details;
    command.offersJson = true;
    command.options = describeOptions;
    command.run = run;
    return command;
}

} // namespace penumbra::workflow
