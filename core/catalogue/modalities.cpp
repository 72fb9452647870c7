#include "core/catalogue/modalities.h"

#include "core/base/error.h"

#include <algorithm>
#include <numeric>

namespace penumbra {

namespace {

std::vector<std::int64_t> rowsOf(const io::Hdf5File& file, const std::string& group, std::size_t count) {
    if (file.exists(group + "/rows"))
        return file.readIntegers(group + "/rows");
    std::vector<std::int64_t> rows(count);
    std::iota(rows.begin(), rows.end(), std::int64_t{0});
    return rows;
}

std::optional<std::size_t> indexOf(const std::vector<std::int64_t>& rows, std::size_t catalogueRow) {
    const auto found = std::find(rows.begin(), rows.end(), static_cast<std::int64_t>(catalogueRow));
    if (found == rows.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - rows.begin());
}

} // namespace

ModalityReader::ModalityReader(const Catalogue& catalogue)
    : images_(catalogue.images), spectra_(catalogue.spectra) {
    if (images_.count == 0 && spectra_.count == 0)
        return;
    file_ = io::Hdf5File::openForReading(catalogue.path);
    if (images_.count > 0)
        cutoutRows_ = rowsOf(*file_, "/images", images_.count);
    if (spectra_.count > 0)
        spectrumRows_ = rowsOf(*file_, "/spectra", spectra_.count);
}

std::optional<Cutout> ModalityReader::cutout(std::size_t catalogueRow) const {
    const auto index = indexOf(cutoutRows_, catalogueRow);
    if (!index)
        return std::nullopt;
    Cutout out;
    out.bands = images_.bandNames;
    out.height = images_.height;
    out.width = images_.width;
    out.pixelScaleArcsec = images_.pixelScaleArcsec;
    out.flux = file_->readFloats("/images/flux", {*index, 1});
    if (out.flux.size() != images_.bands * images_.height * images_.width)
        throw Error(file_->path().string() + ", /images/flux: row " + std::to_string(*index) +
                    " is not there any more; the file has changed since it was opened.");
    return out;
}

std::optional<ObservedSpectrum> ModalityReader::spectrum(std::size_t catalogueRow) const {
    const auto index = indexOf(spectrumRows_, catalogueRow);
    if (!index)
        return std::nullopt;
    const io::RowRange row{*index, 1};
    ObservedSpectrum out;
    out.unit = spectra_.unit;
    out.flux = file_->readFloats("/spectra/flux", row);
    const bool shared = file_->describe("/spectra/wavelength").shape.size() == 1;
    out.wavelength = file_->readFloats("/spectra/wavelength", shared ? io::RowRange{} : row);
    if (file_->exists("/spectra/ivar"))
        out.ivar = file_->readFloats("/spectra/ivar", row);
    if (file_->exists("/spectra/mask"))
        out.bad = file_->readBytes("/spectra/mask", row);
    const auto fits = [&](std::size_t n) { return n == 0 || n == out.flux.size(); };
    if (out.wavelength.size() != out.flux.size() || !fits(out.ivar.size()) || !fits(out.bad.size()))
        throw Error(file_->path().string() + ", /spectra: flux has " + std::to_string(out.flux.size()) +
                    " pixels, wavelength " + std::to_string(out.wavelength.size()) + ", ivar " +
                    std::to_string(out.ivar.size()) + ", mask " + std::to_string(out.bad.size()) +
                    "; they must agree.");
    return out;
}

} // namespace penumbra
