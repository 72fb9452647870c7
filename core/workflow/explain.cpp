#include "core/workflow/explain.h"

#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/catalogue/catalogue.h"
#include "core/io/table_writer.h"
#include "core/report/galaxy_columns.h"
#include "core/report/number_text.h"
#include "core/session/study_file.h"
#include "core/study/catalogue.h"
#include "core/study/run.h"
#include "core/study/subset.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>

namespace penumbra::workflow {

namespace {

constexpr std::size_t curvePoints = 200;

/// The catalogue row of --object, or --row.
std::int64_t wantedRow(const OptionSet& options, const Study& study, const Catalogue* catalogue) {
    const bool byRow = options.given("row");
    if (byRow == options.given("object"))
        throw UsageError(
            "Say which galaxy to explain: --object ID, or --row NUMBER (catalogue row, from 0).");
    if (byRow)
        return options.getInteger("row");
    const std::string& wanted = options.getText("object");
    if (!catalogue)
        throw Error(
            "The study's catalogue is not at '" + study.cataloguePath + "', so object " + wanted +
            " cannot be looked up. Say where it is with --catalogue FILE, or name the galaxy with --row.");
    std::vector<std::int64_t> found;
    for (std::size_t row = 0; row < catalogue->rowCount; ++row)
        if (catalogue->idText(row) == wanted)
            found.push_back(static_cast<std::int64_t>(row));
    if (found.empty())
        throw Error("There is no object " + wanted + " in " + catalogue->path.string() + " (" +
                    withThousands(static_cast<long long>(catalogue->rowCount)) + " objects, the first is " +
                    catalogue->idText(0) + ").");
    if (found.size() > 1)
        throw Error("Object " + wanted + " stands in " + std::to_string(found.size()) +
                    " catalogue rows, the first being " + std::to_string(found[0]) + " and " +
                    std::to_string(found[1]) + "; say which with --row.");
    return found.front();
}

std::string nameOf(const Catalogue* catalogue, std::int64_t row) {
    const auto index = static_cast<std::size_t>(row);
    return catalogue && index < catalogue->rowCount ? catalogue->idText(index) : "";
}

std::string padded(const std::string& text, std::size_t width) {
    return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}

/// A score at which the cumulative weight first reaches `level`; infinity if it never does.
double scoreAt(const Explanation& e, double level) {
    for (std::size_t i = 0; i < e.scores.size(); ++i)
        if (e.cumulativeWeights[i] >= level)
            return e.scores[i];
    return std::numeric_limits<double>::infinity();
}

std::string neighbourText(const Explanation& e, const Catalogue* catalogue) {
    std::size_t widest = 6;
    for (const auto& neighbour : e.neighbours)
        widest = std::max(widest, nameOf(catalogue, neighbour.row).size());
    std::string text = "Calibration galaxies with the largest weights\n  " + padded("object", widest) +
                       "       row   weight   summed    score     true  predicted\n";
    double sum = 0.0;
    const auto beside = [&](double value) {
        return " " + report::textBeside(value, intervalWidth(e.lower, e.upper), 3);
    };
    for (const auto& neighbour : e.neighbours) {
        sum += neighbour.weight;
        text += "  " + padded(nameOf(catalogue, neighbour.row), widest) +
                padded(std::to_string(neighbour.row), 10) +
                padded(formatFixed(100.0 * neighbour.weight, 3) + " %", 9) +
                padded(formatFixed(100.0 * sum, 2) + " %", 9) + padded(formatReal(neighbour.score, 3), 9) +
                padded(beside(neighbour.truth), 9) + padded(beside(neighbour.prediction), 11) + "\n";
    }
    return text;
}

std::string explanationText(const Explanation& e, const Catalogue* catalogue) {
    const std::string name = nameOf(catalogue, e.row);
    std::string text = "Galaxy " + (name.empty() ? "" : name + ", ") + "catalogue row " +
                       std::to_string(e.row) + ": " + e.target + (e.unit.empty() ? "" : " [" + e.unit + "]") +
                       " by " + e.method + ", " + formatReal(100.0 * (1.0 - e.alpha), 4) + " % interval\n";
    const auto number = [&](double value) {
        return report::textBeside(value, intervalWidth(e.lower, e.upper), 4);
    };
    text += "  predicted " + number(e.mean) + ", interval " + number(e.lower) + " to " + number(e.upper);
    if (std::isfinite(e.truth))
        text += ", true value " + number(e.truth) +
                (covers(e.lower, e.truth, e.upper, e.ends) ? " (inside)" : " (outside)");
    text += "\n\n" + e.summary + "\n";
    if (!e.local)
        return text;
    text += "\n" + neighbourText(e, catalogue) + "\nScores below which lies this much of the weight\n ";
    for (const double level : {0.25, 0.5, 0.75, 0.9, 0.95}) {
        const double score = scoreAt(e, level);
        text += "  " + formatFixed(100.0 * level, 0) +
                " %: " + (std::isfinite(score) ? formatReal(score, 4) : "without end");
    }
    return text + "\nKernel mass " + formatReal(e.mass, 4) + " (" + formatReal(e.massNeeded, 3) +
           " needed for a finite interval); the galaxy itself carries " +
           formatFixed(100.0 * e.ownWeight, 2) + " % at infinity.\n";
}

nlohmann::json explanationJson(const Explanation& e, const Catalogue* catalogue) {
    nlohmann::json json = {{"row", e.row},
                           {"object", nameOf(catalogue, e.row)},
                           {"target", e.target},
                           {"method", e.method},
                           {"unit", e.unit},
                           {"alpha", e.alpha},
                           {"mean", jsonReal(e.mean)},
                           {"lower", jsonReal(e.lower)},
                           {"upper", jsonReal(e.upper)},
                           {"truth", jsonReal(e.truth)},
                           {"n_calibration", e.calibrationCount},
                           {"local", e.local},
                           {"summary", e.summary}};
    if (!e.local)
        return json;
    json["infinite"] = std::isinf(e.quantile);
    json["quantile"] = jsonReal(e.quantile);
    json["scale"] = e.scale;
    json["kernel_mass"] = e.mass;
    json["kernel_mass_needed"] = e.massNeeded;
    json["own_weight"] = e.ownWeight;
    json["effective_number"] = e.effective;
    json["neighbours"] = nlohmann::json::array();
    for (const auto& neighbour : e.neighbours)
        json["neighbours"].push_back({{"row", neighbour.row},
                                      {"object", nameOf(catalogue, neighbour.row)},
                                      {"weight", neighbour.weight},
                                      {"score", neighbour.score},
                                      {"truth", neighbour.truth},
                                      {"prediction", neighbour.prediction}});
    // The curve is a staircase of one step a calibration galaxy: enough of it to draw.
    nlohmann::json scores = nlohmann::json::array(), weights = nlohmann::json::array();
    const std::size_t n = e.scores.size();
    const std::size_t points = std::min(n, curvePoints);
    for (std::size_t p = 0; p < points; ++p) {
        const std::size_t i = points < 2 ? 0 : p * (n - 1) / (points - 1);
        scores.push_back(e.scores[i]);
        weights.push_back(e.cumulativeWeights[i]);
    }
    json["curve"] = {{"scores", scores}, {"cumulative_weights", weights}};
    return json;
}

} // namespace

void describeExplainOptions(OptionSet& options) {
    options.inputFile("study", "Study file.").asPositional().asRequired();
    const char* group = "Galaxy";
    options.text("object", "", "Object id of a test galaxy, as in the catalogue.").in(group);
    options.integer("row", 0, "Its catalogue row, counted from 0, instead of the id; needs no catalogue.")
        .range(0, 9e15)
        .in(group);
    options.text("target", "", "Which target; default: the study's first.").in(group);
    options
        .text(
            "method", "",
            "Which method's interval; default: LCMADNet, else another local method, else the study's first.")
        .in(group);
    addWantedAlpha(options).in(group);
    options
        .integer("top", 10, "How many calibration galaxies to list; ignored for methods that are not local.")
        .range(1, 1e6)
        .in(group);
    options.inputFile("catalogue", "The study's catalogue, if it has moved.").in(group);
    options
        .outputFile("out", "Table file to write (" + io::writableFormats() +
                               ", by its ending): the calibration galaxies listed, with every digit.")
        .in("Output");
}

namespace {

void writeNeighbours(const Study& study, const Explanation& e, const Catalogue* catalogue,
                     const OptionSet& options, CommandResult& result, const RunContext& context) {
    const std::string& out = options.getText("out");
    if (!e.local)
        throw Error("the intervals of " + e.method +
                    " have the same calibration galaxies behind them everywhere: there is no list to write");
    io::TableMeta meta = report::provenanceOf(study, options.getText("study"), "neighbours");
    meta.values.emplace_back("row", std::to_string(e.row));
    meta.values.emplace_back("explained", e.target + " by " + e.method);
    io::writerFor(out).write(neighbourTable(e, catalogue ? &catalogue->objectId : nullptr), out, meta,
                             context.quiet());
    result.written.push_back(out);
}

} // namespace

CommandResult runExplain(const OptionSet& options, const Services&, RunContext& context) {
    if (!options.getText("out").empty())
        io::writerFor(options.getText("out")); // a name that tells no format is refused first
    Study study = session::readStudy(options.getText("study"), context);
    for (const std::string& note : study.notes)
        if (note.find("/state") != std::string::npos)
            context.note(note);
    std::optional<Catalogue> catalogue;
    const std::string& moved = options.getText("catalogue");
    if (!moved.empty() || std::filesystem::exists(study.cataloguePath))
        catalogue = studyCatalogue(study, moved, context);
    const Catalogue* known = catalogue ? &*catalogue : nullptr;
    const std::int64_t row = wantedRow(options, study, known);
    toWantedAlpha(study, options, context);
    const std::string& target =
        options.getText("target").empty() ? study.targets.front().name : options.getText("target");
    const std::string method =
        options.getText("method").empty() ? methodToExplain(study.methods) : options.getText("method");
    const Explanation e = explainInterval(study, target, method, row,
                                          static_cast<std::size_t>(options.getInteger("top")), context);
    CommandResult result;
    result.text = explanationText(e, known);
    result.json = explanationJson(e, known);
    if (!options.getText("out").empty())
        writeNeighbours(study, e, known, options, result, context);
    return result;
}

} // namespace penumbra::workflow
