#include "core/aion/generate.h"

#include "core/aion/model_impl.h"
#include "core/base/error.h"

#include <algorithm>
#include <c10/core/InferenceMode.h>
#include <numeric>

namespace penumbra::aion {

namespace {

bool contains(const std::vector<std::string>& list, const std::string& key) {
    return std::find(list.begin(), list.end(), key) != list.end();
}

ModalityTokens* findTokens(TokenBatch& batch, const std::string& key) {
    for (ModalityTokens& part : batch.modalities)
        if (part.key == key)
            return &part;
    return nullptr;
}

TokenBatch without(const TokenBatch& batch, const std::vector<std::string>& keys) {
    TokenBatch rest;
    rest.rowCount = batch.rowCount;
    for (const ModalityTokens& part : batch.modalities)
        if (!contains(keys, part.key))
            rest.modalities.push_back(part);
    return rest;
}

/// Every row has the same number of known tokens, so that one group holds them all.
EncodedGroup encodeAll(const Transformer& network, const TokenBatch& batch) {
    std::vector<std::size_t> rows(batch.rowCount);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    std::size_t used = 0;
    for (const ModalityTokens& part : batch.modalities)
        used +=
            part.drop.empty()
                ? part.tokens
                : static_cast<std::size_t>(std::count(
                      part.drop.begin(), part.drop.begin() + static_cast<std::ptrdiff_t>(part.tokens), 0));
    if (used == 0 && network.config().registerTokens == 0) {
        EncodedGroup none;
        none.rows = std::move(rows);
        return none;
    }
    return network.encode(batch, rows, static_cast<std::int64_t>(used), false, EncoderOutput::Context);
}

class Generation {
public:
    Generation(const Model& model, const TokenBatch& conditions, const DrawSource& draws,
               const GenerationOptions& options, const RunContext& context)
        : network_(model.internals().network()), draws_(draws), options_(options), context_(context),
          state_(conditions), sets_(options.weighted) {
        if (options.weights.size() != options.weighted.size())
            throw UsageError("every set of conditions needs a weight.");
        if (!sets_.empty()) {
            state_ = TokenBatch{};
            state_.rowCount = sets_.front().rowCount;
        }
        for (const TokenBatch* batch : allSets())
            for (const ModalityTokens& part : batch->modalities)
                if (std::find(part.drop.begin(), part.drop.end(), std::uint8_t{1}) != part.drop.end())
                    throw UsageError("generation needs conditions that every row has, and some rows lack "
                                     "tokens of " +
                                     part.key + ".");
    }

    void run(std::span<const GenerationStep> steps) {
        for (std::size_t i = 0; i < steps.size(); ++i) {
            context_.checkStop();
            begin(steps[i]);
            if (unknownCount(steps[i].target) > steps[i].tokens &&
                !contains(network_.config().domainsIn, steps[i].target))
                throw UsageError(steps[i].target + " is not read by this model, so that what one step draws "
                                                   "could not be told to the next; generate it in one step.");
            step(i, steps[i]);
        }
    }
    TokenBatch take() { return std::move(state_); }

private:
    std::vector<TokenBatch*> allSets() {
        std::vector<TokenBatch*> sets{&state_};
        for (TokenBatch& set : sets_)
            sets.push_back(&set);
        return sets;
    }

    void begin(const GenerationStep& step) {
        const Modality& kind = modality(step.target);
        if (kind.isSequence())
            throw UsageError(step.target + " is generated token after token, as a sequence.");
        for (TokenBatch* set : allSets())
            if (findTokens(*set, step.target) == nullptr) {
                ModalityTokens part{step.target, kind.tokens, {}, {}};
                part.ids.assign(set->rowCount * kind.tokens, 0);
                part.drop.assign(set->rowCount * kind.tokens, 1);
                set->modalities.push_back(std::move(part));
            }
    }

    std::size_t unknownCount(const std::string& target) {
        const ModalityTokens& part = *findTokens(state_, target);
        return static_cast<std::size_t>(
            std::count(part.drop.begin(), part.drop.begin() + static_cast<std::ptrdiff_t>(part.tokens), 1));
    }

