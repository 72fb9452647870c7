#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/io/table_reader.h"
#include "core/workflow/evaluate.h"

#include <cmath>
#include <filesystem>
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

/// Rows that cannot be scored.
struct LeftOut {
    std::size_t incomplete = 0, crossed = 0;
    std::size_t firstCrossed = 0;

    /// "3 rows with lo > hi (the first is row 7, counted from 0)"
    std::string crossedWords(const OptionSet& options) const {
        return rowsText(crossed, "row", "rows") + " with " + options.getText("lower-column") + " > " +
               options.getText("upper-column") + (crossed == 1 ? " (row " : " (the first is row ") +
               std::to_string(firstCrossed) + ", counted from 0)";
    }
};

} // namespace

Study studyFromIntervals(const OptionSet& options, const RunContext& context) {
    const std::string& path = options.getText("study");
    const io::Table table = io::readTable(path, {}, context);
    const auto truth = numbersOf(table, options.getText("truth-column"));
    const auto lower = numbersOf(table, options.getText("lower-column"));
    const auto upper = numbersOf(table, options.getText("upper-column"));
    std::vector<double> mean;
    if (options.given("mean-column") || table.find(options.getText("mean-column")))
        mean = numbersOf(table, options.getText("mean-column"));
    if (options.getRealList("alpha").size() > 1)
        throw UsageError("--alpha: intervals in a table belong to one alpha; give one value.");
    Study study;
    study.cataloguePath = std::filesystem::absolute(path).string();
    study.version = versionText;
    study.optionsJson = jsonText(options.toJson());
    study.alpha = options.getRealList("alpha").empty() ? 0.1 : options.getRealList("alpha").front();
    study.methods = {"intervals"};
    study.notes = table.notes;
    TargetStudy target;
    target.name = options.getText("truth-column");
    Prediction prediction;
    prediction.method = "intervals";
    prediction.target = target.name;
    prediction.alpha = study.alpha;
    LeftOut leftOut;
    for (std::size_t row = 0; row < truth.size(); ++row) {
        const double centre = mean.empty() ? 0.5 * (lower[row] + upper[row]) : mean[row];
        if (!std::isfinite(truth[row]) || std::isnan(lower[row]) || std::isnan(upper[row]) ||
            std::isnan(centre)) {
            ++leftOut.incomplete;
            continue;
        }
        if (lower[row] > upper[row]) {
            if (leftOut.crossed++ == 0)
                leftOut.firstCrossed = row;
            continue;
        }
        target.heldOut.rows.push_back(static_cast<std::int64_t>(row));
        target.heldOut.isTest.push_back(1);
        target.heldOut.truth.push_back(truth[row]);
        prediction.mean.push_back(centre);
        prediction.lower.push_back(lower[row]);
        prediction.upper.push_back(upper[row]);
    }
    if (prediction.mean.empty() && leftOut.crossed > 0)
        throw Error(table.source + ": no row can be scored; " + leftOut.crossedWords(options) +
                    (leftOut.incomplete > 0 ? ", the others are incomplete" : "") +
                    ". If the columns are the wrong way round, swap --lower-column and --upper-column.");
    if (prediction.mean.empty())
        throw Error(table.source + ": no row has a truth, a lower and an upper end" +
                    (mean.empty() ? "." : " and a point prediction."));
    if (leftOut.incomplete > 0)
        study.notes.push_back(rowsText(leftOut.incomplete, "incomplete row", "incomplete rows") +
                              " of the table" + wasOrWere(leftOut.incomplete) + "left out.");
    if (leftOut.crossed > 0)
        study.notes.push_back(leftOut.crossedWords(options) + wasOrWere(leftOut.crossed) + "left out.");
    target.predictions.push_back(std::move(prediction));
    study.targets.push_back(std::move(target));
    return study;
}

} // namespace penumbra::workflow
