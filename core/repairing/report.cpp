#include "core/repairing/report.h"

#include "core/base/text.h"
#include "core/eval/evaluate.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::workflow {

namespace {

std::string percent(double share) {
    return formatFixed(100.0 * share, 1);
}
std::string count(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

/// Positions among the test rows.
std::vector<std::uint8_t> onTestRows(const HeldOut& heldOut, const std::vector<std::uint8_t>& inside) {
    std::vector<std::uint8_t> picked;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i)
        if (heldOut.isTest[i])
            picked.push_back(inside[i]);
    return picked;
}

GroupComparison compareGroup(const TargetStudy& target, const Prediction& before, const Prediction& after,
                             const RepairGroup& group, const std::vector<std::uint8_t>& fresh) {
    const HeldOut& heldOut = target.heldOut;
    GroupComparison out;
    out.name = group.name;
    for (std::size_t i = 0; i < heldOut.rows.size(); ++i)
        out.calibrationRows += group.inside[i] && !heldOut.isTest[i] ? 1 : 0;
    const auto inside = onTestRows(heldOut, group.inside);
    const auto truth = target.testTruth();
    std::size_t covered[2] = {0, 0}, finite = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (!inside[i] || std::isnan(truth[i]) || (!fresh.empty() && !fresh[i]))
            continue;
        ++out.n;
        covered[0] += covers(before, i, truth[i]) ? 1 : 0;
        covered[1] += covers(after, i, truth[i]) ? 1 : 0;
        const double widths[] = {intervalWidth(before, i), intervalWidth(after, i)};
        out.before.infinite += std::isfinite(widths[0]) ? 0 : 1;
        out.after.infinite += std::isfinite(widths[1]) ? 0 : 1;
        if (std::isfinite(widths[0]) && std::isfinite(widths[1])) {
            ++finite;
            out.before.meanWidth += widths[0];
            out.after.meanWidth += widths[1];
        }
    }
    for (auto* side : {&out.before, &out.after}) {
        const std::size_t own = covered[side == &out.after];
        side->coverage = out.n > 0 ? static_cast<double>(own) / static_cast<double>(out.n) : std::nan("");
        side->bracket = clopperPearson(own, out.n);
        side->meanWidth = finite > 0 ? side->meanWidth / static_cast<double>(finite) : std::nan("");
    }
    if (out.calibrationRows > 0)
        out.perfect = splitConformalBand(out.calibrationRows, out.n, after.alpha);
    return out;
}

/// Of the galaxies aimed at: the covered test galaxies' share of the weights.
double weightedCoverage(const Prediction& prediction, const std::vector<double>& truth,
                        const std::vector<double>& weight) {
    double covered = 0.0, all = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (!std::isnan(truth[i])) {
            all += weight[i];
            covered += covers(prediction, i, truth[i]) ? weight[i] : 0.0;
        }
    return covered / all;
}

std::string sideWords(const GroupComparison::Side& side, const std::string& unit) {
    return percent(side.coverage) + " % [" + percent(side.bracket.low) + ", " + percent(side.bracket.high) +
           "], mean width " + formatReal(side.meanWidth, 3) + (unit.empty() ? "" : " " + unit) +
           (side.infinite > 0 ? ", " + count(side.infinite) + " infinite" : "");
}

nlohmann::json toJson(const GroupComparison::Side& side) {
    return {{"coverage", side.coverage},
            {"low", side.bracket.low},
            {"high", side.bracket.high},
            {"mean_width", side.meanWidth},
            {"infinite", side.infinite}};
}

} // namespace

