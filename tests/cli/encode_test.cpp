#include "tests/cli/cli_support.h"

#include "core/catalogue/catalogue.h"
#include "core/catalogue/samples.h"
#include "core/io/hdf5_file.h"
#include "core/io/safetensors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <numeric>

using namespace penumbra;

namespace {

/// A folder with mock.h5: simulated galaxies, the first ones with cutouts or spectra.
class EncodeCli : public testing::Test {
protected:
    void simulate(const std::string& size) const {
        const CliRun made = folder.run("simulate --seed 3 --out mock.h5 " + size);
        ASSERT_EQ(made.exitCode, 0) << made.err;
    }
    CliRun encode(const std::string& more, const std::string& out = "out.h5") const {
        return folder.run("encode mock.h5 --random-weights tiny --device cpu --json --out " + out + " " +
                          more);
    }
    Catalogue read(const std::string& name) const { return readCatalogue(folder.path(name)); }
    bool exists(const std::string& name) const { return std::filesystem::exists(folder.path(name)); }
    static void expectSaid(const CliRun& run, int exitCode, const std::vector<std::string>& words) {
        EXPECT_EQ(run.exitCode, exitCode) << run.err;
        for (const auto& word : words)
            EXPECT_NE(run.err.find(word), std::string::npos) << "'" << word << "' is not in: " << run.err;
    }
    CliFolder folder;
};

constexpr const char* feature = "aion_custom_random_mean";

} // namespace

TEST_F(EncodeCli, EmbeddingsGoIntoAStudy) {
    simulate("--rows 70 --cutouts 50 --spectra 50");
    const CliRun run = encode("--modalities photometry,image,spectrum");
    ASSERT_EQ(run.exitCode, 0) << run.err;
    EXPECT_NE(run.err.find("RANDOM WEIGHTS"), std::string::npos) << run.err;
    const auto json = nlohmann::json::parse(run.out);
    EXPECT_EQ(json.at("rows"), 70);
    EXPECT_EQ(json.at("encoded"), 50);
    EXPECT_EQ(json.at("quarantined"), 20);
    const Catalogue catalogue = read("out.h5");
    ASSERT_EQ(catalogue.features.size(), 2U); // the simulated embedding is carried over
    const FeatureInfo& info = catalogue.feature(feature);
    EXPECT_EQ(info.attributes.at("pooling"), "mean over valid tokens");
    EXPECT_EQ(info.attributes.at("modalities"), "FLUX_G,FLUX_R,FLUX_I,FLUX_Z,tok_image,tok_spectrum_desi");
    EXPECT_TRUE(info.attributes.contains("random_weights"));
    EXPECT_EQ(info.attributes.at("weights_hash").size(), 16U);
    EXPECT_EQ(loadFeatures(catalogue, feature).quarantinedCount, 20U);
    EXPECT_EQ(loadFeatures(catalogue, "simulated_embedding").values,
              loadFeatures(read("mock.h5"), "simulated_embedding").values);
    EXPECT_EQ(catalogue.targets.size(), read("mock.h5").targets.size());
    EXPECT_FALSE(catalogue.targets.front().oracle.empty());
    EXPECT_FALSE(exists("out.h5.part"));
    // The same command has nothing to do; another run does not fall upon the file.
    const auto again = encode("--modalities photometry,image,spectrum");
    EXPECT_EQ(nlohmann::json::parse(again.out).at("galaxies_encoded_now"), 0);
    expectSaid(encode("--modalities photometry"), 1, {"out.h5 exists", "--restart"});
    const CliRun study = folder.run(std::string("study out.h5 --targets z --features ") + feature +
                                    " --methods VanillaSplit --epochs 3 --width 8 --residual-epochs 3 "
                                    "--bootstrap 20 --device cpu --out study.h5");
    EXPECT_EQ(study.exitCode, 0) << study.err;
}

