// The transformer on every modality, and generation token by token with the recorded draws.

#include "core/aion/generate.h"
#include "core/aion/modality.h"
#include "core/base/text.h"
#include "tests/golden/aion2_support.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

using namespace penumbra::golden;
constexpr Tolerance encoderTolerance{2e-5, 1e-5}, logitTolerance{3e-5, 1e-5},
    probabilityTolerance{1e-5, 1e-4};

aion::Model loadModel(const io::SafetensorsFile& file, std::vector<std::string> keys, bool decoder) {
    aion::LoadOptions options;
    options.tokenizers = false;
    options.decoder = decoder;
    options.modalities = std::move(keys);
    return aion::Model::load(aion::describeModel(aion2Model(file)), options, onDevice());
}

std::vector<std::string> keysOf(const aion::TokenBatch& tokens) {
    std::vector<std::string> keys;
    for (const auto& part : tokens.modalities)
        keys.push_back(part.key);
    return keys;
}

std::vector<float> valuesOf(const MatrixF& rows) {
    return {rows.data(), rows.data() + rows.size()};
}

TEST(Aion2Encoder, reproducesTheReference) {
    const auto files = aion2Files("encoder_");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const std::string name = path.stem().string() + ": ";
        const io::SafetensorsFile file(path);
        const aion::TokenBatch tokens = tokensOf(file);
        const aion::Model model = loadModel(file, keysOf(tokens), false);
        aion::EncodeOptions options;
        options.encoderTokens = jsonOf(file, "num_encoder_tokens").get<std::size_t>();
        const aion::Encoded encoded = model.encode(tokens, options, onDevice());
        expectNear(encoded.values, floatsOf(file, "encode"), encoderTolerance, name + "encode");
        EXPECT_EQ(encoded.modalityId, idsOf(file, "mod_mask")) << name;
        const auto padded = idsOf(file, "encoder_mask");
        ASSERT_EQ(padded.size(), encoded.valid.size()) << name;
        for (std::size_t i = 0; i < padded.size(); ++i)
            ASSERT_EQ(encoded.valid[i] != 0, padded[i] == 0) << name << i;
        options.output = aion::EncoderOutput::Raw;
        expectNear(model.encode(tokens, options, onDevice()).values, floatsOf(file, "after_encoder_norm"),
                   encoderTolerance, name + "after_encoder_norm");
        if (std::count(padded.begin(), padded.end(), 0) == static_cast<std::ptrdiff_t>(padded.size()))
            expectNear(valuesOf(aion::meanPool(encoded)), floatsOf(file, "mean_pool"), encoderTolerance,
                       name + "mean_pool");
    }
}

TEST(Aion2Logits, reproduceTheReference) {
    const auto files = aion2Files("logits_");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const aion::TokenBatch tokens = tokensOf(file);
        const auto targets = textListOf(file, "targets");
        const aion::Model model = loadModel(file, keysOf(tokens), true);
        for (const aion::Logits& logits : model.logits(tokens, targets, {}, onDevice())) {
            const auto kept = static_cast<std::size_t>(shapeOf(file, "logits." + logits.key).at(1));
            std::vector<float> got;
            for (std::size_t r = 0; r < logits.rowCount; ++r) {
                const auto row =
                    std::span(logits.values)
                        .subspan(r * logits.tokens * logits.vocabulary, kept * logits.vocabulary);
                got.insert(got.end(), row.begin(), row.end());
            }
            expectNear(got, floatsOf(file, "logits." + logits.key), logitTolerance,
                       path.stem().string() + ": " + logits.key);
        }
    }
}

TEST(Aion2Posterior, logitsOfTheNetwork) {
    const auto files = aion2Files("posterior_z");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const aion::TokenBatch tokens = tokensOf(file);
        const std::vector<std::string> target{"tok_z"};
        const auto logits = loadModel(file, keysOf(tokens), true).logits(tokens, target, {}, onDevice());
        expectNear(logits.at(0).values, floatsOf(file, "logits"), logitTolerance, "posterior_z logits");
    }
}