RepairComparison compareRepair(const TargetStudy& target, const std::string& method,
                               const std::string& repaired, const RepairSignal& signal) {
    RepairComparison out;
    out.target = target.name;
    out.unit = target.unit;
    out.method = method;
    out.repaired = repaired;
    out.kind = uq::parseRepairedId(repaired)->kind;
    out.heldBackOnly = !signal.fresh.empty();
    out.notes = signal.notes;
    const Prediction& before = *target.prediction(method);
    const Prediction& after = *target.prediction(repaired);
    out.alpha = after.alpha;
    const RepairGroup all{"all", std::vector<std::uint8_t>(target.heldOut.rows.size(), 1)};
    out.groups.push_back(compareGroup(target, before, after, all, signal.fresh));
    for (const RepairGroup& group : signal.groups) {
        out.groups.push_back(compareGroup(target, before, after, group, signal.fresh));
        const std::size_t n = out.groups.back().calibrationRows;
        if (static_cast<double>(n) < 10.0 / out.alpha)
            out.notes.push_back(
                group.name + " holds " + count(n) + " calibration galaxies: coverage there scatters by " +
                (n == 0 ? std::string("any amount")
                        : percent(std::sqrt(out.alpha * (1.0 - out.alpha) / static_cast<double>(n))) +
                              " points from one calibration set to the next") +
                ".");
    }
    if (signal.aimsElsewhere) { // the test galaxies, weighed, stand for them
        std::vector<double> weight;
        for (std::size_t i = 0; i < target.heldOut.rows.size(); ++i)
            if (target.heldOut.isTest[i])
                weight.push_back(signal.values(static_cast<Eigen::Index>(i), 0));
        out.aimedBefore = weightedCoverage(before, target.testTruth(), weight);
        out.aimedAfter = weightedCoverage(after, target.testTruth(), weight);
    }
    return out;
}

std::string promiseOf(uq::RepairKind kind) {
    const uq::RepairInfo& repair = uq::repairInfo(kind);
    return std::string("Promised: ").append(repair.promises).append(" ").append(repair.doesNot);
}

std::string inWords(const RepairComparison& comparison) {
    std::string text =
        comparison.target + ", " + comparison.repaired + ": " + uq::repairInfo(comparison.kind).title + "\n";
    if (comparison.heldBackOnly)
        text += "  Shown on the half of the test galaxies that the search for regions did not see. What was "
                "kept because it was covered badly there looks a little worse before than it is.\n";
    for (const GroupComparison& group : comparison.groups)
        text += "  " + group.name + ": " + count(group.n) + " galaxies, " + count(group.calibrationRows) +
                " to calibrate on. Before " + sideWords(group.before, comparison.unit) + "; after " +
                sideWords(group.after, comparison.unit) + "; a perfect method " + percent(group.perfect.low) +
                "–" + percent(group.perfect.high) + " %\n";
    if (!std::isnan(comparison.aimedAfter))
        text +=
            "  Of the galaxies aimed at, as estimated from the weights: " + percent(comparison.aimedBefore) +
            " % before, " + percent(comparison.aimedAfter) + " % after\n";
    for (const std::string& note : comparison.notes)
        text += "  " + note + "\n";
    return text;
}

nlohmann::json toJson(const RepairComparison& comparison) {
    const uq::RepairInfo& repair = uq::repairInfo(comparison.kind);
    nlohmann::json groups = nlohmann::json::array();
    for (const GroupComparison& group : comparison.groups)
        groups.push_back({{"name", group.name},
                          {"calibration_rows", group.calibrationRows},
                          {"n", group.n},
                          {"before", toJson(group.before)},
                          {"after", toJson(group.after)},
                          {"perfect_low", group.perfect.low},
                          {"perfect_high", group.perfect.high}});
    return {{"target", comparison.target},
            {"method", comparison.method},
            {"repaired", comparison.repaired},
            {"promises", repair.promises},
            {"does_not_promise", repair.doesNot},
            {"held_back_only", comparison.heldBackOnly},
            {"aimed_before", comparison.aimedBefore},
            {"aimed_after", comparison.aimedAfter},
            {"groups", std::move(groups)},
            {"notes", comparison.notes}};
}

} // namespace penumbra::workflow