TEST_F(EncodeCli, AKillCostsNoFinishedBlock) {
    simulate("--rows 30 --spectra 24");
    const std::string options = "--modalities photometry,spectrum --batch 1 --block 2";
    ASSERT_EQ(encode(options, "whole.h5").exitCode, 0);
    const CliRun killed = folder.shell(
        "CLI encode mock.h5 --random-weights tiny --device cpu --quiet --out out.h5 " + options +
        " & pid=$!; until [ $(stat -c %s out.h5.part 2>/dev/null || echo 0) -gt 1500 ] || ! kill -0 $pid; do "
        "sleep 0.01; done; kill -9 $pid; wait $pid");
    ASSERT_TRUE(exists("out.h5.part")) << killed.err;
    ASSERT_FALSE(exists("out.h5")) << "it was over before the kill";
    const CliRun resumed = encode(options);
    ASSERT_EQ(resumed.exitCode, 0) << resumed.err;
    EXPECT_NE(resumed.err.find("going on"), std::string::npos) << resumed.err;
    const int now = nlohmann::json::parse(resumed.out).at("galaxies_encoded_now");
    EXPECT_LT(now, 24);
    const auto whole = loadFeatures(read("whole.h5"), feature),
               mended = loadFeatures(read("out.h5"), feature);
    ASSERT_EQ(whole.values.size(), mended.values.size());
    EXPECT_EQ(std::memcmp(whole.values.data(), mended.values.data(),
                          static_cast<std::size_t>(whole.values.size()) * sizeof(float)),
              0);
    EXPECT_FALSE(exists("out.h5.part"));
}

TEST_F(EncodeCli, PartsMergeToTheWhole) {
    simulate("--rows 16 --spectra 11");
    std::vector<float> draws(16 * 5);
    std::iota(draws.begin(), draws.end(), 0.5F);
    {
        auto file = io::Hdf5File::openForUpdate(folder.path("mock.h5"));
        file.writeFloats("/target_samples/z", draws, {16, 5});
        file.close();
    }
    const std::string options = "--modalities photometry,spectrum";
    ASSERT_EQ(encode(options, "whole.h5").exitCode, 0);
    for (const char* i : {"1", "2", "3"})
        ASSERT_EQ(encode(options + " --shard " + i + "/3", std::string("p") + i + ".h5").exitCode, 0);
    expectSaid(folder.run("merge p1.h5 p3.h5 --out m.h5"), 1, {"parts 2 of 3 are missing"});
    EXPECT_FALSE(exists("m.h5"));
    ASSERT_EQ(folder.run("merge p3.h5 p1.h5 p2.h5 --out m.h5").exitCode, 0);
    for (const char* name : {"whole.h5", "m.h5"})
        EXPECT_EQ(loadSamples(read(name), "/target_samples/z"), draws) << name;
    const auto whole = loadFeatures(read("whole.h5"), feature), merged = loadFeatures(read("m.h5"), feature);
    ASSERT_EQ(whole.values.rows(), merged.values.rows());
    for (Eigen::Index row = 0; row < whole.values.rows(); ++row) {
        EXPECT_EQ(whole.quarantined[static_cast<std::size_t>(row)],
                  merged.quarantined[static_cast<std::size_t>(row)]);
        if (!whole.quarantined[static_cast<std::size_t>(row)]) {
            EXPECT_LT((whole.values.row(row) - merged.values.row(row)).cwiseAbs().maxCoeff(), 2e-5F) << row;
        }
    }
}

TEST_F(EncodeCli, BadPixelsAreQuarantinedWithTheirReason) {
    simulate("--rows 8 --cutouts 8 --spectra 8");
    {
        auto file = io::Hdf5File::openForUpdate(folder.path("mock.h5"));
        auto image = file.readFloats("/images/flux", {4, 1});
        image[48 * 96 + 48] = std::nanf("");
        file.writeFloatRows("/images/flux", 4, image);
        auto mask = file.readBytes("/spectra/mask");
        std::fill_n(mask.begin() + 5 * 7781, 7781, std::uint8_t{1});
        file.writeBooleans("/spectra/mask", mask, {8, 7781});
        file.close();
    }
    ASSERT_EQ(encode("--modalities image,spectrum").exitCode, 0);
    const Catalogue catalogue = read("out.h5");
    const auto& status = catalogue.columns.at("aion_status");
    const auto features = loadFeatures(catalogue, feature);
    EXPECT_EQ(features.quarantinedCount, 2U);
    EXPECT_NE(status.asText(4).find("image: 1 of 36864 pixels are NaN"), std::string::npos)
        << status.asText(4);
    EXPECT_NE(status.asText(5).find("spectrum: all pixels are masked"), std::string::npos)
        << status.asText(5);
    EXPECT_EQ(status.asText(6), "encoded");
}

