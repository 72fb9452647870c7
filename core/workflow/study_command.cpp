#include "core/workflow/study_command.h"

#include "core/base/text.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_reader.h"
#include "core/report/table_spec.h"
#include "core/session/study_file.h"
#include "core/study/options.h"
#include "core/study/run.h"
#include "core/study/scores.h"
#include "core/workflow/doctor.h"

#include <filesystem>

namespace penumbra::workflow {

namespace {

/// A table that is no catalogue yet, or a study: says how to go on.
void refuseOtherFiles(const std::string& path, const RunContext& context) {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path, ignored) || isCatalogueFile(path))
        return;
    if (session::isStudyFile(path))
        throw Error(path +
                    " is a study, not a catalogue: name the catalogue it was made from, or score the study "
                    "again with penumbra-cli evaluate");
    io::ReadOptions first;
    first.maxRows = 1;
    std::vector<std::string> names;
    try {
        for (const auto& column : io::readTable(path, first, context).columns)
            names.push_back(column.name);
    } catch (const Error&) {
        if (io::Hdf5File::isHdf5(path) || std::filesystem::file_size(path, ignored) == 0)
            return; // damaged or empty: the reader of catalogues says so
        throw Error(path + " is neither a catalogue (HDF5) nor a table that can become one (" +
                    io::readableFormats() +
                    "). Make a catalogue of your table first: penumbra-cli import TABLE "
                    "--features-from A,B --target C --out catalogue.h5");
    }
    constexpr std::size_t shown = 8;
    const bool more = names.size() > shown;
    names.resize(std::min(names.size(), shown));
    throw Error(path +
                " is a table, not a catalogue: say first which columns are inputs and which are to be "
                "predicted. Its columns are " +
                joinText(names, ", ") + (more ? ", ..." : "") + ". For example: penumbra-cli import " + path +
                " --features-from A,B --target C --out catalogue.h5");
}

} // namespace

void describeStudyCommandOptions(OptionSet& options) {
    options.inputFile("catalogue", "Catalogue file (HDF5); make one with 'import'.")
        .asPositional()
        .asRequired();
    describeStudyOptions(options);
    options
        .outputFile("out",
                    "Study file to write (HDF5); an existing one is replaced when the study has finished.")
        .in("Study")
        .asRequired();
}

CommandResult runStudyCommand(const OptionSet& options, const Services&, RunContext& context) {
    const std::string& out = options.getText("out");
    refuseOtherFiles(options.getText("catalogue"), context);
    const Catalogue catalogue = readCatalogue(options.getText("catalogue"), context.slice(0.0, 0.01));
    for (const std::string& note : catalogue.notes)
        context.note(note);
    for (const std::string& line :
         seriousLines(doctor::examineCatalogue(catalogue, context.slice(0.01, 0.02))))
        context.note("serious: " + line);
    OptionSet study;
    describeStudyOptions(study);
    for (const Option& option : options.all())
        if (option.given && study.contains(option.name))
            study.set(option.name, option.value);
    RunContext running = context.slice(0.02, 1.0);
    CommandResult result;
    result.study = runStudy(catalogue, study, out, running);
    result.written = {out};
    report::TableOptions wanted;
    wanted.givenCalibration = givenCalibration(study);
    result.text = report::toPlainText(report::comparisonTable(*result.study, wanted, context));
    result.json = summaryJson(*result.study);
    result.json["written"] = out;
    return result;
}

namespace {

nlohmann::json toJson(const KernelFacts& kernel) {
    return {{"target", kernel.target},
            {"space", kernel.space},
            {"iterations", kernel.iterations},
            {"best_iteration", kernel.bestIteration},
            {"r2", kernel.r2},
            {"scale", kernel.scale},
            {"infinite_before", kernel.infiniteBefore},
            {"infinite_after", kernel.infiniteAfter},
            {"guard_rows", kernel.guardRows},
            {"guard_reached", kernel.guardReached}};
}

nlohmann::json toJson(const PrecisionCheck::Quantiles& quantiles) {
    return {{"compared", quantiles.compared},
            {"different", quantiles.different},
            {"infinite_in_one_only", quantiles.infiniteInOneOnly},
            {"largest_relative_difference", quantiles.largest}};
}

nlohmann::json toJson(const PrecisionCheck& check) {
    return {{"target", check.target},
            {"space", check.space},
            {"loss_relative_difference", check.loss},
            {"metric_relative_difference", check.projection},
            {"mass_relative_difference", check.mass},
            {"same_metric", toJson(check.sameMetric)},
            {"end_to_end", toJson(check.endToEnd)}};
}

} // namespace

nlohmann::json summaryJson(const Study& study) {
    nlohmann::json json = {{"catalogue", study.cataloguePath},
                           {"catalogue_hash", study.catalogueHash},
                           {"features", study.featuresName},
                           {"alpha", study.alpha},
                           {"seed", study.seed},
                           {"version", study.version},
                           {"methods", study.methods},
                           {"notes", study.notes}};
    json["options"] = nlohmann::json::parse(study.optionsJson, nullptr, false);
    json["targets"] = nlohmann::json::array();
    for (const TargetStudy& target : study.targets)
        json["targets"].push_back({{"name", target.name},
                                   {"unit", target.unit},
                                   {"n_train", target.trainCount},
                                   {"n_calibration", target.heldOut.calibrationCount()},
                                   {"n_test", target.heldOut.testCount()}});
    json["kernels"] = nlohmann::json::array();
    for (const KernelFacts& kernel : study.kernels)
        json["kernels"].push_back(toJson(kernel));
    if (!study.checks.empty()) {
        json["check"] = nlohmann::json::array();
        for (const PrecisionCheck& check : study.checks)
            json["check"].push_back(toJson(check));
    }
    json["label_errors"] = labelErrorsJson(study);
    json["metrics"] = nlohmann::json::array();
    for (const Score& score : study.scores)
        json["metrics"].push_back(toJson(score));
    return json;
}

} // namespace penumbra::workflow
