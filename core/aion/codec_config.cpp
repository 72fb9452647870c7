#include "core/aion/codec_config.h"

#include "core/base/error.h"
#include "core/base/json_text.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

namespace penumbra::aion {

namespace {
constexpr std::int64_t widest = 65536; ///< of any layer: far above every model, far below overflow

} // namespace

nlohmann::json readJsonObject(const std::filesystem::path& path) {
    std::ifstream stream(path);
    if (!stream)
        throw Error(path.string() +
                    ": cannot be read. A model folder holds config.json and model.safetensors, and "
                    "each codec folder likewise.");
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored) ||
        std::filesystem::file_size(path, ignored) > 10'000'000)
        throw Error(path.string() + ": is not a configuration file (a small JSON text is expected).");
    auto json = nlohmann::json::parse(stream, nullptr, false);
    if (json.is_discarded() || !json.is_object())
        throw Error(path.string() + ": is not a JSON object; fetch the file again.");
    return json;
}

ConfigReader::ConfigReader(const std::filesystem::path& path)
    : path_(path), json_(std::make_unique<nlohmann::json>(readJsonObject(path))) {}

ConfigReader::~ConfigReader() = default;

bool ConfigReader::has(const char* key) const {
    return json_->contains(key) && !(*json_)[key].is_null();
}

bool ConfigReader::isNull(const char* key) const {
    return json_->contains(key) && (*json_)[key].is_null();
}

void ConfigReader::refuse(const char* key, const std::string& wanted) const {
    throw Error(path_.string() + ": key \"" + key + "\" is " +
                (json_->contains(key) ? shortJsonText((*json_)[key]) : "missing") + "; wanted: " + wanted +
                ".");
}

const nlohmann::json* ConfigReader::value(const char* key, bool optional) const {
    if (has(key))
        return &(*json_)[key];
    if (!optional)
        refuse(key, "a value");
    return nullptr;
}

std::int64_t ConfigReader::integer(const char* key, std::optional<std::int64_t> absent, std::int64_t lowest,
                                   std::int64_t highest) const {
    const auto* found = value(key, absent.has_value());
    if (found == nullptr)
        return *absent;
    const std::string wanted = "an integer from " + std::to_string(lowest) + " to " + std::to_string(highest);
    if (!found->is_number_integer() ||
        (found->is_number_unsigned() && found->get<std::uint64_t>() > (1ULL << 62)))
        refuse(key, wanted);
    const auto number = found->get<std::int64_t>();
    if (number < lowest || number > highest)
        refuse(key, wanted);
    return number;
}

double ConfigReader::real(const char* key, std::optional<double> absent) const {
    const auto* found = value(key, absent.has_value());
    if (found == nullptr)
        return *absent;
    if (!found->is_number() || !std::isfinite(found->get<double>()))
        refuse(key, "a number");
    return found->get<double>();
}

bool ConfigReader::flag(const char* key, std::optional<bool> absent) const {
    const auto* found = value(key, absent.has_value());
    if (found == nullptr)
        return *absent;
    if (!found->is_boolean())
        refuse(key, "true or false");
    return found->get<bool>();
}

std::string ConfigReader::text(const char* key) const {
    const auto* found = value(key, false);
    if (!found->is_string())
        refuse(key, "a text");
    return found->get<std::string>();
}

std::vector<std::string> ConfigReader::texts(const char* key) const {
    const auto* found = value(key, false);
    std::vector<std::string> texts;
    if (!found->is_array())
        refuse(key, "a list of texts");
    for (const auto& entry : *found) {
        if (!entry.is_string())
            refuse(key, "a list of texts");
        texts.push_back(entry.get<std::string>());
    }
    return texts;
}

std::vector<std::int64_t> ConfigReader::integers(const char* key,
                                                 std::optional<std::vector<std::int64_t>> absent,
                                                 std::int64_t lowest, std::int64_t highest) const {
    const auto* found = value(key, absent.has_value());
    if (found == nullptr)
        return *absent;
    const std::string wanted =
        "a list of 1 to 64 integers from " + std::to_string(lowest) + " to " + std::to_string(highest);
    if (!found->is_array() || found->empty() || found->size() > 64)
        refuse(key, wanted);
    std::vector<std::int64_t> numbers;
    for (const auto& entry : *found) {
        if (!entry.is_number_integer() || entry < lowest || entry > highest)
            refuse(key, wanted);
        numbers.push_back(entry.get<std::int64_t>());
    }
    return numbers;
}

ImageCodecConfig readImageCodecConfig(const std::filesystem::path& path) {
    const ConfigReader reader(path);
    ImageCodecConfig config;
    config.levels = reader.integers("quantizer_levels", std::nullopt, 2, 4096);
    config.hidden = reader.integer("hidden_dims", config.hidden, 1, widest);
    config.projection = reader.integer("multisurvey_projection_dims", config.projection, 1, widest);
    config.compressions = reader.integer("n_compressions", config.compressions, 0, 5);
    config.consecutive = reader.integer("num_consecutive", config.consecutive, 0, 256);
    const std::int64_t channels = reader.integer("embedding_dim", 5, 1, 64);
    config.rangeCompression = reader.real("range_compression_factor", config.rangeCompression);
    config.multiplier = reader.real("mult_factor", config.multiplier);
    if (channels != static_cast<std::int64_t>(config.levels.size()))
        reader.refuse("embedding_dim",
                      std::to_string(config.levels.size()) + ", one channel per entry of quantizer_levels");
    if (config.hidden % (std::int64_t{1} << config.compressions) != 0)
        reader.refuse("hidden_dims", "a multiple of 2^n_compressions");
    if (config.rangeCompression <= 0)
        reader.refuse("range_compression_factor", "a positive number");
    if (config.multiplier == 0)
        reader.refuse("mult_factor", "a number other than 0");
    std::int64_t codes = 1;
    for (const std::int64_t level : config.levels)
        if ((codes *= level) > (1 << 24))
            reader.refuse("quantizer_levels", "at most 2^24 codes");
    return config;
}

