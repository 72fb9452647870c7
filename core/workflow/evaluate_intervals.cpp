#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/io/table_reader.h"
#include "core/workflow/evaluate.h"

#include <cmath>
#include <filesystem>
#include <limits>
#include <penumbra_version.h>

namespace penumbra::workflow {

namespace {

std::vector<double> numbersOf(const io::Table& table, const std::string& name) {
    const io::Column column = io::selectColumn(table, name);
    if (!column.isNumeric() || column.width != 1)
        throw Error(table.source + ": column " + name + " is " + column.typeName() +
                    "; one number a row is needed.");
    return column.asReals();
}

std::string rowsText(std::size_t count, const char* one, const char* several) {
    return withThousands(static_cast<long long>(count)) + " " + (count == 1 ? one : several);
}

std::string wasOrWere(std::size_t count) {
    return count == 1 ? " was " : " were ";
}

/// Rows that are told of: incomplete ones cannot be scored.
struct Told {
    std::size_t incomplete = 0, withoutCentre = 0, crossed = 0;
    std::size_t firstCrossed = 0;

    /// "3 rows with lo > hi (the first is row 7, counted from 0)"
    std::string crossedWords(const IntervalColumns& names) const {
        return rowsText(crossed, "row", "rows") + " with " + names.lower + " > " + names.upper +
               (crossed == 1 ? " (row " : " (the first is row ") + std::to_string(firstCrossed) +
               ", counted from 0)";
    }
};

} // namespace

Study studyFromIntervals(const OptionSet& options, const RunContext& context) {
    const IntervalColumns names = intervalColumns(options);
    const std::string& path = names.table;
    const io::Table table = io::readTable(path, {}, context);
    const auto truth = numbersOf(table, names.truth);
    const auto lower = numbersOf(table, names.lower);
    const auto upper = numbersOf(table, names.upper);
    std::vector<double> mean;
    if (names.meanGiven || table.find(names.mean))
        mean = numbersOf(table, names.mean);
    if (names.alphas.size() > 1)
        throw UsageError("--alpha: intervals in a table belong to one alpha; give one value.");
    Study study;
    study.cataloguePath = std::filesystem::absolute(path).string();
    study.version = versionText;
    study.optionsJson = jsonText(options.toJson());
    study.alpha = names.alphas.empty() ? 0.1 : names.alphas.front();
    study.methods = {"intervals"};
    study.notes = table.notes;
    TargetStudy target;
    target.name = names.truth;
    Prediction prediction;
    prediction.method = "intervals";
    prediction.target = target.name;
    prediction.alpha = study.alpha;
    Told told;
    for (std::size_t row = 0; row < truth.size(); ++row) {
        double centre = mean.empty() ? 0.5 * (lower[row] + upper[row]) : mean[row];
        const bool finite = std::isfinite(lower[row]) && std::isfinite(upper[row]);
        if (!std::isfinite(truth[row]) || std::isnan(lower[row]) || std::isnan(upper[row]) ||
            (finite && !std::isfinite(centre))) {
            ++told.incomplete;
            continue;
        }
        if (!std::isfinite(centre)) { // of an infinite interval: it counts, but has no middle
            centre = std::numeric_limits<double>::quiet_NaN();
            ++told.withoutCentre;
        }
        if (isCrossed(lower[row], upper[row]) && told.crossed++ == 0)
            told.firstCrossed = row;
        target.heldOut.rows.push_back(static_cast<std::int64_t>(row));
        target.heldOut.isTest.push_back(1);
        target.heldOut.truth.push_back(truth[row]);
        prediction.mean.push_back(centre);
        prediction.lower.push_back(lower[row]);
        prediction.upper.push_back(upper[row]);
    }
    if (!prediction.mean.empty() && told.crossed == prediction.mean.size())
        throw Error(table.source + ": every row has " + names.lower + " > " + names.upper +
                    (told.incomplete > 0 ? " or is incomplete" : "") +
                    ". If the columns are the wrong way round, swap --lower-column and --upper-column.");
    if (prediction.mean.empty())
        throw Error(table.source + ": no row has a truth, a lower and an upper end" +
                    (mean.empty() ? "." : " and a point prediction."));
    if (told.incomplete > 0)
        study.notes.push_back(rowsText(told.incomplete, "incomplete row", "incomplete rows") +
                              " of the table" + wasOrWere(told.incomplete) + "left out.");
    if (told.crossed > 0)
        study.notes.push_back(told.crossedWords(names) + (told.crossed == 1 ? " counts" : " count") +
                              " as empty: of width 0, the truth missed.");
    if (told.withoutCentre > 0)
        study.notes.push_back(
            rowsText(told.withoutCentre, "infinite interval has", "infinite intervals have") +
            " no middle: coverage and misses count them, but R2, RMSE, the worst bin and whatever else looks "
            "at the centre leave them out. A column of predictions would let them count there, too.");
    target.predictions.push_back(std::move(prediction));
    study.targets.push_back(std::move(target));
    return study;
}

} // namespace penumbra::workflow