TEST(Aion2Pipeline, reproducesTheReference) {
    const auto files = aion2Files("pipeline_");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const io::SafetensorsFile xp(path.parent_path() / "codec_xp.safetensors"),
            scalars(path.parent_path() / "codec_scalars.safetensors");
        const auto rows = jsonOf(file, "rows").get<std::vector<std::size_t>>();
        const auto chosen = [&](const io::SafetensorsFile& from, const std::string& key, std::size_t width) {
            const auto all = floatsOf(from, key);
            std::vector<float> values;
            for (const std::size_t r : rows)
                values.insert(values.end(), all.begin() + static_cast<std::ptrdiff_t>(r * width),
                              all.begin() + static_cast<std::ptrdiff_t>((r + 1) * width));
            return values;
        };
        const auto order = textListOf(file, "order");
        aion::GalaxyBatch batch;
        batch.rowCount = rows.size();
        for (const std::string& key : order) {
            const aion::Modality& kind = aion::modality(key);
            const std::string name(kind.codec);
            if (kind.isScalar())
                batch.scalars.push_back({name, chosen(scalars, name + ".value", 1), {}});
            else
                batch.lists.push_back({name, chosen(xp, name + ".value", kind.tokens), {}});
        }
        aion::LoadOptions load;
        load.modalities = order;
        const aion::Model model = aion::Model::load(aion::describeModel(aion2Model(file)), load, onDevice());
        aion::TokenBatch tokens = model.tokenise(batch, onDevice());
        EXPECT_TRUE(tokens.problems.empty());
        std::sort(tokens.modalities.begin(), tokens.modalities.end(), [&](const auto& a, const auto& b) {
            return std::find(order.begin(), order.end(), a.key) <
                   std::find(order.begin(), order.end(), b.key);
        });
        const auto encoded = model.encode(tokens, {}, onDevice());
        expectNear(encoded.values, floatsOf(file, "encode"), encoderTolerance, "pipeline encode");
        expectNear(valuesOf(aion::meanPool(encoded)), floatsOf(file, "mean_pool"), encoderTolerance,
                   "pipeline mean_pool");
    }
}

aion::TokenBatch conditionsOf(const io::SafetensorsFile& file, const std::string& prefix,
                              const std::vector<std::string>& order) {
    aion::TokenBatch batch;
    const auto add = [&](const std::string& key) {
        aion::ModalityTokens part;
        part.key = key;
        part.ids = idsOf(file, prefix + key);
        batch.rowCount = static_cast<std::size_t>(shapeOf(file, prefix + key).at(0));
        part.tokens = part.ids.size() / batch.rowCount;
        batch.modalities.push_back(std::move(part));
    };
    for (const std::string& key : order)
        if (file.find(prefix + key) != nullptr)
            add(key);
    return batch;
}

aion::TokenFilter filterOf(const io::SafetensorsFile& file) {
    aion::TokenFilter filter;
    const auto k = jsonOf(file, "top_k");
    if (k.is_number_integer())
        filter.topK = k.get<std::size_t>();
    else
        filter.topFraction = k.get<double>();
    filter.topP = jsonOf(file, "top_p").get<double>();
    return filter;
}

