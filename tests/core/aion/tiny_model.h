#pragma once

#include "core/aion/model.h"
#include "core/aion/random_model.h"
#include "core/base/rng.h"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>

namespace penumbra::aion::test {

/// A folder of this process with a tiny random model in "model", removed at the end.
class TinyFolder : public testing::Environment {
public:
    static const std::filesystem::path& path() {
        static const TinyFolder folder;
        return folder.path_;
    }
    static std::filesystem::path model() { return path() / "model"; }

private:
    TinyFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "penumbra_aion_XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr)
            throw std::runtime_error("cannot make " + pattern);
        path_ = pattern;
        RunContext context;
        context.seed = 7;
        writeRandomModel(path_ / "model", "tiny", context);
    }
    ~TinyFolder() override {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::filesystem::path path_;
};

inline Model loadTiny(std::vector<std::string> modalities, LoadOptions options = {}) {
    options.modalities = std::move(modalities);
    return Model::load(describeModel(TinyFolder::model()), options, {});
}

inline ImageInput images(std::size_t count, std::uint64_t seed, std::size_t side = 100) {
    ImageInput input;
    input.bands = {"DES-G", "DES-R", "DES-I", "DES-Z"};
    input.height = side;
    input.width = side + 3;
    Rng rng(seed);
    for (std::size_t i = 0; i < count * 4 * input.height * input.width; ++i)
        input.flux.push_back(static_cast<float>(0.1 * rng.normal()));
    return input;
}

inline SpectrumInput spectra(std::size_t count, std::uint64_t seed) {
    SpectrumInput input;
    input.pixels = 2000;
    Rng rng(seed);
    for (std::size_t i = 0; i < count * input.pixels; ++i) {
        input.flux.push_back(static_cast<float>(3.0 + rng.normal()));
        input.ivar.push_back(1.0F);
        input.mask.push_back(0);
    }
    for (std::size_t i = 0; i < input.pixels; ++i)
        input.wavelength.push_back(3600.0F + 3.0F * static_cast<float>(i));
    return input;
}

} // namespace penumbra::aion::test
