#pragma once

#include "core/base/option_set.h"
#include "core/base/registry.h"
#include "core/base/run_context.h"
#include "core/catalogue/calibration_part.h"
#include "core/catalogue/prediction.h"
#include "core/uq/conformal.h"
#include "core/uq/signal.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace penumbra::uq {

struct MethodInfo {
    std::string id;         ///< "CQR": used by CLI, files, GUI
    std::string title;      ///< "conformalised quantile regression"
    std::string oneLine;    ///< what it does, for --help and tooltips
    std::string reference;  ///< paper
    bool conformal = false; ///< has the split-conformal guarantee: contract tests check it
    /// Calibrated on held-out rows (conformal or local): another alpha is a new calibration, not a rescaling.
    bool calibrated = false;
    /// What it guarantees where the flags do not say it; one or two sentences.
    std::string promise = {};
    bool delivered = false; ///< shows what another code's columns say; nothing that could be trained
};

/// The held-out rows of one target as a method sees them: signals split into calibration and test rows.
struct Evidence {
    std::string target;
    std::string unit;
    std::vector<double> calibrationTruth;
    const HeldOut* heldOut = nullptr;
    std::vector<std::size_t> calibrationIndex; ///< indices into heldOut
    std::vector<std::size_t> testIndex;

    /// First column of a signal on the calibration or test rows. @throws Error if the study lacks the signal,
    /// if it has another number of rows, or if a value is not finite (infinite ones pass where
    /// Signal::mayBeInfinite).
    std::vector<double> calibration(const Signal& signal) const;
    std::vector<double> test(const Signal& signal) const;
    std::vector<double> testTruth() const; ///< NaN = no label
    /// All columns (embeddings).
    MatrixD calibrationMatrix(const Signal& signal) const;
    MatrixD testMatrix(const Signal& signal) const;
};
/// Keeps a reference to `heldOut`.
/// @throws Error for ragged held-out data or a calibration truth that is not finite.
Evidence makeEvidence(const std::string& target, const std::string& unit, const HeldOut& heldOut);

/// A UQ method: says what it needs, then turns it into intervals. No state: everything fitted is a signal,
/// made by the study once for all methods that want it, stored in the study file, and reused for any alpha
/// and any re-split. A new method is one file in methods/ and one line in all_methods.cpp.
class UqMethod {
public:
    virtual ~UqMethod() = default;
    virtual const MethodInfo& info() const = 0;
    /// Own knobs, named METHOD-word in lower case ("ensemble-members"). Read in needs() and intervals().
    virtual void describeOptions(OptionSet& options) const;
    /// Signals this method needs when networks are trained for `trainedAlpha`.
    virtual std::vector<Signal> needs(const OptionSet& options, double trainedAlpha) const = 0;
    /// Intervals on the test rows, one Prediction per alpha. Signals are those of needs(options,
    /// trainedAlpha).
    virtual std::vector<Prediction> intervals(const Evidence& evidence, std::span<const double> alphas,
                                              double trainedAlpha, const OptionSet& options,
                                              const RunContext& context) const = 0;
    /// The same intervals as a function of the calibration scores, for methods that are one; the default has
    /// none. Test rows without a truth have a NaN score.
    virtual std::optional<SplitScores> splitScores(const Evidence& evidence, double alpha,
                                                   double trainedAlpha, const OptionSet& options) const;
};

/// The table of methods, in the order of the paper's columns.
std::span<const UqMethod* const> allMethods();
/// Adds a method for this process, behind the table's own (base/registry.h); the caller keeps it alive.
[[nodiscard]] Added addMethod(const UqMethod& method);
const UqMethod& findMethod(const std::string& id); ///< @throws UsageError listing the ids

/// Options common to all methods plus those of every method.
void describeMethodOptions(OptionSet& options);
/// The common option "quantile-rule".
QuantileRule quantileRule(const OptionSet& options);

/// Signals that `method` needs and `available` (names, e.g. of catalogue columns filled in as signals) lacks.
std::vector<Signal> missingSignals(const UqMethod& method, const OptionSet& options, double trainedAlpha,
                                   std::span<const std::string> available);
/// Methods that can run on these signals alone, without training: with "mean" split conformal; with
/// "residual_net" (or what mad-space asks for) MADSplit; with the quantiles of trainedAlpha ("q0.05",
/// "q0.95") CQR.
std::vector<const UqMethod*> possibleMethods(const OptionSet& options, double trainedAlpha,
                                             std::span<const std::string> available);

} // namespace penumbra::uq
