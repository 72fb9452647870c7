#include "core/workflow/intervals.h"

#include "core/base/text.h"
#include "core/catalogue/catalogue.h"
#include "core/report/galaxy_columns.h"
#include "core/report/number_text.h"
#include "core/report/table_spec.h"
#include "core/session/study_file.h"
#include "core/study/catalogue.h"
#include "core/study/run.h"
#include "core/study/subset.h"
#include "core/workflow/explain.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>

namespace penumbra::workflow {

namespace {

constexpr std::size_t shownLines = 20;

constexpr const char* details =
    R"(Writes the interval of every test galaxy, target and method as a table, with the truth and whether the interval
holds it: for TOPCAT, astropy or a spreadsheet. The name's ending tells the format; all but CSV carry units, descriptions,
UCDs and, in the header, study, catalogue, methods and alpha. Without --out the first 20 lines are shown, which gives ids
for 'explain'. Numbers read back as the same numbers; infinite ends are inf and -inf; what has no value is missing.

Examples
  penumbra-cli intervals study.h5 --out intervals.csv
  penumbra-cli intervals study.h5 --out intervals.fits                     or .ecsv, .h5, .vot ...
  penumbra-cli intervals study.h5 --targets z --methods CQR,LCMADNet --layout wide --out z.csv
  penumbra-cli intervals study.h5 --only missed --where 'z > 0.2'          galaxies whose interval misses the truth)";

/// How often one method's intervals of one target miss the truth or have no end.
struct Tally {
    std::string target, method;
    std::size_t galaxies = 0, labelled = 0, missed = 0, infinite = 0;
};

std::vector<Tally> talliesOf(const Study& study) {
    std::vector<Tally> tallies;
    for (const TargetStudy& target : study.targets) {
        const auto truth = target.testTruth();
        for (const Prediction& prediction : target.predictions) {
            Tally tally{.target = target.name, .method = prediction.method, .galaxies = truth.size()};
            for (std::size_t i = 0; i < truth.size(); ++i) {
                const auto covered = isCovered(prediction, truth[i], i);
                tally.labelled += covered.has_value();
                tally.missed += covered == std::optional(false);
                tally.infinite += isInfinite(prediction, i);
            }
            tallies.push_back(tally);
        }
    }
    return tallies;
}

std::size_t countGalaxies(const Study& study) {
    std::set<std::int64_t> rows;
    for (const TargetStudy& target : study.targets) {
        const auto own = target.testRows();
        rows.insert(own.begin(), own.end());
    }
    return rows.size();
}

std::string countText(std::size_t count) {
    return withThousands(static_cast<long long>(count));
}

report::Cell textCell(const std::string& text) {
    report::Cell cell;
    cell.kind = report::Cell::Kind::Text;
    cell.text = text;
    return cell;
}

/// A table whose cells are texts, aligned.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> columns) { table_.columns = std::move(columns); }
    void add(const std::vector<std::string>& texts) {
        std::vector<report::Cell> cells;
        for (const std::string& text : texts)
            cells.push_back(textCell(text));
        table_.rows.push_back(std::move(cells));
    }
    std::string text() const { return report::toPlainText(table_); }

private:
    report::TableSpec table_;
};

IntervalListing listingOf(const OptionSet& options) {
    IntervalListing listing;
    const std::string& only = options.getText("only");
    listing.only = only == "missed"     ? IntervalListing::Only::Missed
                   : only == "infinite" ? IntervalListing::Only::Infinite
                                        : IntervalListing::Only::All;
    listing.wide = options.getText("layout") == "wide";
    return listing;
}

/// Cuts the study down to what --where asks for and hands out the object ids, which are in the catalogue too.
std::optional<io::Column> cutAndName(Study& study, const OptionSet& options, const RunContext& context) {
    const std::string& where = options.getText("where");
    const std::string& moved = options.getText("catalogue");
    auto catalogue = where.empty() ? studyCatalogueIfThere(study, moved, context)
                                   : std::optional(studyCatalogue(study, moved, context));
    if (!catalogue) {
        context.note(
            "Without the study's catalogue (" + study.cataloguePath +
            ") object_id is left empty; row counts its rows from 0. Say where it is with --catalogue "
            "FILE.");
        return std::nullopt;
    }
    io::Column ids = catalogue->objectId;
    if (!where.empty()) {
        keepWhere(study, where, variableTable(std::move(*catalogue), where));
    }
    return ids;
}