    std::vector<std::int64_t> askedPositions(const GenerationStep& step, const ModalityTokens& part,
                                             const StepDraws& draws) const {
        std::vector<std::int64_t> positions;
        for (std::size_t r = 0; r < state_.rowCount; ++r) {
            const auto unknown = std::span(part.drop).subspan(r * part.tokens, part.tokens);
            if (step.scheme == Scheme::Roar) {
                for (const std::size_t p : firstInOrder(unknown, draws.order, step.tokens))
                    positions.push_back(static_cast<std::int64_t>(p));
            } else {
                for (std::size_t p = 0; p < part.tokens; ++p)
                    if (unknown[p] != 0)
                        positions.push_back(static_cast<std::int64_t>(p));
            }
        }
        return positions;
    }

    /// Logits [rows, asked, V], passes mixed.
    std::vector<float> mixedLogits(const GenerationStep& step, const std::vector<std::int64_t>& positions,
                                   StepRecord& record) {
        const auto pass = [&](const TokenBatch& tokens) {
            const EncodedGroup group = encodeAll(network_, readable(tokens));
            record.encoderTokens.push_back(
                static_cast<std::size_t>(network_.config().registerTokens + group.used));
            const at::Tensor l = network_.query(group, step.target, positions);
            record.vocabulary = static_cast<std::size_t>(l.size(2));
            return std::vector<float>(l.const_data_ptr<float>(), l.const_data_ptr<float>() + l.numel());
        };
        if (!sets_.empty()) {
            std::vector<std::vector<float>> each;
            for (const TokenBatch& set : sets_)
                each.push_back(pass(set));
            std::vector<float> mixed = pass(state_);
            const std::vector<float> none = mixed;
            for (std::size_t k = 0; k < each.size(); ++k)
                for (std::size_t i = 0; i < mixed.size(); ++i)
                    mixed[i] += static_cast<float>(options_.weights[k]) * (each[k][i] - none[i]);
            return mixed;
        }
        std::vector<float> conditional = pass(state_);
        if (step.guidance == 1.0 || step.guidedBy.empty())
            return conditional;
        const std::vector<float> free = pass(without(state_, step.guidedBy));
        for (std::size_t i = 0; i < free.size(); ++i)
            conditional[i] = free[i] + static_cast<float>(step.guidance) * (conditional[i] - free[i]);
        return conditional;
    }

    /// Targets that the model cannot read are left out of its input.
    TokenBatch readable(const TokenBatch& tokens) const {
        std::vector<std::string> unread;
        for (const ModalityTokens& part : tokens.modalities)
            if (!contains(network_.config().domainsIn, part.key))
                unread.push_back(part.key);
        return without(tokens, unread);
    }

    void step(std::size_t number, const GenerationStep& step) {
        const ModalityTokens part = *findTokens(state_, step.target);
        const std::size_t rows = state_.rowCount, unknown = unknownCount(step.target);
        const std::size_t asked = step.scheme == Scheme::Roar ? std::min(step.tokens, unknown) : unknown;
        const StepDraws draws = draws_(number, rows, part.tokens, asked);
        StepRecord record;
        record.step = number;
        record.asked = asked;
        record.positions = askedPositions(step, part, draws);
        record.logits = mixedLogits(step, record.positions, record);
        for (std::size_t i = 0; i < rows * asked; ++i) {
            const auto logits = std::span(record.logits).subspan(i * record.vocabulary, record.vocabulary);
            const double u = draws.draws.empty() ? 0.0 : static_cast<double>(draws.draws[i]);
            const TokenDraw drawn =
                draws.exponential.empty()
                    ? drawToken(logits, options_.filter, step.temperature, u)
                    : drawByRace(
                          logits, options_.filter, step.temperature,
                          std::span(draws.exponential).subspan(i * record.vocabulary, record.vocabulary));
            record.sampled.push_back(drawn.token);
            record.probability.push_back(drawn.probability);
        }
        promote(step, record);
        if (options_.observe) {
            record.unknown = findTokens(state_, step.target)->drop;
            options_.observe(record);
        }
    }

    void promote(const GenerationStep& step, StepRecord& record) {
        for (std::size_t r = 0; r < state_.rowCount; ++r) {
            const std::size_t first = r * record.asked;
            std::vector<std::size_t> places(record.asked);
            std::iota(places.begin(), places.end(), std::size_t{0});
            if (step.scheme == Scheme::MaskGit)
                places =
                    mostConfident(std::span(record.probability).subspan(first, record.asked), step.tokens);
            record.chosen.emplace_back();
            for (const std::size_t i : places) {
                const auto position = static_cast<std::size_t>(record.positions[first + i]);
                record.chosen.back().push_back(position);
                for (TokenBatch* set : allSets()) {
                    ModalityTokens& part = *findTokens(*set, step.target);
                    part.ids[r * part.tokens + position] = record.sampled[first + i];
                    part.drop[r * part.tokens + position] = 0;
                }
            }
        }
    }

