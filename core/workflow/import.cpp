#include "core/workflow/import.h"

#include "core/base/atomic_file.h"
#include "core/base/command_line.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/importing/build.h"
#include "core/importing/mapping.h"
#include "core/io/table_reader.h"
#include "core/io/table_writer.h"
#include "core/workflow/doctor.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

/// Flags that say what a mapping would say; they cannot be mixed with one.
constexpr const char* contentFlags[] = {
    "part",       "cone",   "tiles",         "samples",       "id",
    "ra",         "dec",    "features-from", "features-name", "target",
    "columns",    "cut",    "missing",       "split-column",  "split-fractions",
    "split-seed", "impute", "max-rows",      "guess"};

/// "z=Z_SPEC" names the target z, from the column Z_SPEC; "Z_SPEC" alone is both.
TargetRule targetFromFlag(const std::string& text) {
    TargetRule target;
    const auto equals = text.find('=');
    target.name = std::string(trimmed(text.substr(0, equals)));
    target.from =
        equals == std::string::npos ? "`" + target.name + "`" : std::string(trimmed(text.substr(equals + 1)));
    if (target.name.empty() || target.from.empty())
        throw UsageError("--target '" + text + "': write name or name=column");
    return target;
}

/// Numbers and texts of --missing, as the rule for all columns.
MissingRule missingFromFlag(const std::vector<std::string>& codes) {
    MissingRule rule;
    rule.pattern = "*";
    for (const auto& code : codes) {
        const auto number = parseReal(code);
        if (const auto integer = parseInteger(code))
            rule.integers.push_back(*integer);
        if (number)
            rule.numbers.push_back(*number);
        if (!number || (code.find_first_not_of("0123456789") == std::string::npos && !parseInteger(code)))
            rule.texts.push_back(code);
    }
    return rule;
}

ImportMapping mappingFromFlags(const OptionSet& options) {
    ImportMapping mapping;
    mapping.input = options.getText("input");
    mapping.part = options.getText("part");
    mapping.cone = options.getText("cone");
    mapping.tiles = options.getText("tiles");
    mapping.keepSamples = options.getFlag("samples");
    mapping.maxRows = static_cast<std::size_t>(options.getInteger("max-rows"));
    mapping.objectId = options.getText("id");
    mapping.ra = options.getText("ra");
    mapping.dec = options.getText("dec");
    mapping.cuts = options.getTextList("cut");
    mapping.carry = options.getTextList("columns");
    if (options.given("missing"))
        mapping.missing.push_back(missingFromFlag(options.getTextList("missing")));
    if (options.given("features-from")) {
        FeatureRule rule;
        rule.name = options.getText("features-name");
        rule.columns = options.getTextList("features-from");
        rule.imputeMedian = options.getFlag("impute");
        mapping.features.push_back(std::move(rule));
        mapping.carryInputs = true;
    }
    for (const auto& target : options.getTextList("target"))
        mapping.targets.push_back(targetFromFlag(target));
    mapping.split.column = options.getText("split-column");
    mapping.split.fractions = options.getRealList("split-fractions");
    mapping.split.seed = static_cast<std::uint64_t>(options.getInteger("split-seed"));
    if (!mapping.split.column.empty() && !mapping.split.fractions.empty())
        throw UsageError("give --split-column or --split-fractions, not both");
    if (!mapping.split.fractions.empty() && mapping.split.fractions.size() != 2)
        throw UsageError("--split-fractions takes two numbers, train and calibration; the rest is test");
    return mapping;
}

/// The input as a path relative to where the mapping is written, so that the pair can be moved together.
void writeMapping(ImportMapping mapping, const std::filesystem::path& path, const RunContext& context) {
    std::error_code failed;
    const auto folder = std::filesystem::absolute(path).parent_path();
    const auto relative = std::filesystem::relative(std::filesystem::absolute(mapping.input), folder, failed);
    if (!failed && !relative.empty())
        mapping.input = relative.generic_string();
    writeFileAtomically(path,
                        "# Replay with: penumbra-cli import --mapping " + path.filename().string() +
                            " --out catalogue.h5\n" + toToml(mapping),
                        context.stop);
}

