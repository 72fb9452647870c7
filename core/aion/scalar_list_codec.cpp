#include "core/aion/scalar_list_codec.h"

#include "core/aion/scalar_codec.h"
#include "core/aion/weight_layout.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/safetensors.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace penumbra::aion {

namespace {

using Function = float (*)(float);

/// torch's names of elementwise functions, in float32 as there.
constexpr std::pair<const char*, Function> functionTable[] = {
    {"arcsinh", [](float x) { return std::asinh(x); }}, {"asinh", [](float x) { return std::asinh(x); }},
    {"sinh", [](float x) { return std::sinh(x); }},     {"log", [](float x) { return std::log(x); }},
    {"exp", [](float x) { return std::exp(x); }},       {"log10", [](float x) { return std::log10(x); }},
    {"log1p", [](float x) { return std::log1p(x); }},   {"expm1", [](float x) { return std::expm1(x); }},
    {"sqrt", [](float x) { return std::sqrt(x); }},     {"square", [](float x) { return x * x; }},
    {"tanh", [](float x) { return std::tanh(x); }},     {"atanh", [](float x) { return std::atanh(x); }},
    {"arctanh", [](float x) { return std::atanh(x); }},
};

std::vector<Function> functions(const std::vector<std::string>& names, const std::filesystem::path& config) {
    std::vector<Function> found;
    std::vector<std::string> known;
    for (const auto& [name, function] : functionTable)
        known.emplace_back(name);
    for (const std::string& name : names) {
        const auto* row = std::find_if(std::begin(functionTable), std::end(functionTable),
                                       [&](const auto& entry) { return name == entry.first; });
        if (row == std::end(functionTable))
            throw Error(config.string() + ": the function '" + name + "' is not known; known are " +
                        joinText(known, ", ") + ".");
        found.push_back(row->second);
    }
    return found;
}

float through(const std::vector<Function>& functions, float value) {
    for (const Function function : functions)
        value = function(value);
    return value;
}

void checkCount(std::size_t found, std::size_t wanted, const char* what) {
    if (found != wanted)
        throw Error(std::to_string(found) + " " + what + " for a codec of " + std::to_string(wanted) +
                    "; give all and drop those that are not wanted.");
}

} // namespace

ScalarListCodec ScalarListCodec::load(const std::filesystem::path& folder) {
    const auto path = folder / "config.json";
    const auto config = readScalarListCodecConfig(path);
    ScalarListCodec codec;
    codec.compression_ = functions(config.compression, path);
    codec.decompression_ = functions(config.decompression, path);
    std::reverse(codec.decompression_.begin(), codec.decompression_.end());
    const io::SafetensorsFile file(folder / "model.safetensors");
    for (const WeightSpec& spec : scalarListCodecWeights(config))
        codec.books_.push_back(readCodebook(file, spec));
    return codec;
}

float ScalarListCodec::compress(float value) const {
    return through(compression_, value);
}

std::vector<std::int32_t> ScalarListCodec::encode(std::span<const float> values) const {
    checkCount(values.size(), books_.size(), "values");
    std::vector<std::int32_t> tokens;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::span book(books_[i]);
        tokens.push_back(lowerBound(book.first(book.size() - 1), compress(values[i])));
    }
    return tokens;
}

std::vector<float> ScalarListCodec::decode(std::span<const std::int32_t> tokens) const {
    checkCount(tokens.size(), books_.size(), "tokens");
    std::vector<float> values;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        if (tokens[i] < 0 || static_cast<std::size_t>(tokens[i]) >= books_[i].size())
            throw Error("token " + std::to_string(tokens[i]) + " is outside of a code book of " +
                        std::to_string(books_[i].size()) + " entries.");
        values.push_back(through(decompression_, books_[i][static_cast<std::size_t>(tokens[i])]));
    }
    return values;
}

} // namespace penumbra::aion
