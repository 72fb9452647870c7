// What needs no network: scalar codecs, lists, objects, schedules, filters, posteriors.

#include "core/aion/object_codec.h"
#include "core/aion/posterior.h"
#include "core/aion/sampling.h"
#include "core/aion/scalar_codec.h"
#include "core/aion/scalar_list_codec.h"
#include "tests/golden/aion2_support.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra {
namespace {

using namespace penumbra::golden;

/// Of every kind that a suite reads, the beginning of the file's name.
constexpr const char* kinds[] = {
    "codec_catalog",     "codec_image", "codec_scalars", "codec_segmap", "codec_spectrum", "codec_xp",
    "conformal_classes", "encoder_",    "filters",       "gen_",         "heads",          "logits_",
    "pipeline_",         "posterior_z", "retrieval",     "schedules"};

TEST(Aion2Files, everyFileHasASuite) {
    const auto files = aion2Files("");
    EXPECT_FALSE(files.empty()) << "the folder of goldens has no aion2/io/*.safetensors";
    for (const auto& path : files) {
        const std::string stem = path.stem().string();
        EXPECT_TRUE(std::any_of(std::begin(kinds), std::end(kinds),
                                [&](const char* kind) { return stem.starts_with(kind); }))
            << stem << ": no suite reads this kind of file";
    }
}

#define FILES_OR_SKIP(files, prefix)                                                                         \
    const auto files = aion2Files(prefix);                                                                   \
    if (files.empty())                                                                                       \
    GTEST_SKIP() << "no such file in this folder of goldens"

TEST(Aion2Scalars, reproduceTheReference) {
    FILES_OR_SKIP(files, "codec_scalars");
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        for (const std::string& name : textListOf(file, "names")) {
            const auto codec =
                aion::ScalarCodec::load(aion2Model(file) / "codecs" / name, aion::modality(name).kind);
            for (const char* part : {"", "edge_"}) {
                std::vector<std::int32_t> tokens;
                for (const float value : floatsOf(file, name + "." + part + "value"))
                    tokens.push_back(codec.encode(value));
                EXPECT_EQ(tokens, idsOf(file, name + "." + part + "tokens")) << name << ' ' << part;
            }
            std::vector<float> decoded;
            for (const std::int32_t token : idsOf(file, name + ".tokens"))
                decoded.push_back(codec.decode(token));
            expectNear(decoded, floatsOf(file, name + ".decoded"), {1e-12, 2e-7}, name + ".decoded");
        }
    }
}

TEST(Aion2Xp, reproducesTheReference) {
    FILES_OR_SKIP(files, "codec_xp");
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const auto compression = jsonOf(file, "compression");
        for (const auto& [name, functions] : compression.items()) {
            const auto codec = aion::ScalarListCodec::load(aion2Model(file) / "codecs" / name);
            const auto values = floatsOf(file, name + ".value");
            const auto want = idsOf(file, name + ".tokens");
            std::vector<float> compressed, decoded;
            std::vector<std::int32_t> tokens;
            for (const float value : values)
                compressed.push_back(codec.compress(value));
            for (std::size_t at = 0; at < values.size(); at += codec.size()) {
                const auto ids = codec.encode(std::span(values).subspan(at, codec.size()));
                const auto back = codec.decode(std::span(want).subspan(at, codec.size()));
                tokens.insert(tokens.end(), ids.begin(), ids.end());
                decoded.insert(decoded.end(), back.begin(), back.end());
            }
            expectNear(compressed, floatsOf(file, name + ".compressed"), {1e-6, 1e-6}, name + " compressed");
            expectTokens(tokens, want, floatsOf(file, name + ".margin"), 5e-6F, name);
            expectNear(decoded, floatsOf(file, name + ".decoded"), {1e-6, 1e-6}, name + " decoded");
        }
    }
}

TEST(Aion2Catalog, reproducesTheReference) {
    FILES_OR_SKIP(files, "codec_catalog");
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const auto codec = aion::ObjectCodec::load(aion2Model(file) / "codecs/catalog");
        EXPECT_EQ(codec.maskValue(), jsonOf(file, "mask_value").get<std::int32_t>());
        EXPECT_EQ(codec.codes(), jsonOf(file, "codebook_size").get<std::int32_t>());
        const auto rows = static_cast<std::size_t>(shapeOf(file, "value.X").at(0));
        const auto length = static_cast<std::size_t>(shapeOf(file, "value.X").at(1));
        const auto x = idsOf(file, "value.X"), y = idsOf(file, "value.Y");
        const auto e1 = floatsOf(file, "value.SHAPE_E1"), e2 = floatsOf(file, "value.SHAPE_E2"),
                   radius = floatsOf(file, "value.SHAPE_R");
        std::vector<std::int32_t> tokens;
        for (std::size_t r = 0; r < rows; ++r) {
            const auto part = [&](const auto& all) {
                const auto from = all.begin() + static_cast<std::ptrdiff_t>(r * length);
                return std::decay_t<decltype(all)>(from, from + static_cast<std::ptrdiff_t>(length));
            };
            const auto ids = codec.encode({part(x), part(y), part(e1), part(e2), part(radius)});
            tokens.insert(tokens.end(), ids.begin(), ids.end());
        }
        EXPECT_EQ(tokens, idsOf(file, "tokens"));
        for (const char* suffix : {"", "_bad"}) {
            const auto decoded = codec.decode(idsOf(file, std::string("tokens") + suffix));
            const auto name = [&](const char* column) {
                return "decoded" + std::string(suffix) + "." + column;
            };
            EXPECT_EQ(decoded.x, idsOf(file, name("X")));
            EXPECT_EQ(decoded.y, idsOf(file, name("Y")));
            expectNear(decoded.e1, floatsOf(file, name("SHAPE_E1")), {0, 0}, name("SHAPE_E1"));
            expectNear(decoded.e2, floatsOf(file, name("SHAPE_E2")), {0, 0}, name("SHAPE_E2"));
            expectNear(decoded.radius, floatsOf(file, name("SHAPE_R")), {0, 0}, name("SHAPE_R"));
        }
    }
}

