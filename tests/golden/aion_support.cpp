#include "tests/golden/aion_support.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace penumbra::golden {

std::filesystem::path aionFolder() {
    const char* folder = std::getenv("PENUMBRA_GOLDENS");
    return std::filesystem::path(folder ? folder : PENUMBRA_DEFAULT_GOLDENS) / "aion";
}

std::vector<std::filesystem::path> aionFiles(const std::string& prefix) {
    std::vector<std::filesystem::path> files;
    const auto folder = aionFolder() / "io";
    if (std::filesystem::is_directory(folder))
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            if (entry.path().filename().string().starts_with(prefix) &&
                entry.path().extension() == ".safetensors")
                files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    EXPECT_FALSE(files.empty()) << "no golden file " << prefix << "* in " << folder;
    return files;
}

std::vector<std::filesystem::path> chosenFiles(const std::string& prefix) {
    auto files = aionFiles(prefix);
    if (const char* only = std::getenv("PENUMBRA_GOLDEN_FILE"))
        std::erase_if(files, [&](const std::filesystem::path& file) { return file.stem() != only; });
    return files;
}

std::filesystem::path modelOf(const std::filesystem::path& file) {
    return aionFolder() / (file.filename().string().starts_with("encoder_alt") ? "aion_alt" : "aion_tiny");
}

std::vector<float> floatsOf(const io::SafetensorsFile& file, const std::string& key) {
    const io::TensorEntry* entry = file.find(key);
    EXPECT_NE(entry, nullptr) << file.path() << " has no " << key;
    return entry == nullptr ? std::vector<float>{} : file.floats(key, entry->shape);
}

std::vector<std::int32_t> idsOf(const io::SafetensorsFile& file, const std::string& key) {
    const io::TensorEntry* entry = file.find(key);
    EXPECT_NE(entry, nullptr) << file.path() << " has no " << key;
    const auto wide = entry == nullptr ? std::vector<std::int64_t>{} : file.integers(key, entry->shape);
    return {wide.begin(), wide.end()};
}

std::vector<std::string> textListOf(const io::SafetensorsFile& file, const std::string& key) {
    return nlohmann::json::parse(file.metadata().find(key)->second).get<std::vector<std::string>>();
}

void expectNear(const std::vector<float>& got, const std::vector<float>& want, Tolerance tolerance,
                const std::string& what) {
    ASSERT_EQ(got.size(), want.size()) << what;
    double worst = -1.0, largest = 0.0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
        const double error = std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i]));
        double excess =
            error - tolerance.absolute - tolerance.relative * std::abs(static_cast<double>(want[i]));
        if (std::isnan(excess)) // both infinite and alike, or both NaN, is right
            excess = got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i])) ? -1.0 : 1e300;
        else
            largest = std::max(largest, error);
        if (excess > worst) {
            worst = excess;
            at = i;
        }
    }
    EXPECT_LE(worst, 0.0) << what << " [" << at << "]: " << got[at] << ", not " << want[at];
    testing::Test::RecordProperty("largest difference of " + what, std::to_string(largest));
    if (std::getenv("PENUMBRA_GOLDEN_REPORT") != nullptr)
        std::printf("%s: largest difference %.3g\n", what.c_str(), largest);
}

RunContext onDevice() {
    RunContext context;
    if (const char* device = std::getenv("PENUMBRA_GOLDEN_DEVICE"))
        context.device = device;
    return context;
}

aion::TokenBatch tokensOf(const io::SafetensorsFile& file) {
    aion::TokenBatch batch;
    for (const std::string& key : textListOf(file, "order")) {
        const io::TensorEntry* entry = file.find("tokens." + key);
        aion::ModalityTokens part;
        part.key = key;
        part.ids = idsOf(file, "tokens." + key);
        batch.rowCount = static_cast<std::size_t>(entry->shape.at(0));
        part.tokens = part.ids.size() / batch.rowCount;
        if (file.find("mask." + key) != nullptr) {
            const auto mask = idsOf(file, "mask." + key);
            part.drop.assign(mask.begin(), mask.end());
        }
        batch.modalities.push_back(std::move(part));
    }
    return batch;
}

} // namespace penumbra::golden
