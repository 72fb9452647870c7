#pragma once

#include "core/base/run_context.h"
#include "core/eval/calibration_brackets.h"
#include "core/eval/oracle_scores.h"
#include "core/eval/study.h"
#include "core/study/options.h"
#include "core/study/subset.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <set>
#include <string>

namespace penumbra::workflow {

/// Oracle bands of a study at one alpha, shared by its methods: keep one while scoring them all.
class StudyOracle {
public:
    StudyOracle(const Study& study, const Scoring& scoring);
    /// Made when first asked for. Threads may ask at once, each for a target of its own.
    OracleScorer& of(const TargetStudy& target);

private:
    double alpha_;
    OracleOptions options_;
    std::mutex mutex_;
    std::map<std::string, std::optional<OracleScorer>> scorers_;
};

/// All metrics of one method on one target, then coverage and width by bins of truth, prediction, |error|
/// (both of the base prediction, so that methods share their bins) and the method's own width (infinite ones
/// are in no bin). Nothing if no test row has a label. @param bins false: no bins
std::vector<Score> scorePrediction(const TargetStudy& target, const Prediction& prediction,
                                   const Scoring& scoring, StudyOracle& oracle, const RunContext& context,
                                   bool bins = true);

/// The study on a part of its test galaxies, scored for itself as the study is, without bins. Targets whose
/// truth chose have no bands of perfect methods (NaN); those that keep no galaxy have no scores.
std::shared_ptr<const Study> scoredPart(const Study& study, const RowsOf& rowsOf, const Scoring& scoring,
                                        const RunContext& context);
/// Without bands: galaxies that were chosen by their truth are no sample in which a method is nominal.
void dropBands(Study& study, const std::set<std::string>& targets);

/// Which targets are scored; an empty function: all.
using TargetFilter = std::function<bool(const TargetStudy& target)>;

/// Appends the scores of one method on the targets wanted, keeping study.scores in the order of targets, then
/// methods.
void addScores(Study& study, const std::string& method, const Scoring& scoring, StudyOracle& oracle,
               const RunContext& context, const TargetFilter& wanted = {});

/// On simulated catalogues: appends the scores of the method that knows the true quantiles (trueOracleId, no
/// method of the study) on every target wanted, once.
void addTrueOracleScores(Study& study, const Scoring& scoring, StudyOracle& oracle, const RunContext& context,
                         const TargetFilter& wanted = {});

/// Coverage and width by bins of a variable known on the target's test rows; null brackets are made anew, a
/// null oracle gives no bands.
std::vector<Score> scoreByVariable(const TargetStudy& target, const Prediction& prediction,
                                   const std::vector<double>& variable, const std::string& conditionedOn,
                                   const Scoring& scoring, StudyOracle* oracle, const RunContext& context,
                                   const CalibrationBrackets* brackets = nullptr);

/// By target: what the labels' quoted errors are beside the residuals; targets without are left out.
nlohmann::json labelErrorsJson(const Study& study);

/// One Score as an object with the columns of /metrics.
nlohmann::json toJson(const Score& score);

} // namespace penumbra::workflow