TEST(Aion2Schedules, reproduceTheReference) {
    FILES_OR_SKIP(files, "schedules");
    using Kind = aion::TemperatureSchedule::Kind;
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const auto onex = jsonOf(file, "temp_onex");
        aion::TemperatureSchedule falling{
            Kind::Linear, jsonOf(file, "temp_linear").at("temperature").get<double>(), 0.0, 1.0};
        aion::TemperatureSchedule steep{Kind::OneOverX, onex.at("max").get<double>(),
                                        onex.at("min").get<double>(), onex.at("power").get<double>()};
        std::size_t compared = 0;
        for (const auto& [key, entry] : file.tensors()) {
            const std::string kind = key.substr(0, key.rfind('.')), sizes = key.substr(key.rfind('.') + 1);
            const auto steps = static_cast<std::size_t>(std::stoul(sizes)),
                       total = static_cast<std::size_t>(std::stoul(sizes.substr(sizes.find('_') + 1)));
            const auto schedule =
                kind.ends_with("linear") ? aion::TokenSchedule::Linear : aion::TokenSchedule::Cosine;
            const auto counts = aion::rawSchedule(schedule, steps, total);
            ++compared;
            if (!kind.starts_with("temp_")) {
                const auto want = file.integers(key, entry.shape);
                EXPECT_EQ(counts, want) << key;
                const auto usable = aion::tokenSchedule(schedule, steps, total);
                std::size_t sum = 0;
                for (const std::size_t count : usable)
                    sum += count;
                EXPECT_EQ(sum, total) << key; // cut where the reference's parts exceed the total
            } else {
                auto got =
                    aion::temperatures(kind.starts_with("temp_linear") ? falling : steep, counts, total);
                if (kind.starts_with("temp_onex")) // the reference's list ends with the target's tokens
                    got.resize(std::min(got.size(), total));
                expectReals(got, realsOf(file, key), 1e-9, key);
            }
        }
        EXPECT_GT(compared, 20U);
    }
}

TEST(Aion2Filters, reproduceTheReference) {
    FILES_OR_SKIP(files, "filters");
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const auto logits = floatsOf(file, "logits");
        const auto rows = static_cast<std::size_t>(shapeOf(file, "logits").at(0)),
                   vocabulary = logits.size() / rows;
        const auto cases = jsonOf(file, "cases");
        for (std::size_t c = 0; c < cases.size(); ++c) {
            const auto& settings = cases[c];
            aion::TokenFilter filter;
            if (settings.at("top_k_is_count").get<bool>())
                filter.topK = settings.at("top_k").get<std::size_t>();
            else
                filter.topFraction = settings.at("top_k").get<double>();
            filter.topP = settings.at("top_p").get<double>();
            const std::string number = std::to_string(c);
            const auto kept = idsOf(file, "kept." + number);
            const auto probability = floatsOf(file, "probability." + number);
            for (std::size_t r = 0; r < rows; ++r) {
                const std::span row(logits.data() + r * vocabulary, vocabulary);
                std::vector<float> filtered(row.begin(), row.end());
                aion::applyFilter(filtered, filter);
                std::vector<std::int32_t> got;
                for (std::size_t v = 0; v < vocabulary; ++v)
                    got.push_back(filtered[v] > -INFINITY ? 1 : 0);
                const std::vector<std::int32_t> want(
                    kept.begin() + static_cast<std::ptrdiff_t>(r * vocabulary),
                    kept.begin() + static_cast<std::ptrdiff_t>((r + 1) * vocabulary));
                const auto p = aion::tokenProbabilities(filtered, settings.at("temperature").get<double>());
                // Under top-p, which of several equal logits stay is an accident of the reference's sort.
                std::vector<float> gotLogits, wantLogits;
                for (std::size_t v = 0; v < vocabulary; ++v) {
                    if (got[v] == 1)
                        gotLogits.push_back(row[v]);
                    if (want[v] == 1)
                        wantLogits.push_back(row[v]);
                    const bool unique = std::count(row.begin(), row.end(), row[v]) == 1;
                    if (unique || filter.topP == 0.0) {
                        EXPECT_EQ(got[v], want[v]) << "case " << c << " row " << r << " token " << v;
                    }
                    if (got[v] == want[v]) {
                        EXPECT_NEAR(p[v], probability[r * vocabulary + v], 1e-6) << "case " << c;
                    }
                }
                std::sort(gotLogits.begin(), gotLogits.end());
                std::sort(wantLogits.begin(), wantLogits.end());
                EXPECT_EQ(gotLogits, wantLogits) << "case " << c << " row " << r;
            }
        }
    }
}

