#include "core/workflow/doctor.h"

#include "core/io/table_reader.h"
#include "core/io/table_writer.h"
#include "core/study/catalogue.h"
#include "penumbra_version.h"

#include <optional>

namespace penumbra::workflow {

namespace {

using nlohmann::json;

json reportJson(const doctor::Report& report) {
    json out = {{"source", report.source},
                {"kind", report.isCatalogue ? "catalogue" : "table"},
                {"rows", report.rows},
                {"serious", report.count(doctor::Severity::Serious)},
                {"warnings", report.count(doctor::Severity::Warning)},
                {"notes", report.count(doctor::Severity::Note)}};
    out["findings"] = json::array();
    for (const auto& finding : report.findings)
        out["findings"].push_back(toJson(finding));
    out["quarantine"] = json::array();
    for (const auto& line : report.quarantine)
        out["quarantine"].push_back({{"row", line.row}, {"reason", line.reason}});
    return out;
}

io::Table readBeside(const std::string& path, const RunContext& context) {
    const RunContext quiet = context.quiet();
    if (!isCatalogueFile(path))
        return io::readTable(path, {}, quiet);
    return doctor::scalarsOf(readCatalogue(path, quiet));
}

constexpr const char* details =
    R"(Looks for what makes error bars lie: rows that are in training and test at once, a target that is among its own
features, codes such as -99 left in, splits too small or unlike each other, cells that were glued together, headers that
do not fit, ties, missing labels. Says how serious each finding is, where it is, and what to do. The file is never
changed; rows that cannot be used are listed with their reasons.

  penumbra-cli doctor galaxies.fits
  penumbra-cli doctor catalogue.h5 --quarantine left_out.csv
  penumbra-cli doctor train.csv --beside test.csv        is a galaxy in both? (within --match-radius arcsec)
  penumbra-cli doctor catalogue.h5 --json)";

} // namespace

json toJson(const doctor::Finding& finding) {
    return {{"severity", doctor::severityName(finding.severity)},
            {"kind", finding.kind},
            {"where", finding.where},
            {"column", finding.column},
            {"count", finding.count},
            {"rows", finding.rows},
            {"what", finding.what},
            {"advice", finding.advice}};
}

std::vector<std::string> seriousLines(const doctor::Report& report) {
    std::vector<std::string> lines;
    for (const auto& finding : report.findings)
        if (finding.severity == doctor::Severity::Serious)
            lines.push_back(doctor::oneLine(finding));
    return lines;
}

void describeDoctorOptions(OptionSet& options) {
    options.inputFile("file", "File to look at: a catalogue, a study's catalogue or any table.")
        .asPositional()
        .asRequired();
    options.text("part", "",
                 "FITS HDU or HDF5 group; default: the largest table. Reads a catalogue as a plain table.");
    options.textList(
        "beside", {},
        "Other files of the same survey, joined by commas (a test file beside a training file): tells "
        "which rows are in both, by position and id, or by all common columns.");
    options
        .real("match-radius", 1.0, "Largest separation on the sky of one galaxy in two files; with --beside.")
        .range(0.0, 648000.0)
        .withUnit("arcsec");
    options.outputFile("quarantine", "Table file to write (" + io::writableFormats() +
                                         ", by its ending): every row that cannot be used, with its reason.");
}

CommandResult runDoctor(const OptionSet& options, const Services&, RunContext& context) {
    std::string path = options.getText("file");
    const io::TableWriter* writer =
        options.given("quarantine") ? &io::writerFor(options.getText("quarantine")) : nullptr;
    const bool asTable = options.given("part") && !options.getText("part").empty();
    if (!asTable)
        path = catalogueBehind(path,
                               context); // a study's own rows are scored already; its catalogue can be wrong
    doctor::Report report;
    std::optional<io::Column> objectId;
    io::Table own; // filled where other files stand beside it
    const std::vector<std::string>& beside = options.getTextList("beside");
    if (!asTable && isCatalogueFile(path)) {
        const Catalogue catalogue = readCatalogue(path, context.slice(0.0, 0.2));
        report = doctor::examineCatalogue(catalogue, context.slice(0.2, 1.0));
        objectId = catalogue.objectId;
        if (!beside.empty())
            own = doctor::scalarsOf(catalogue);
    } else {
        io::ReadOptions read;
        read.part = options.getText("part");
        own = io::readTable(path, read, context.slice(0.0, 0.5));
        report = doctor::examineTable(own, context.slice(0.5, 1.0));
    }
    for (const std::string& other : beside)
        doctor::examineBeside(own, readBeside(other, context), options.getReal("match-radius"), report,
                              context);
    context.step(1.0, "done");
    CommandResult result;
    result.text = doctor::toText(report);
    result.json = reportJson(report);
    result.json["file"] = path;
    if (writer) {
        const std::string out = options.getText("quarantine");
        writer->write(doctor::quarantineTable(report.quarantine, objectId ? &*objectId : nullptr), out,
                      {"quarantine",
                       {{"file", path},
                        {"reason", "rows that cannot be used"},
                        {"version", std::string("Penumbra ") + versionText}}},
                      context.quiet());
        result.written.push_back(out);
    }
    return result;
}

Command doctorCommand() {
    Command command;
    command.id = "doctor";
    command.title = "What may be wrong with the data, how serious it is, what to do";
    command.details = details;
    command.offersJson = true;
    command.options = describeDoctorOptions;
    command.run = runDoctor;
    return command;
}

} // namespace penumbra::workflow
