// Layout: github.com/huggingface/safetensors, "Format". Files are put together byte by byte here.

#include "core/io/safetensors.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "tests/core/io/scratch.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <gtest/gtest.h>

namespace penumbra::io {
namespace {

using test::Scratch;

std::string fileText(const std::string& header, const std::string& data,
                     std::uint64_t announced = ~std::uint64_t{0}) {
    const std::uint64_t length = announced == ~std::uint64_t{0} ? header.size() : announced;
    std::string text(8, '\0');
    std::memcpy(text.data(), &length, 8);
    return text + header + data;
}

template <class T>
std::string stored(std::initializer_list<T> values) {
    return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

class Safetensors : public testing::Test {
protected:
    Scratch scratch;
    std::filesystem::path path = scratch / "w.safetensors";
    void write(const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
    std::string refusal(const std::string& text) {
        write(text);
        try {
            const SafetensorsFile file(path);
            return "accepted";
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find("w.safetensors"), std::string::npos) << error.what();
            return error.what();
        }
    }
};

TEST_F(Safetensors, readsEveryRealTypeAsFloat) {
    write(fileText(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                   R"("b":{"dtype":"F16","shape":[6],"data_offsets":[8,20]},)"
                   R"("c":{"dtype":"BF16","shape":[1,2],"data_offsets":[20,24]},)"
                   R"("d":{"dtype":"F64","shape":[],"data_offsets":[24,32]}})",
                   stored({1.5F, -2.0F}) +
                       stored<std::uint16_t>({0x3C00, 0xC000, 0x0001, 0x7BFF, 0x7C00, 0x8000}) +
                       stored<std::uint16_t>({0x3FC0, 0xC000}) + stored({0.25})));
    const SafetensorsFile file(path);
    EXPECT_EQ(file.floats("a", {2}), (std::vector<float>{1.5F, -2.0F}));
    const auto half = file.floats("b", {-1});
    EXPECT_EQ(half[0], 1.0F); // IEEE 754 binary16
    EXPECT_EQ(half[1], -2.0F);
    EXPECT_EQ(half[2], std::ldexp(1.0F, -24));
    EXPECT_EQ(half[3], 65504.0F);
    EXPECT_TRUE(std::isinf(half[4]));
    EXPECT_TRUE(half[5] == 0.0F && std::signbit(half[5]));
    EXPECT_EQ(file.floats("c", {1, 2}), (std::vector<float>{1.5F, -2.0F}));
    EXPECT_EQ(file.floats("d", {}), (std::vector<float>{0.25F}));
}

/// Two files, {"a": 1.5} and {"b": 2.5}, under the names of the transformers library.
class Shards : public testing::Test {
protected:
    Scratch scratch;
    std::filesystem::path whole = scratch / "model.safetensors";
    std::filesystem::path first = scratch / "model-00001-of-00002.safetensors";
    std::filesystem::path second = scratch / "model-00002-of-00002.safetensors";

    void SetUp() override {
        holdOne(first, "a", 1.5F);
        holdOne(second, "b", 2.5F);
        index(R"({"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"})");
    }
    static void holdOne(const std::filesystem::path& file, const std::string& key, float value) {
        std::ofstream(file, std::ios::binary) << fileText(
            "{\"" + key + R"(":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", stored({value}));
    }
    void index(const std::string& weightMap) const {
        std::ofstream(scratch / "model.safetensors.index.json")
            << R"({"metadata":{"total_size":8},"weight_map":)" << weightMap << "}";
    }
    std::string refusal() const {
        try {
            const SafetensorsFile file(whole);
            return "accepted";
        } catch (const Error& error) {
            return error.what();
        }
    }
    void expectRefusal(std::initializer_list<const char*> parts) const {
        const std::string text = refusal();
        for (const char* part : parts)
            EXPECT_NE(text.find(part), std::string::npos) << part << " in: " << text;
    }
};

TEST_F(Shards, areOneFile) {
    const SafetensorsFile file(whole);
    EXPECT_EQ(file.floats("a", {1}), std::vector<float>{1.5F});
    EXPECT_EQ(file.floats("b", {1}), std::vector<float>{2.5F});
    EXPECT_EQ(file.fileBytes(), std::filesystem::file_size(first) + std::filesystem::file_size(second));
    const std::string before = file.fingerprint();
    holdOne(second, "b", 3.5F);
    EXPECT_NE(SafetensorsFile(whole).fingerprint(), before) << "every shard counts";
    const SafetensorsFile moved = [&] { return SafetensorsFile(whole); }();
    EXPECT_EQ(moved.floats("b", {1}), std::vector<float>{3.5F});
}

TEST_F(Shards, oneWholeFileWins) {
    holdOne(whole, "c", 4.5F);
    EXPECT_EQ(SafetensorsFile(whole).tensors().size(), 1U);
}

TEST_F(Shards, whatDoesNotFitIsNamed) {
    std::filesystem::remove(second);
    expectRefusal({"model-00002-of-00002.safetensors", "missing", "index.json"});
    holdOne(second, "c", 2.5F);
    expectRefusal({"index.json", "'b'", "no file"});
    holdOne(second, "a", 2.5F);
    expectRefusal({"model-00002-of-00002.safetensors", "'a'", "model-00001-of-00002.safetensors"});
    holdOne(second, "b", 2.5F);
    index(R"({"a":"model-00002-of-00002.safetensors","b":"model-00001-of-00002.safetensors"})");
    expectRefusal({"'a'", "should be in"});
}

TEST_F(Shards, anIndexStaysInItsFolder) {
    for (const char* name : {"../secret.safetensors", "/etc/passwd", "..", "", "sub/w.safetensors"}) {
        index(R"({"a":")" + std::string(name) + R"(","b":"model-00002-of-00002.safetensors"})");
        expectRefusal({"index.json", "beside the index"});
    }
    index("[]");
    expectRefusal({"weight_map"});
    index(R"({"a":1})");
    expectRefusal({"index.json", "1"});
    std::ofstream(scratch / "model.safetensors.index.json") << "{";
    expectRefusal({"weight_map"});
}

TEST_F(Safetensors, readsIntegersAndFollowsAliases) {
    write(fileText(R"({"__metadata__":{"x":"i","note":"text"},)"
                   R"("i":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},)"
                   R"("m":{"dtype":"U8","shape":[1],"data_offsets":[8,9]},)"
                   R"("r":{"dtype":"F32","shape":[1],"data_offsets":[9,13]}})",
                   stored<std::int32_t>({-3, 1 << 30}) + std::string("\xff") + stored({2.5F})));
    const SafetensorsFile file(path);
    EXPECT_EQ(file.integers("x", {2}), (std::vector<std::int64_t>{-3, 1 << 30}));
    EXPECT_EQ(file.integers("m", {1}).at(0), 255);
    EXPECT_EQ(file.floats("r", {1}).at(0), 2.5F); // not aligned in the file
    EXPECT_EQ(file.metadata().at("note"), "text");
    EXPECT_THROW(file.integers("r", {1}), Error);
    EXPECT_EQ(file.find("note"), nullptr);
}

TEST_F(Safetensors, errorsNameKeyWantedAndFoundShape) {
    write(fileText(R"({"q":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}})", stored({1.0F, 2.0F})));
    const SafetensorsFile file(path);
    try {
        file.floats("q", {3, -1});
        FAIL();
    } catch (const Error& error) {
        const std::string text = error.what();
        for (const char* part : {"w.safetensors", "'q'", "[1, 2]", "[3, any]"})
            EXPECT_NE(text.find(part), std::string::npos) << text;
    }
    try {
        file.floats("k", {3});
        FAIL();
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("no key 'k'"), std::string::npos);
    }
}

TEST_F(Safetensors, hostileHeadersAreRefused) {
    const std::string good = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", data(8, '\0');
    EXPECT_EQ(refusal(fileText(good, data)), "accepted");
    const auto has = [&](const std::string& text, const char* part) {
        const std::string message = refusal(text);
        EXPECT_NE(message.find(part), std::string::npos) << message;
    };
    has("", "0 bytes");
    has("1234567", "7 bytes");
    has(fileText(good, data, 1ULL << 62), "header");
    has(fileText(good, data, ~1ULL), "header");
    has(fileText(good, data, good.size() + 9), "header");
    has(fileText("[1]", data), "JSON object");
    has(fileText("{", data), "JSON");
    has(fileText(std::string(5'000'000, '['), data), "deep");
    has(fileText(R"({"a":1})", data), "dtype");
    has(fileText(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9]}})", data), "0 to 9");
    has(fileText(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", data), "8 to 0");
    has(fileText(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}})", data), "non-negative");
    has(fileText(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", data), "8 bytes");
    has(fileText(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}})", data), "non-negative");
    has(fileText(R"({"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}})", data), "non-negative");
    has(fileText(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}})",
                 data),
        "larger than any file");
    has(fileText(R"({"a":{"dtype":"F8","shape":[8],"data_offsets":[0,8]}})", data), "not supported");
    has(fileText(R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},)"
                 R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                 data),
        "overlaps");
    has(fileText(R"({"__metadata__":3})", data), "__metadata__");
}

