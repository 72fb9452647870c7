#include "core/study/source_signals.h"

#include "core/base/text.h"
#include "core/catalogue/doctor.h"
#include "core/eval/evaluate.h"
#include "core/uq/elsewhere.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::workflow {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string count(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

/// The columns of one target on their way to signals; what is odd about them goes to the notes.
class ColumnJudge {
public:
    ColumnJudge(const Catalogue& catalogue, const StudyPlan& plan, const std::string& target,
                const std::vector<std::uint8_t>& split, std::vector<std::string>& notes)
        : catalogue_(catalogue), target_(target), truth_(catalogue.target(target).values),
          columns_(plan.sources.at(target)), alpha_(plan.alpha), split_(split), notes_(notes) {}

    std::vector<double> predictions() const;
    std::vector<double> spreads() const;
    struct Ends {
        std::vector<double> lower, upper;
    };
    Ends quantiles() const;

private:
    std::vector<double> valuesOf(const std::string& column) const;
    bool isIn(std::size_t row, Split part) const { return split_[row] == static_cast<std::uint8_t>(part); }
    bool isHeldOut(std::size_t row) const { return isIn(row, Split::Calibration) || isIn(row, Split::Test); }
    void tell(const std::string& what) const { notes_.push_back(target_ + ": " + what); }
    void tellCodes(const std::string& column, const std::vector<double>& values) const;
    void tellUnusable(std::size_t unusable, std::size_t of, const std::string& what) const;
    void judgeOrder(const Ends& ends) const;
    void judgeLevel(const Ends& ends) const;

    const Catalogue& catalogue_;
    const std::string& target_;
    const std::vector<double>& truth_;
    const SourceColumns& columns_;
    double alpha_;
    const std::vector<std::uint8_t>& split_;
    std::vector<std::string>& notes_;
};

std::vector<double> ColumnJudge::valuesOf(const std::string& name) const {
    const io::Column column = io::selectColumn(catalogue_.columns, name);
    if (!column.isNumeric())
        throw Error(catalogue_.path.string() + ": column " + name + " is " + column.typeName() +
                    "; predictions must be numbers.");
    return column.asReals();
}

/// Codes such as 99 that stand apart from all other values, as the data doctor finds them.
void ColumnJudge::tellCodes(const std::string& name, const std::vector<double>& values) const {
    io::Column column;
    column.name = name;
    std::vector<double> heldOut;
    for (std::size_t row = 0; row < values.size(); ++row)
        if (isHeldOut(row) && std::isfinite(values[row]))
            heldOut.push_back(values[row]);
    column.values = std::move(heldOut);
    for (const doctor::Finding& finding : doctor::examineColumn(column).findings)
        if (finding.kind == "missing-code" && finding.severity != doctor::Severity::Note)
            tell("column '" + name + "': " + finding.what +
                 " If so, say so at import; left in, it is taken for a value.");
}

std::vector<double> ColumnJudge::predictions() const {
    std::vector<double> values = valuesOf(columns_.prediction);
    tellCodes(columns_.prediction, values);
    return values;
}

void ColumnJudge::tellUnusable(std::size_t unusable, std::size_t of, const std::string& what) const {
    if (unusable > 0)
        tell(count(unusable) + " of " + count(of) + " values of '" + columns_.spread + "' " +
             (unusable == 1 ? "is " : "are ") + what +
             ": taken as missing. Where the size of an error is unknown, intervals made from it (MADSplit, "
             "DeliveredSpread) are infinite, and MADSplit is calibrated on the other galaxies.");
}

std::vector<double> ColumnJudge::spreads() const {
    std::vector<double> values = valuesOf(columns_.spread);
    std::size_t negative = 0, zero = 0, absent = 0, heldOut = 0;
    for (std::size_t row = 0; row < values.size(); ++row) {
        double& size = values[row];
        const bool counts = isHeldOut(row);
        heldOut += counts;
        if (size > 0.0 && std::isfinite(size))
            continue;
        std::size_t& kind = size < 0.0 && std::isfinite(size) ? negative : size == 0.0 ? zero : absent;
        kind += counts;
        size = usableSpread(size);
    }
    tellUnusable(negative, heldOut, "negative, which the size of an error cannot be");
    tellUnusable(zero, heldOut, "0, and no error is that small");
    tellUnusable(absent, heldOut, "missing or infinite");
    if (heldOut > 0 && negative + zero + absent == heldOut)
        throw Error(catalogue_.path.string() + ": column '" + columns_.spread +
                    "' holds no size of an error above 0 on calibration and test rows; name another spread "
                    "column, or none.");
    tellCodes(columns_.spread, values);
    return values;
}

/// Lower quantiles above upper ones stay as they are (spec/lvd.md d.4), and are told; where most are, the
/// columns are not what they were named as.
void ColumnJudge::judgeOrder(const Ends& ends) const {
    std::size_t crossed = 0, both = 0;
    for (std::size_t row = 0; row < ends.lower.size(); ++row) {
        if (!isHeldOut(row) || std::isinf(ends.lower[row]))
            continue;
        ++both;
        crossed += isCrossed(ends.lower[row], ends.upper[row]);
    }
    if (2 * crossed > both)
        throw UsageError(
            "Quantile columns of " + target_ + ": '" + columns_.lower + "' lies above '" + columns_.upper +
            "' in " + count(crossed) + " of " + count(both) +
            " rows: they are the wrong way round. The lower quantile comes first: " + columns_.upper + "," +
            columns_.lower + (crossed == both ? "." : " (if these are quantiles of one quantity at all)."));
    if (crossed > 0)
        tell(count(crossed) + " of " + count(both) + " pairs of quantiles cross ('" + columns_.lower +
             "' above '" + columns_.upper +
             "'). CQR corrects both ends as they stand, so such intervals may hold nothing.");
}

