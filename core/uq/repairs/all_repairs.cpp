#include "core/base/text.h"
#include "core/uq/repairs/repaired_method.h"

#include <algorithm>
#include <array>

namespace penumbra::uq {

std::span<const RepairInfo> allRepairs() {
    using Kind = RepairKind;
    static const std::array<RepairInfo, 10> repairs = {{
        {Kind::Mondrian, "mondrian", "COLUMN[:bins]", "calibrated in bins of a column",
         "Scores are ranked among the calibration galaxies of the same bin alone.",
         "In every bin at least the nominal share of new galaxies is covered, on average over calibration "
         "sets, and "
         "at most 1/(n+1) more, n calibration galaxies in the bin.",
         "Nothing is promised inside a bin, nor if bins were chosen by how these calibration galaxies are "
         "covered.",
         "Vovk, Lindsay, Nouretdinov & Gammerman 2003", true, true},
        {Kind::Subset, "subset", "NAME", "calibrated inside and outside a subset",
         "Scores are ranked among the calibration galaxies on the same side of the subset alone.",
         "Inside the subset, and outside, at least the nominal share of new galaxies is covered, on average "
         "over "
         "calibration sets.",
         "Nothing is promised for parts of either, nor if the subset was chosen by how these calibration "
         "galaxies "
         "are covered.",
         "Vovk, Lindsay, Nouretdinov & Gammerman 2003", true, true},
        {Kind::Conditional, "conditional", "COL,COL", "calibrated in overlapping groups",
         "The threshold is a quantile regression of the scores on all bins of all columns at once, the "
         "galaxy's own "
         "score imputed.",
         "In every bin of every column at least the nominal share of new galaxies is covered, on average "
         "over "
         "calibration sets.",
         "Nothing is promised where bins of two columns meet, nor for groups chosen by how these calibration "
         "galaxies "
         "are covered.",
         "Gibbs, Cherian & Candes 2023", true, true},
        {Kind::Region, "region", "", "calibrated in the regions found",
         "The threshold is a quantile regression of the scores on the regions in which the method covered "
         "too little, "
         "the galaxy's own score imputed.",
         "Overall, and in every region that was listed, at least the nominal share of new galaxies is "
         "covered, on "
         "average over calibration sets.",
         "Nothing is promised elsewhere; the half of the test galaxies that the regions were found on says "
         "nothing of "
         "the repair.",
         "Gibbs, Cherian & Candes 2023", true, true},
        {Kind::Shift, "shift", "[CATALOGUE]", "weighted towards another population",
         "Calibration galaxies weigh as much as their like are more frequent among the galaxies aimed at.",
         "At the nominal level for the galaxies aimed at, if the weights were the true ones and labels given "
         "the "
         "columns are alike.",
         "Weights are estimates, by a classifier: what they are off by is lost, and nothing protects against "
         "labels "
         "that differ.",
         "Tibshirani, Barber, Candes & Ramdas 2019", false, true},
        {Kind::Asymmetric, "asymmetric", "", "each end calibrated by itself",
         "The lower and the upper end have a quantile of their own, each at alpha/2.",
         "At most alpha/2 of new galaxies lie below, and as many above, on average over calibration sets.",
         "Nothing is promised for parts of the sample.", "Romano, Patterson & Candes 2019", true, false},
        {Kind::Ratio, "ratio", "", "CQR-r",
         "Conformalised quantile regression whose ends move in proportion to their distance.",
         "At least the nominal share of new galaxies is covered, on average over calibration sets.",
         "Nothing is promised for parts of the sample.", "Sesia & Candes 2020", true, false},
        {Kind::Median, "median", "", "CQR-m",
         "Conformalised quantile regression whose ends move in proportion to their distances from the "
         "prediction.",
         "At least the nominal share of new galaxies is covered, on average over calibration sets.",
         "Nothing is promised for parts of the sample.", "Kivaranovic, Johnson & Leeb 2020", true, false},
        {Kind::Split, "split", "", "calibrated",
         "Its spread is scaled so that it covers on the calibration galaxies.",
         "At least the nominal share of new galaxies is covered, on average over calibration sets.",
         "Nothing is promised for parts of the sample.", "Lei et al. 2018", true, false},
        {Kind::Localised, "rlcp", "[net|aion]", "localised at random",
         "Calibration galaxies weigh by their distance, in a learned metric, to a point drawn about the "
         "galaxy.",
         "At least the nominal share of new galaxies is covered, on average over calibration sets and draws.",
         "Nothing exact is promised near any galaxy; where few galaxies are like it the interval is wide or "
         "infinite.",
         "Hore & Barber 2025", true, true},
    }};
    return repairs;
}

const RepairInfo& repairInfo(RepairKind kind) {
    return allRepairs()[static_cast<std::size_t>(kind)];
}

const RepairInfo& findRepair(const std::string& word) {
    std::vector<std::string> words;
    for (const RepairInfo& repair : allRepairs()) {
        if (word == repair.word)
            return repair;
        words.emplace_back(repair.word);
    }
    const auto near = nearNames(word, words);
    throw UsageError("There is no repair '" + word + "'." +
                     (near.empty() ? "" : " Did you mean " + near.front() + "?") +
                     " The repairs are: " + joinText(words, ", ") + ".");
}

std::string RepairedId::text() const {
    std::string text = base;
    text.append("+").append(repairInfo(kind).word);
    return argument.empty() ? text : text.append("(").append(argument).append(")");
}

std::optional<RepairedId> parseRepairedId(const std::string& id) {
    std::optional<RepairedId> last; // the outermost repair: the one that begins last
    std::size_t at = 0;
    for (const RepairInfo& repair : allRepairs()) {
        const std::string plain = std::string("+").append(repair.word), open = plain + "(";
        if (id.size() > plain.size() && id.ends_with(plain) && id.size() - plain.size() > at) {
            at = id.size() - plain.size();
            last = RepairedId{id.substr(0, at), repair.kind, {}};
        }
        const std::size_t found = id.rfind(open);
        if (id.ends_with(")") && found != std::string::npos && found > at) {
            at = found;
            last = RepairedId{id.substr(0, at), repair.kind,
                              id.substr(at + open.size(), id.size() - at - open.size() - 1)};
        }
    }
    return last;
}

Signal repairSignal(const RepairedId& id) {
    std::string name = std::string("repair_").append(repairInfo(id.kind).word);
    const auto names = splitText(id.argument, '&');
    const bool isOfMethod =
        id.kind == RepairKind::Region || std::find(names.begin(), names.end(), "width") != names.end();
    std::string inside = isOfMethod ? id.base : id.argument;
    if (isOfMethod && !id.argument.empty())
        inside.append(":").append(id.argument);
    return Signal::storedAs(inside.empty() ? name : name.append("(").append(inside).append(")"));
}

} // namespace penumbra::uq
