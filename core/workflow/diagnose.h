#pragma once

#include "core/eval/conditional_diagnosis.h"
#include "core/eval/coverage_curve.h"
#include "core/eval/label_posteriors.h"
#include "core/eval/pit.h"
#include "core/eval/repeats.h"
#include "core/report/table_spec.h"
#include "core/workflow/command.h"

#include <map>
#include <optional>

namespace penumbra::workflow {

/// penumbra-cli diagnose: what is wrong with each method's error bars, by every measure, each with its null.
Command diagnoseCommand();

/// All measures of one method on one target.
struct MethodDiagnosis {
    std::string target, method;
    double alpha = 0.1;
    CoverageCurve curve;
    std::optional<PitResult> pit;                               ///< of its predictive distribution
    std::optional<PitResult> conformalP;                        ///< of its own score
    std::map<std::string, Score> scores;                        ///< interval_score, pinball, crps, cde_loss
    double logScore = std::numeric_limits<double>::quiet_NaN(); ///< Gaussian methods: mean -ln f(truth)
    std::size_t beyondSixSigma = 0;
    ConditionalDiagnosis conditional;
    std::optional<LabelPosteriorFinding> labels;
    RepeatFinding repeats;
};

/// What the user says of the labels, and how hard to try.
struct DiagnoseOptions {
    LabelWorld labelWorld = LabelWorld::Unknown;
    LabelErrors labelErrors = LabelErrors::Included; ///< what Gaussian spreads describe
    std::size_t permutations = 99;                   ///< of the coverage risk; others take 999
    std::size_t directions = 1000;                   ///< of the worst slab
    std::size_t bins = 5;
    std::uint64_t seed = 0;
};
/// @param columns, repeats, labels of the test rows of the target
MethodDiagnosis diagnoseMethod(const TargetStudy& target, const Prediction& prediction,
                               const std::vector<RegionColumn>& columns, const RepeatedRows& repeats,
                               const std::optional<LabelDistributions>& labels,
                               const DiagnoseOptions& options, const RunContext& context);

nlohmann::json toJson(const MethodDiagnosis& diagnosis, LabelWorld world);
/// A line a target, method and measure: value with its interval, what chance makes of it, p, n.
report::TableSpec diagnosisTable(const std::vector<MethodDiagnosis>& diagnoses);
/// Sentences, one a line; what shows nothing is left out but for the first.
std::vector<std::string> inWords(const MethodDiagnosis& diagnosis, LabelWorld world);

} // namespace penumbra::workflow
