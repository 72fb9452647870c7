// Galaxies per second from measurements to pooled embedding, part by part. One JSON object a line.
// usage: bench_aion MODEL_FOLDER [threads] [batch] [repetitions] [float32|bfloat16] [cpu|cuda] [part]
// part: only those whose name holds this text. A folder that does not exist is filled with a random model of
// AION-B's size first.

#include "core/aion/model.h"
#include "core/aion/random_model.h"
#include "core/base/rng.h"
#include "core/base/text.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>

namespace {

using namespace penumbra;

struct Timing {
    double best = 0.0, median = 0.0;
    double cpu = 0.0; ///< seconds of all threads, mean: what counts when the machine is shared
};

Timing timed(int repetitions, const std::function<void()>& work) {
    work(); // warm up
    std::vector<double> seconds;
    const std::clock_t cpuStart = std::clock();
    for (int i = 0; i < repetitions; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    const double cpu = static_cast<double>(std::clock() - cpuStart) / CLOCKS_PER_SEC / repetitions;
    std::sort(seconds.begin(), seconds.end());
    return {seconds.front(), seconds[seconds.size() / 2], cpu};
}

void report(const std::string& what, std::size_t batch, const std::string& only, int repetitions,
            const std::function<void()>& work) {
    if (what.find(only) == std::string::npos)
        return;
    const Timing timing = timed(repetitions, work);
    std::printf("{\"part\": \"%s\", \"best_s\": %.4f, \"median_s\": %.4f, \"cpu_s\": %.4f, "
                "\"galaxies_per_s\": %.4f}\n",
                what.c_str(), timing.best, timing.median, timing.cpu,
                static_cast<double>(batch) / timing.median);
    std::fflush(stdout);
}

aion::GalaxyBatch makeBatch(std::size_t n, bool image, bool spectrum) {
    Rng rng(1);
    aion::GalaxyBatch batch;
    batch.rowCount = n;
    for (const char* name : {"FLUX_G", "FLUX_R", "FLUX_I", "FLUX_Z"}) {
        aion::ScalarInput input{name, {}, {}};
        for (std::size_t i = 0; i < n; ++i)
            input.values.push_back(static_cast<float>(std::exp(3.0 + rng.normal())));
        batch.scalars.push_back(input);
    }
    if (image) {
        aion::ImageInput im;
        im.bands = {"DES-G", "DES-R", "DES-I", "DES-Z"};
        im.height = im.width = 160;
        for (std::size_t i = 0; i < n * 4 * 160 * 160; ++i)
            im.flux.push_back(static_cast<float>(0.05 * rng.normal()));
        batch.images.push_back(im);
    }
    if (spectrum) {
        aion::SpectrumInput sp;
        sp.pixels = 7781;
        for (std::size_t i = 0; i < n * sp.pixels; ++i) {
            sp.flux.push_back(static_cast<float>(2.0 + rng.normal()));
            sp.ivar.push_back(1.0F);
            sp.mask.push_back(0);
        }
        for (std::size_t i = 0; i < sp.pixels; ++i)
            sp.wavelength.push_back(3600.0F + 0.8F * static_cast<float>(i));
        batch.spectra.push_back(sp);
    }
    return batch;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(
            stderr,
            "usage: bench_aion MODEL_FOLDER [threads] [batch] [repetitions] [float32|bfloat16] [cpu|cuda]\n");
        return 2;
    }
    const auto number = [&](int i, long long absent) {
        return argc > i ? parseInteger(argv[i]).value_or(absent) : absent;
    };
    const auto batchSize = static_cast<std::size_t>(number(3, 4));
    const int repetitions = static_cast<int>(number(4, 3));
    RunContext context;
    context.threads = static_cast<int>(number(2, 1));
    context.device = argc > 6 ? argv[6] : "cpu";
    const std::string only = argc > 7 ? argv[7] : "";
    aion::LoadOptions load;
    load.modalities = {"FLUX_G", "FLUX_R", "FLUX_I", "FLUX_Z", "tok_image", "tok_spectrum_desi"};
    if (argc > 5 && std::string(argv[5]) == "bfloat16")
        load.precision = aion::Precision::BFloat16;
    try {
        if (!std::filesystem::exists(argv[1]))
            aion::writeRandomModel(argv[1], "B", context);
        const auto description = aion::describeModel(argv[1]);
        const auto start = std::chrono::steady_clock::now();
        const aion::Model model = aion::Model::load(description, load, context);
        std::printf(
            "{\"model\": \"%s\", \"threads\": %d, \"batch\": %zu, \"precision\": \"%s\", \"device\": \"%s\", "
            "\"load_s\": %.2f}\n",
            description.sizeName.c_str(), context.threads, batchSize,
            load.precision == aion::Precision::BFloat16 ? "bfloat16" : "float32", context.device.c_str(),
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        for (const char* set : {"Ph", "Ph+Im", "Ph+Im+Sp"}) {
            const std::string name = set;
            const bool image = name != "Ph", spectrum = name == "Ph+Im+Sp";
            const aion::GalaxyBatch batch = makeBatch(batchSize, image, spectrum);
            const aion::TokenBatch tokens = model.tokenise(batch, context);
            report(name + " encoder", batchSize, only, repetitions,
                   [&] { model.encodePooled(tokens, {}, {}, context); });
            if (name == "Ph")
                continue;
            aion::GalaxyBatch one = batch;
            one.scalars.clear();
            (spectrum ? one.images.clear() : one.spectra.clear());
            report(spectrum ? "spectrum codec" : "image codec", batchSize, only, repetitions,
                   [&] { model.tokenise(one, context); });
            if (spectrum)
                report("end to end", batchSize, only, repetitions,
                       [&] { model.encodePooled(model.tokenise(batch, context), {}, {}, context); });
        }
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