/// The rows in quarantine with reasons, beside the catalogue: the input itself is never changed.
void writeQuarantineList(const ImportedCatalogue& imported, const std::filesystem::path& out,
                         CommandResult& result) {
    if (imported.sourceQuarantine.empty())
        return;
    const auto list = quarantineListPath(out);
    io::writerFor(list).write(doctor::quarantineTable(imported.sourceQuarantine, nullptr), list, {},
                              RunContext{});
    result.json["quarantine"] = list.string();
    result.text += "wrote     " + list.string() + ": rows of the input in quarantine, with reasons\n";
    result.written.push_back(list.string());
}

/// Serious findings, and repeated ids and odd positions however serious: a wrong --id or --ra shows here.
void tellFindings(const std::string& out, CommandResult& result, const RunContext& context) {
    const Catalogue catalogue = readCatalogue(out);
    const doctor::Report report = doctor::examineCatalogue(catalogue, context);
    result.json["serious"] = seriousLines(report);
    result.json["duplicate_ids"] = 0;
    bool told = false;
    for (const doctor::Finding& finding : report.findings) {
        const bool repeats = finding.kind == "duplicate-id";
        if (repeats)
            result.json["duplicate_ids"] = finding.count;
        const bool position = finding.kind == "position-range";
        if (!repeats && !position && finding.severity != doctor::Severity::Serious)
            continue;
        const std::string severity = doctor::severityName(finding.severity);
        result.text += severity + std::string(severity.size() < 10 ? 10 - severity.size() : 1, ' ') +
                       doctor::oneLine(finding);
        if (repeats)
            result.text += " (" + withThousands(static_cast<long long>(catalogue.rowCount - finding.count)) +
                           " different ids in " + withThousands(static_cast<long long>(catalogue.rowCount)) +
                           " rows)";
        result.text += "\n";
        told = true;
    }
    if (told)
        result.text += "          penumbra-cli doctor " + out + " says what to do\n";
}

ImportMapping chosenMapping(const OptionSet& options) {
    if (!options.given("mapping"))
        return mappingFromFlags(options);
    for (const char* flag : contentFlags)
        if (options.given(flag))
            throw UsageError("--" + std::string(flag) +
                             " cannot be mixed with --mapping: change the mapping file instead");
    return readImportMapping(options.getText("mapping"));
}

/// Reads the table once for what it holds; the import reads it again for what it needs.
ImportGuess guessFor(const OptionSet& options, const RunContext& context) {
    const std::string& input = options.getText("input");
    if (input.empty())
        throw UsageError("--guess needs the table to import");
    io::ReadOptions read;
    read.part = options.getText("part");
    read.maxRows = static_cast<std::size_t>(options.getInteger("max-rows"));
    const io::Table table = io::readTable(input, read, context.slice(0.0, 0.8));
    const doctor::Report report = doctor::examineTable(table, context.slice(0.8, 1.0));
    return guessImport(table, io::describeColumns(table), &report);
}

/// What was guessed and why, and the line that says the same without a guess.
void tellGuess(const ImportGuess& guess, const OptionSet& options, CommandResult& result) {
    result.json["guess"] = nlohmann::json::array();
    for (const ImportGuess::Reason& reason : guess.reasons) {
        result.json["guess"].push_back({{"what", reason.what}, {"why", reason.why}});
        result.text += "guessed   " + reason.what + ": " + reason.why + "\n";
    }
    OptionSet plain = options;
    plain.reset("guess");
    result.json["command"] = commandLine("import", plain);
    result.text += "          " + commandLine("import", plain) + "\n";
}