TEST_F(Safetensors, anyDamageIsAnErrorOrHarmless) {
    const std::string header =
        R"({"__metadata__":{"k":"a"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
        R"("b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}})";
    const std::string whole = fileText(header, std::string(32, '\x3c'));
    Rng rng(20251);
    int refused = 0;
    for (int round = 0; round < 450; ++round) {
        std::string text = whole;
        if (round % 3 == 0)
            text.resize(rng.below(text.size()));
        else
            for (int change = 0; change <= round % 4; ++change)
                text[rng.below(8 + header.size())] = static_cast<char>(rng.below(256));
        write(text);
        try {
            const SafetensorsFile file(path);
            for (const auto& [name, entry] : file.tensors())
                EXPECT_EQ(file.floats(name, entry.shape).size(), entry.count);
        } catch (const Error&) {
            ++refused;
        }
    }
    EXPECT_GE(refused, 150); // every truncation at least
}

TEST_F(Safetensors, whatIsWrittenReadsBack) {
    {
        SafetensorsWriter writer(
            path, {{"a", TensorType::F32, {2, 2}}, {"b", TensorType::BF16, {2}}, {"n", TensorType::I64, {}}},
            {{"origin", "test"}});
        writer.append(std::vector<float>{1, 2, 3});
        writer.append(std::vector<float>{4});
        writer.append(std::vector<float>{1.0F, 3.14159265F});
        EXPECT_FALSE(std::filesystem::exists(path));
        EXPECT_THROW(writer.commit(), Error);
        writer.append(std::vector<std::int64_t>{-7});
        writer.commit();
    }
    const SafetensorsFile file(path);
    EXPECT_EQ(file.floats("a", {2, 2}), (std::vector<float>{1, 2, 3, 4}));
    EXPECT_EQ(file.floats("b", {2}), (std::vector<float>{1.0F, 3.140625F})); // nearest bfloat16 of pi
    EXPECT_EQ(file.integers("n", {}).at(0), -7);
    EXPECT_EQ(file.metadata().at("origin"), "test");
    EXPECT_EQ(file.fingerprint().size(), 16U);
}

} // namespace
} // namespace penumbra::io