/// One number a row against a dataset.
template <typename Value>
void expectEach(const io::SafetensorsFile& file, const std::string& key,
                const std::vector<aion::TokenPosterior>& posteriors, Value&& value) {
    std::vector<double> got;
    for (std::size_t r = 0; r < posteriors.size(); ++r)
        got.push_back(value(posteriors[r], r));
    expectReals(got, realsOf(file, key), 1e-9, key);
}

TEST(Aion2Posterior, reproducesTheDefinitions) {
    FILES_OR_SKIP(files, "posterior_z");
    for (const auto& path : files) {
        const io::SafetensorsFile file(path);
        const auto logits = floatsOf(file, "logits");
        const auto vocabulary = static_cast<std::size_t>(shapeOf(file, "logits").at(1));
        const auto buckets = floatsOf(file, "buckets");
        const auto z = realsOf(file, "z");
        const auto bins = std::make_shared<const aion::TokenBins>(aion::binsOf(buckets, false));
        std::vector<aion::TokenPosterior> all;
        for (std::size_t r = 0; r < z.size(); ++r)
            all.emplace_back(bins, std::span(logits).subspan(r * vocabulary, vocabulary));
        std::vector<double> probability, quantiles;
        const auto levels = jsonOf(file, "quantile_levels").get<std::vector<double>>();
        for (const auto& one : all) {
            probability.insert(probability.end(), one.probability().begin(), one.probability().end());
            for (const double level : levels)
                quantiles.push_back(one.quantile(level));
        }
        expectReals(probability, realsOf(file, "probability"), 1e-9, "probability");
        expectReals(quantiles, realsOf(file, "quantiles"), 1e-9, "quantiles");
        using Posterior = aion::TokenPosterior;
        const auto check = [&](const char* key, auto&& value) { expectEach(file, key, all, value); };
        check("mass_of_unused_ids", [](const Posterior& p, std::size_t) { return p.unusedMass(); });
        check("mean", [](const Posterior& p, std::size_t) { return p.mean(); });
        check("std", [](const Posterior& p, std::size_t) { return p.spread(); });
        check("entropy", [](const Posterior& p, std::size_t) { return p.entropy(); });
        check("crps", [&](const Posterior& p, std::size_t r) { return p.crps(z[r]); });
        check("pit", [&](const Posterior& p, std::size_t r) { return p.pit(z[r]).value; });
        check("pit_low", [&](const Posterior& p, std::size_t r) { return p.pit(z[r]).low; });
        check("pit_high", [&](const Posterior& p, std::size_t r) { return p.pit(z[r]).high; });
        check("log_probability_of_truth",
              [&](const Posterior& p, std::size_t r) { return p.logScore(z[r]); });
        check("hpd_width_68", [](const Posterior& p, std::size_t) { return p.smallestSet(0.68).width; });
        check("hpd_width_95", [](const Posterior& p, std::size_t) { return p.smallestSet(0.95).width; });
        std::vector<std::int32_t> mode, token, bins68, bins95, drawn;
        const auto u = floatsOf(file, "draw_u");
        for (std::size_t r = 0; r < all.size(); ++r) {
            mode.push_back(static_cast<std::int32_t>(all[r].mode()));
            token.push_back(static_cast<std::int32_t>(all[r].binOf(z[r])));
            bins68.push_back(static_cast<std::int32_t>(all[r].smallestSet(0.68).bins));
            bins95.push_back(static_cast<std::int32_t>(all[r].smallestSet(0.95).bins));
            for (std::size_t d = 0; d < u.size() / all.size(); ++d)
                drawn.push_back(aion::drawToken(std::span(logits).subspan(r * vocabulary, bins->size()), {},
                                                1.0, static_cast<double>(u[r * u.size() / all.size() + d]))
                                    .token);
        }
        EXPECT_EQ(mode, idsOf(file, "mode_token"));
        EXPECT_EQ(token, idsOf(file, "token_of_z"));
        EXPECT_EQ(bins68, idsOf(file, "hpd_bins_68"));
        EXPECT_EQ(bins95, idsOf(file, "hpd_bins_95"));
        EXPECT_EQ(drawn, idsOf(file, "draw_tokens"));
    }
}

} // namespace
} // namespace penumbra
