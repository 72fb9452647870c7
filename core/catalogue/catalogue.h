#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/matrix.h"
#include "core/io/table.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra {

enum class Split : std::uint8_t { Train = 0, Calibration = 1, Test = 2 };

/// A quantity to predict. NaN = no label: the row is dropped for this target only.
struct Target {
    std::string name;
    std::string unit;
    std::string label;          ///< for axes: "stellar mass"; empty: the name
    std::vector<double> values; ///< [N]
    std::vector<double> errors; ///< one sigma, [N] or empty
    std::map<std::string, std::vector<float>>
        oracle;                    ///< simulated catalogues: true conditional quantiles q05..q95, [N]
    std::string axisLabel() const; ///< "stellar mass, log Msun"
};

/// A matrix of network inputs stored in the catalogue file; the numbers are read by loadFeatures.
struct FeatureInfo {
    std::string name;
    std::size_t width = 0;
    std::map<std::string, std::string>
        attributes; ///< source, pooling, weights hash, column names ("columns")
};

/// Feature vectors of all rows of a catalogue.
struct Features {
    std::string name;
    MatrixF values;                        ///< [N, D]
    std::vector<std::uint8_t> quarantined; ///< [N], 1 = holds NaN or infinity and must not be used
    std::size_t quarantinedCount = 0;
};

struct ImageInfo {
    std::size_t count = 0, bands = 0, height = 0, width = 0;
    std::vector<std::string> bandNames;
    double pixelScaleArcsec = 0.0;
    std::string unit;
};
struct SpectraInfo {
    std::size_t count = 0, pixels = 0;
    std::string unit;
};

/// A row that must not be used, and why.
struct QuarantinedRow {
    std::int64_t row = 0; ///< of the catalogue, from 0
    std::string reason;
};

/// Galaxies with what is known of them. File layout: design.md / ARCHITECTURE.md, "Catalogue file".
/// Columns, targets and ids are in memory; features, images and spectra stay in the file until asked for.
struct Catalogue {
    std::filesystem::path path;
    std::size_t rowCount = 0;
    io::Column objectId;             ///< int64 or text; duplicates are kept
    std::vector<double> ra, dec;     ///< degrees; empty if absent
    std::vector<std::uint8_t> split; ///< values of Split; empty if absent
    io::Table columns;               ///< everything under /columns
    std::vector<Target> targets;
    std::vector<FeatureInfo> features;
    ImageInfo images;
    SpectraInfo spectra;
    std::map<std::string, std::string>
        attributes; ///< of the file: origin, licence, acknowledgement, import mapping ...
    std::vector<QuarantinedRow> quarantine; ///< as the import found it; empty if the file tells none
    std::vector<std::string>
        notes; ///< what the reader found worth telling: duplicate ids, short features ...

    const Target& target(std::string_view name) const; ///< @throws Error listing the targets there are
    const FeatureInfo&
    feature(std::string_view name) const; ///< @throws Error; empty name: the only or first one
    std::string idText(std::size_t row) const;
};

/// @throws Error naming file, dataset, shape found and shape wanted.
Catalogue readCatalogue(const std::filesystem::path& path, const RunContext& context = {});
bool isCatalogueFile(const std::filesystem::path& path);
Features loadFeatures(const Catalogue& catalogue, std::string_view name, const RunContext& context = {});

/// Writes the layout to a temporary name, then renames. Feature matrices are given beside the catalogue, in
/// the order of catalogue.features.
void writeCatalogue(const Catalogue& catalogue, const std::vector<MatrixF>& features,
                    const std::filesystem::path& path, const RunContext& context = {});

/// Copies rows [first, first + count) of a feature matrix to `out`, row-major. Asked for in order, from the
/// first row to the last.
using FeatureRows = std::function<void(std::size_t first, std::size_t count, std::span<float> out)>;
/// As above for matrices too large to hold: one function per entry of catalogue.features.
void writeCatalogue(const Catalogue& catalogue, const std::vector<FeatureRows>& features,
                    const std::filesystem::path& path, const RunContext& context = {});

/// 64-bit FNV-1a over the file's bytes, as 16 hex digits: provenance and cache key, not cryptography.
std::string fileHash(const std::filesystem::path& path, const RunContext& context = {});

/// Rows of one object go where the first of them went: a drawn split must not put a galaxy into training and
/// test. Returns how many rows moved or stayed for that reason (all but the first of each object).
std::size_t keepObjectsTogether(const io::Column& objectId, std::vector<std::uint8_t>& split);
/// Draws a split from a seed. Fractions are of all rows; the rest is test.
std::vector<std::uint8_t> drawSplit(std::size_t rows, double trainFraction, double calibrationFraction,
                                    std::uint64_t seed);
/// The same for rows that have ids, all rows of one object together. Adds a note where there are repeats.
std::vector<std::uint8_t> drawSplit(const io::Column& objectId, double trainFraction,
                                    double calibrationFraction, std::uint64_t seed,
                                    std::vector<std::string>& notes);

} // namespace penumbra
