#include "core/workflow/source_signals.h"

#include "core/base/text.h"

#include <cmath>
#include <limits>

namespace penumbra::workflow {

namespace {

bool isHeldOut(std::uint8_t part) {
    return part == static_cast<std::uint8_t>(Split::Calibration) ||
           part == static_cast<std::uint8_t>(Split::Test);
}

std::vector<double> sourceValues(const Catalogue& catalogue, const std::string& name) {
    const io::Column column = io::selectColumn(catalogue.columns, name);
    if (!column.isNumeric())
        throw Error(catalogue.path.string() + ": column " + name + " is " + column.typeName() +
                    "; predictions must be numbers.");
    return column.asReals();
}

/// Sizes of errors: negative ones (codes such as -99 among them) become NaN, and are told like those that are
/// 0.
void judgeSpreads(std::vector<double>& spreads, const std::string& target, const std::string& column,
                  const std::vector<std::uint8_t>& split, std::vector<std::string>& notes) {
    std::size_t negative = 0, zero = 0, heldOut = 0;
    for (std::size_t row = 0; row < spreads.size(); ++row) {
        const bool counts = isHeldOut(split[row]);
        heldOut += counts;
        zero += counts && spreads[row] == 0.0;
        if (!(spreads[row] < 0.0))
            continue;
        negative += counts;
        spreads[row] = std::numeric_limits<double>::quiet_NaN();
    }
    const auto tell = [&](std::size_t count, const std::string& what) {
        if (count > 0)
            notes.push_back(target + ": " + withThousands(static_cast<long long>(count)) + " of " +
                            withThousands(static_cast<long long>(heldOut)) + " values of '" + column + "' " +
                            (count == 1 ? "is " : "are ") + what);
    };
    tell(negative, "negative, which the size of an error cannot be (a code for missing?): taken as missing.");
    tell(zero, "0: no error is that small. MADSplit puts a hundred-thousandth of the median error in their "
               "place, so their intervals are nearly points and those of all others grow to make up for it; "
               "if 0 stands for missing, import again with --missing=0 or cut such rows.");
}

/// Lower quantiles above upper ones stay as they are (spec/lvd.md d.4), and are told.
void judgeQuantiles(const std::vector<double>& lower, const std::vector<double>& upper,
                    const std::string& target, const SourceColumns& columns,
                    const std::vector<std::uint8_t>& split, std::vector<std::string>& notes) {
    std::size_t crossed = 0, both = 0;
    for (std::size_t row = 0; row < lower.size(); ++row) {
        if (!isHeldOut(split[row]) || !std::isfinite(lower[row]) || !std::isfinite(upper[row]))
            continue;
        ++both;
        crossed += lower[row] > upper[row];
    }
    if (crossed == 0)
        return;
    const auto count = [](std::size_t n) { return withThousands(static_cast<long long>(n)); };
    notes.push_back(target + ": " + count(crossed) + " of " + count(both) + " pairs of quantiles cross ('" +
                    columns.lower + "' above '" + columns.upper +
                    "'). CQR corrects both ends as they stand, so "
                    "such intervals may hold nothing" +
                    (2 * crossed > both ? "; are the two columns the wrong way round?" : "."));
}

} // namespace

std::map<std::string, std::vector<double>> sourceSignals(const Catalogue& catalogue, const StudyPlan& plan,
                                                         const std::string& target,
                                                         const std::vector<std::uint8_t>& split,
                                                         std::vector<std::string>& notes) {
    const SourceColumns& columns = plan.sources.at(target);
    std::map<std::string, std::vector<double>> values;
    for (const uq::Signal& signal : plan.signals) {
        const bool lower = signal.kind == uq::Signal::Kind::Quantile && signal.level < 0.5;
        const std::string& column = signal.kind == uq::Signal::Kind::Mean       ? columns.prediction
                                    : signal.kind == uq::Signal::Kind::Residual ? columns.spread
                                    : lower                                     ? columns.lower
                                                                                : columns.upper;
        auto& own = values[signal.name()] = sourceValues(catalogue, column);
        if (signal.kind == uq::Signal::Kind::Residual)
            judgeSpreads(own, target, column, split, notes);
    }
    if (!columns.lower.empty() && !columns.upper.empty())
        judgeQuantiles(sourceValues(catalogue, columns.lower), sourceValues(catalogue, columns.upper), target,
                       columns, split, notes);
    return values;
}

} // namespace penumbra::workflow
