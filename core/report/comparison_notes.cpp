#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/eval/metric_roles.h"
#include "core/eval/oracle_scale.h"
#include "core/eval/true_distribution.h"
#include "core/report/cells.h"
#include "core/report/comparison_parts.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::report {

namespace {

/// Metrics shown whose intervals hold for this calibration set though those of the method's coverage do not.
std::vector<std::string> givenMetrics(const Study& study, const std::vector<std::string>& drawn,
                                      const std::vector<Line>& lines) {
    std::vector<std::string> titles;
    for (const Line& line : lines)
        if (line.metric->bracket != Bracket::None && !contains(titles, line.metric->title) &&
            std::any_of(study.scores.begin(), study.scores.end(), [&](const Score& score) {
                return score.metric == line.metric->id && score.calibration == "given" &&
                       contains(drawn, score.method);
            }))
            titles.push_back(line.metric->title);
    return titles;
}

/// " for any calibration set of this size: calibration and test galaxies are drawn anew", and for what not.
std::string bracketWords(const Study& study, const std::vector<std::string>& methods,
                         const std::vector<Line>& lines) {
    std::vector<std::string> drawn, given;
    for (const Score& score : study.scores) {
        if (!isOverallCoverage(score) || !contains(methods, score.method))
            continue;
        auto& list = score.calibration == "drawn" ? drawn : given;
        if (!score.calibration.empty() && !contains(list, score.method))
            list.push_back(score.method);
    }
    if (drawn.empty())
        return given.empty() ? "" : " for this calibration set: test galaxies alone are drawn anew";
    for (const std::string& title : givenMetrics(study, drawn, lines))
        given.push_back(title);
    return " for any calibration set of this size: calibration and test galaxies are drawn anew" +
           (given.empty()
                ? ""
                : " (" + joinText(given, ", ") + ": for this calibration set, test galaxies alone)");
}

/// How the proportions' intervals were made: as asked, else as the study's options have it.
BinomialInterval proportionsOf(const Study& study, const TableOptions& options) {
    if (options.proportions)
        return *options.proportions;
    const auto recorded = nlohmann::json::parse(study.optionsJson, nullptr, false);
    return recorded.is_object() && recorded.value("interval", nlohmann::json()) == "clopper-pearson"
               ? BinomialInterval::ClopperPearson
               : BinomialInterval::Wilson;
}

/// "Wilson (coverage, tail coverage), bootstrap (mean width)": which interval each metric shown has.
std::string bracketNames(const std::vector<Line>& lines, BinomialInterval proportions) {
    std::vector<std::pair<std::string, std::vector<std::string>>> byName;
    for (const Line& line : lines) {
        const std::string name = bracketName(line.metric->bracket, proportions);
        if (name.empty())
            continue;
        auto found = std::find_if(byName.begin(), byName.end(),
                                  [&](const auto& entry) { return entry.first == name; });
        if (found == byName.end())
            found = byName.insert(byName.end(), {name, {}});
        if (!contains(found->second, line.metric->title))
            found->second.push_back(line.metric->title);
    }
    std::vector<std::string> parts;
    for (const auto& [name, titles] : byName)
        parts.push_back(name + " (" + joinText(titles, ", ") + ")");
    return joinText(parts, ", ");
}

std::string nominalNote(const Study& study, const std::vector<std::string>& methods,
                        const std::vector<Line>& lines, BinomialInterval proportions) {
    const double percent = 100.0 * (1.0 - study.alpha);
    const std::string nominal =
        std::abs(percent - std::round(percent)) < 1e-6 ? formatFixed(percent, 0) : formatReal(percent, 4);
    const std::string names = bracketNames(lines, proportions);
    return "Nominal coverage " + nominal + " %." +
           (names.empty() ? ""
                          : " Brackets: 95 % intervals, " + names +
                                (anyLine(lines, [](const Metric& metric) { return !metric.ofPoint; })
                                     ? bracketWords(study, methods, lines)
                                     : "") +
                                ".") +
           (showsCoverage(lines) ? endsWords(study.ends) : "");
}

/// Of which targets bands of strata come from a scale that nothing learned.
std::string unknownSizesNote(const Study& study) {
    std::vector<std::string> names;
    for (const TargetStudy& target : study.targets)
        if (!knowsErrorSizes(target.heldOut))
            names.push_back(target.name);
    if (names.empty())
        return "";
    return " Of " + joinText(names, ", ") +
           " this study learned no sizes of errors (MADSplit or CQR beside it would): in tails and worst "
           "bins "
           "its range is only that of errors alike in size or following the prediction, and nothing is bold.";
}

/// What the band of the line "perfect method" is, and what it cannot know.
std::string bandNote(const Study& study, const std::vector<Line>& lines) {
    const bool calibrated = std::any_of(study.targets.begin(), study.targets.end(), [](const TargetStudy& t) {
        return t.heldOut.calibrationCount() > 0;
    });
    const bool ofStrata = std::any_of(study.scores.begin(), study.scores.end(), [&](const Score& score) {
        return !isOverallCoverage(score) && std::isfinite(score.oracleLow) &&
               anyLine(lines, [&](const Metric& metric) { return metric.id == score.metric; });
    });
    return std::string("Perfect method: 95 % of the coverages that ") +
           (ofStrata ? "intervals with the right scale" : "intervals of the nominal level") +
           (calibrated ? ", calibrated on as many galaxies as here," : ", known exactly,") +
           " would score on such galaxies." +
           (ofStrata
                ? std::string(
                      " The scale is what prediction, spreads and residual nets tell of the errors' sizes: "
                      "where errors depend on something else, no band can know, and a better method may "
                      "lie above it.") +
                      unknownSizesNote(study)
                : "");
}

/// Notes that many predictions share are told once.
void addPredictionNotes(const Study& study, const std::vector<std::string>& shown, TableSpec& table) {
    std::vector<std::pair<std::string, std::vector<std::string>>> byNote;
    for (const TargetStudy& target : study.targets)
        for (const Prediction& prediction : target.predictions) {
            if (prediction.note.empty() || !contains(shown, prediction.method))
                continue;
            auto found = std::find_if(byNote.begin(), byNote.end(),
                                      [&](const auto& entry) { return entry.first == prediction.note; });
            if (found == byNote.end())
                found = byNote.insert(byNote.end(), {prediction.note, {}});
            if (!contains(found->second, prediction.method))
                found->second.push_back(prediction.method);
        }
    for (const auto& [note, methods] : byNote)
        table.footnotes.push_back(
            (methods.size() == shown.size() && shown.size() > 1 ? "All methods" : joinText(methods, ", ")) +
            ": " + note + ".");
}

void addNoSupportNote(const Study& study, TableSpec& table) {
    for (const TargetStudy& target : study.targets) {
        const std::size_t n = target.heldOut.calibrationCount();
        if (n > 0 && conformalRank(n, study.alpha) > n)
            table.footnotes.push_back(target.name + ": " + withThousands(static_cast<long long>(n)) +
                                      " calibration galaxies cannot support alpha " +
                                      shortestReal(study.alpha) + "; conformal intervals are finite from 1/" +
                                      withThousands(static_cast<long long>(n + 1)) +
                                      " on. Use more of them or a larger alpha.");
    }
}

/// "z 901 (103 more have no label)" for each target.
void addCountNote(const Study& study, TableSpec& table) {
    std::vector<std::string> counts;
    for (const TargetStudy& target : study.targets) {
        std::int64_t labelled = -1;
        for (const Score& score : study.scores)
            if (score.target == target.name && isOverallCoverage(score))
                labelled = std::max<std::int64_t>(labelled, score.n);
        if (labelled < 0)
            continue;
        const auto without = static_cast<std::int64_t>(target.heldOut.testCount()) - labelled;
        counts.push_back(target.name + " " + withThousands(labelled) +
                         (without > 0 ? " (" + withThousands(without) + " more have no label)" : ""));
    }
    if (!counts.empty())
        table.footnotes.push_back("Test galaxies: " + joinText(counts, ", ") + ".");
}

void addInfiniteNote(const Study& study, const std::vector<std::string>& methods,
                     const std::string& convention, TableSpec& table) {
    std::vector<std::string> infinite;
    for (const TargetStudy& target : study.targets)
        for (const Score& score : study.scores)
            if (score.target == target.name && isOverallCoverage(score) && score.convention == "all" &&
                score.nInfinite > 0 && contains(methods, score.method))
                infinite.push_back(target.name + " " + score.method + " " + withThousands(score.nInfinite));
    if (!infinite.empty())
        table.footnotes.push_back("Infinite intervals (" +
                                  std::string(convention == "finite" ? "left out"
                                              : convention == "both"
                                                  ? "covering, or left out where it says finite"
                                                  : "counted as covered") +
                                  "; mean widths are of the finite ones): " + joinText(infinite, ", ") + ".");
    else if (convention != "all")
        table.footnotes.push_back("No interval was infinite.");
}

/// Ends that cross say so: nothing else would.
void addCrossedNote(const Study& study, const std::vector<std::string>& methods, TableSpec& table) {
    std::vector<std::string> crossed;
    for (const Score& score : study.scores)
        if (isOverallCoverage(score) && score.convention == "all" && score.nCrossed > 0 &&
            contains(methods, score.method))
            crossed.push_back(score.target + " " + score.method + " " + withThousands(score.nCrossed));
    if (!crossed.empty())
        table.footnotes.push_back(
            "Crossed intervals (lower end above the upper one: empty, of width 0, the truth missed): " +
            joinText(crossed, ", ") + ".");
}

/// Misses of one method on one side and the other.
struct Sides {
    std::string who;
    std::size_t below = 0, above = 0;
};

std::vector<Sides> sidesOf(const Study& study, const std::vector<std::string>& methods) {
    std::vector<Sides> out;
    const auto count = [&](const std::string& target, const std::string& method, const char* metric) {
        const Score* score = study.score(target, method, metric);
        return score == nullptr || std::isnan(score->value)
                   ? std::size_t{0}
                   : static_cast<std::size_t>(std::lround(score->value * static_cast<double>(score->n)));
    };
    for (const TargetStudy& target : study.targets)
        for (const std::string& method : methods)
            out.push_back({target.name + " " + method, count(target.name, method, "miss_below"),
                           count(target.name, method, "miss_above")});
    return out;
}

/// Told only where chance does not explain it: a shifted or skewed method covers one side for the other.
void addAsymmetryNote(const Study& study, const std::vector<std::string>& methods, TableSpec& table) {
    const std::vector<Sides> sides = sidesOf(study, methods);
    std::vector<double> p;
    for (const Sides& side : sides)
        p.push_back(side.below + side.above > 0 ? evenSplitP(side.below, side.above) : std::nan(""));
    const std::vector<double> adjusted = holmAdjusted(p);
    std::vector<std::string> uneven;
    for (std::size_t i = 0; i < sides.size(); ++i)
        if (adjusted[i] < pairedLevel)
            uneven.push_back(sides[i].who + " " + withThousands(static_cast<long long>(sides[i].below)) +
                             " below, " + withThousands(static_cast<long long>(sides[i].above)) + " above");
    if (!uneven.empty())
        table.footnotes.push_back(
            "Truths that are missed lie on one side more often than on the other, below "
            "or above the interval (exact binomial test among the misses, Holm over "
            "methods and targets, 5 %): " +
            joinText(uneven, "; ") + ".");
}

/// A width that all galaxies share has no interval: that is no omission.
void addConstantWidthNote(const Study& study, const std::vector<std::string>& methods, TableSpec& table) {
    std::vector<std::string> constant;
    for (const Score& score : study.scores)
        if (score.metric == mainWidth().id && std::isfinite(score.value) &&
            !(score.high - score.low > 1e-9 * std::abs(score.value)) && contains(methods, score.method) &&
            !contains(constant, score.method))
            constant.push_back(score.method);
    if (!constant.empty())
        table.footnotes.push_back(
            "A width without an interval is the same for all galaxies: " + joinText(constant, ", ") + ".");
}

void addSubsetNotes(const TableOptions& options, TableSpec& table) {
    if (options.subsets.empty())
        return;
    std::vector<std::string> formulas, byOutcome;
    for (const SubsetStudy& subset : options.subsets) {
        formulas.push_back(subset.name + ": " + subset.galaxies);
        const auto& scores = subset.study->scores;
        if (std::any_of(scores.begin(), scores.end(),
                        [](const Score& s) { return isOverallCoverage(s) && std::isnan(s.oracleLow); }))
            byOutcome.push_back(subset.name);
    }
    table.footnotes.push_back("Subsets of the test galaxies, " + joinText(formulas, "; ") +
                              ". Tails and worst tenths in them are their own.");
    if (!byOutcome.empty())
        table.footnotes.push_back(joinText(byOutcome, ", ") +
                                  ": chosen with a look at the truth, so that coverage there says nothing "
                                  "for or against a method, and no range of a perfect method is known.");
}

} // namespace

