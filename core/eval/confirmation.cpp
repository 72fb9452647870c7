#include "core/eval/confirmation.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>

namespace penumbra {

namespace {

std::string percent(double share) {
    return formatFixed(100.0 * share, 0);
}

std::string pText(double p) {
    return p < 1e-15 ? std::string("p < 1e-15") : std::string("p = ").append(formatReal(p, 2));
}

std::string sentence(const RegionFinding& finding) {
    const Region& region = finding.regions.front();
    return finding.method + " covers " + percent(region.coverage) + " % [" + percent(region.bracket.low) +
           ", " + percent(region.bracket.high) + "], a perfect method " + percent(region.perfect.low) + "–" +
           percent(region.perfect.high) +
           " %: " + (region.confirmed ? "too little, confirmed" : "no evidence that it covers too little") +
           " (" + pText(region.adjustedP) + ").";
}

} // namespace

Confirmation confirmChosen(const TargetStudy& target, const std::vector<std::string>& methods,
                           const RowMask& rows, const std::string& what, const RegionOptions& options) {
    std::vector<std::uint8_t> inside;
    for (const std::int64_t row : target.testRows())
        inside.push_back(rows.contains(row) ? 1 : 0);
    Confirmation confirmation{target.name, what, {}};
    for (const std::string& method : methods)
        if (const Prediction* prediction = target.prediction(method))
            confirmation.methods.push_back(judgeChosen(target, *prediction, inside, options));
    if (confirmation.methods.empty())
        throw Error("There is no method with results to test.");
    if (confirmation.methods.front().regions.front().n == 0)
        throw Error(what + " holds none of the " +
                    withThousands(static_cast<long long>(confirmation.methods.front().heldBack)) +
                    " labelled test galaxies that are held back, so nothing can be tested: choose more "
                    "galaxies.");
    judgeTogether(confirmation.methods, options.level);
    return confirmation;
}

std::string inWords(const Confirmation& confirmation) {
    std::vector<RegionFinding> ordered = confirmation.methods;
    std::stable_sort(ordered.begin(), ordered.end(), [](const RegionFinding& a, const RegionFinding& b) {
        return a.regions.front().adjustedP < b.regions.front().adjustedP;
    });
    const RegionFinding& first = ordered.front();
    std::string words = confirmation.what + ", " + confirmation.target + ", " +
                        withThousands(static_cast<long long>(first.regions.front().n)) + " of the " +
                        withThousands(static_cast<long long>(first.heldBack)) +
                        " test galaxies held back, promised " + formatReal(100.0 * (1.0 - first.alpha), 3) +
                        " %:";
    for (const RegionFinding& finding : ordered)
        words.append("\n").append(sentence(finding));
    return words + "\np-values are corrected for " + std::to_string(ordered.size()) +
           (ordered.size() == 1 ? " method" : " methods") +
           ", and hold where the galaxies were chosen without a look at how those held back are covered: "
           "colours of misses and the coverage of a selection show both halves. They are not corrected for "
           "other choices that were tried.";
}

} // namespace penumbra
