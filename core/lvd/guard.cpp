#include "core/lvd/guard.h"

#include "core/base/error.h"
#include "core/base/parallel_for.h"
#include "core/base/text.h"
#include "core/lvd/hot_loops.h"
#include "core/lvd/local_conditional.h"

#include <algorithm>
#include <atomic>
#include <cmath>

namespace penumbra::lvd {

namespace {

/// Distances among the held-out rows, evaluated for one width of the kernel after another.
class HeldOutMass {
public:
    HeldOutMass(const MatrixD& rows, const GuardOptions& options)
        : rows_(rows), count_(static_cast<std::size_t>(rows.rows())),
          outputs_(static_cast<std::size_t>(rows.cols())), stride_(padded(count_)),
          perRow_(static_cast<double>(options.calibrationRows) / static_cast<double>(count_ - 1)),
          needed_(massNeeded(options.alpha)) {}

    /// Rows whose interval would be infinite if projected rows were multiplied by `scale`.
    std::size_t infinite(double scale, const RunContext& context) const {
        constexpr float farAway = 1e18F; // padding: its kernel is 0
        std::vector<float> p(outputs_ * stride_, farAway);
        for (std::size_t c = 0; c < outputs_; ++c)
            for (std::size_t r = 0; r < count_; ++r)
                p[c * stride_ + r] = static_cast<float>(scale * at(r, c));
        const std::vector<float> ones(stride_, 1.0F);
        std::atomic<std::size_t> total{0};
        parallelFor(count_, context.threads, [&](std::size_t begin, std::size_t end) {
            std::vector<float> k(stride_), anchor(outputs_);
            std::size_t infiniteHere = 0;
            for (std::size_t r = begin; r < end; ++r) {
                if (r % 64 == 0)
                    context.checkStop();
                for (std::size_t c = 0; c < outputs_; ++c)
                    anchor[c] = p[c * stride_ + r];
                hotLoops<float>().kernelRow(anchor.data(), p.data(), stride_, outputs_, stride_, k.data());
                k[r] = 0.0F;
                double sums[2] = {};
                hotLoops<float>().weightedSums(k.data(), ones.data(), stride_, sums);
                infiniteHere += sums[0] * perRow_ < needed_ ? 1 : 0;
            }
            total += infiniteHere;
        });
        return total;
    }

private:
    double at(std::size_t r, std::size_t c) const {
        return rows_(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c));
    }
    const MatrixD& rows_;
    std::size_t count_, outputs_, stride_;
    double perRow_, needed_;
};

void check(const MatrixD& heldOut, const GuardOptions& options) {
    if (heldOut.rows() < 2)
        throw Error("the kernel's guard needs at least 2 held-out training rows, but got " +
                    std::to_string(heldOut.rows()));
    if (!(options.alpha > 0.0 && options.alpha < 1.0))
        throw UsageError("the guard's alpha is " + shortestReal(options.alpha) + ", not inside (0, 1)");
    if (!(options.share >= 0.0 && options.share <= 1.0))
        throw UsageError("the guard's share of infinite intervals is " + shortestReal(options.share) +
                         ", not within 0..1");
    if (!heldOut.allFinite())
        throw Error("the projected held-out rows of the guard hold NaN or infinity");
}

} // namespace

GuardReport guardScale(const MatrixD& heldOut, const GuardOptions& options, const RunContext& context) {
    check(heldOut, options);
    const HeldOutMass mass(heldOut, options);
    const auto rows = static_cast<double>(heldOut.rows());
    const auto allowed = static_cast<std::size_t>(std::floor(options.share * rows));
    GuardReport report;
    report.heldOutRows = static_cast<std::size_t>(heldOut.rows());
    std::size_t infinite = mass.infinite(1.0, context);
    report.shareBefore = report.shareAfter = static_cast<double>(infinite) / rows;
    if (infinite <= allowed)
        return report;
    // Even if every calibration row had weight 1 the mass would be short.
    report.reached = mass.infinite(0.0, context) <= allowed;
    if (!report.reached)
        return report;
    double enough = 1.0, tooNarrow = 1.0;
    while (infinite > allowed) {
        tooNarrow = enough;
        enough *= 0.5;
        infinite = mass.infinite(enough, context);
        if (enough < 1e-300) // a factor, not a length: a thousand halvings
            throw Error("the kernel's guard found no width for rows this far apart");
    }
    while (tooNarrow / enough > 1.001) {
        const double middle = std::sqrt(tooNarrow * enough);
        const std::size_t count = mass.infinite(middle, context);
        if (count <= allowed) {
            enough = middle;
            infinite = count;
        } else {
            tooNarrow = middle;
        }
    }
    report.scale = enough;
    report.shareAfter = static_cast<double>(infinite) / rows;
    return report;
}

} // namespace penumbra::lvd
