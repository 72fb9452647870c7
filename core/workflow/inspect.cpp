#include "core/workflow/inspect.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/doctor.h"
#include "core/catalogue/samples.h"
#include "core/io/table_reader.h"
#include "core/session/study_file.h"
#include "core/workflow/inspect_folder.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace penumbra::workflow {

namespace {

using nlohmann::json;

std::string countText(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

json realOrNull(double value) {
    return std::isfinite(value) ? json(value) : json(nullptr);
}

/// Rows of cells, padded to columns.
class TextGrid {
public:
    explicit TextGrid(std::vector<std::string> header) { add(std::move(header)); }
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    std::string text() const {
        std::vector<std::size_t> widths(rows_.front().size(), 0);
        for (const auto& row : rows_)
            for (std::size_t k = 0; k < row.size(); ++k)
                widths[k] = std::max(widths[k], row[k].size());
        std::string out;
        for (const auto& row : rows_) {
            std::string line = " ";
            for (std::size_t k = 0; k < row.size(); ++k)
                line += " " + row[k] + std::string(widths[k] - row[k].size() + 1, ' ');
            out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
        }
        return out;
    }

private:
    std::vector<std::vector<std::string>> rows_;
};

/// Collects both faces of the report.
struct Report {
    std::string text;
    json out = json::object();

    void line(const std::string& label, const std::string& value) {
        text += label + std::string(label.size() < 10 ? 10 - label.size() : 1, ' ') + value + "\n";
    }
    /// What the doctor found, and what the reader told besides.
    void finish(const doctor::Report& found, const std::vector<std::string>& notes) {
        std::vector<std::string> warnings;
        for (const auto& finding : found.findings)
            if (finding.severity != doctor::Severity::Note) {
                warnings.push_back(doctor::oneLine(finding));
                line(doctor::severityName(finding.severity), warnings.back());
            }
        for (const auto& note : notes)
            if (std::none_of(warnings.begin(), warnings.end(), [&](const std::string& warning) {
                    return warning.find(note) != std::string::npos || note.find(warning) != std::string::npos;
                }))
                line("note", note);
        if (!found.findings.empty())
            line("see", "penumbra-cli doctor says what to do about " + countText(found.findings.size()) +
                            (found.findings.size() == 1 ? " finding" : " findings"));
        out["notes"] = notes;
        out["warnings"] = warnings;
    }
};

/// min, median and max; for text an example.
std::vector<std::string> rangeCells(const doctor::ColumnSummary& f) {
    if (!f.exactRange.empty())
        return f.exactRange;
    if (!f.numeric)
        return {"\"" + std::string(firstBytes(f.example, 20)) + "\"", "", ""};
    if (std::isnan(f.median))
        return {"-", "", ""};
    return {formatReal(f.minimum, 6), formatReal(f.median, 6), formatReal(f.maximum, 6)};
}

/// What the doctor found in one place: serious findings and warnings.
std::vector<std::string> warningsAt(const doctor::Report& found, const std::string& where) {
    std::vector<std::string> warnings;
    for (const auto& finding : found.findings)
        if (finding.severity != doctor::Severity::Note && finding.where == where)
            warnings.push_back(finding.what);
    return warnings;
}

json rangeJson(const doctor::ColumnSummary& f) {
    if (!f.exactRange.empty())
        return {{"min", json::parse(f.exactRange[0])},
                {"median", json::parse(f.exactRange[1])},
                {"max", json::parse(f.exactRange[2])}};
    if (f.numeric)
        return {
            {"min", realOrNull(f.minimum)}, {"median", realOrNull(f.median)}, {"max", realOrNull(f.maximum)}};
    return {{"example", f.example}};
}

void reportColumns(const doctor::Report& found, Report& report) {
    TextGrid grid({"column", "type", "unit", "missing", "min", "median", "max"});
    report.out["columns"] = json::array();
    for (const doctor::ColumnSummary& f : found.columns) {
        std::vector<std::string> row = {f.name, f.type, f.unit, f.missing > 0 ? countText(f.missing) : "-"};
        for (auto& cell : rangeCells(f))
            row.push_back(std::move(cell));
        grid.add(std::move(row));
        json entry = {{"name", f.name},         {"type", f.type},
                      {"unit", f.unit},         {"missing", f.missing},
                      {"infinite", f.infinite}, {"warnings", warningsAt(found, "column " + f.name)}};
        entry.update(rangeJson(f));
        report.out["columns"].push_back(std::move(entry));
    }
    if (!found.columns.empty())
        report.text += "\n" + grid.text() + "\n";
}

void reportTargets(const Catalogue& catalogue, const doctor::Report& found, Report& report) {
    report.out["targets"] = json::array();
    for (std::size_t t = 0; t < catalogue.targets.size(); ++t) {
        const Target& target = catalogue.targets[t];
        const doctor::ColumnSummary& f = found.targets[t];
        const std::size_t labels = catalogue.rowCount - f.missing;
        report.line("target", target.name + ": " + countText(labels) + " labels, " +
                                  formatReal(f.minimum, 6) + " to " + formatReal(f.maximum, 6) +
                                  (target.unit.empty() ? "" : " " + target.unit) +
                                  (target.label.empty() ? "" : " (" + target.label + ")") +
                                  (target.errors.empty() ? "" : ", with errors") +
                                  (target.oracle.empty() ? "" : ", with true quantiles"));
        json entry = {{"name", target.name},
                      {"unit", target.unit},
                      {"label", target.label},
                      {"labelled", labels},
                      {"errors", !target.errors.empty()},
                      {"oracle", !target.oracle.empty()},
                      {"warnings", warningsAt(found, "target " + target.name)}};
        entry.update(rangeJson(f));
        report.out["targets"].push_back(std::move(entry));
    }
}

void reportFeatures(const Catalogue& catalogue, const doctor::Report& found, Report& report) {
    report.out["features"] = json::array();
    for (std::size_t i = 0; i < catalogue.features.size(); ++i) {
        const FeatureInfo& info = catalogue.features[i];
        std::string line = info.name + ": " + std::to_string(info.width) + " per galaxy";
        const auto names = info.attributes.find("columns");
        if (names != info.attributes.end())
            line += " (" + names->second + ")";
        report.line("features", line);
        report.out["features"].push_back({{"name", info.name},
                                          {"width", info.width},
                                          {"quarantined", found.features[i].quarantined},
                                          {"constant", found.features[i].constant},
                                          {"attributes", info.attributes}});
    }
}

void reportSplit(const Catalogue& catalogue, Report& report) {
    if (catalogue.split.empty()) {
        report.line("split", "none: the study draws it");
        report.out["split"] = nullptr;
        return;
    }
    std::array<std::size_t, 3> counts{};
    for (const auto s : catalogue.split)
        ++counts[s];
    report.line("split", "train " + countText(counts[0]) + ", calibration " + countText(counts[1]) +
                             ", test " + countText(counts[2]));
    report.out["split"] = {{"train", counts[0]}, {"calibration", counts[1]}, {"test", counts[2]}};
}

void reportSamples(const Catalogue& catalogue, Report& report) {
    report.out["samples"] = json::array();
    report.out["maps"] = json::array();
    std::vector<std::string> notes;
    const auto all = listSamples(catalogue, notes);
    for (const std::string& note : notes)
        report.line("note", note);
    for (const Samples& samples : all) {
        if (samples.isMap()) {
            report.line("map", samples.dataset.substr(std::string("/maps/").size()));
            report.out["maps"].push_back(
                {{"dataset", samples.dataset}, {"shape", samples.shape}, {"attributes", samples.attributes}});
            continue;
        }
        std::string shape = std::to_string(samples.shape.front());
        for (std::size_t k = 1; k < samples.shape.size(); ++k)
            shape += " x " + std::to_string(samples.shape[k]);
        report.line("samples", samples.dataset + ": " + shape + " a galaxy" +
                                   (samples.source.empty() ? "" : " (" + samples.source + ")"));
        report.out["samples"].push_back(
            {{"dataset", samples.dataset}, {"shape", samples.shape}, {"source", samples.source}});
    }
}

void reportImagesAndSpectra(const Catalogue& catalogue, Report& report) {
    const auto& images = catalogue.images;
    if (images.count > 0) {
        report.line("images", countText(images.count) + " of " + std::to_string(images.bands) + " bands, " +
                                  std::to_string(images.height) + " x " + std::to_string(images.width) +
                                  " pixels (" + joinText(images.bandNames, ", ") + ")");
        report.out["images"] = {{"count", images.count},   {"bands", images.bandNames},
                                {"height", images.height}, {"width", images.width},
                                {"unit", images.unit},     {"pixel_scale_arcsec", images.pixelScaleArcsec}};
    }
    const auto& spectra = catalogue.spectra;
    if (spectra.count > 0) {
        report.line("spectra", countText(spectra.count) + " of " + countText(spectra.pixels) + " pixels " +
                                   spectra.unit);
        report.out["spectra"] = {
            {"count", spectra.count}, {"pixels", spectra.pixels}, {"unit", spectra.unit}};
    }
}

void reportCatalogue(const std::string& path, Report& report, const RunContext& context) {
    const Catalogue catalogue = readCatalogue(path, context.slice(0.0, 0.3));
    report.out["kind"] = "catalogue";
    report.out["rows"] = catalogue.rowCount;
    report.out["id_type"] = catalogue.objectId.typeName();
    report.out["attributes"] = catalogue.attributes;
    report.line("catalogue", path);
    report.line("rows", countText(catalogue.rowCount) + ", ids are " + catalogue.objectId.typeName() +
                            " (first " + catalogue.idText(0) + ")" +
                            (catalogue.ra.empty() ? "" : ", with ra, dec"));
    const doctor::Report found = doctor::examineCatalogue(catalogue, context.slice(0.3, 1.0));
    reportFeatures(catalogue, found, report);
    reportTargets(catalogue, found, report);
    reportSplit(catalogue, report);
    reportSamples(catalogue, report);
    reportImagesAndSpectra(catalogue, report);
    reportColumns(found, report);
    for (const auto* name : {"origin", "licence", "acknowledgement"})
        if (const auto at = catalogue.attributes.find(name); at != catalogue.attributes.end())
            report.line(name, at->second);
    report.finish(found, catalogue.notes);
}

/// "preset quick, 30 epochs, residuals cross-fitted (5 folds)", as the study recorded it; empty where it did
/// not.
std::string trainingWords(const json& options) {
    const auto words = [&](const char* name) {
        const auto found = options.find(name);
        return found == options.end() ? std::string()
               : found->is_string()   ? found->get<std::string>()
               : found->is_number()   ? shortestReal(found->get<double>())
                                      : std::string();
    };
    if (!options.is_object() || words("preset").empty())
        return {};
    const auto columns = options.find("prediction-column");
    if (columns != options.end() && !columns->empty() && *columns != "")
        return "nothing trained: predictions come from columns of the catalogue";
    const std::string residuals = words("residuals");
    return "preset " + words("preset") + ", " + words("epochs") + " epochs, residuals " + residuals +
           (residuals == "cross-fitted" ? " (" + words("residual-folds") + " folds)" : "");
}

void reportStudy(const std::string& path, Report& report, const RunContext& context) {
    const Study study = session::readStudy(path, context);
    report.out["kind"] = "study";
    report.out["catalogue"] = study.cataloguePath;
    report.out["features"] = study.featuresName;
    report.out["alpha"] = study.alpha;
    report.out["methods"] = study.methods;
    report.out["version"] = study.version;
    report.line("study", path);
    report.line("catalogue",
                study.cataloguePath + (study.featuresName.empty() ? "" : ", features " + study.featuresName));
    report.line("alpha", shortestReal(study.alpha) + " (" + formatReal(100.0 * (1.0 - study.alpha), 6) +
                             " % intervals), seed " + std::to_string(study.seed) + ", version " +
                             study.version);
    report.line("methods", joinText(study.methods, ", "));
    report.out["options"] = json::parse(study.optionsJson, nullptr, false);
    if (const std::string training = trainingWords(report.out["options"]); !training.empty())
        report.line("training", training);
    report.out["targets"] = json::array();
    for (const auto& target : study.targets) {
        const std::size_t test = target.heldOut.testCount();
        const std::size_t calibration = target.heldOut.calibrationCount();
        report.line("target", target.name + ": train " + countText(target.trainCount) + ", calibration " +
                                  countText(calibration) + ", test " + countText(test) +
                                  (target.unit.empty() ? "" : ", " + target.unit));
        report.out["targets"].push_back({{"name", target.name},
                                         {"unit", target.unit},
                                         {"train", target.trainCount},
                                         {"calibration", calibration},
                                         {"test", test}});
    }
    report.out["scores"] = study.scores.size();
    report.finish({}, study.notes);
}

void reportTable(const std::string& path, const OptionSet& options, Report& report,
                 const RunContext& context) {
    io::ReadOptions read;
    read.part = options.getText("part");
    const io::Table table = io::readTable(path, read, context.slice(0.0, 0.5));
    const doctor::Report found = doctor::examineTable(table, context.slice(0.5, 1.0));
    report.out["kind"] = "table";
    report.out["rows"] = table.rows();
    report.out["source"] = table.source;
    report.line("table", table.source);
    report.line("rows", countText(table.rows()) + ", " + countText(table.columns.size()) + " columns");
    reportColumns(found, report);
    report.finish(found, table.notes);
}

} // namespace

void describeInspectOptions(OptionSet& options) {
    options
        .inputFile("file", "File to look at: a catalogue, a study or any table (" + io::readableFormats() +
                               "); or a folder: HATS, surveys of the Multimodal Universe, a model's weights.")
        .asPositional()
        .asRequired();
    options.text("part", "",
                 "FITS HDU or HDF5 group; default: the largest table. Reads a catalogue as a plain table.");
}

CommandResult runInspect(const OptionSet& options, const Services&, RunContext& context) {
    const std::string path = options.getText("file");
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
        return inspectFolder(path, context);
    Report report;
    report.out["file"] = path;
    const bool asTable = options.given("part") && !options.getText("part").empty();
    if (!asTable && session::isStudyFile(path))
        reportStudy(path, report, context);
    else if (!asTable && isCatalogueFile(path))
        reportCatalogue(path, report, context);
    else
        reportTable(path, options, report, context);
    context.step(1.0, "done");
    CommandResult result;
    result.text = std::move(report.text);
    result.json = std::move(report.out);
    return result;
}

Command inspectCommand() {
    Command command;
    command.id = "inspect";
    command.title = "What is in a file, and what is wrong with it";
    command.details =
        "Shows columns with type, unit, range and missing values, and what deserves a look: codes such as "
        "-99\n"
        "or exact zeros that may mean \"not measured\", repeated ids, constant columns, ragged rows.\n"
        "\n"
        "  penumbra-cli inspect galaxies.fits\n"
        "  penumbra-cli inspect survey.h5 --part photometry\n"
        "  penumbra-cli inspect catalogue.h5 --json\n"
        "  zcat table.csv.gz | penumbra-cli inspect /dev/stdin";
    command.offersJson = true;
    command.options = describeInspectOptions;
    command.run = runInspect;
    return command;
}

} // namespace penumbra::workflow