std::string details() {
    return "Reads a table (" + io::readableFormats() +
           "), picks features, targets and a split, and writes a catalogue.\n"
           "\n"
           "Without a mapping, for tables whose columns are features already:\n"
           "  penumbra-cli import table.csv --features-from mag_g,mag_r,g-r --target z=z_spec --missing=-99 "
           "--out cat.h5\n"
           "  penumbra-cli import predictions.csv --columns pred,q05,q95 --target z=y --split-column role "
           "--out cat.h5\n"
           "  penumbra-cli import embeddings.parquet --features-from embedding --target log_mstar=LOG_MSTAR "
           "--out cat.h5\n"
           "  penumbra-cli import hats/gaia --cone 150.1,2.2,0.5 --features-from bp_rp,g --target "
           "plx=parallax "
           "--out cat.h5\n"
           "  penumbra-cli import table.fits --guess --out cat.h5\n"
           "--write-mapping mapping.toml writes what the flags mean as a mapping, to be refined and "
           "replayed:\n"
           "  penumbra-cli import --mapping mapping.toml --out cat.h5\n"
           "\n" +
           importMappingHelp();
}

} // namespace

void describeImportOptions(OptionSet& options) {
    options.inputFile("input", "Table to import; wins over the mapping's input.").asPositional();
    options.inputFile("mapping", "TOML file that says how columns become features, targets and a split.")
        .in("Mapping");
    options
        .text("join-dir", "", "Folder of joined tables; default: beside the mapping. Ignored without joins.")
        .in("Mapping");
    options.outputFile("write-mapping", "Writes what the flags mean as a mapping file.").in("Mapping");
    options.outputFile("out", "Catalogue file to write (HDF5).");
    options
        .flag(
            "guess", false,
            "Guesses from names, ranges and the data check what is not given: identity, positions, target, "
            "features (with magnitudes of fluxes and colours), columns to keep; redshifts of other codes are "
            "neither inputs nor truths. Says what and why; with write-mapping as a mapping to be refined.")
        .in("Without a mapping");
    options.text("part", "", "FITS HDU or HDF5 group to read; default: the largest table.")
        .in("Without a mapping");
    options
        .text("cone", "",
              "Reads the part of a HATS folder around RA,DEC within RADIUS, all in degrees: 150.1,2.2,0.5.")
        .in("Without a mapping");
    options.text("tiles", "", "Reads these tiles of a HATS folder: order/pixel, such as 5/1234,5/1235.")
        .in("Without a mapping");
    options
        .flag("samples", true,
              "Keeps the posterior samples of PROVABGS where the table has them: all of PROVABGS_MCMC, and "
              "those "
              "of the targets made of LOG_MSTAR and Z.")
        .in("Without a mapping");
    options.integer("max-rows", 0, "Reads this many rows at most; 0 reads all.")
        .range(0, 1e15)
        .in("Without a mapping");
    options.text("id", "", "Column with the object ids; default: the row number.").in("Without a mapping");
    options.text("ra", "", "Column with right ascensions in degrees.").in("Without a mapping");
    options.text("dec", "", "Column with declinations in degrees.").in("Without a mapping");
    options
        .textList(
            "features-from", {},
            "Columns or expressions that become the features, as they are; * and ? match several columns.")
        .in("Without a mapping");
    options.text("features-name", "features", "Name of the feature set.").in("Without a mapping");
    options
        .flag("impute", false,
              "Fills missing features with medians and adds flag columns, instead of quarantine.")
        .in("Without a mapping");
    options.textList("target", {}, "Quantities to predict: name or name=column.").in("Without a mapping");
    options
        .textList(
            "columns", {},
            "Further columns to keep, beside those that features are made of; * and ? match anything, * "
            "alone no vectors of more than 16 elements.")
        .in("Without a mapping");
    options.textList("cut", {}, "Expressions that rows must pass, such as \"ZWARN == 0\".")
        .in("Without a mapping");
    options.textList("missing", {}, "Values that mean \"not measured\" in every column.")
        .in("Without a mapping");
    options.text("split-column", "", "Column with train, calibration, test or 0, 1, 2.")
        .in("Without a mapping");
    options
        .realList("split-fractions", {},
                  "Draws a split: fractions of train and calibration, the rest is test. Without it the study "
                  "draws.")
        .in("Without a mapping");
    options.integer("split-seed", 0, "Seed of the drawn split.").range(0, 9e15).in("Without a mapping");
}