/// Quantiles of another level than alpha/2, or bad ones: the share of calibration labels outside tells.
void ColumnJudge::judgeLevel(const Ends& ends) const {
    constexpr double sure = 0.999;
    std::size_t outside = 0, labelled = 0;
    for (std::size_t row = 0; row < truth_.size(); ++row) {
        if (!isIn(row, Split::Calibration) || !std::isfinite(truth_[row]) || std::isinf(ends.lower[row]))
            continue;
        ++labelled;
        outside += !covers(ends.lower[row], truth_[row], ends.upper[row], penumbra::Ends::Closed);
    }
    if (labelled == 0)
        return;
    const Interval range = clopperPearson(outside, labelled, sure);
    if (range.low <= alpha_ && alpha_ <= range.high)
        return;
    const double share = static_cast<double>(outside) / static_cast<double>(labelled);
    tell(formatFixed(100.0 * share, 1) + " % of " + count(labelled) + " calibration labels lie outside '" +
         columns_.lower + "' and '" + columns_.upper + "', but alpha is " + shortestReal(alpha_) +
         ": these are quantiles of another level (16 and 84 % go with alpha 0.32), or they are off. "
         "DeliveredQuantiles shows them as they are; CQR shifts both ends by one length for all galaxies.");
}

ColumnJudge::Ends ColumnJudge::quantiles() const {
    Ends ends{valuesOf(columns_.lower), valuesOf(columns_.upper)};
    std::size_t absent = 0;
    for (std::size_t row = 0; row < ends.lower.size(); ++row)
        if (!makeUsable(ends.lower[row], ends.upper[row]))
            absent += isHeldOut(row);
    if (absent > 0)
        tell(count(absent) + (absent == 1 ? " row has" : " rows have") + " no finite '" + columns_.lower +
             "' and '" + columns_.upper +
             "': intervals made from them (CQR, DeliveredQuantiles) are infinite there, and CQR is "
             "calibrated on the other galaxies.");
    judgeOrder(ends);
    judgeLevel(ends);
    tellCodes(columns_.lower, ends.lower);
    tellCodes(columns_.upper, ends.upper);
    return ends;
}

} // namespace

double usableSpread(double size) {
    return size > 0.0 && std::isfinite(size) ? size : infinity;
}

bool makeUsable(double& lower, double& upper) {
    if (std::isfinite(lower) && std::isfinite(upper))
        return true;
    lower = -infinity;
    upper = infinity;
    return false;
}

std::map<std::string, std::vector<double>> signalsOf(const SourceValues& values,
                                                     const std::vector<uq::Signal>& wanted) {
    using Kind = uq::Signal::Kind;
    std::map<std::string, std::vector<double>> signals;
    for (const uq::Signal& signal : wanted) {
        const bool isSpread = signal.kind == Kind::Residual || signal.kind == Kind::DeliveredSpread;
        const bool isLower =
            signal.kind == Kind::DeliveredLower || (signal.kind == Kind::Quantile && signal.level < 0.5);
        const bool isMean = signal.kind == Kind::Mean || signal.name() == uq::deliveredMeanSignal;
        signals[signal.name()] = isMean     ? values.prediction
                                 : isSpread ? values.spread
                                 : isLower  ? values.lower
                                            : values.upper;
    }
    return signals;
}

std::map<std::string, std::vector<double>> sourceSignals(const Catalogue& catalogue, const StudyPlan& plan,
                                                         const std::string& target,
                                                         const std::vector<std::uint8_t>& split,
                                                         std::vector<std::string>& notes) {
    using Kind = uq::Signal::Kind;
    const ColumnJudge judge(catalogue, plan, target, split, notes);
    std::vector<uq::Signal> wanted = plan.signals;
    if (plan.trains()) { // networks fill the others
        std::erase_if(wanted, [](const uq::Signal& signal) { return !signal.isDelivered(); });
        wanted.push_back(uq::Signal::storedAs(uq::deliveredMeanSignal));
    }
    const auto wants = [&](std::initializer_list<Kind> kinds) {
        return std::any_of(wanted.begin(), wanted.end(), [&](const uq::Signal& signal) {
            return std::find(kinds.begin(), kinds.end(), signal.kind) != kinds.end();
        });
    };
    SourceValues values;
    values.prediction = judge.predictions();
    if (wants({Kind::Residual, Kind::DeliveredSpread}))
        values.spread = judge.spreads();
    if (wants({Kind::Quantile, Kind::DeliveredLower, Kind::DeliveredUpper})) {
        ColumnJudge::Ends ends = judge.quantiles();
        values.lower = std::move(ends.lower);
        values.upper = std::move(ends.upper);
    }
    return signalsOf(values, wanted);
}

} // namespace penumbra::workflow
