#include "core/base/error.h"
#include "core/base/text.h"
#include "core/study/choices.h"
#include "core/study/options.h"
#include "core/study/posterior_features.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

/// "NAME" or "t=NAME,u=NAME" -> target -> NAME. A plain NAME needs a single target.
std::map<std::string, std::string> perTarget(const std::string& text, const std::string& option,
                                             const std::string& pieceForm,
                                             std::span<const std::string> targets) {
    std::map<std::string, std::string> names;
    if (trimmed(text).empty())
        return names;
    const std::string form = "--" + option + " '" + text + "'";
    if (text.find('=') == std::string::npos) {
        if (targets.size() != 1)
            throw UsageError(form + " names no target, but the study has " + std::to_string(targets.size()) +
                             ". Write it as " + targets.front() + "=" + pieceForm +
                             ",... or choose one with --targets.");
        names[targets.front()] = std::string(trimmed(text));
        return names;
    }
    for (const std::string& piece : splitText(text, ',')) {
        const auto equals = piece.find('=');
        const std::string target(trimmed(piece.substr(0, equals)));
        if (equals == std::string::npos || trimmed(piece.substr(equals + 1)).empty())
            throw UsageError(form + ": '" + piece + "' is not of the form TARGET=" + pieceForm + ".");
        if (std::find(targets.begin(), targets.end(), target) == targets.end())
            throw UsageError(form + ": '" + target + "' is not among the chosen targets (" +
                             joinText(targets, ", ") + ").");
        names[target] = std::string(trimmed(piece.substr(equals + 1)));
    }
    return names;
}

void setQuantiles(SourceColumns& columns, const std::string& text, char separator) {
    const auto names = splitText(text, separator);
    if (names.size() != 2 || names[0].empty() || names[1].empty())
        throw UsageError("--quantile-columns: '" + text + "' does not name two columns; write LO" +
                         separator + "HI.");
    columns.lower = names[0];
    columns.upper = names[1];
}

} // namespace

std::map<std::string, SourceColumns> sourceColumns(const OptionSet& options,
                                                   std::span<const std::string> targets) {
    const StudyChoices chosen = studyChoices(options);
    const auto predictions = perTarget(chosen.predictionColumn, "prediction-column", "NAME", targets);
    const auto spreads = perTarget(chosen.spreadColumn, "spread-column", "NAME", targets);
    const auto quantiles = perTarget(chosen.quantileColumns, "quantile-columns", "LO:HI", targets);
    std::map<std::string, SourceColumns> sources;
    if (predictions.empty()) {
        if (chosen.trainToo)
            throw UsageError(
                "--train-too needs --prediction-column: without one, networks are trained anyway.");
        if (!spreads.empty() || !quantiles.empty())
            throw UsageError(
                std::string("--") + (spreads.empty() ? "quantile-columns" : "spread-column") +
                " needs --prediction-column as well: the point predictions rank and centre the intervals.");
        return sources;
    }
    const char separator = chosen.quantileColumns.find('=') == std::string::npos ? ',' : ':';
    for (const std::string& target : targets) {
        const auto prediction = predictions.find(target);
        if (prediction == predictions.end())
            throw UsageError("--prediction-column gives no column for target '" + target + "'. Add " +
                             target + "=NAME, or leave the target out with --targets.");
        SourceColumns columns;
        columns.prediction = prediction->second;
        if (const auto spread = spreads.find(target); spread != spreads.end())
            columns.spread = spread->second;
        if (const auto pair = quantiles.find(target); pair != quantiles.end())
            setQuantiles(columns, pair->second, separator);
        sources[target] = columns;
    }
    return sources;
}

std::map<std::string, double> lowerBounds(const OptionSet& options, std::span<const std::string> targets) {
    std::map<std::string, double> bounds;
    for (const auto& [target, text] :
         perTarget(studyChoices(options).lowerBound, "lower-bound", "VALUE", targets)) {
        const auto bound = parseReal(text);
        if (!bound || !std::isfinite(*bound))
            throw UsageError("--lower-bound: '" + text + "' of target " + target +
                             " is no finite number; write " + target + "=0.");
        bounds[target] = *bound;
    }
    return bounds;
}

std::map<std::string, std::string> posteriorFeatures(const OptionSet& options,
                                                     std::span<const std::string> targets) {
    return perTarget(studyChoices(options).posterior, "posterior", "FEATURES", targets);
}

} // namespace penumbra::workflow
