#include "core/catalogue/samples.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <functional>
#include <numeric>

namespace penumbra {

using io::Hdf5File;

namespace {

/// [N, S] or [N, S, parameters].
bool fitsRows(const io::Hdf5Entry& entry, std::size_t rows) {
    return (entry.shape.size() == 2 || entry.shape.size() == 3) && entry.rows() == rows &&
           entry.rowWidth() > 0;
}

void writeInPieces(Hdf5File& file, const Samples& samples, const std::vector<std::size_t>& shape,
                   const io::Hdf5WriteOptions& options, const RunContext& context) {
    constexpr std::size_t atOnce = std::size_t{4} << 20; // floats
    const std::size_t width = samples.perRow();
    const std::size_t piece =
        std::max<std::size_t>(1, atOnce / width / options.chunkRows) * options.chunkRows;
    std::vector<float> values;
    file.createFloats(samples.dataset, shape, options);
    for (std::size_t first = 0; first < shape[0]; first += piece) {
        context.checkStop();
        const std::size_t count = std::min(piece, shape[0] - first);
        values.resize(count * width);
        samples.rows(first, count, values);
        file.writeFloatRows(samples.dataset, first, values);
    }
}

} // namespace

std::size_t Samples::perRow() const {
    return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

std::vector<Samples> listSamples(const Catalogue& catalogue, std::vector<std::string>& notes) {
    std::vector<Samples> found;
    const Hdf5File file = Hdf5File::openForReading(catalogue.path);
    for (const std::string group : {"/target_samples", "/samples", "/maps"}) {
        if (!file.exists(group) || file.isDataset(group))
            continue;
        for (const auto& entry : file.list(group)) {
            if (entry.isGroup)
                continue;
            const std::string dataset = group + "/" + entry.name;
            if (!fitsRows(entry, catalogue.rowCount)) {
                notes.push_back(dataset + " has no samples of each of the " +
                                std::to_string(catalogue.rowCount) + " galaxies and is left out");
                continue;
            }
            Samples one;
            one.dataset = dataset;
            one.shape = {entry.shape.begin() + 1, entry.shape.end()};
            one.source = file.textAttribute(dataset, "source").value_or("");
            if (one.isMap())
                one.attributes = file.attributesAsText(dataset);
            one.attributes.erase("source");
            found.push_back(std::move(one));
        }
    }
    return found;
}

std::vector<float> loadSamples(const Catalogue& catalogue, std::string_view dataset, std::size_t first,
                               std::size_t count) {
    const Hdf5File file = Hdf5File::openForReading(catalogue.path);
    if (!file.isDataset(dataset) || !fitsRows(file.describe(dataset), catalogue.rowCount))
        throw Error(catalogue.path.string() + " has no samples " + std::string(dataset));
    if (first > catalogue.rowCount || count > catalogue.rowCount - first)
        throw Error(catalogue.path.string() + ": samples of rows " + std::to_string(first) + " to " +
                    std::to_string(first + count) + " were asked for; it has " +
                    std::to_string(catalogue.rowCount));
    return file.readFloats(dataset, {first, count == 0 ? catalogue.rowCount - first : count});
}

void writeSamples(Hdf5File& file, const std::vector<Samples>& samples, std::size_t rows,
                  const RunContext& context) {
    for (const Samples& one : samples) {
        if (!one.rows && one.values.size() != rows * one.perRow())
            throw Error("samples " + one.dataset + " have " + std::to_string(one.values.size()) +
                        " values, but the catalogue has " + std::to_string(rows) + " rows of " +
                        std::to_string(one.perRow()));
        std::vector<std::size_t> shape = {rows};
        shape.insert(shape.end(), one.shape.begin(), one.shape.end());
        io::Hdf5WriteOptions options;
        options.chunkRows = std::clamp<std::size_t>((1 << 16) / one.perRow(), 1, rows);
        if (!one.rows)
            file.writeFloats(one.dataset, one.values, shape, options);
        else
            writeInPieces(file, one, shape, options, context);
        file.setAttribute(one.dataset, "source", one.source);
        for (const auto& [name, value] : one.attributes) {
            if (const auto integer = parseInteger(value))
                file.setAttribute(one.dataset, name, static_cast<std::int64_t>(*integer));
            else if (const auto real = parseReal(value))
                file.setAttribute(one.dataset, name, *real);
            else
                file.setAttribute(one.dataset, name, value);
        }
    }
}

} // namespace penumbra
