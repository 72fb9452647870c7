#pragma once

#include "core/catalogue/catalogue.h"
#include "core/catalogue/multimodal_universe.h"

#include <filesystem>
#include <string>
#include <vector>

namespace penumbra {

enum class MatchBy {
    Auto, ///< ids where most of the smaller table agrees in them, else positions
    ObjectId,
    Position
};

struct InputChoice {
    std::vector<std::filesystem::path> paths; ///< catalogue files, Multimodal Universe folders or files
    MatchBy matchBy = MatchBy::Auto;
    double toleranceArcsec = 1.0;
    std::size_t maxRows = 0; ///< of the first input; 0: all
};

/// How one further input was matched to the rows of the first.
struct MatchReport {
    std::string first, second; ///< names
    bool byPosition = false;
    double toleranceArcsec = 0.0;
    std::size_t matched = 0;
    double medianSeparationArcsec = 0.0;
    std::size_t unmatchedFirstCount = 0, unmatchedSecondCount = 0;
    std::vector<std::string> unmatchedFirst, unmatchedSecond; ///< ids
    std::string text() const;
};

/// Galaxies with what is known of them and where their images and spectra are stored. The rows are those of
/// the first input: a folder that holds several surveys puts spectra first, then images, then labels.
struct GalaxyInputs {
    Catalogue catalogue; ///< ids, positions, columns and targets, in memory; its path is the first input's
    struct File {
        std::filesystem::path path;
        bool isCatalogue = false; ///< our own layout; else the Multimodal Universe's
        bool isTile = false;      ///< a Parquet tile of its HATS form
    };
    std::vector<File> files;
    std::vector<StoredRow> images, spectra; ///< [N]; not present: the galaxy has none
    std::vector<MatchReport> matches;
    std::string source; ///< the inputs in words, for provenance
    /// 16 hex digits over ids, places of the pixels, scalar columns, and the files' names and sizes. The same
    /// wherever the same files are mounted.
    std::string fingerprint() const;
};

/// Columns of later inputs whose name is taken are kept as NAME_SURVEY. PROVABGS columns give the targets
/// log_mstar, log_zmet, log_ssfr and age; DESI's Z gives z where ZWARN is 0.
/// @throws Error naming what cannot be read, or an input that is neither layout; UsageError without inputs.
GalaxyInputs openGalaxyInputs(const InputChoice& choice, const RunContext& context);

/// The targets that a survey's columns imply, appended to the catalogue (see openGalaxyInputs). Names that
/// are there already are left alone.
void deriveTargets(Catalogue& catalogue);

} // namespace penumbra
