#include "core/catalogue/universe_hats.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hats_folder.h"
#include "core/io/table_reader.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

namespace fs = std::filesystem;
using io::Column;

constexpr const char* idNames[] = {"object_id", "TARGETID"};

/// A HATS catalogue as a survey; false if it has neither pixels nor labels, or no ids.
bool describe(UniverseSurvey& survey, const io::HatsFolder& hats) {
    const io::TableOutline outline = hats.outline();
    const auto has = [&](std::string_view name) {
        return std::any_of(outline.columns.begin(), outline.columns.end(),
                           [&](const auto& column) { return column.name == name; });
    };
    survey.name = hats.name;
    survey.folder = hats.folder;
    survey.hats = true;
    survey.images = has("image.flux");
    survey.spectra = has("spectrum.flux");
    survey.labels = has("LOG_MSTAR") || has("PROVABGS_LOGMSTAR_BF");
    for (const io::HatsTile& tile : hats.tiles)
        for (fs::path& file : hats.filesOf(tile))
            survey.files.push_back(std::move(file));
    const bool identified = std::any_of(std::begin(idNames), std::end(idNames), has);
    return identified && !survey.files.empty() && (survey.images || survey.spectra || survey.labels);
}

/// "float32", "text": one value a row. Lists and blobs are not.
bool isScalarType(const std::string& type) {
    for (const char* scalar : {"float64", "float32", "int64", "uint64", "bool", "text"})
        if (type == scalar)
            return true;
    return false;
}

std::vector<float> floatsOf(const Column& column, std::size_t row) {
    std::vector<float> values(column.width);
    for (std::size_t k = 0; k < column.width; ++k)
        values[k] = static_cast<float>(column.asReal(row, k));
    return values;
}

/// True, or a number other than 0.
std::vector<std::uint8_t> flagsOf(const Column& column, std::size_t row) {
    std::vector<std::uint8_t> flags(column.width);
    for (std::size_t k = 0; k < column.width; ++k) {
        const double value = column.asReal(row, k);
        flags[k] = !std::isnan(value) && value != 0.0 ? 1 : 0;
    }
    return flags;
}

/// "des-g" of the Multimodal Universe is "DES-G" here.
std::string bandName(std::string text) {
    for (char& c : text)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return std::string(trimmed(text));
}

} // namespace

std::vector<UniverseSurvey> findHatsSurveys(const fs::path& path) {
    std::vector<UniverseSurvey> surveys;
    const auto add = [&](const fs::path& folder) {
        UniverseSurvey survey;
        if (io::isHats(folder) && describe(survey, io::openHats(folder)))
            surveys.push_back(std::move(survey));
    };
    if (io::isHats(path)) {
        add(path);
        return surveys;
    }
    std::vector<fs::path> folders;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(path, failed))
        if (entry.is_directory(failed))
            folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
    for (const fs::path& folder : folders)
        add(folder);
    return surveys;
}

io::Table readUniverseTile(const fs::path& tile, std::size_t maxRows, const RunContext& context) {
    io::ReadOptions options;
    options.maxRows = maxRows;
    for (const auto& column : io::outlineParquet(tile).columns)
        if (isScalarType(column.type) && !column.name.starts_with("_healpix") &&
            !column.name.ends_with(".bytes"))
            options.columns.push_back(column.name);
    return io::readTable(tile, options, context.quiet());
}

std::size_t UniverseTileReader::load(Piece& piece, const std::vector<std::string>& wanted, const char* group,
                                     std::size_t row) {
    if (row >= piece.first && row < piece.first + piece.count)
        return row - piece.first;
    if (names_.empty())
        names_ = io::columnNamesBeforehand(tile_);
    if (piece.columns.empty())
        for (const std::string& name : wanted)
            if (std::find(names_.begin(), names_.end(), group + name) != names_.end())
                piece.columns.push_back(group + name);
    if (piece.columns.empty())
        throw Error(tile_.string() + ": has no columns " + group + wanted.front() + " and the like");
    constexpr std::size_t rowsAtOnce = 128; // 50 MB of images
    if (!piece.rows)
        piece.rows.emplace(tile_, piece.columns);
    piece.table = piece.rows->read(row, rowsAtOnce);
    piece.first = row;
    piece.count = piece.table.rows();
    if (piece.count == 0)
        throw Error(tile_.string() + ": has no row " + std::to_string(row));
    return 0;
}

Cutout UniverseTileReader::image(std::size_t row) {
    const std::size_t at = load(images_, {"flux", "mask", "band"}, "image.", row);
    Cutout cutout;
    const Column& flux = images_.table.at("image.flux");
    if (flux.isMissing(at))
        return cutout; // this galaxy has none
    const Column* band = images_.table.find("image.band");
    const std::size_t bands = band != nullptr ? band->width : 1;
    for (std::size_t k = 0; band != nullptr && k < bands; ++k)
        cutout.bands.push_back(bandName(band->asText(at, k)));
    const auto side =
        static_cast<std::size_t>(std::llround(std::sqrt(static_cast<double>(flux.width / bands))));
    if (side * side * bands != flux.width)
        throw Error(tile_.string() + ": image.flux has " + std::to_string(flux.width) +
                    " pixels a galaxy, which are not " + std::to_string(bands) + " square images");
    cutout.height = cutout.width = side;
    cutout.flux = floatsOf(flux, at);
    if (const Column* mask = images_.table.find("image.mask")) {
        if (mask->width != flux.width && mask->width != side * side)
            throw Error(tile_.string() + ": image.mask does not fit image.flux: it holds " +
                        std::to_string(mask->width) + " values a galaxy");
        cutout.good = flagsOf(*mask, at);
    }
    return cutout;
}

ObservedSpectrum UniverseTileReader::spectrum(std::size_t row) {
    const std::size_t at = load(spectra_, {"flux", "ivar", "lambda", "mask"}, "spectrum.", row);
    ObservedSpectrum spectrum;
    const Column& flux = spectra_.table.at("spectrum.flux");
    if (flux.isMissing(at))
        return spectrum;
    for (const char* name : {"spectrum.ivar", "spectrum.lambda", "spectrum.mask"})
        if (const Column* other = spectra_.table.find(name); other != nullptr && other->width != flux.width)
            throw Error(tile_.string() + ": " + name + " has not the " + std::to_string(flux.width) +
                        " pixels of spectrum.flux");
    spectrum.flux = floatsOf(flux, at);
    spectrum.wavelength = floatsOf(spectra_.table.at("spectrum.lambda"), at);
    spectrum.ivar.assign(flux.width, 1.0F);
    spectrum.bad.assign(flux.width, 0);
    if (const Column* ivar = spectra_.table.find("spectrum.ivar"))
        spectrum.ivar = floatsOf(*ivar, at);
    if (const Column* mask = spectra_.table.find("spectrum.mask"))
        spectrum.bad = flagsOf(*mask, at);
    return spectrum;
}

} // namespace penumbra
