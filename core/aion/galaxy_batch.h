#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::aion {

/// Galaxies go through the model in batches. In every input, `rows` lists the rows of the batch that have it,
/// ascending; empty = all of them. An input that no row has is left out.
struct ImageInput {
    std::string key = "tok_image";     ///< "tok_image_hsc" for HSC, where the model has it
    std::vector<std::string> bands;    ///< "DES-G", "HSC-I", ... in the order of flux
    std::size_t height = 0, width = 0; ///< pixels, at least 96
    std::vector<float> flux;           ///< [rows, band, y, x] nanomaggies
    std::vector<std::size_t> rows;
};

struct SpectrumInput {
    std::string key = "tok_spectrum_desi"; ///< or "tok_spectrum_sdss"
    std::size_t pixels = 0;
    std::vector<float> flux, ivar;  ///< [rows, pixels]; 1e-17 erg/s/cm2/A
    std::vector<std::uint8_t> mask; ///< [rows, pixels], 1 = BAD; empty: all good
    std::vector<float>
        wavelength; ///< Angstrom, increasing; [pixels] or [rows, pixels]; padding at the end <= 0
    std::vector<std::size_t> rows;
};

struct ScalarInput {
    std::string name;          ///< "FLUX_G", "SHAPE_R", "EBV", "Z", ...
    std::vector<float> values; ///< [rows]; NaN = not measured: the galaxy goes without
    std::vector<std::size_t> rows;
};

/// Several numbers of one object.
struct ListInput {
    std::string name;          ///< "bp_coefficients" or "rp_coefficients"
    std::vector<float> values; ///< [rows, width]; a NaN: the galaxy goes without this modality
    std::vector<std::size_t> rows = {};
    std::size_t width =
        0; ///< numbers given of each, from the first; the tokens of others are dropped; 0: all
};

struct FieldInput {
    std::string key = "tok_segmap";
    std::size_t height = 0, width = 0; ///< pixels, at least 96
    std::vector<float> values;         ///< [rows, y, x] in 0..1
    std::vector<std::size_t> rows;
};

struct GalaxyBatch {
    std::size_t rowCount = 0;
    std::vector<ScalarInput> scalars;
    std::vector<ImageInput> images; ///< of different keys, or of one key and different rows
    std::vector<SpectrumInput> spectra;
    std::vector<ListInput> lists = {};
    std::vector<FieldInput> fields = {};
    /// [rowCount] of each galaxy in the whole run, for what is drawn at random; empty: not known
    std::vector<std::uint64_t> numbers = {};
};

/// A row whose measurement cannot be used; the galaxy is encoded from its other modalities.
struct RowProblem {
    std::size_t row = 0; ///< of the batch
    std::string modality;
    std::string what; ///< "17 of 36864 pixels are NaN"
};

/// Token ids of one modality.
struct ModalityTokens {
    std::string key;
    std::size_t tokens = 0;         ///< per galaxy
    std::vector<std::int32_t> ids;  ///< [rowCount, tokens]
    std::vector<std::uint8_t> drop; ///< [rowCount, tokens], 1 = not used; empty: all used
};

/// Tokenised galaxies; small (about 3 kB a galaxy), so that they can be kept. The order of the modalities is
/// the order of the tokens in the sequence.
struct TokenBatch {
    std::size_t rowCount = 0;
    std::vector<ModalityTokens> modalities;
    std::vector<RowProblem> problems;
};

/// Output of the transformer: a sequence of vectors a galaxy, used tokens first.
struct Encoded {
    std::size_t rowCount = 0, tokens = 0, width = 0;
    std::vector<float> values;       ///< [rowCount, tokens, width]
    std::vector<std::uint8_t> valid; ///< [rowCount, tokens], 0 = padding; register tokens count as padding
    std::vector<std::int32_t> modalityId; ///< [rowCount, tokens], -1 for padding and registers
};

} // namespace penumbra::aion