    const Transformer& network_;
    const DrawSource& draws_;
    const GenerationOptions& options_;
    const RunContext& context_;
    TokenBatch state_;             ///< conditions and targets; with several sets only the targets
    std::vector<TokenBatch> sets_; ///< each with the targets
};

void requireDecoder(const Model& model) {
    if (!model.internals().options.decoder)
        throw UsageError("generation needs the decoder, which was not loaded.");
}

} // namespace

std::vector<GenerationStep> planSteps(const TargetPlan& plan) {
    const Modality& kind = modality(plan.target);
    if (kind.isSequence())
        throw UsageError(plan.target + " is generated token after token, as a sequence.");
    const auto counts = tokenSchedule(plan.scheme == Scheme::Roar ? TokenSchedule::Linear : plan.schedule,
                                      std::min(plan.steps, kind.tokens), kind.tokens);
    const std::vector<std::int64_t> wide(counts.begin(), counts.end());
    const auto warmth = temperatures(plan.temperature, wide, kind.tokens);
    std::vector<GenerationStep> steps;
    for (std::size_t i = 0; i < counts.size(); ++i)
        steps.push_back({plan.target, plan.scheme, counts[i], warmth[i], plan.guidance, plan.guidedBy});
    return steps;
}

TokenBatch generate(const Model& model, const TokenBatch& conditions, std::span<const GenerationStep> steps,
                    const DrawSource& draws, const GenerationOptions& options, const RunContext& context) {
    requireDecoder(model);
    const c10::InferenceMode inference;
    Generation generation(model, conditions, draws, options, context);
    generation.run(steps);
    return generation.take();
}

GeneratedSequence generateSequence(const Model& model, const TokenBatch& conditions,
                                   const SequenceOptions& options,
                                   const std::function<std::vector<float>(std::size_t step)>& draws,
                                   const RunContext& context) {
    requireDecoder(model);
    constexpr std::int32_t begin = 5, end = 6; // sentinels [S_1] and [S_2]
    constexpr std::size_t longest = 50;
    const c10::InferenceMode inference;
    const Transformer& network = model.internals().network();
    // The first sentinel is an input; what follows is generated.
    TokenBatch inputs = conditions;
    inputs.modalities.push_back(
        {options.target, 1, std::vector<std::int32_t>(conditions.rowCount, begin), {}});
    const EncodedGroup conditional = encodeAll(network, inputs);
    const bool guided = options.guidance != 1.0 && !options.guidedBy.empty();
    const EncodedGroup free = guided ? encodeAll(network, without(inputs, options.guidedBy)) : EncodedGroup{};
    GeneratedSequence result;
    result.raw.assign(conditions.rowCount, {begin});
    result.logSumExp.resize(conditions.rowCount);
    const auto ended = [&](const auto& row) { return std::find(row.begin(), row.end(), end) != row.end(); };
    for (std::size_t i = 0; i < std::min(longest, options.length - 1); ++i) {
        context.checkStop();
        std::vector<std::int64_t> ids;
        for (const auto& row : result.raw)
            ids.insert(ids.end(), row.begin(), row.end());
        at::Tensor logits = network.next(conditional, options.target, ids);
        if (guided) {
            const at::Tensor unconditional = network.next(free, options.target, ids);
            logits = unconditional + options.guidance * (logits - unconditional);
        }
        const auto vocabulary = static_cast<std::size_t>(logits.size(1));
        const std::span values(logits.const_data_ptr<float>(), static_cast<std::size_t>(logits.numel()));
        const std::vector<float> u = draws(i);
        for (std::size_t r = 0; r < result.raw.size(); ++r) {
            const auto row = values.subspan(r * vocabulary, vocabulary);
            result.logSumExp[r].push_back(logSumExp(row));
            result.raw[r].push_back(drawToken(row, options.filter, options.temperature,
                                              u.empty() ? 0.0 : static_cast<double>(u[r]))
                                        .token);
        }
        if (std::all_of(result.raw.begin(), result.raw.end(), ended))
            break;
    }
    for (const auto& row : result.raw)
        result.ids.push_back(betweenSentinels(row, begin));
    return result;
}

} // namespace penumbra::aion
