#include "core/catalogue/catalogue.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/feature_words.h"
#include "core/io/hdf5_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <tuple>

namespace penumbra {

namespace {

using io::Hdf5Entry;
using io::Hdf5File;
using io::Hdf5Kind;

constexpr std::size_t maxFeatureWidth = 1'000'000; // wider is a damaged file, not an embedding
constexpr std::size_t blockFloats = 1 << 21;       // 8 MiB per read

std::string shapeText(const io::Shape& shape) {
    std::vector<std::string> sizes;
    for (const auto size : shape)
        sizes.push_back(std::to_string(size));
    return "[" + joinText(sizes, ", ") + "]";
}

std::string nameOf(const Hdf5File& file, const std::string& dataset) {
    return file.path().string() + ": " + dataset;
}

bool isNumber(Hdf5Kind kind) {
    return kind == Hdf5Kind::Real || kind == Hdf5Kind::Integer || kind == Hdf5Kind::Boolean;
}

std::vector<Hdf5Entry> datasetsIn(const Hdf5File& file, const std::string& group,
                                  std::vector<std::string>& notes) {
    std::vector<Hdf5Entry> found;
    if (!file.exists(group))
        return found;
    if (!file.isGroup(group))
        throw Error(nameOf(file, group) + " is a dataset, but should be a group of datasets");
    for (auto& entry : file.list(group)) {
        if (entry.isGroup)
            notes.push_back(group + "/" + entry.name + " is a group and was left out");
        else
            found.push_back(std::move(entry));
    }
    return found;
}

/// One value per galaxy: [N], or [N, 1] as some writers make it.
void checkColumnShape(const Hdf5File& file, const std::string& dataset, const Hdf5Entry& entry,
                      std::size_t rows) {
    const bool flat = entry.shape.size() == 1 || (entry.shape.size() == 2 && entry.shape[1] == 1);
    if (!flat || entry.shape[0] != rows)
        throw Error(nameOf(file, dataset) + " has shape " + shapeText(entry.shape) +
                    ", but /object_id needs [" + std::to_string(rows) + "]: one value per galaxy");
}

void checkNumeric(const Hdf5File& file, const std::string& dataset, const Hdf5Entry& entry) {
    if (!isNumber(entry.kind))
        throw Error(nameOf(file, dataset) + " does not hold numbers");
}

/// Real ids (from tools that know no integers) are taken as integers where nothing is lost.
io::Column integerIds(const Hdf5File& file, io::Column column) {
    const auto reals = column.asReals();
    std::vector<std::int64_t> integers(reals.size());
    for (std::size_t row = 0; row < reals.size(); ++row) {
        if (!(std::abs(reals[row]) <= 9007199254740992.0) || reals[row] != std::floor(reals[row]))
            throw Error(nameOf(file, "/object_id") + " holds reals, and row " + std::to_string(row) + " is " +
                        shortestReal(reals[row]) + ": write ids as int64 or as text");
        integers[row] = static_cast<std::int64_t>(reals[row]);
    }
    column.values = std::move(integers);
    return column;
}

/// How many values repeat an earlier one, and the smallest that does.
template <typename Id>
std::pair<std::size_t, Id> repeatedIds(std::vector<Id> ids) {
    std::sort(ids.begin(), ids.end());
    std::pair<std::size_t, Id> repeated{};
    for (std::size_t i = 1; i < ids.size(); ++i)
        if (ids[i] == ids[i - 1] && repeated.first++ == 0)
            repeated.second = ids[i];
    return repeated;
}

void noteDuplicates(Catalogue& catalogue) {
    std::size_t count = 0;
    std::string first;
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&catalogue.objectId.values)) {
        const auto repeated = repeatedIds(*integers);
        count = repeated.first;
        first = std::to_string(repeated.second);
    } else if (const auto* wide = std::get_if<std::vector<std::uint64_t>>(&catalogue.objectId.values)) {
        const auto repeated = repeatedIds(*wide);
        count = repeated.first;
        first = std::to_string(repeated.second);
    } else if (const auto* texts = std::get_if<std::vector<std::string>>(&catalogue.objectId.values)) {
        std::tie(count, first) = repeatedIds(*texts);
    }
    if (count > 0)
        catalogue.notes.push_back(withThousands(static_cast<long long>(count)) +
                                  " rows repeat an object_id already seen (first: " + first +
                                  "); all are kept");
}

