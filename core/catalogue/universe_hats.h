#pragma once

#include "core/catalogue/multimodal_universe.h"
#include "core/catalogue/pixel_reader.h"
#include "core/io/parquet_outline.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace penumbra {

// The Multimodal Universe as HATS: Parquet tiles in which a galaxy's image is a struct of lists (image.band,
// image.flux [band][y][x], image.mask), its spectrum likewise (spectrum.flux, .ivar, .lambda, .mask), and
// everything else one value a row.

/// The HATS catalogues at or directly below a folder that hold images, spectra or labels, and ids.
std::vector<UniverseSurvey> findHatsSurveys(const std::filesystem::path& path);
/// Every column of a tile with one number, truth or text a row. @throws Error naming the file
io::Table readUniverseTile(const std::filesystem::path& tile, std::size_t maxRows, const RunContext& context);

/// Reads pixels of a tile's rows; keeps the last piece, so ask for neighbouring rows in order.
class UniverseTileReader {
public:
    explicit UniverseTileReader(std::filesystem::path tile) : tile_(std::move(tile)) {}
    /// The whole image, uncropped. @throws Error
    Cutout image(std::size_t row);
    ObservedSpectrum spectrum(std::size_t row);

private:
    struct Piece {
        io::Table table;
        std::size_t first = 0, count = 0;
        std::vector<std::string> columns;
        std::optional<io::ParquetRows> rows; ///< opened for the first piece
    };
    /// The piece that holds the row; its place there.
    std::size_t load(Piece& piece, const std::vector<std::string>& wanted, const char* group,
                     std::size_t row);

    std::filesystem::path tile_;
    std::vector<std::string> names_; ///< of the tile's columns
    Piece images_, spectra_;
};

} // namespace penumbra