TEST_F(EncodeCli, WrongWeightsAndWishesAreExplained) {
    simulate("--rows 6 --cutouts 1");
    ASSERT_EQ(encode("--modalities photometry --max-rows 4").exitCode, 0);
    const std::string weights = "aion_random_tiny_seed0";
    const CliRun broken = folder.shell(
        "cp -r " + weights + " cut && truncate -s -1000 cut/model.safetensors && cp -r " + weights +
        " wrong && sed -i 's/\"dim\": *[0-9]*/\"dim\": 96/' wrong/config.json && cp -r " + weights +
        " bare && rm bare/codecs/image/model.safetensors");
    ASSERT_EQ(broken.exitCode, 0) << broken.err;
    const auto with = [&](const std::string& model, const std::string& more) {
        return folder.run("encode mock.h5 --device cpu --weights " + model + " --out o.h5 " + more);
    };
    expectSaid(with("cut", ""), 1, {"cut/model.safetensors"});
    expectSaid(with("wrong", ""), 1, {"wrong"});
    expectSaid(with("nowhere", ""), 1, {"nowhere"});
    expectSaid(with("bare", "--modalities image"), 2, {"cannot encode tok_image", "image"});
    expectSaid(with(weights, "--random-weights tiny"), 2, {"not both"});
    expectSaid(folder.run("encode mock.h5 --out o.h5"), 2, {"--weights"});
    expectSaid(with(weights, "--modalities FLUX_W3"), 2, {"FLUX_W3", "FLUX_W1"});
    expectSaid(with(weights, "--modalities photometry --shard 3/2"), 2, {"--shard"});
    expectSaid(with(weights, "--pool attentive --shard 1/2"), 2, {"--attention"});
    EXPECT_FALSE(exists("o.h5"));
    EXPECT_FALSE(exists("o.h5.part"));
    expectSaid(folder.run("encode . --device cpu --weights " + weights + " --out o.h5"), 1,
               {"neither a catalogue", "Multimodal Universe"});
}

namespace {

/// The model's weights again, spread over two files with an index.
void shard(const std::filesystem::path& model, const std::filesystem::path& into) {
    std::filesystem::copy(model, into, std::filesystem::copy_options::recursive);
    std::filesystem::remove(into / "model.safetensors");
    const io::SafetensorsFile whole(model / "model.safetensors");
    std::vector<std::vector<io::TensorSpec>> specs(2);
    std::size_t count = 0;
    for (const auto& [name, entry] : whole.tensors())
        specs[count++ % 2].push_back({name, entry.type, entry.shape});
    nlohmann::json map;
    const std::map<std::string, std::string> metadata(whole.metadata().begin(), whole.metadata().end());
    for (const std::size_t part : {0U, 1U}) {
        const std::string name = "model-0000" + std::to_string(part + 1) + "-of-00002.safetensors";
        io::SafetensorsWriter writer(into / name, specs[part], metadata);
        for (const io::TensorSpec& spec : specs[part]) {
            map[spec.name] = name;
            if (spec.type == io::TensorType::F32)
                writer.append(whole.floats(spec.name, io::SafetensorsFile::Shape(spec.shape)));
            else
                writer.append(whole.integers(spec.name, io::SafetensorsFile::Shape(spec.shape)));
        }
        writer.commit();
    }
    std::ofstream(into / "model.safetensors.index.json") << nlohmann::json{{"weight_map", map}};
}

} // namespace

TEST_F(EncodeCli, WeightsInSeveralFilesGiveTheSame) {
    simulate("--rows 12 --spectra 6");
    const std::string options = "--modalities photometry,spectrum";
    ASSERT_EQ(encode(options).exitCode, 0);
    shard(folder.path("aion_random_tiny_seed0"), folder.path("sharded"));
    const CliRun run =
        folder.run("encode mock.h5 --device cpu --weights sharded --out sharded.h5 " + options);
    ASSERT_EQ(run.exitCode, 0) << run.err;
    const auto whole = loadFeatures(read("out.h5"), feature),
               parts = loadFeatures(read("sharded.h5"), feature);
    ASSERT_EQ(whole.values.size(), parts.values.size());
    EXPECT_EQ(std::memcmp(whole.values.data(), parts.values.data(),
                          static_cast<std::size_t>(whole.values.size()) * sizeof(float)),
              0);
    std::filesystem::remove(folder.path("sharded/model-00002-of-00002.safetensors"));
    expectSaid(folder.run("encode mock.h5 --device cpu --weights sharded --out o.h5 " + options), 1,
               {"model-00002-of-00002.safetensors", "missing"});
}

