#pragma once

#include "core/aion/model.h"
#include "core/aion/sampling.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::aion {

enum class Scheme {
    Roar,   ///< in random order: each step draws a few positions once, given those drawn before
    MaskGit ///< all unknown positions are drawn in each step, and the most confident ones kept
};

/// One step of generation (spec 2, 3.1).
struct GenerationStep {
    std::string target;
    Scheme scheme = Scheme::Roar;
    std::size_t tokens = 0;
    double temperature = 1.0;
    /// l_u + scale (l_c - l_u), l_u from a pass without `guidedBy`; 1, or nothing named: one pass.
    double guidance = 1.0;
    std::vector<std::string> guidedBy;
};

/// The steps that settle one target.
struct TargetPlan {
    std::string target;
    Scheme scheme = Scheme::Roar;
    std::size_t steps = 32; ///< at most; never more than tokens
    TokenSchedule schedule = TokenSchedule::Linear;
    TemperatureSchedule temperature;
    double guidance = 1.0;
    std::vector<std::string> guidedBy;
};
/// @throws UsageError for a target that is generated otherwise
std::vector<GenerationStep> planSteps(const TargetPlan& plan);

/// Random numbers of one step; called once for each. Both in [0, 1).
struct StepDraws {
    std::vector<float> order; ///< [tokens of the target]: ROAR asks for the smallest; one order for all rows
    std::vector<float> draws; ///< [rows, positions asked for], row-major, in the order they are asked for
    /// [rows, positions, V]: a race of exponentials in place of `draws`, as torch draws
    std::vector<float> exponential = {};
};
using DrawSource =
    std::function<StepDraws(std::size_t step, std::size_t rows, std::size_t targetTokens, std::size_t asked)>;
/// Of a seed. Each galaxy has a stream of its own by its number, so that galaxies do not depend on who goes
/// through the model with them; the order of positions belongs to the seed alone.
/// @param numbers [rows] of the galaxies in the whole run
DrawSource seededDraws(std::uint64_t seed, std::vector<std::uint64_t> numbers);
/// Seed of the n-th of several draws of one run.
std::uint64_t seedOfDraw(std::uint64_t runSeed, std::size_t draw);

/// What happened in a step, for tests and figures.
struct StepRecord {
    std::size_t step = 0, asked = 0, vocabulary = 0;
    std::vector<std::int64_t> positions;          ///< [rows, asked]
    std::vector<std::int32_t> sampled;            ///< [rows, asked]
    std::vector<double> probability;              ///< [rows, asked]
    std::vector<float> logits;                    ///< [rows, asked, V], guided
    std::vector<std::vector<std::size_t>> chosen; ///< MaskGIT, of each row: positions that became known
    std::vector<std::size_t> encoderTokens;       ///< of each pass
    std::vector<std::uint8_t> unknown;            ///< [rows, tokens of the target], after the step
};

struct GenerationOptions {
    TokenFilter filter;
    /// Several sets of conditions with a weight each: l_0 + sum w_i (l_i - l_0), l_0 without any. The input
    /// tokens of `generate` are not used then.
    std::vector<TokenBatch> weighted = {};
    std::vector<double> weights = {};
    std::function<void(const StepRecord&)> observe = {};
};

/// Draws tokens by the reference's sampler, position by position known or not. Rows must agree in what they
/// have (no dropped tokens among the conditions).
/// @param conditions all visible. @returns conditions and targets
/// @throws UsageError for a target of several steps that the model does not read, for a sequence, and where
/// conditions have dropped tokens
TokenBatch generate(const Model& model, const TokenBatch& conditions, std::span<const GenerationStep> steps,
                    const DrawSource& draws, const GenerationOptions& options, const RunContext& context);

/// The same steps once for each seed, side by side on the CPU. Rows with dropped conditions are allowed:
/// those that have the same modalities go together; rows without any are left as they are, all dropped.
/// @param numbers [rows], see seededDraws @returns ids of the target, [seeds][rows, tokens]
std::vector<ModalityTokens> generateDraws(const Model& model, const TokenBatch& conditions,
                                          std::span<const GenerationStep> steps,
                                          std::span<const std::uint64_t> seeds,
                                          const std::vector<std::uint64_t>& numbers,
                                          const TokenFilter& filter, const RunContext& context);

struct SequenceOptions {
    std::string target = "catalog";
    std::size_t length = 50; ///< of the target array, special ids included
    double temperature = 1.0, guidance = 1.0;
    std::vector<std::string> guidedBy;
    TokenFilter filter;
};
struct GeneratedSequence {
    std::vector<std::vector<std::int32_t>> raw; ///< of each row, the start included
    std::vector<std::vector<std::int32_t>> ids; ///< what stands between the special ids
    std::vector<std::vector<double>> logSumExp; ///< of each draw
};
/// Token after token until every row has ended (spec 2, 3.5). @param draws one number in [0, 1) a row for
/// each token
GeneratedSequence generateSequence(const Model& model, const TokenBatch& conditions,
                                   const SequenceOptions& options,
                                   const std::function<std::vector<float>(std::size_t step)>& draws,
                                   const RunContext& context);

} // namespace penumbra::aion