std::vector<aion::GenerationStep> stepsOf(const io::SafetensorsFile& file) {
    std::vector<aion::GenerationStep> steps;
    for (const auto& entry : jsonOf(file, "schedule")) {
        aion::GenerationStep step;
        step.target = entry.at("target_domain").get<std::string>();
        step.scheme = entry.at("scheme") == "roar" ? aion::Scheme::Roar : aion::Scheme::MaskGit;
        step.tokens = entry.at("num_tokens").get<std::size_t>();
        step.temperature = entry.at("temperature").get<double>();
        if (entry.at("cfg_scale").is_number()) {
            step.guidance = entry.at("cfg_scale").get<double>();
            step.guidedBy = entry.at("cfg_cond_domains").get<std::vector<std::string>>();
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

/// The schedule again from what it was made of.
void expectSamePlan(const io::SafetensorsFile& file, const std::vector<aion::GenerationStep>& steps,
                    const std::string& name) {
    using Kind = aion::TemperatureSchedule::Kind;
    std::vector<aion::GenerationStep> rebuilt;
    const auto builder = jsonOf(file, "builder");
    for (const auto& target : builder.at("targets")) {
        aion::TargetPlan plan;
        plan.target = target.at("target").get<std::string>();
        plan.scheme = target.at("scheme") == "roar" ? aion::Scheme::Roar : aion::Scheme::MaskGit;
        plan.steps = target.at("steps").get<std::size_t>();
        plan.schedule = target.at("token_schedule") == "cosine" ? aion::TokenSchedule::Cosine
                                                                : aion::TokenSchedule::Linear;
        plan.temperature.temperature = target.at("temperature").get<double>();
        const auto words = splitText(target.at("temperature_schedule").get<std::string>(), ':');
        if (words[0] == "linear")
            plan.temperature.kind = Kind::Linear;
        if (words[0] == "onex") {
            plan.temperature.kind = Kind::OneOverX;
            plan.temperature.lowest = std::stod(words.at(1));
            plan.temperature.power = std::stod(words.at(2));
        }
        const auto part = aion::planSteps(plan);
        rebuilt.insert(rebuilt.end(), part.begin(), part.end());
    }
    ASSERT_EQ(rebuilt.size(), steps.size()) << name;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        EXPECT_EQ(rebuilt[i].target, steps[i].target) << name << i;
        EXPECT_EQ(rebuilt[i].tokens, steps[i].tokens) << name << i;
        EXPECT_NEAR(rebuilt[i].temperature, steps[i].temperature, 1e-9) << name << i;
    }
}

std::string stepPrefix(std::size_t step) {
    return "s" + std::string(step < 10 ? "0" : "") + std::to_string(step) + ".";
}

void checkStep(const io::SafetensorsFile& file, const aion::StepRecord& record, const std::string& name) {
    const std::string at = stepPrefix(record.step), what = name + at;
    const std::vector<std::int32_t> positions(record.positions.begin(), record.positions.end());
    ASSERT_EQ(positions, idsOf(file, at + "positions")) << what;
    EXPECT_EQ(record.sampled, idsOf(file, at + "sampled")) << what;
    const auto rows = record.unknown.empty() ? 1 : positions.size() / record.asked;
    std::vector<float> probability(record.probability.begin(), record.probability.end()), logit, sum, first;
    for (std::size_t i = 0; i < record.sampled.size(); ++i) {
        const auto row = std::span(record.logits).subspan(i * record.vocabulary, record.vocabulary);
        logit.push_back(row[static_cast<std::size_t>(record.sampled[i])]);
        sum.push_back(static_cast<float>(aion::logSumExp(row)));
    }
    expectNear(probability, floatsOf(file, at + "prob"), probabilityTolerance, what + "prob");
    expectNear(logit, floatsOf(file, at + "logit"), logitTolerance, what + "logit");
    expectNear(sum, floatsOf(file, at + "logsumexp"), logitTolerance, what + "logsumexp");
    if (file.find(at + "logits") != nullptr) {
        const auto kept = static_cast<std::size_t>(shapeOf(file, at + "logits").at(1));
        for (std::size_t r = 0; r < rows; ++r) {
            const auto part = std::span(record.logits)
                                  .subspan(r * record.asked * record.vocabulary, kept * record.vocabulary);
            first.insert(first.end(), part.begin(), part.end());
        }
        expectNear(first, floatsOf(file, at + "logits"), logitTolerance, what + "logits");
    }
    const auto lengths = idsOf(file, at + "encoder_tokens");
    EXPECT_EQ(std::vector<std::int32_t>(record.encoderTokens.begin(), record.encoderTokens.end()), lengths)
        << what;
    EXPECT_EQ(std::vector<std::int32_t>(record.unknown.begin(), record.unknown.end()),
              idsOf(file, at + "unknown"))
        << what;
    if (file.find(at + "chosen") != nullptr) {
        const auto want = idsOf(file, at + "chosen");
        const std::size_t each = want.size() / rows;
        for (std::size_t r = 0; r < rows; ++r) {
            auto chosen = record.chosen[r];
            std::vector<std::size_t> expected(want.begin() + static_cast<std::ptrdiff_t>(r * each),
                                              want.begin() + static_cast<std::ptrdiff_t>((r + 1) * each));
            std::sort(chosen.begin(), chosen.end());
            std::sort(expected.begin(), expected.end());
            EXPECT_EQ(chosen, expected) << what;
        }
    }
}

void checkGeneration(const std::filesystem::path& path) {
    const std::string name = path.stem().string() + ": ";
    const io::SafetensorsFile file(path);
    const auto order = textListOf(file, "order"), targets = textListOf(file, "targets");
    const auto steps = stepsOf(file);
    if (file.metadata().contains("builder"))
        expectSamePlan(file, steps, name);
    aion::GenerationOptions options;
    options.filter = filterOf(file);
    aion::TokenBatch conditions = conditionsOf(file, "input.", order);
    std::vector<std::string> keys = keysOf(conditions);
    if (file.metadata().contains("weights")) {
        options.weights = jsonOf(file, "weights").get<std::vector<double>>();
        for (std::size_t k = 0; k < options.weights.size(); ++k) {
            const std::string prefix = "condition" + std::to_string(k) + ".";
            std::vector<std::string> all;
            for (const aion::Modality& kind : aion::allModalities())
                all.emplace_back(kind.key);
            options.weighted.push_back(conditionsOf(file, prefix, all));
            for (const auto& key : keysOf(options.weighted.back()))
                keys.push_back(key);
        }
    }
    keys.insert(keys.end(), targets.begin(), targets.end());
    const aion::Model model = loadModel(file, keys, true);
    std::size_t seen = 0;
    options.observe = [&](const aion::StepRecord& record) {
        ++seen;
        checkStep(file, record, name);
    };
    const auto draws = [&](std::size_t step, std::size_t, std::size_t, std::size_t) {
        aion::StepDraws recorded;
        const std::string at = stepPrefix(step);
        const auto read = [&](const char* key) {
            return file.find(at + key) == nullptr ? std::vector<float>{} : floatsOf(file, at + key);
        };
        recorded.order = read("order_u");
        recorded.draws = read("u");
        recorded.exponential = read("exponential");
        return recorded;
    };
    const aion::TokenBatch result = aion::generate(model, conditions, steps, draws, options, onDevice());
    EXPECT_EQ(seen, steps.size()) << name;
    for (const std::string& target : targets) {
        const auto part = std::find_if(result.modalities.begin(), result.modalities.end(),
                                       [&](const auto& p) { return p.key == target; });
        ASSERT_NE(part, result.modalities.end()) << name << target;
        EXPECT_EQ(part->ids, idsOf(file, "output." + target)) << name << target;
    }
}

TEST(Aion2Generation, reproducesTheReference) {
    auto files = aion2Files("gen_");
    std::erase_if(files, [](const auto& path) { return path.stem().string().starts_with("gen_ar"); });
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files)
        checkGeneration(path);
}

TEST(Aion2Sequence, reproducesTheReference) {
    const auto files = aion2Files("gen_ar");
    if (files.empty())
        GTEST_SKIP() << "no such file in this folder of goldens";
    for (const auto& path : files) {
        const std::string name = path.stem().string() + ": ";
        const io::SafetensorsFile file(path);
        const auto settings = jsonOf(file, "schedule").at(0);
        auto order = textListOf(file, "order");
        const aion::TokenBatch conditions = conditionsOf(file, "input.", order);
        const aion::Model model = loadModel(file, order, true);
        aion::SequenceOptions options;
        options.length = static_cast<std::size_t>(shapeOf(file, "initial.catalog").at(1));
        options.temperature = settings.at("temperature").get<double>();
        options.guidance = settings.at("cfg_scale").get<double>();
        options.guidedBy = settings.at("cfg_cond_domains").get<std::vector<std::string>>();
        options.filter = filterOf(file);
        const auto u = file.find("u") == nullptr ? std::vector<float>{} : floatsOf(file, "u");
        const std::size_t rows = conditions.rowCount, draws = u.size() / rows;
        const auto column = [&](std::size_t step) {
            std::vector<float> values;
            for (std::size_t r = 0; r < rows && draws > 0; ++r)
                values.push_back(u.at(r * draws + step));
            return values;
        };
        const auto got = aion::generateSequence(model, conditions, options, column, onDevice());
        std::vector<std::int32_t> raw, ids;
        std::vector<float> sums;
        std::size_t longest = 0;
        for (const auto& row : got.ids)
            longest = std::max(longest, row.size());
        for (std::size_t r = 0; r < rows; ++r) {
            raw.insert(raw.end(), got.raw[r].begin(), got.raw[r].end());
            sums.insert(sums.end(), got.logSumExp[r].begin(), got.logSumExp[r].end());
            auto padded = got.ids[r];
            padded.resize(longest, 0);
            ids.insert(ids.end(), padded.begin(), padded.end());
        }
        EXPECT_EQ(raw, idsOf(file, "raw_output")) << name;
        EXPECT_EQ(ids, idsOf(file, "output.catalog")) << name;
        if (file.find("logsumexp") != nullptr)
            expectNear(sums, floatsOf(file, "logsumexp"), logitTolerance, name + "logsumexp");
    }
}

} // namespace
} // namespace penumbra
