// What a folder of weights may lack or contradict, and what is said about it.

#include "core/aion/model_folder.h"

#include "core/base/error.h"
#include "core/io/safetensors.h"
#include "tests/core/aion/tiny_model.h"

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

namespace penumbra::aion {
namespace {

class ModelFolder : public testing::Test {
protected:
    ModelFolder()
        : folder(test::TinyFolder::path() / testing::UnitTest::GetInstance()->current_test_info()->name()) {
        std::filesystem::copy(test::TinyFolder::model(), folder, std::filesystem::copy_options::recursive);
    }
    void change(const std::filesystem::path& file, const std::function<void(nlohmann::json&)>& edit) {
        std::ifstream in(folder / file);
        auto json = nlohmann::json::parse(in);
        edit(json);
        std::ofstream(folder / file) << json;
    }
    void expectRefusal(std::initializer_list<const char*> parts) {
        try {
            describeModel(folder);
            FAIL() << "was accepted";
        } catch (const Error& error) {
            for (const char* part : parts)
                EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
                    << part << " in: " << error.what();
        }
    }
    std::filesystem::path folder;
};

TEST_F(ModelFolder, isDescribedForADialog) {
    const ModelDescription model = describeModel(folder);
    EXPECT_EQ(model.config.dim, 64);
    EXPECT_EQ(model.sizeName, "custom");
    EXPECT_EQ(model.weightType, "float32");
    EXPECT_EQ(model.usableModalities().size(), 39U); // all but the objects of a cutout
    EXPECT_TRUE(model.notes.empty());
    const std::string text = model.text();
    for (const char* part : {"RANDOM WEIGHTS", "width 64", "tok_spectrum_desi", "float32"})
        EXPECT_NE(text.find(part), std::string::npos) << text;
    EXPECT_EQ(describeModel(folder).fingerprint, model.fingerprint);
    EXPECT_TRUE(std::filesystem::exists(folder / "RANDOM_WEIGHTS.txt"));
}

TEST_F(ModelFolder, hiddenWidthFollowsTheReference) {
    TransformerConfig config;
    config.gatedMlp = true;
    for (const auto& [dim, hidden] :
         {std::pair{768, 2048}, {1024, 2730}, {2048, 5461}, {64, 170}}) { // spec 1
        config.dim = dim;
        EXPECT_EQ(config.hiddenWidth(), hidden);
    }
}

TEST_F(ModelFolder, missingOrBrokenCodecsAreListedNotFatal) {
    std::filesystem::remove_all(folder / "codecs/image");
    std::ofstream(folder / "codecs/EBV/model.safetensors") << "nothing";
    change("codecs/spectrum/config.json", [](auto& json) { json["latent_channels"] = 32; });
    const ModelDescription model = describeModel(folder);
    const auto usable = model.usableModalities();
    for (const char* key : {"tok_image", "tok_image_hsc", "tok_ebv", "tok_spectrum_desi"})
        EXPECT_EQ(std::count(usable.begin(), usable.end(), key), 0) << key;
    EXPECT_EQ(usable.size(), 34U);
    EXPECT_NE(model.text().find("\"latent_channels\" is 32"), std::string::npos) << model.text();
    LoadOptions options;
    options.modalities = {"EBV"};
    EXPECT_THROW(Model::load(model, options, {}), Error);
    options.modalities = {"catalog"};
    EXPECT_THROW(Model::load(model, options, {}), UsageError);
}

TEST_F(ModelFolder, moreCodesThanTheTransformerKnowsAreRefused) {
    change("codecs/image/config.json", [](auto& json) { json["quantizer_levels"] = {8, 5, 5, 5, 5}; });
    const std::string text = describeModel(folder).text();
    EXPECT_NE(text.find("5000 codes, but the transformer knows 4375"), std::string::npos) << text; // spec 0.7
}

TEST_F(ModelFolder, wrongConfigsAreNamed) {
    change("config.json", [](auto& json) { json["num_heads"] = 5; });
    expectRefusal({"config.json", "\"num_heads\" is 5", "divisor of dim = 64"});
    change("config.json", [](auto& json) { json["num_heads"] = 4, json["dim"] = 128; });
    expectRefusal({"model.safetensors", "encoder.0.norm1.weight", "[64]", "[128]"});
    change("config.json", [](auto& json) { json["dim"] = 64, json["encoder_depth"] = 3; });
    expectRefusal({"no key 'encoder.2.norm1.weight'"});
    change("config.json", [](auto& json) { json["encoder_depth"] = 2, json["act_layer"] = "Softmax"; });
    expectRefusal({"\"act_layer\" is \"Softmax\"", "SiLU"});
    change("config.json", [](auto& json) { json.erase("act_layer"); });
    expectRefusal({"\"act_layer\" is missing"});
    std::ofstream(folder / "config.json") << "{";
    expectRefusal({"config.json", "not a JSON object"});
    std::filesystem::remove(folder / "config.json");
    expectRefusal({"config.json", "cannot be read"});
}

TEST_F(ModelFolder, keysOfTheWeightsWinOverTheConfig) {
    change("config.json", [](auto& json) { json["gated_mlp"] = false, json.erase("qk_norm"); });
    const ModelDescription model = describeModel(folder);
    EXPECT_TRUE(model.config.gatedMlp);
    EXPECT_TRUE(model.config.qkNorm);
    EXPECT_EQ(model.notes.size(), 2U);
}

TEST_F(ModelFolder, truncatedWeightsAreRefused) {
    const auto size = std::filesystem::file_size(folder / "model.safetensors");
    std::filesystem::resize_file(folder / "model.safetensors", size / 2);
    expectRefusal({"model.safetensors", "fetch it again"});
    std::filesystem::resize_file(folder / "model.safetensors", 4);
    expectRefusal({"4 bytes"});
}

TEST_F(ModelFolder, aSecondRandomModelDoesNotOverwrite) {
    EXPECT_THROW(writeRandomModel(folder, "tiny", {}), Error);
    EXPECT_THROW(writeRandomModel(folder / "new", "huge", {}), UsageError);
}

} // namespace
} // namespace penumbra::aion