SpectrumCodecConfig readSpectrumCodecConfig(const std::filesystem::path& path) {
    const ConfigReader reader(path);
    SpectrumCodecConfig config;
    config.encoderDepths = reader.integers("encoder_depths", config.encoderDepths, 0, 256);
    config.encoderDims = reader.integers("encoder_dims", config.encoderDims, 1, widest);
    config.decoderDepths = reader.integers("decoder_depths", config.decoderDepths, 0, 256);
    config.decoderDims = reader.integers("decoder_dims", config.decoderDims, 1, widest);
    config.pixels = reader.integer("num_pixels", config.pixels, 32, 1 << 24);
    config.latentChannels = reader.integer("latent_channels", config.latentChannels, 1, widest);
    config.codeBits = reader.integer("dim", config.codeBits, 1, 24);
    config.codebookSize = reader.integer("codebook_size", config.codebookSize, 2, 1 << 24);
    if (reader.has("clip_ivar"))
        config.clipIvar = reader.real("clip_ivar", std::nullopt);
    else if (reader.isNull("clip_ivar"))
        config.clipIvar.reset();
    if (reader.has("clip_flux"))
        config.clipFlux = reader.real("clip_flux", std::nullopt);
    config.inputScaling = reader.real("input_scaling", config.inputScaling);
    if (config.encoderDims.size() != 4 || config.encoderDepths.size() != 4)
        reader.refuse("encoder_dims", "four stages in encoder_dims and encoder_depths");
    if (config.decoderDims.size() != 4 || config.decoderDepths.size() != 4)
        reader.refuse("decoder_dims", "four stages in decoder_dims and decoder_depths");
    if (config.decoderDims.back() > 2)
        reader.refuse("decoder_dims", "1 or 2 output channels (flux, mask)");
    if (config.encoderDims.back() != config.latentChannels)
        reader.refuse("latent_channels",
                      std::to_string(config.encoderDims.back()) + ", the last of encoder_dims");
    if (reader.integer("embedding_dim", config.codeBits, 1, widest) != config.codeBits)
        reader.refuse("embedding_dim", std::to_string(config.codeBits) + ", the number of bits (dim)");
    if (config.codebookSize != std::int64_t{1} << config.codeBits)
        reader.refuse("codebook_size", "2^dim = " + std::to_string(std::int64_t{1} << config.codeBits));
    if (config.pixels % 32 != 0)
        reader.refuse("num_pixels", "a multiple of 32");
    return config;
}

ScalarCodecConfig readScalarCodecConfig(const std::filesystem::path& path) {
    const ConfigReader reader(path);
    ScalarCodecConfig config;
    config.codebookSize = reader.integer("codebook_size", config.codebookSize, 2, 1 << 24);
    config.minLogValue = reader.real("min_log_value", config.minLogValue);
    return config;
}

ScalarListCodecConfig readScalarListCodecConfig(const std::filesystem::path& path) {
    const ConfigReader reader(path);
    ScalarListCodecConfig config;
    config.codebookSize = reader.integer("codebook_size", config.codebookSize, 2, 1 << 24);
    config.quantizers = reader.integer("num_quantizers", config.quantizers, 1, 4096);
    config.compression = reader.texts("compression_fns");
    config.decompression = reader.texts("decompression_fns");
    return config;
}

FieldCodecConfig readFieldCodecConfig(const std::filesystem::path& path) {
    const ConfigReader reader(path);
    FieldCodecConfig config;
    config.width = reader.integer("encoder_output_dim", std::nullopt, 4, widest);
    config.decoderWidth = reader.integer("decoder_input_dim", config.width, 4, widest);
    config.residualWidth = reader.integer("res_hidden_dims", config.residualWidth, 1, widest);
    config.residualLayers = reader.integer("num_res_layers", config.residualLayers, 0, 256);
    config.downsamples = reader.integer("num_downsamples", config.downsamples, 1, 5);
    config.levels = reader.integers("levels", config.levels, 2, 4096);
    const auto channels = static_cast<std::int64_t>(config.levels.size());
    if (reader.integer("embedding_dim", channels, 1, 64) != channels)
        reader.refuse("embedding_dim", std::to_string(channels) + ", one channel per entry of levels");
    if (reader.flag("variational", false))
        reader.refuse("variational", "false: a variational latent cannot be made into tokens");
    if (reader.has("output_activation_extension"))
        config.extension = reader.real("output_activation_extension", std::nullopt);
    return config;
}

std::int32_t readObjectMaskValue(const std::filesystem::path& path) {
    return static_cast<std::int32_t>(ConfigReader(path).integer("mask_value", 9999, 0, 1 << 30));
}

} // namespace penumbra::aion