TEST_F(EncodeCli, ASpectrumWithoutWeightIsQuarantined) {
    simulate("--rows 4 --spectra 4");
    {
        auto file = io::Hdf5File::openForUpdate(folder.path("mock.h5"));
        auto ivar = file.readFloats("/spectra/ivar", {2, 1});
        std::fill(ivar.begin(), ivar.end(), 0.0F);
        file.writeFloatRows("/spectra/ivar", 2, ivar);
        file.close();
    }
    ASSERT_EQ(encode("--modalities spectrum").exitCode, 0);
    const Catalogue catalogue = read("out.h5");
    EXPECT_EQ(loadFeatures(catalogue, feature).quarantinedCount, 1U);
    EXPECT_NE(catalogue.columns.at("aion_status").asText(2).find("inverse variance is 0"), std::string::npos)
        << catalogue.columns.at("aion_status").asText(2);
}

TEST_F(EncodeCli, RestartReplacesOnlyWhatEncodeMade) {
    simulate("--rows 8");
    const auto again = [&](const std::string& more) {
        return encode("--modalities photometry --restart " + more);
    };
    std::filesystem::copy(folder.path("mock.h5"), folder.path("out.h5"));
    const std::string before = textOf(folder.path("out.h5"));
    expectSaid(again(""), 1, {"not an encoded catalogue", "--restart"});
    EXPECT_EQ(textOf(folder.path("out.h5")), before);
    std::filesystem::remove(folder.path("out.h5"));
    folder.write("out.h5.part", "a letter to my mother");
    expectSaid(again(""), 1, {"out.h5.part", "not made by encode"});
    EXPECT_EQ(textOf(folder.path("out.h5.part")), "a letter to my mother");
    std::filesystem::remove(folder.path("out.h5.part"));
    folder.write("out.attention.safetensors", "mine");
    ASSERT_EQ(again("").exitCode, 0);
    ASSERT_EQ(again("").exitCode, 0) << "its own output may go";
    EXPECT_EQ(textOf(folder.path("out.attention.safetensors")), "mine") << "no attention was asked for";
    expectSaid(again("--unmatched mock.h5"), 2, {"--unmatched", "the input"});
    expectSaid(again("--token-cache out.h5"), 2, {"--out"});
    std::filesystem::create_hard_link(folder.path("mock.h5"), folder.path("hard.h5"));
    expectSaid(folder.run("encode mock.h5 --random-weights tiny --restart --out hard.h5"), 2, {"the input"});
    const std::string weights = "aion_random_tiny_seed0/model.safetensors";
    const std::string model = textOf(folder.path(weights));
    expectSaid(folder.run("encode mock.h5 --weights aion_random_tiny_seed0 --out " + weights), 2,
               {"a file of the folder"});
    EXPECT_EQ(textOf(folder.path(weights)), model);
}

TEST_F(EncodeCli, AttentivePoolingIsTrainedOnceAndReused) {
    simulate("--rows 60 --spectra 50");
    const std::string options =
        "--modalities photometry,spectrum --pool mean,attentive --attention-epochs 2 --attention-targets z";
    const CliRun run = encode(options);
    ASSERT_EQ(run.exitCode, 0) << run.err;
    EXPECT_TRUE(exists("out.attention.safetensors"));
    EXPECT_FALSE(exists("out.h5.tokens"));
    const Catalogue catalogue = read("out.h5");
    const auto attentive = loadFeatures(catalogue, "aion_custom_random_attentive");
    const auto mean = loadFeatures(catalogue, feature);
    EXPECT_EQ(attentive.quarantinedCount, 10U);
    EXPECT_GT((attentive.values.row(0) - mean.values.row(0)).norm(), 1e-3F);
    // Frozen and given to another run, with a token cache: the same vectors, up to the order of sums.
    ASSERT_EQ(
        encode("--modalities photometry,spectrum --pool attentive --attention out.attention.safetensors "
               "--token-cache tokens --batch 3",
               "again.h5")
            .exitCode,
        0);
    EXPECT_TRUE(exists("tokens"));
    const auto again = loadFeatures(read("again.h5"), "aion_custom_random_attentive");
    for (Eigen::Index row = 0; row < 50; ++row)
        EXPECT_LT((attentive.values.row(row) - again.values.row(row)).cwiseAbs().maxCoeff(), 1e-4F) << row;
}