Study wantedStudy(const OptionSet& options, const RunContext& context) {
    Study study = session::readStudy(options.getText("study"), context);
    tellThatThereAreNotes(study, context);
    toWantedAlpha(study, options, context);
    keepChosen(study, options);
    for (TargetStudy& target : study.targets)
        target.heldOut.signals.clear(); // not listed, and the largest part by far
    return study;
}

std::string tallyText(const std::vector<Tally>& tallies) {
    TextTable table({"target", "method", "labelled", "outside", "", "infinite"});
    for (const Tally& tally : tallies)
        table.add({tally.target, tally.method, countText(tally.labelled), countText(tally.missed),
                   tally.labelled == 0 ? ""
                                       : formatFixed(100.0 * static_cast<double>(tally.missed) /
                                                         static_cast<double>(tally.labelled),
                                                     1) +
                                             " %",
                   countText(tally.infinite)});
    return table.text();
}

/// The first test row whose interval misses the truth or, where those are asked for, has no end.
std::optional<std::size_t> firstTelling(const TargetStudy& target, const Prediction& prediction,
                                        const IntervalListing& listing) {
    IntervalListing telling = listing;
    if (telling.only == IntervalListing::Only::All)
        telling.only = IntervalListing::Only::Missed;
    const auto truth = target.testTruth();
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (isListed(prediction, truth[i], i, telling))
            return i;
    return std::nullopt;
}

/// A command line that explains one interval: a telling one, if the method whose explanation tells most has
/// one.
std::string explainLine(const Study& study, const IntervalListing& listing, const std::string& path,
                        const io::Column* ids) {
    const TargetStudy& target = study.targets.front();
    const Prediction* prediction = target.prediction(methodToExplain(study.methods));
    const auto rows = target.testRows();
    if (!prediction || rows.empty())
        return {};
    const std::int64_t row = rows[firstTelling(target, *prediction, listing).value_or(0)];
    const auto index = static_cast<std::size_t>(row);
    return "penumbra-cli explain " + path +
           (ids && index < ids->rows() ? " --object " + ids->asText(index)
                                       : " --row " + std::to_string(row)) +
           " --target " + target.name + " --method " + prediction->method;
}

/// The narrowest finite width of a line: what its numbers must tell apart; 0 for none.
double narrowest(const std::vector<std::string>& names, const std::vector<IntervalCell>& cells) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < cells.size(); ++i)
        if (const double* width = std::get_if<double>(&cells[i]);
            width && names[i].ends_with("width") && *width > 0.0)
            least = std::min(least, *width);
    return std::isfinite(least) ? least : 0.0;
}

std::string firstLines(const Study& study, const IntervalListing& listing, const io::Column* ids,
                       const RunContext& context) {
    constexpr int digits = 5;
    std::vector<std::string> names;
    for (const io::Column& column : intervalColumns(study, listing, ids))
        names.push_back(column.name);
    TextTable table(names);
    std::size_t shown = 0;
    eachIntervalLine(
        study, listing, ids,
        [&](const std::vector<IntervalCell>& cells) {
            std::vector<std::string> texts;
            const double width = narrowest(names, cells);
            for (const IntervalCell& cell : cells) {
                const double* number = std::get_if<double>(&cell);
                texts.push_back(number ? report::textBeside(*number, width, digits) : textOf(cell, digits));
            }
            table.add(texts);
            return ++shown < shownLines;
        },
        context);
    return shown > 0 ? table.text() + "\n" : "";
}

