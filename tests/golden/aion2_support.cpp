#include "tests/golden/aion2_support.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <gtest/gtest.h>

namespace penumbra::golden {

namespace {
std::filesystem::path folder() {
    return aionFolder().parent_path() / "aion2";
}
} // namespace

std::vector<std::filesystem::path> aion2Files(const std::string& prefix) {
    std::vector<std::filesystem::path> files;
    const char* only = std::getenv("PENUMBRA_GOLDEN_FILE");
    if (std::filesystem::is_directory(folder() / "io"))
        for (const auto& entry : std::filesystem::directory_iterator(folder() / "io"))
            if (const std::string stem = entry.path().stem().string();
                entry.path().extension() == ".safetensors" && stem.starts_with(prefix) &&
                (only == nullptr || stem == only))
                files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

std::filesystem::path aion2Model(const io::SafetensorsFile& file) {
    const auto model = file.metadata().find("model");
    return folder() / (model == file.metadata().end() ? "aion2_tiny" : model->second);
}

nlohmann::json jsonOf(const io::SafetensorsFile& file, const std::string& key) {
    return nlohmann::json::parse(file.metadata().at(key));
}

std::vector<double> realsOf(const io::SafetensorsFile& file, const std::string& key) {
    const io::TensorEntry* entry = file.find(key);
    EXPECT_NE(entry, nullptr) << file.path() << " has no " << key;
    if (entry == nullptr)
        return {};
    std::vector<double> values(entry->count);
    if (entry->type == io::TensorType::F64) {
        const auto bytes = file.bytes(*entry);
        std::memcpy(values.data(), bytes.data(), bytes.size());
    } else {
        const auto floats = file.floats(key, entry->shape);
        std::copy(floats.begin(), floats.end(), values.begin());
    }
    return values;
}

std::vector<std::int64_t> shapeOf(const io::SafetensorsFile& file, const std::string& key) {
    const io::TensorEntry* entry = file.find(key);
    EXPECT_NE(entry, nullptr) << file.path() << " has no " << key;
    return entry == nullptr ? std::vector<std::int64_t>{} : entry->shape;
}

std::vector<float> everyNth(const std::vector<float>& images, std::size_t height, std::size_t width,
                            std::size_t step) {
    std::vector<float> kept;
    for (std::size_t from = 0; from < images.size(); from += height * width)
        for (std::size_t y = 0; y < height; y += step)
            for (std::size_t x = 0; x < width; x += step)
                kept.push_back(images[from + y * width + x]);
    return kept;
}

void expectTokens(const std::vector<std::int32_t>& got, const std::vector<std::int32_t>& want,
                  const std::vector<float>& margin, float safe, const std::string& what) {
    ASSERT_EQ(got.size(), want.size()) << what;
    ASSERT_EQ(got.size(), margin.size()) << what;
    std::size_t wrong = 0, excused = 0;
    for (std::size_t i = 0; i < got.size(); ++i)
        if (got[i] != want[i])
            ++(margin[i] > safe || std::isnan(margin[i]) ? wrong : excused);
    EXPECT_EQ(wrong, 0U) << what;
    EXPECT_LE(excused, got.size() / 100) << what;
}

void expectReals(const std::vector<double>& got, const std::vector<double>& want, double tolerance,
                 const std::string& what) {
    ASSERT_EQ(got.size(), want.size()) << what;
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (got[i] == want[i] || (std::isnan(got[i]) && std::isnan(want[i])))
            continue;
        ASSERT_LE(std::abs(got[i] - want[i]), tolerance * std::max(1.0, std::abs(want[i])))
            << what << " [" << i << "]: " << got[i] << ", not " << want[i];
    }
}

} // namespace penumbra::golden
