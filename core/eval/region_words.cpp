#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/eval/miss_tails.h"
#include "core/eval/regions.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

std::string percent(double share) {
    return formatFixed(100.0 * share, 0);
}

std::string pText(double p) {
    return p < 1e-15 ? std::string("p < 1e-15") : "p = " + formatReal(p, 2);
}

std::string count(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

std::string nominal(const RegionFinding& finding) {
    return formatReal(100.0 * (1.0 - finding.alpha), 3) + " %";
}

std::string confirmedWords(const RegionFinding& finding, const Region& region, std::size_t candidates) {
    return finding.method + " covers " + percent(region.coverage) + " % [" + percent(region.bracket.low) +
           ", " + percent(region.bracket.high) + "] of galaxies with " + inWords(region.conditions) +
           " (promised " + nominal(finding) + "): found on one half of the test galaxies, confirmed on the " +
           count(region.n) + " of them that were held back (" + pText(region.adjustedP) + ", corrected for " +
           count(candidates) + (candidates == 1 ? " candidate" : " candidates") +
           "); a perfect method would cover " + percent(region.perfect.low) + "–" +
           percent(region.perfect.high) + " %.";
}

/// The smallest number of misses that confirms, among n rows; n + 1 where none does.
std::size_t fewestMisses(const RegionFinding& finding, std::size_t n, std::size_t candidates, double level) {
    const double wanted = level / static_cast<double>(std::max<std::size_t>(1, candidates));
    std::size_t low = 0, high = n + 1; // tails fall with the number of misses
    while (low + 1 < high) {
        const std::size_t middle = (low + high) / 2;
        (missTail(middle, n, finding.alpha, finding.calibrationRows) < wanted ? high : low) = middle;
    }
    return high;
}

std::string noneWords(const RegionFinding& finding, std::size_t candidates, double level) {
    constexpr double share = 0.06, timesAsManyMisses = 2.5;
    const double coverage = 1.0 - std::min(0.95, timesAsManyMisses * finding.alpha);
    std::string words =
        finding.method + ": no region described by up to three conditions misses more than promised (" +
        count(finding.searched) + " test galaxies searched, at least 2 % of them in a region; " +
        count(finding.heldBack) + " held back).";
    if (!finding.regions.empty()) {
        const Region& worst = finding.regions.front();
        const double seen =
            1.0 - static_cast<double>(worst.foundMisses) / static_cast<double>(worst.foundRows);
        words +=
            " What looked worst, " + inWords(worst.conditions) + ", is covered " + percent(seen) +
            " % on the half searched and " +
            (worst.n == 0 ? std::string("empty on the half held back")
                          : percent(worst.coverage) + " % of " + count(worst.n) + " on the half held back") +
            ": no evidence.";
    }
    return words + " A region of " + percent(share) + " % of the galaxies covered " + percent(coverage) +
           " % would be confirmed with a chance of " +
           percent(regionPower(finding, share, coverage, candidates, level)) + " %, once come upon.";
}

} // namespace

std::string opText(RegionCondition::Op op) {
    using Op = RegionCondition::Op;
    return op == Op::Above ? ">" : op == Op::AtMost ? "<=" : "==";
}

std::string inWords(const std::vector<NamedCondition>& conditions) {
    std::vector<std::string> pieces;
    for (const NamedCondition& condition : conditions)
        pieces.push_back(condition.column + " " + opText(condition.op) + " " +
                         (condition.op == RegionCondition::Op::Equals ? condition.category
                                                                      : shortestReal(condition.value)) +
                         (condition.unit.empty() || condition.op == RegionCondition::Op::Equals
                              ? ""
                              : " " + condition.unit));
    return joinText(pieces, " and ");
}

std::string inWords(const RegionFinding& finding, std::size_t candidates, double level) {
    std::vector<std::string> lines;
    for (const Region& region : finding.regions)
        if (region.confirmed)
            lines.push_back(confirmedWords(finding, region, candidates));
    if (lines.empty())
        lines.push_back(noneWords(finding, candidates, level));
    return joinText(lines, "\n");
}

double regionPower(const RegionFinding& finding, double share, double coverage, std::size_t candidates,
                   double level) {
    const auto n = static_cast<std::size_t>(std::lround(share * static_cast<double>(finding.heldBack)));
    const std::size_t fewest = fewestMisses(finding, n, candidates, level);
    if (fewest > n)
        return 0.0;
    return fewest == 0 ? 1.0 : missTail(fewest, n, 1.0 - coverage, 0);
}

} // namespace penumbra