nlohmann::json summaryOf(const OptionSet& options, const Study& study, const std::vector<Tally>& tallies,
                         std::size_t lines, std::size_t galaxies) {
    nlohmann::json json = {{"study", options.getText("study")},
                           {"out", options.getText("out")},
                           {"layout", options.getText("layout")},
                           {"only", options.getText("only")},
                           {"where", options.getText("where")},
                           {"alpha", study.alpha},
                           {"rows", lines},
                           {"galaxies", galaxies}};
    json["methods"] = nlohmann::json::array();
    for (const Tally& tally : tallies)
        json["methods"].push_back({{"target", tally.target},
                                   {"method", tally.method},
                                   {"galaxies", tally.galaxies},
                                   {"labelled", tally.labelled},
                                   {"missed", tally.missed},
                                   {"infinite", tally.infinite}});
    return json;
}

void describeOptions(OptionSet& options) {
    options.inputFile("study", "Study file.").asPositional().asRequired();
    const char* group = "Which intervals";
    options.textList("targets", {}, "Targets; default: all of the study.").in(group);
    options.textList("methods", {}, "Methods; default: all of the study.").in(group);
    addWantedAlpha(options).in(group);
    options.text("where", "", whereHelp).in(group);
    options
        .choice("only", "all", {"all", "missed", "infinite"},
                "missed: intervals of labelled galaxies that do not hold the truth. infinite: those without "
                "an end. Wide: galaxies where that is so for any of the methods.")
        .in(group);
    options.inputFile("catalogue", "The study's catalogue, if it has moved; it holds the object ids.")
        .in(group);
    options
        .choice(
            "layout", "long", {"long", "wide"},
            "long: one line a galaxy, target and method. wide: one line a galaxy and target, with columns "
            "METHOD_lower, METHOD_upper and so on.")
        .in("Output");
    options
        .outputFile("out", "Table file to write (" + io::writableFormats() +
                               "); without it the first 20 lines are shown.")
        .in("Output");
    options
        .choice(
            "format", "auto", io::writerChoices(),
            "Format of the file; auto: from the ending of its name. All but CSV carry units, descriptions "
            "and where the numbers come from.")
        .in("Output");
}

CommandResult run(const OptionSet& options, const Services&, RunContext& context) {
    const std::string& out = options.getText("out");
    const io::TableWriter* writer = out.empty() ? nullptr : &io::writerFor(out, options.getText("format"));
    Study study = wantedStudy(options, context.slice(0.0, 0.3));
    const auto names = cutAndName(study, options, context.slice(0.3, 0.5));
    const io::Column* ids = names ? &*names : nullptr;
    const IntervalListing listing = listingOf(options);
    const std::size_t lines = countIntervalLines(study, listing);
    const std::size_t galaxies = countGalaxies(study);
    const auto tallies = talliesOf(study);
    CommandResult result;
    if (!writer) {
        result.text = firstLines(study, listing, ids, context.slice(0.5, 1.0));
    } else {
        writeIntervals(study, listing, ids, *writer, out,
                       report::provenanceOf(study, options.getText("study"), "intervals"),
                       context.slice(0.5, 1.0));
        result.written = {out};
    }
    const std::string& path = options.getText("study");
    result.text += countText(lines) + (lines == 1 ? " row of " : " rows of ") + countText(galaxies) +
                   (galaxies == 1 ? " test galaxy, " : " test galaxies, ") +
                   formatReal(100.0 * (1.0 - study.alpha), 4) + " % intervals" +
                   (out.empty() && lines > shownLines ? "; the first " + std::to_string(shownLines) +
                                                            " are shown, --out intervals.csv writes all"
                                                      : "") +
                   "\n\n" + tallyText(tallies);
    if (const std::string next = explainLine(study, listing, path, ids); !next.empty())
        result.text += "\nWhere an interval comes from: " + next + "\n";
    result.json = summaryOf(options, study, tallies, lines, galaxies);
    return result;
}

} // namespace

Command intervalsCommand() {
    Command command;
    command.id = "intervals";
    command.title = "Write the interval of every test galaxy as a table";
    command.details = details;
    command.offersJson = true;
    command.options = describeOptions;
    command.run = run;
    return command;
}

} // namespace penumbra::workflow
