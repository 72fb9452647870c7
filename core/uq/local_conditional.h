#pragma once

#include "core/lvd/local_conditional.h"
#include "core/uq/uq_method.h"

namespace penumbra::uq {

/// One of the local conditional methods of LVD (Lin, Trivedi & Sun 2021; spec/lvd.md b): conformal scores
/// weighted by a learned similarity to each test galaxy.
struct LocalMethod {
    Signal::Space space = Signal::Space::Net;
    bool scaled = false; ///< LCMAD: scores and widths are divided by eps + |r|
};
/// Null for methods of other kinds.
const LocalMethod* localMethod(const std::string& id);

/// The kernel a method asks for; lets several methods of one space share its evaluation.
inline Signal kernelOf(const LocalMethod& method) {
    return Signal::kernel(method.space);
}

/// |truth - mean| on the calibration rows, divided by eps + |r| if the method is scaled.
std::vector<double> localScores(const LocalMethod& method, const Evidence& evidence);

/// What the quantiles are multiplied with on the test rows: 1 (LC) or eps + |r| (LCMAD).
std::vector<double> localScale(const LocalMethod& method, const Evidence& evidence);

/// Fast (float32) or reference (double) arithmetic, from the option "lvd-precision".
lvd::Precision localPrecision(const OptionSet& options);

/// Local quantiles of one space for any number of alphas in one pass over the kernel. What LC and LCMAD get
/// does not depend on which of them was asked for.
class LocalConditionalPass {
public:
    /// @param withScaled the scores of LCMAD too, which need the residual signal of this space.
    LocalConditionalPass(const Evidence& evidence, Signal::Space space, bool withScaled,
                         lvd::Precision precision);
    /// Runs the pass. Quantiles are [test rows, alphas] per kind of score: LC, then LCMAD.
    lvd::LocalQuantiles quantiles(std::span<const double> alphas, const RunContext& context) const;
    /// Why one test row's interval is what it is, in double. @param testPosition among the test rows
    lvd::LocalExplanation explain(std::size_t testPosition, double alpha, bool scaled,
                                  std::size_t neighbours) const;

private:
    lvd::LocalConditional local_;
    MatrixD test_;
};

/// The interval mean -/+ q s, s of localScale, of a local method on the test rows.
/// @param quantile [test rows], may be infinite. @param effective effective number of calibration rows
Prediction localPrediction(const UqMethod& method, const Evidence& evidence, double alpha,
                           std::span<const double> quantile, std::vector<double> effective);

} // namespace penumbra::uq