std::filesystem::path quarantineListPath(const std::filesystem::path& out) {
    auto list = out;
    list.replace_extension();
    list += "_quarantine.csv";
    return list;
}

void applyGuess(const ImportGuess& guess, OptionSet& options) {
    const auto setText = [&](const char* option, const std::string& value) {
        if (!options.given(option) && !value.empty())
            options.set(option, value);
    };
    const auto setList = [&](const char* option, const std::vector<std::string>& values) {
        if (!options.given(option) && !values.empty())
            options.set(option, values);
    };
    setText("id", guess.id);
    setText("ra", guess.ra);
    setText("dec", guess.dec);
    if (!options.given("split-fractions"))
        setText("split-column", guess.split);
    setList("features-from", guess.features);
    if (!guess.target.empty())
        setList("target", {guess.target});
    setList("columns", guess.keep);
    setList("cut", guess.cuts);
    setList("missing", guess.missing);
}

ImportedCatalogue previewImport(const OptionSet& options, const RunContext& context) {
    return importTable(mappingFromFlags(options), options.getText("input"), {}, context);
}

CommandResult runImport(const OptionSet& given, const Services&, RunContext& context) {
    OptionSet options = given;
    CommandResult result;
    result.json = nlohmann::json::object();
    if (options.getFlag("guess") && !options.given("mapping")) {
        const ImportGuess guess = guessFor(options, context.slice(0.0, 0.1));
        applyGuess(guess, options);
        tellGuess(guess, options, result);
    }
    const std::string out = options.getText("out");
    const std::string mappingOut = options.getText("write-mapping");
    const ImportMapping mapping = chosenMapping(options);
    if (options.getText("input").empty() && mapping.input.empty())
        throw UsageError("no input: name the table to import, or set input in the mapping");
    if (out.empty() && mappingOut.empty() && !options.getFlag("guess"))
        throw UsageError("say where to write: --out FILE.h5, or --write-mapping FILE.toml");
    if (!mappingOut.empty() && options.given("mapping"))
        throw UsageError(
            "--write-mapping writes what the flags mean; with --mapping there is nothing to write");
    if (!out.empty()) {
        const ImportedCatalogue imported = importTable(mapping, options.getText("input"),
                                                       options.getText("join-dir"), context.slice(0.0, 0.8));
        writeCatalogue(imported.catalogue, imported.features, imported.samples, out, context.slice(0.8, 0.9));
        result.json.update(imported.summary());
        result.json["out"] = out;
        result.text += imported.text() + "wrote     " + out + "\n";
        result.written.push_back(out);
        writeQuarantineList(imported, out, result);
        tellFindings(out, result, context.slice(0.9, 1.0));
    }
    if (out.empty() && mappingOut.empty()) { // a guess, to be looked at
        result.json["toml"] = toToml(mapping);
        result.text += "\n" + toToml(mapping);
    }
    if (!mappingOut.empty()) {
        writeMapping(mapping, mappingOut, context);
        result.json["mapping"] = mappingOut;
        result.text += "wrote     " + mappingOut + "\n";
        result.written.push_back(mappingOut);
    }
    return result;
}

Command importCommand() {
    Command command;
    command.id = "import";
    command.title = "Make a catalogue from a table: features, targets, split, cuts";
    command.details = details();
    command.offersJson = true;
    command.options = describeImportOptions;
    command.run = runImport;
    return command;
}

} // namespace penumbra::workflow