void readIds(const Hdf5File& file, Catalogue& catalogue) {
    if (!file.isDataset("/object_id"))
        throw Error(file.path().string() +
                    " is not a catalogue: it has no dataset /object_id. Other tables become "
                    "catalogues with penumbra-cli import");
    const Hdf5Entry entry = file.describe("/object_id");
    if (entry.shape.empty())
        throw Error(nameOf(file, "/object_id") + " is a single value, but should be [N]");
    checkColumnShape(file, "/object_id", entry, entry.rows());
    if (entry.kind == Hdf5Kind::Compound || entry.kind == Hdf5Kind::Other)
        throw Error(nameOf(file, "/object_id") + " holds neither integers nor text");
    catalogue.rowCount = entry.rows();
    if (catalogue.rowCount == 0)
        throw Error(nameOf(file, "/object_id") + " is empty: the catalogue has no galaxies");
    catalogue.objectId = file.readColumn("/object_id");
    catalogue.objectId.width = 1; // [N, 1] is accepted
    catalogue.objectId.name = "object_id";
    if (entry.kind == Hdf5Kind::Real)
        catalogue.objectId = integerIds(file, std::move(catalogue.objectId));
    noteDuplicates(catalogue);
}

std::vector<double> readOptionalReals(const Hdf5File& file, const std::string& dataset, std::size_t rows) {
    if (!file.exists(dataset))
        return {};
    const auto entry = file.describe(dataset);
    checkColumnShape(file, dataset, entry, rows);
    checkNumeric(file, dataset, entry);
    return file.readReals(dataset);
}

std::uint8_t splitFromText(const Hdf5File& file, const std::string& text, std::size_t row) {
    const std::string word = lowered(text);
    if (word == "train" || word == "training")
        return 0;
    if (word == "cal" || word == "calib" || word == "calibration")
        return 1;
    if (word == "test")
        return 2;
    throw Error(nameOf(file, "/split") + " row " + std::to_string(row) + " is '" + text +
                "': expected 0 or train, 1 or calibration, 2 or test");
}

void readSplit(const Hdf5File& file, Catalogue& catalogue) {
    if (!file.exists("/split"))
        return;
    const auto entry = file.describe("/split");
    checkColumnShape(file, "/split", entry, catalogue.rowCount);
    if (entry.kind == Hdf5Kind::Text) {
        const auto words = file.readTexts("/split");
        for (std::size_t row = 0; row < words.size(); ++row)
            catalogue.split.push_back(splitFromText(file, words[row], row));
        return;
    }
    checkNumeric(file, "/split", entry);
    const auto values = file.readReals("/split");
    for (std::size_t row = 0; row < values.size(); ++row) {
        if (values[row] != 0.0 && values[row] != 1.0 && values[row] != 2.0)
            throw Error(nameOf(file, "/split") + " row " + std::to_string(row) + " is " +
                        shortestReal(values[row]) + ": expected 0 (train), 1 (calibration) or 2 (test)");
        catalogue.split.push_back(static_cast<std::uint8_t>(values[row]));
    }
}

void readColumns(const Hdf5File& file, Catalogue& catalogue, const RunContext& context) {
    catalogue.columns.source = file.path().string() + ":/columns";
    for (const auto& entry : datasetsIn(file, "/columns", catalogue.notes)) {
        context.checkStop();
        const std::string dataset = "/columns/" + entry.name;
        if (entry.kind == Hdf5Kind::Compound || entry.kind == Hdf5Kind::Other) {
            catalogue.notes.push_back(dataset + " is of a type that columns cannot hold and was left out");
            continue;
        }
        checkColumnShape(file, dataset, entry, catalogue.rowCount);
        catalogue.columns.columns.push_back(file.readColumn(dataset));
        catalogue.columns.columns.back().name = entry.name;
    }
}

void dropInfiniteLabels(Target& target, std::vector<std::string>& notes) {
    std::size_t infinite = 0;
    for (double& value : target.values)
        if (std::isinf(value)) {
            value = std::numeric_limits<double>::quiet_NaN();
            ++infinite;
        }
    if (infinite > 0)
        notes.push_back("target " + target.name + ": " + withThousands(static_cast<long long>(infinite)) +
                        " infinite values count as no label");
}

void readOracle(const Hdf5File& file, Target& target, std::size_t rows, std::vector<std::string>& notes) {
    const std::string group = "/oracle/" + target.name;
    for (const auto& entry : datasetsIn(file, group, notes)) {
        const std::string dataset = group + "/" + entry.name;
        checkColumnShape(file, dataset, entry, rows);
        checkNumeric(file, dataset, entry);
        target.oracle[entry.name] = file.readFloats(dataset);
    }
}

