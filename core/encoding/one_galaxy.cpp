#include "core/encoding/one_galaxy.h"

#include <utility>

namespace penumbra::workflow {

bool isHsc(const std::string& band) {
    return band.starts_with("HSC");
}

aion::GalaxyBatch batchOf(const Cutout& cutout, std::string_view key) {
    aion::ImageInput input;
    input.key = key;
    input.bands = cutout.bands;
    input.height = cutout.height;
    input.width = cutout.width;
    input.flux = cutout.flux;
    aion::GalaxyBatch batch;
    batch.rowCount = 1;
    batch.images.push_back(std::move(input));
    return batch;
}

aion::GalaxyBatch batchOf(const ObservedSpectrum& spectrum, std::string_view key) {
    aion::SpectrumInput input;
    input.key = key;
    input.pixels = spectrum.flux.size();
    input.flux = spectrum.flux;
    input.ivar = spectrum.ivar;
    input.mask = spectrum.bad;
    input.wavelength = spectrum.wavelength;
    aion::GalaxyBatch batch;
    batch.rowCount = 1;
    batch.spectra.push_back(std::move(input));
    return batch;
}

aion::GalaxyBatch batchOf(std::span<const float> values, std::string_view key) {
    aion::ListInput input;
    input.name = key;
    input.width = values.size();
    input.values.assign(values.begin(), values.end());
    aion::GalaxyBatch batch;
    batch.rowCount = 1;
    batch.lists.push_back(std::move(input));
    return batch;
}

} // namespace penumbra::workflow