bool knowsTruth(const Study& study) {
    return std::any_of(study.scores.begin(), study.scores.end(),
                       [](const Score& score) { return score.method == trueOracleId; });
}

bool hasBand(const Study& study, const std::vector<Line>& lines) {
    return std::any_of(study.scores.begin(), study.scores.end(), [&](const Score& score) {
        return std::isfinite(score.oracleLow) && anyLine(lines, [&](const Metric& metric) {
                   return metric.isCoverage && metric.id == score.metric;
               });
    });
}

void addFootnotes(const Study& study, const std::vector<std::string>& methods, const std::vector<Line>& lines,
                  const TableOptions& options, TableSpec& table) {
    const bool ofIntervals = anyLine(lines, [](const Metric& metric) { return !metric.ofPoint; });
    table.footnotes.push_back(nominalNote(study, methods, lines, proportionsOf(study, options)));
    if (options.markBest)
        if (const std::string note = boldNote(lines, methods.size(), options.givenCalibration); !note.empty())
            table.footnotes.push_back(note);
    if (hasBand(study, lines))
        table.footnotes.push_back(bandNote(study, lines));
    if (anyLine(lines, [](const Metric& metric) { return metric.stratum != Stratum::All; }))
        table.footnotes.push_back(
            "Tail: the lowest and the highest tenth by true value; worst bin: the tenth with the largest "
            "|truth - prediction|. Rows chosen by the outcome: exact intervals miss the nominal level there "
            "too.");
    addCountNote(study, table);
    if (ofIntervals) {
        addInfiniteNote(study, methods, options.convention, table);
        addCrossedNote(study, methods, table);
        addAsymmetryNote(study, methods, table);
    }
    if (anyLine(lines, [](const Metric& metric) { return metric.id == mainWidth().id; }))
        addConstantWidthNote(study, methods, table);
    if (const std::string words = options.givenCalibration ? "" : localDrawWords(study, methods);
        !words.empty())
        table.footnotes.push_back(words + ".");
    addPredictionNotes(study, methods, table);
    addSubsetNotes(options, table);
    addNoSupportNote(study, table);
    if (hasBand(study, lines) && knowsTruth(study))
        table.footnotes.push_back(
            "True oracle: the intervals of the simulation's true quantiles given all that is true of a "
            "galaxy, of which the features show a part; exact intervals: 95 % of what intervals that are "
            "known exactly, without calibration, would score; conditional coverage error: mean |true "
            "probability of the interval - nominal|.");
}

} // namespace penumbra::report