void readTargets(const Hdf5File& file, Catalogue& catalogue, const RunContext& context) {
    for (const auto& entry : datasetsIn(file, "/targets", catalogue.notes)) {
        context.checkStop();
        const std::string dataset = "/targets/" + entry.name;
        Target target;
        target.name = entry.name;
        target.unit = file.textAttribute(dataset, "unit").value_or("");
        target.label = file.textAttribute(dataset, "label").value_or("");
        target.values = readOptionalReals(file, dataset, catalogue.rowCount);
        target.errors = readOptionalReals(file, "/target_errors/" + entry.name, catalogue.rowCount);
        dropInfiniteLabels(target, catalogue.notes);
        readOracle(file, target, catalogue.rowCount, catalogue.notes);
        catalogue.targets.push_back(std::move(target));
    }
    for (const auto& entry : datasetsIn(file, "/target_errors", catalogue.notes))
        if (!file.exists("/targets/" + entry.name))
            catalogue.notes.push_back("/target_errors/" + entry.name +
                                      " belongs to no target and was left out");
}

void readQuarantine(const Hdf5File& file, Catalogue& catalogue) {
    if (!file.isDataset("/quarantine/rows") || !file.isDataset("/quarantine/reasons"))
        return;
    const auto rows = file.readIntegers("/quarantine/rows");
    const auto reasons = file.readTexts("/quarantine/reasons");
    if (rows.size() != reasons.size())
        throw Error(nameOf(file, "/quarantine/reasons") + " has " + std::to_string(reasons.size()) +
                    " entries and /quarantine/rows " + std::to_string(rows.size()) + ": they must agree");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i] < 0 || static_cast<std::size_t>(rows[i]) >= catalogue.rowCount)
            throw Error(nameOf(file, "/quarantine/rows") + " names row " + std::to_string(rows[i]) +
                        ", but the catalogue has rows 0 to " + std::to_string(catalogue.rowCount - 1));
        catalogue.quarantine.push_back({rows[i], reasons[i]});
    }
}

void checkFeatureShape(const Hdf5File& file, const std::string& dataset, const Hdf5Entry& entry,
                       std::size_t rows) {
    checkNumeric(file, dataset, entry);
    const bool matrix = entry.shape.size() == 2 || entry.shape.size() == 1;
    if (!matrix || entry.shape[0] != rows || entry.rowWidth() == 0)
        throw Error(nameOf(file, dataset) + " has shape " + shapeText(entry.shape) +
                    ", but /object_id needs [" + std::to_string(rows) +
                    ", D]: one row of D >= 1 features per galaxy");
    if (entry.rowWidth() > maxFeatureWidth)
        throw Error(nameOf(file, dataset) + " has shape " + shapeText(entry.shape) + "; more than " +
                    withThousands(maxFeatureWidth) + " features per galaxy are not accepted");
}

void readFeatureInfos(const Hdf5File& file, Catalogue& catalogue) {
    for (const auto& entry : datasetsIn(file, "/features", catalogue.notes)) {
        const std::string dataset = "/features/" + entry.name;
        checkFeatureShape(file, dataset, entry, catalogue.rowCount);
        catalogue.features.push_back({entry.name, entry.rowWidth(), file.attributesAsText(dataset)});
    }
}

void checkModalityRows(const Hdf5File& file, const std::string& group, std::size_t count, std::size_t rows) {
    const std::string dataset = group + "/rows";
    if (!file.exists(dataset)) {
        if (count != rows)
            throw Error(nameOf(file, group + "/flux") + " has " + std::to_string(count) +
                        " rows and /object_id " + std::to_string(rows) + ": without " + dataset +
                        " they must agree");
        return;
    }
    checkColumnShape(file, dataset, file.describe(dataset), count);
    for (const auto row : file.readIntegers(dataset))
        if (row < 0 || static_cast<std::size_t>(row) >= rows)
            throw Error(nameOf(file, dataset) + " names row " + std::to_string(row) +
                        ", but the catalogue has rows 0 to " + std::to_string(rows - 1));
}

void readImageInfo(const Hdf5File& file, Catalogue& catalogue) {
    if (!file.exists("/images/flux"))
        return;
    const auto entry = file.describe("/images/flux");
    if (entry.shape.size() != 4)
        throw Error(nameOf(file, "/images/flux") + " has shape " + shapeText(entry.shape) +
                    ", but should be [M, band, y, x]");
    checkModalityRows(file, "/images", entry.rows(), catalogue.rowCount);
    auto& images = catalogue.images;
    images = {entry.shape[0], entry.shape[1], entry.shape[2], entry.shape[3], {}, 0.0, ""};
    for (const auto* holder : {"/images/flux", "/images"}) { // either place is accepted
        if (!file.exists(holder))
            continue;
        if (images.bandNames.empty())
            images.bandNames = file.textListAttribute(holder, "bands");
        if (images.pixelScaleArcsec == 0.0)
            images.pixelScaleArcsec = file.realAttribute(holder, "pixel_scale").value_or(0.0);
        if (images.unit.empty())
            images.unit = file.textAttribute(holder, "unit").value_or("");
    }
    if (!images.bandNames.empty() && images.bandNames.size() != images.bands)
        throw Error(nameOf(file, "/images/flux") + " has " + std::to_string(images.bands) +
                    " bands, but its attribute bands names " + std::to_string(images.bandNames.size()));
}

