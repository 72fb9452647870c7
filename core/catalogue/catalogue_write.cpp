#include "core/catalogue/catalogue.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/catalogue/feature_words.h"
#include "core/catalogue/samples.h"
#include "core/io/hdf5_file.h"

#include <algorithm>
#include <set>

namespace penumbra {

namespace {

using io::Hdf5File;
using io::Hdf5WriteOptions;

constexpr std::size_t blockFloats = 1 << 21; // 8 MiB per write
constexpr std::size_t compressBelowFloats =
    1 << 23; // deflate costs more time than it saves on large embeddings

void checkLength(const std::string& what, std::size_t found, std::size_t rows) {
    if (found != rows)
        throw Error(what + " has " + std::to_string(found) + " rows, but the catalogue has " +
                    std::to_string(rows));
}

void checkName(const std::string& what, const std::string& name, std::set<std::string>& used) {
    if (name.empty() || name == "." || name.find('/') != std::string::npos)
        throw Error("'" + name + "' cannot name a " + what + ": names need a character and no /");
    if (!used.insert(name).second)
        throw Error("two " + what + "s are named '" + name + "'");
}

void checkTargets(const Catalogue& catalogue) {
    std::set<std::string> names;
    for (const auto& target : catalogue.targets) {
        checkName("target", target.name, names);
        checkLength("target " + target.name, target.values.size(), catalogue.rowCount);
        if (!target.errors.empty())
            checkLength("errors of target " + target.name, target.errors.size(), catalogue.rowCount);
        for (const auto& [quantile, values] : target.oracle)
            checkLength("oracle " + quantile + " of " + target.name, values.size(), catalogue.rowCount);
    }
}

void checkFeatures(const Catalogue& catalogue, std::size_t given) {
    if (given != catalogue.features.size())
        throw Error("the catalogue names " + std::to_string(catalogue.features.size()) +
                    " feature sets, but " + std::to_string(given) + " matrices were given");
    std::set<std::string> names;
    for (const auto& info : catalogue.features) {
        checkName("feature set", info.name, names);
        if (info.width == 0)
            throw Error(featureWords(info.name) + " have no columns");
    }
}

void checkConsistent(const Catalogue& catalogue, std::size_t featureSets) {
    if (catalogue.rowCount == 0)
        throw Error("a catalogue without rows cannot be written");
    checkLength("object_id", catalogue.objectId.rows(), catalogue.rowCount);
    if (!catalogue.ra.empty())
        checkLength("ra", catalogue.ra.size(), catalogue.rowCount);
    if (!catalogue.dec.empty())
        checkLength("dec", catalogue.dec.size(), catalogue.rowCount);
    if (!catalogue.split.empty())
        checkLength("split", catalogue.split.size(), catalogue.rowCount);
    if (std::any_of(catalogue.split.begin(), catalogue.split.end(), [](std::uint8_t s) { return s > 2; }))
        throw Error("split holds values other than 0 (train), 1 (calibration), 2 (test)");
    std::set<std::string> names;
    for (const auto& column : catalogue.columns.columns) {
        checkName("column", column.name, names);
        checkLength("column " + column.name, column.rows(), catalogue.rowCount);
        if (column.width != 1)
            throw Error("column " + column.name + " has " + std::to_string(column.width) +
                        " values per row; columns of a catalogue hold one");
    }
    checkTargets(catalogue);
    checkFeatures(catalogue, featureSets);
}

void writeTarget(Hdf5File& file, const Target& target, const Hdf5WriteOptions& options) {
    const std::string dataset = "/targets/" + target.name;
    file.writeReals(dataset, target.values, {}, options);
    file.setAttribute(dataset, "unit", target.unit);
    file.setAttribute(dataset, "label", target.label);
    if (!target.errors.empty()) {
        file.writeReals("/target_errors/" + target.name, target.errors, {}, options);
        file.setAttribute("/target_errors/" + target.name, "unit", target.unit);
    }
    for (const auto& [quantile, values] : target.oracle)
        file.writeFloats("/oracle/" + target.name + "/" + quantile, values, {}, options);
}

void writeFeatureMatrix(Hdf5File& file, const FeatureInfo& info, std::size_t rows, const FeatureRows& values,
                        const RunContext& context) {
    const std::string dataset = "/features/" + info.name;
    const std::size_t width = info.width;
    std::vector<float> block;
    Hdf5WriteOptions options;
    options.deflate = rows * width < compressBelowFloats ? 4 : 0;
    options.chunkRows = std::clamp<std::size_t>((1 << 16) / width, 1, rows); // 256 KiB
    file.createFloats(dataset, {rows, width}, options);
    // Whole chunks per write, so that none is compressed twice.
    const std::size_t blockRows =
        std::max<std::size_t>(1, blockFloats / width / options.chunkRows) * options.chunkRows;
    for (std::size_t first = 0; first < rows; first += blockRows) {
        context.step(static_cast<double>(first) / static_cast<double>(rows),
                     "writing " + featureWords(info.name));
        const std::size_t count = std::min(blockRows, rows - first);
        block.resize(count * width);
        values(first, count, block);
        file.writeFloatRows(dataset, first, block);
    }
    for (const auto& [name, value] : info.attributes)
        file.setAttribute(dataset, name, value);
}

void writeColumns(Hdf5File& file, const Catalogue& catalogue, const Hdf5WriteOptions& options,
                  const RunContext& context) {
    file.writeColumn("/object_id", catalogue.objectId, options);
    if (!catalogue.ra.empty())
        file.writeReals("/ra", catalogue.ra, {}, options);
    if (!catalogue.dec.empty())
        file.writeReals("/dec", catalogue.dec, {}, options);
    for (const auto* dataset : {"/ra", "/dec"})
        if (file.exists(dataset))
            file.setAttribute(dataset, "unit", "deg");
    if (!catalogue.split.empty())
        file.writeBytes("/split", catalogue.split, {}, options);
    for (const auto& column : catalogue.columns.columns) {
        context.checkStop();
        file.writeColumn("/columns/" + column.name, column, options);
    }
}

void writeQuarantine(Hdf5File& file, const Catalogue& catalogue, const Hdf5WriteOptions& options) {
    if (catalogue.quarantine.empty())
        return;
    std::vector<std::int64_t> rows;
    std::vector<std::string> reasons;
    for (const QuarantinedRow& line : catalogue.quarantine) {
        rows.push_back(line.row);
        reasons.push_back(line.reason);
    }
    file.writeIntegers("/quarantine/rows", rows, {}, options);
    file.writeTexts("/quarantine/reasons", reasons, {}, options);
}

void writeAll(const Catalogue& catalogue, const std::vector<FeatureRows>& features,
              const std::vector<Samples>& samples, const std::filesystem::path& path,
              const RunContext& context) {
    checkConsistent(catalogue, features.size());
    AtomicFile target(path);
    Hdf5File file = Hdf5File::create(target.temporaryPath());
    Hdf5WriteOptions options;
    options.deflate = 4;
    options.fixedText = true; // libhdf5 1.10 may crash on a damaged heap of variable texts
    for (const auto& [name, value] : catalogue.attributes)
        file.setAttribute("/", name, value);
    file.setAttribute("/", "format", "penumbra catalogue");
    file.setAttribute("/", "format_version", 1);
    context.step(0.0, "writing " + path.filename().string());
    writeColumns(file, catalogue, options, context);
    writeQuarantine(file, catalogue, options);
    writeSamples(file, samples, catalogue.rowCount, context);
    for (const auto& label : catalogue.targets)
        writeTarget(file, label, options);
    const double share = 1.0 / static_cast<double>(std::max<std::size_t>(1, features.size()));
    for (std::size_t i = 0; i < features.size(); ++i)
        writeFeatureMatrix(file, catalogue.features[i], catalogue.rowCount, features[i],
                           context.slice(share * static_cast<double>(i), share * static_cast<double>(i + 1)));
    file.close();
    target.commit();
    context.step(1.0, "wrote " + path.filename().string());
}

} // namespace

void writeCatalogue(const Catalogue& catalogue, const std::vector<MatrixF>& features,
                    const std::vector<Samples>& samples, const std::filesystem::path& path,
                    const RunContext& context) {
    std::vector<FeatureRows> sources;
    for (std::size_t i = 0; i < features.size(); ++i) {
        const MatrixF& matrix = features[i];
        const std::string name = i < catalogue.features.size() ? catalogue.features[i].name : "";
        checkLength("features " + name, static_cast<std::size_t>(matrix.rows()), catalogue.rowCount);
        const auto width = static_cast<std::size_t>(matrix.cols());
        if (i < catalogue.features.size() && width != catalogue.features[i].width)
            throw Error("features " + name + " are " + std::to_string(width) +
                        " wide, but are described as " + std::to_string(catalogue.features[i].width));
        sources.push_back([&matrix, width](std::size_t first, std::size_t count, std::span<float> out) {
            std::copy_n(matrix.data() + first * width, count * width, out.begin());
        });
    }
    writeAll(catalogue, sources, samples, path, context);
}

void writeCatalogue(const Catalogue& catalogue, const std::vector<FeatureRows>& features,
                    const std::vector<Samples>& samples, const std::filesystem::path& path,
                    const RunContext& context) {
    writeAll(catalogue, features, samples, path, context);
}

void writeCatalogue(const Catalogue& catalogue, const std::vector<MatrixF>& features,
                    const std::filesystem::path& path, const RunContext& context) {
    writeCatalogue(catalogue, features, {}, path, context);
}

void writeCatalogue(const Catalogue& catalogue, const std::vector<FeatureRows>& features,
                    const std::filesystem::path& path, const RunContext& context) {
    writeAll(catalogue, features, {}, path, context);
}

} // namespace penumbra
