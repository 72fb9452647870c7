#include "core/study/check.h"

#include "core/base/text.h"
#include "core/uq/local_conditional.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

PrecisionCheck::Quantiles difference(const lvd::LocalQuantiles& fast, const lvd::LocalQuantiles& reference) {
    PrecisionCheck::Quantiles answer;
    for (std::size_t kind = 0; kind < reference.quantiles.size(); ++kind)
        for (Eigen::Index i = 0; i < reference.quantiles[kind].size(); ++i) {
            const double a = fast.quantiles[kind].data()[i];
            const double b = reference.quantiles[kind].data()[i];
            ++answer.compared;
            if (a == b)
                continue;
            ++answer.different;
            if (std::isinf(a) || std::isinf(b))
                ++answer.infiniteInOneOnly;
            else if (b > 0.0)
                answer.largest = std::max(answer.largest, std::abs(a - b) / b);
        }
    return answer;
}

/// Beside the galaxy's own weight of 1 so little kernel mass has no bearing; float32 makes it 0.
constexpr double negligible = 1e-3;

double largestMassDifference(const lvd::LocalQuantiles& fast, const lvd::LocalQuantiles& reference) {
    double largest = 0.0;
    for (std::size_t row = 0; row < reference.mass.size(); ++row)
        if (reference.mass[row] > negligible)
            largest = std::max(largest, std::abs(fast.mass[row] - reference.mass[row]) / reference.mass[row]);
    return largest;
}

std::string inWords(const PrecisionCheck::Quantiles& q) {
    std::string text = withThousands(q.different) + " of " + withThousands(q.compared) +
                       " local quantiles differ, by at most " + formatReal(100.0 * q.largest, 2) + " %";
    if (q.infiniteInOneOnly > 0)
        text += ", " + withThousands(q.infiniteInOneOnly) + " infinite in one only";
    return text;
}

} // namespace

void checkLocalQuantiles(PrecisionCheck& check, const TargetStudy& target, const MatrixD& referenceKernel,
                         const RunContext& context) {
    const auto space = check.space == "net" ? uq::Signal::Space::Net : uq::Signal::Space::Aion;
    const bool scaled = target.heldOut.signals.contains(uq::Signal::residual(space).name());
    std::vector<double> alphas;
    for (int percent = 1; percent <= 99; ++percent)
        alphas.push_back(percent / 100.0);
    const auto quantiles = [&](const HeldOut& heldOut, lvd::Precision precision) {
        const auto evidence = uq::makeEvidence(target.name, target.unit, heldOut);
        return uq::LocalConditionalPass(evidence, space, scaled, precision).quantiles(alphas, context);
    };
    const auto fast = quantiles(target.heldOut, lvd::Precision::Float32);
    const auto sameMetric = quantiles(target.heldOut, lvd::Precision::Double);
    HeldOut inDouble = target.heldOut;
    inDouble.signals[uq::Signal::kernel(space).name()] = referenceKernel;
    const auto endToEnd = quantiles(inDouble, lvd::Precision::Double);
    check.mass = largestMassDifference(fast, sameMetric);
    check.sameMetric = difference(fast, sameMetric);
    check.endToEnd = difference(fast, endToEnd);
}

std::string checkInWords(const PrecisionCheck& check) {
    return "Check of " + check.target + ", " + check.space +
           ": fast beside double, metric learning differs by " + formatReal(100.0 * check.loss, 2) +
           " % in the loss and " + formatReal(100.0 * check.projection, 2) +
           " % in the metric. On the same metric kernel masses differ by at most " +
           formatReal(100.0 * check.mass, 2) + " % and " + inWords(check.sameMetric) + ". From end to end " +
           inWords(check.endToEnd) + ".";
}

} // namespace penumbra::workflow