void readSpectraInfo(const Hdf5File& file, Catalogue& catalogue) {
    if (!file.exists("/spectra/flux"))
        return;
    const auto entry = file.describe("/spectra/flux");
    if (entry.shape.size() != 2)
        throw Error(nameOf(file, "/spectra/flux") + " has shape " + shapeText(entry.shape) +
                    ", but should be [M, L]");
    checkModalityRows(file, "/spectra", entry.rows(), catalogue.rowCount);
    if (!file.isDataset("/spectra/wavelength"))
        throw Error(nameOf(file, "/spectra/wavelength") +
                    " is missing: spectra need wavelengths in Angstrom");
    const auto wavelength = file.describe("/spectra/wavelength").shape;
    if (wavelength != entry.shape && wavelength != io::Shape{entry.shape[1]})
        throw Error(nameOf(file, "/spectra/wavelength") + " has shape " + shapeText(wavelength) +
                    ", but /spectra/flux is " + shapeText(entry.shape));
    catalogue.spectra = {entry.shape[0], entry.shape[1], ""};
    for (const auto* holder : {"/spectra/flux", "/spectra"}) // either place is accepted
        if (catalogue.spectra.unit.empty())
            catalogue.spectra.unit = file.textAttribute(holder, "unit").value_or("");
}

} // namespace

Catalogue readCatalogue(const std::filesystem::path& path, const RunContext& context) {
    const Hdf5File file = Hdf5File::openForReading(path);
    Catalogue catalogue;
    catalogue.path = path;
    context.step(0.0, "reading " + path.filename().string());
    readIds(file, catalogue);
    catalogue.attributes = file.attributesAsText("/");
    catalogue.ra = readOptionalReals(file, "/ra", catalogue.rowCount);
    catalogue.dec = readOptionalReals(file, "/dec", catalogue.rowCount);
    readSplit(file, catalogue);
    readQuarantine(file, catalogue);
    readFeatureInfos(file, catalogue);
    context.step(0.3, "reading columns");
    readColumns(file, catalogue, context);
    readTargets(file, catalogue, context);
    readImageInfo(file, catalogue);
    readSpectraInfo(file, catalogue);
    context.step(1.0, "read " + path.filename().string());
    return catalogue;
}

bool isCatalogueFile(const std::filesystem::path& path) {
    if (!Hdf5File::isHdf5(path))
        return false;
    try {
        const Hdf5File file = Hdf5File::openForReading(path);
        // /predictions marks a study file; those hold /rows and no /object_id.
        return file.isDataset("/object_id") &&
               (file.exists("/features") || file.exists("/targets") || file.exists("/columns") ||
                file.exists("/images") || file.exists("/spectra"));
    } catch (const Error&) {
        return false; // damaged: the caller's own reader will say how
    }
}

Features loadFeatures(const Catalogue& catalogue, std::string_view name, const RunContext& context) {
    const FeatureInfo& info = catalogue.feature(name);
    const std::string dataset = "/features/" + info.name;
    const Hdf5File file = Hdf5File::openForReading(catalogue.path);
    const Hdf5Entry entry = file.describe(dataset);
    checkFeatureShape(file, dataset, entry, catalogue.rowCount);
    const std::size_t rows = catalogue.rowCount;
    const std::size_t width = entry.rowWidth();
    Features features;
    features.name = info.name;
    features.quarantined.assign(rows, 0);
    try {
        features.values.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(width));
    } catch (const std::bad_alloc&) {
        throw Error(nameOf(file, dataset) + " of shape " + shapeText(entry.shape) +
                    " does not fit into memory");
    }
    const std::size_t blockRows = std::max<std::size_t>(1, blockFloats / width);
    for (std::size_t first = 0; first < rows; first += blockRows) {
        context.step(static_cast<double>(first) / static_cast<double>(rows),
                     "loading " + featureWords(info.name));
        const auto block = file.readFloats(dataset, {first, blockRows});
        std::copy(block.begin(), block.end(), features.values.data() + first * width);
        for (std::size_t i = 0; i < block.size(); ++i)
            if (!std::isfinite(block[i]))
                features.quarantined[first + i / width] = 1;
    }
    features.quarantinedCount =
        static_cast<std::size_t>(std::count(features.quarantined.begin(), features.quarantined.end(), 1));
    return features;
}

} // namespace penumbra
