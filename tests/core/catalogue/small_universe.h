#pragma once

#include "core/io/hdf5_file.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace penumbra::test {

/// One file in the layouts of the Multimodal Universe; row k of everything is made from id k.
struct UniverseFile {
    std::vector<std::int64_t> ids;
    static double raOf(std::int64_t id) { return 150.0 + 0.01 * static_cast<double>(id); }
    static double decOf(std::int64_t id) { return 2.0 - 0.003 * static_cast<double>(id); }
    static float fluxG(std::int64_t id) { return 1.0F + 0.1F * static_cast<float>(id); }
    static float pixel(std::int64_t id, std::size_t k) {
        return static_cast<float>(id) + 1e-5F * static_cast<float>(k % 1000);
    }

    io::Hdf5File begin(const std::filesystem::path& path, double shiftArcsec = 0.0) const {
        std::filesystem::create_directories(path.parent_path());
        auto file = io::Hdf5File::create(path);
        std::vector<double> ra, dec;
        for (const auto id : ids) {
            ra.push_back(raOf(id));
            dec.push_back(decOf(id) + shiftArcsec / 3600.0);
        }
        file.writeReals("/ra", ra);
        file.writeReals("/dec", dec);
        return file;
    }

    template <typename F>
    std::vector<float> floats(F value) const {
        std::vector<float> values;
        for (const auto id : ids)
            values.push_back(static_cast<float>(value(id)));
        return values;
    }

    /// DESI: contiguous, mask true = bad.
    void writeDesi(const std::filesystem::path& path, std::size_t pixels = 50) const {
        auto file = begin(path);
        file.writeIntegers("/object_id", ids);
        file.writeIntegers("/TARGETID", ids);
        file.writeFloats("/FLUX_G", floats(fluxG));
        file.writeFloats("/EBV", floats([](auto) { return 0.05; }));
        file.writeReals("/Z", std::vector<double>(ids.size(), 0.25));
        file.writeReals("/ZERR", std::vector<double>(ids.size(), 1e-4));
        std::vector<std::int64_t> warning;
        for (const auto id : ids)
            warning.push_back(id % 5 == 4 ? 4 : 0);
        file.writeIntegers("/ZWARN", warning);
        std::vector<float> wavelength, flux, ivar;
        std::vector<std::uint8_t> mask;
        for (const auto id : ids)
            for (std::size_t k = 0; k < pixels; ++k) {
                wavelength.push_back(3600.0F + 0.8F * static_cast<float>(k));
                flux.push_back(pixel(id, k));
                ivar.push_back(2.0F);
                mask.push_back(k == 3);
            }
        const io::Shape shape{ids.size(), pixels};
        file.writeFloats("/spectrum_lambda", wavelength, shape);
        file.writeFloats("/spectrum_flux", flux, shape);
        file.writeFloats("/spectrum_ivar", ivar, shape);
        file.writeBooleans("/spectrum_mask", mask, shape);
        file.close();
    }

    /// Legacy Survey: LZF, chunks across galaxies, mask true = good, textual ids "BRICK-OBJID".
    void writeLegacy(const std::filesystem::path& path, std::size_t side = 100,
                     double shiftArcsec = 0.2) const {
        auto file = begin(path, shiftArcsec);
        io::Hdf5WriteOptions lzf;
        lzf.lzf = true;
        lzf.chunkRows = 3;
        std::vector<std::string> names, bands;
        std::vector<float> flux;
        std::vector<std::uint8_t> mask(ids.size() * side * side, 1);
        for (const auto id : ids) {
            names.push_back("1501p022-" + std::to_string(id));
            for (const char* band : {"des-g", "des-r", "des-i", "des-z"})
                bands.emplace_back(band);
            for (std::size_t k = 0; k < 4 * side * side; ++k)
                flux.push_back(pixel(id, k));
        }
        io::Hdf5WriteOptions fixed = lzf;
        fixed.fixedText = true;
        file.writeTexts("/object_id", names, {}, fixed);
        file.writeTexts("/image_band", bands, {ids.size(), 4}, fixed);
        file.writeFloats("/image_array", flux, {ids.size(), 4, side, side}, lzf);
        file.writeBooleans("/image_mask", mask, {ids.size(), side, side}, lzf);
        file.writeFloats("/image_scale", floats([](auto) { return 0.262; }), {}, lzf);
        for (const char* band : {"G", "R", "I", "Z"})
            file.writeFloats("/FLUX_" + std::string(band), floats([](auto id) { return 2.0F * fluxG(id); }),
                             {}, lzf);
        file.writeFloats("/catalog_ra", std::vector<float>(ids.size() * 20, 0.0F), {ids.size(), 20}, lzf);
        file.close();
    }

    void writeProvabgs(const std::filesystem::path& path) const {
        auto file = begin(path);
        file.writeIntegers("/object_id", ids);
        file.writeFloats("/PROVABGS_LOGMSTAR_BF", floats([](auto id) { return id % 4 == 3 ? -1.0 : 10.5; }));
        file.writeFloats("/Z_MW", floats([](auto) { return 0.01; }));
        file.writeFloats("/TAGE_MW", floats([](auto) { return 6.0; }));
        file.writeFloats("/AVG_SFR", floats([](auto id) { return id % 7 == 0 ? 0.0 : 1.0; }),
                         {ids.size(), 1});
        for (const char* name : {"/MAG_G", "/MAG_R", "/MAG_Z"})
            file.writeFloats(name, floats([](auto) { return 18.0; }));
        file.writeFloats("/PROVABGS_MCMC", std::vector<float>(ids.size() * 26, 0.0F), {ids.size(), 2, 13});
        file.close();
    }
};

inline std::vector<std::int64_t> idRange(std::int64_t first, std::int64_t count) {
    std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
    std::iota(ids.begin(), ids.end(), first);
    return ids;
}

} // namespace penumbra::test
