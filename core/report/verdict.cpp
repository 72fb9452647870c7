#include "core/report/verdict.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/lower_bound.h"
#include "core/eval/judgement.h"
#include "core/eval/metric_roles.h"
#include "core/eval/oracle_scale.h"
#include "core/eval/paired.h"
#include "core/eval/strata.h"
#include "core/report/number_text.h"

#include <algorithm>
#include <cmath>
#include <span>

namespace penumbra::report {

namespace {

using Kind = Judgement::Verdict;
using Judgements = std::vector<const Judgement*>;

/// "CQR", "CQR and MADSplit", "CQR, LCNet and MADSplit"
std::string listed(const std::vector<std::string>& words) {
    if (words.size() < 2)
        return joinText(words, "");
    return joinText(std::vector<std::string>(words.begin(), words.end() - 1), ", ") + " and " + words.back();
}

std::vector<std::string> namesOf(const Judgements& judgements) {
    std::vector<std::string> names;
    for (const Judgement* one : judgements)
        names.push_back(one->method);
    return names;
}

std::string percent(double fraction) {
    return formatFixed(100.0 * fraction, 1);
}

/// "88.4–91.5 %", "71.3 %"
std::string range(double low, double high) {
    return percent(low) == percent(high) ? percent(low) + " %" : percent(low) + "–" + percent(high) + " %";
}

std::string rangeOf(const Judgements& judgements, const Score* Judgement::*which) {
    double low = 1.0, high = 0.0;
    for (const Judgement* one : judgements) {
        low = std::min(low, (one->*which)->value);
        high = std::max(high, (one->*which)->value);
    }
    return range(low, high);
}

Judgements select(const std::vector<Judgement>& all, Kind kind) {
    Judgements found;
    for (const Judgement& one : all)
        if (one.verdict == kind)
            found.push_back(&one);
    return found;
}

std::string widthText(const Judgement& one, const std::string& unit) {
    return formatReal(one.width->value, 3) + (unit.empty() ? "" : " " + unit);
}

/// Those whose mean width is a number, narrowest first.
Judgements byWidth(Judgements judgements) {
    std::erase_if(judgements, [](const Judgement* one) {
        return one->width == nullptr || !std::isfinite(one->width->value) || !(one->width->value > 0.0);
    });
    std::stable_sort(judgements.begin(), judgements.end(), [](const Judgement* a, const Judgement* b) {
        return a->width->value < b->width->value;
    });
    return judgements;
}

std::string widerBy(const Judgement& wide, const Judgement& narrow) {
    return formatReal(100.0 * (wide.width->value / narrow.width->value - 1.0), 2) + " %";
}

bool hasBandIn(const Judgements& judgements, const Score* Judgement::*which) {
    return std::any_of(judgements.begin(), judgements.end(), [&](const Judgement* one) {
        return one->*which != nullptr && std::isfinite((one->*which)->oracleLow);
    });
}

/// @param strata whether tails and worst tenth can be judged
std::string checkedIn(const Judgements& judgements, bool strata) {
    std::vector<std::string> places = {"overall"};
    if (strata && hasBandIn(judgements, &Judgement::tail))
        places.emplace_back("in the tails");
    if (strata && hasBandIn(judgements, &Judgement::worst))
        places.emplace_back("in the worst tenth");
    places.emplace_back("by the prediction");
    return listed(places);
}

/// Below its band a method is found to fail, whatever the band knows; not to be below one that knows no sizes
/// says nothing for it.
std::string notJudged(const Judgements& holding) {
    std::vector<std::string> places;
    if (hasBandIn(holding, &Judgement::tail))
        places.emplace_back("the tails");
    if (hasBandIn(holding, &Judgement::worst))
        places.emplace_back("the worst tenth");
    if (places.empty())
        return "";
    std::string text = " What " + listed(places) + " of " + (holding.size() == 1 ? "it" : "them");
    return text +
           " should cover cannot be judged: this study learned no sizes of errors. Run MADSplit or CQR " +
           "beside " + (holding.size() == 1 ? "it." : "them.");
}

constexpr const char* crossValidated = "CVPlus";

/// CV+ aims at 1 - alpha and guarantees less (Barber, Candes, Ramdas & Tibshirani 2021, theorem 4).
std::string crossValidatedPromise(double alpha, std::size_t calibrationRows) {
    const double least = 1.0 - 2.0 * alpha - std::sqrt(2.0 / static_cast<double>(calibrationRows));
    const std::string name = crossValidated;
    return " " + name + " aims at that; " +
           (least > 0.0 ? "guaranteed are " + percent(least) + " %" : std::string("guaranteed is nothing")) +
           " with " + withThousands(static_cast<std::int64_t>(calibrationRows)) +
           " calibration galaxies (1 - 2 alpha - sqrt(2/n)).";
}

void sayWhoHolds(const Judgements& holding, const Judgements& everyone, double alpha, const HeldOut& heldOut,
                 TargetVerdict& out) {
    const bool strata = knowsErrorSizes(heldOut);
    if (holding.empty()) {
        out.sentences.push_back(
            {"No method holds its promise everywhere: " + checkedIn(everyone, strata) + ".",
             namesOf(everyone)});
        return;
    }
    const bool less = std::any_of(holding.begin(), holding.end(),
                                  [](const Judgement* one) { return one->method == crossValidated; });
    const bool single = holding.size() == 1;
    const std::string percentage = formatReal(100.0 * (1.0 - alpha), 4) + " %";
    std::string text = listed(namesOf(holding));
    if (less)
        text += std::string(single ? " covers" : " cover") + " the " + percentage + " asked for";
    else
        text += std::string(single ? " holds its" : " hold their") + " promise of " + percentage;
    text += ": nowhere found to cover less than a perfect method could, " + checkedIn(holding, strata) + ".";
    if (!strata)
        text += notJudged(holding);
    if (less)
        text += crossValidatedPromise(alpha, heldOut.calibrationCount());
    Judgements above = holding;
    std::erase_if(above, [](const Judgement* one) { return !one->above; });
    if (!above.empty())
        text += " " + listed(namesOf(above)) + (above.size() == 1 ? " covers" : " cover") +
                " more than asked (" + rangeOf(above, &Judgement::overall) + "), which costs width.";
    out.sentences.push_back({text, namesOf(holding)});
}

void sayWidths(const Judgements& holding, const Judgements& average, const TargetStudy& target,
               std::span<const PairedTest> tests, TargetVerdict& out) {
    const Judgements sorted = byWidth(holding);
    if (sorted.empty())
        return;
    const auto best = bestMethods(tests, target.name, mainWidth().id, namesOf(sorted));
    Judgements narrow, wide;
    for (const Judgement* one : sorted)
        (std::find(best.begin(), best.end(), one->method) != best.end() ? narrow : wide).push_back(one);
    if (narrow.empty())
        return;
    std::vector<std::string> widths;
    for (const Judgement* one : narrow)
        widths.push_back(one->method + (widths.empty() ? " (mean width " : " (") +
                         widthText(*one, target.unit) + ")");
    std::string text;
    if (sorted.size() == 1)
        text = "Its mean width is " + widthText(*sorted.front(), target.unit);
    else if (narrow.size() == 1)
        text = "Of these " + widths.front() + " is narrowest";
    else
        text = "Of these " + listed(widths) + " are narrowest, and not told apart";
    if (!wide.empty()) {
        std::vector<std::string> costs;
        for (const Judgement* one : wide)
            costs.push_back(one->method + " by " + widerBy(*one, *narrow.front()));
        text += (wide.size() == 1 ? "; wider is " : "; wider are ") + listed(costs);
    }
    const Judgements cheap = byWidth(average);
    if (!cheap.empty() && cheap.front()->width->value < narrow.front()->width->value)
        text += ". What holds on average only is narrower by up to " +
                formatReal(100.0 * (1.0 - cheap.front()->width->value / narrow.front()->width->value), 2) +
                " % (" + cheap.front()->method + ")";
    std::vector<std::string> infinite, crossed;
    for (const Judgement* one : sorted) {
        if (one->overall->nInfinite > 0)
            infinite.push_back(one->method + " " + withThousands(one->overall->nInfinite));
        if (one->overall->nCrossed > 0)
            crossed.push_back(one->method + " " + withThousands(one->overall->nCrossed));
    }
    if (!crossed.empty())
        text += ". Crossed intervals, empty and of width 0: " + listed(crossed);
    if (!infinite.empty())
        text += ". Infinite intervals, not in these widths: " + listed(infinite);
    out.sentences.push_back({text + ".", namesOf(narrow)});
}

/// One sentence for those that fail in the same places.
void sayWhereOthersFail(const Judgements& average, TargetVerdict& out) {
    for (const bool tail : {true, false})
        for (const bool worst : {true, false}) {
            Judgements alike;
            for (const Judgement* one : average)
                if (one->weakTail == tail && one->weakWorst == worst && (tail || worst))
                    alike.push_back(one);
            if (alike.empty())
                continue;
            std::vector<std::string> places;
            std::vector<VerdictLink> links;
            const auto place = [&](const char* words, const char* link, const Score* Judgement::*which,
                                   const Metric& metric) {
                const Score& first = *(alike.front()->*which);
                links.push_back({link, galaxiesBehind(metric, first, "")});
                places.push_back(std::string(words) + rangeOf(alike, which) + " (a perfect method " +
                                 range(first.oracleLow, first.oracleHigh) + ")");
            };
            if (tail)
                place("in the tails they cover ", "the tails", &Judgement::tail, mainCoverage(Stratum::Tail));
            if (worst)
                place(tail ? "in the worst tenth " : "in the worst tenth they cover ", "the worst tenth",
                      &Judgement::worst, mainCoverage(Stratum::WorstTenth));
            std::string text = listed(namesOf(alike)) +
                               (alike.size() == 1 ? " holds on average only: " : " hold on average only: ") +
                               joinText(places, ", ") + ".";
            if (alike.size() == 1)
                if (const auto at = text.find("they cover"); at != std::string::npos)
                    text.replace(at, 10, "it covers");
            std::erase_if(links, [](const VerdictLink& link) { return link.where.empty(); });
            out.sentences.push_back({text, namesOf(alike), 0.0, -1.0, std::move(links)});
        }
}

/// Where, by the prediction: the bin that most methods lack most in, and who.
void sayWeakBins(const Judgements& average, const TargetStudy& target, TargetVerdict& out) {
    std::vector<std::pair<const WeakBin*, Judgements>> byBin;
    for (const Judgement* one : average) {
        if (one->weakBins.empty())
            continue;
        const WeakBin& weakest = one->weakBins.front();
        const auto found = std::find_if(byBin.begin(), byBin.end(),
                                        [&](const auto& entry) { return entry.first->low == weakest.low; });
        if (found == byBin.end())
            byBin.push_back({&weakest, {one}});
        else
            found->second.push_back(one);
    }
    std::stable_sort(byBin.begin(), byBin.end(),
                     [](const auto& a, const auto& b) { return a.second.size() > b.second.size(); });
    if (byBin.size() > 2) // the others can be clicked through
        byBin.resize(2);
    for (const auto& [bin, methods] : byBin) {
        std::vector<std::string> shares;
        for (const Judgement* one : methods)
            shares.push_back(one->method + (shares.empty() ? " covers " : " ") +
                             percent(one->weakBins.front().coverage) + " %");
        const double width = bin->high - bin->low;
        const std::string between =
            "predicted between " + textBeside(bin->low, width, 2) + " and " + textBeside(bin->high, width, 2);
        const std::string where = bothFormulas(labelledFormula(target),
                                               binFormula("prediction", bin->low, bin->high, bin->holdsHigh));
        out.sentences.push_back({"Where " + target.name + " is " + between +
                                     " (n = " + withThousands(bin->n) + "), " + listed(shares) +
                                     ", a perfect method " + range(bin->perfect.low, bin->perfect.high) + ".",
                                 namesOf(methods),
                                 bin->low,
                                 bin->high,
                                 {{between, where}}});
    }
}

void sayWhoFails(const Judgements& failing, const Judgements& silent, std::size_t calibrationRows,
                 TargetVerdict& out) {
    if (!failing.empty()) {
        std::vector<std::string> shares;
        for (const Judgement* one : failing)
            shares.push_back(one->method + " (" + percent(one->overall->value) + " %)");
        const Interval band = perfectBand(*failing.front()->overall, calibrationRows);
        out.sentences.push_back({listed(shares) + (failing.size() == 1 ? " covers" : " cover") +
                                     " too few of all galaxies, where a perfect method covers " +
                                     range(band.low, band.high) + ": not to be used as " +
                                     (failing.size() == 1 ? "it is." : "they are."),
                                 namesOf(failing)});
    }
    if (!silent.empty())
        out.sentences.push_back({listed(namesOf(silent)) + (silent.size() == 1 ? " has" : " have") +
                                     " infinite intervals only, which say nothing.",
                                 namesOf(silent)});
}

/// No interval covers a label below the bound at which ends are cut.
void sayBound(const TargetStudy& target, const Judgements& all, TargetVerdict& out) {
    const double bound = lowerBoundOf(target.heldOut);
    std::int64_t labels = 0, below = 0;
    for (const double truth : target.testTruth()) {
        labels += std::isfinite(truth);
        below += truth < bound;
    }
    if (below > 0)
        out.sentences.push_back({"Interval ends are cut at the lower bound " + shortestReal(bound) + " of " +
                                     target.name + ", but " + withThousands(below) + " of " +
                                     withThousands(labels) + " test labels (" +
                                     percent(static_cast<double>(below) / static_cast<double>(labels)) +
                                     " %) lie below it, where no interval can cover them.",
                                 namesOf(all)});
}

} // namespace

std::vector<TargetVerdict> verdict(const Study& study, const VerdictOptions& options,
                                   const RunContext& context) {
    for (const std::string& name : options.targets)
        study.target(name); // throws with the names there are
    for (const std::string& name : options.methods)
        if (std::find(study.methods.begin(), study.methods.end(), name) == study.methods.end())
            throw UsageError("the study has no method '" + name +
                             "'; it has: " + joinText(study.methods, ", "));
    PairedOptions paired;
    paired.metrics = {mainWidth().id};
    paired.seed = study.seed;
    paired.givenCalibration = options.givenCalibration;
    const auto& methods = options.methods.empty() ? study.methods : options.methods;
    const auto tests =
        methods.size() > 1 ? pairedTests(study, methods, paired, context) : std::vector<PairedTest>();
    std::vector<TargetVerdict> verdicts;
    for (const TargetStudy& target : study.targets) {
        if (!options.targets.empty() &&
            std::find(options.targets.begin(), options.targets.end(), target.name) == options.targets.end())
            continue;
        auto judgements = judge(study, target);
        std::erase_if(judgements, [&](const Judgement& one) {
            return std::find(methods.begin(), methods.end(), one.method) == methods.end();
        });
        TargetVerdict& out = verdicts.emplace_back();
        out.target = target.name;
        if (judgements.empty()) {
            out.sentences.push_back({"No method has a coverage to judge.", {}});
            continue;
        }
        const auto holding = select(judgements, Kind::Holds),
                   average = select(judgements, Kind::OnAverageOnly);
        Judgements all;
        for (const Judgement& one : judgements)
            all.push_back(&one);
        sayWhoHolds(holding, all, study.alpha, target.heldOut, out);
        sayWidths(holding, average, target, tests, out);
        sayWhereOthersFail(average, out);
        sayWeakBins(average, target, out);
        sayWhoFails(select(judgements, Kind::CoversTooLittle), select(judgements, Kind::SaysNothing),
                    target.heldOut.calibrationCount(), out);
        sayBound(target, all, out);
    }
    return verdicts;
}

std::string verdictCaveat(const Study& study) {
    return "Nothing found is nothing proven: the ranges hold 95 % of the time and were looked at one by one, "
           "so that a perfect method falls below one in forty; and the same test galaxies chose the best and "
           "score it. Perfect method: the right scale, calibrated on as many galaxies" +
           std::string(study.ends == Ends::Open ? "; a truth on an end of its interval is not covered."
                                                : ".");
}

} // namespace penumbra::report
