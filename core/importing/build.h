#pragma once

#include "core/catalogue/samples.h"
#include "core/importing/tables.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// A catalogue ready to be written, with what happened on the way.
struct ImportedCatalogue {
    Catalogue catalogue;
    std::vector<Samples> samples;                 ///< of posteriors
    std::vector<MatrixF> features;                ///< in the order of catalogue.features
    std::vector<std::size_t> quarantined;         ///< rows, per feature set
    std::vector<QuarantinedRow> sourceQuarantine; ///< as catalogue.quarantine, by row of the input
    std::size_t rowsRead = 0;
    std::vector<DroppedRows> dropped;
    std::vector<std::string> notes;
    nlohmann::json summary() const;
    std::string text() const; ///< for people
};

/// Applies a mapping. @throws Error if nothing usable is left: no rows, no features where some were asked
/// for, a target without labels.
ImportedCatalogue importTable(const ImportMapping& mapping, const std::filesystem::path& inputPath,
                              const std::filesystem::path& joinFolder, const RunContext& context);

} // namespace penumbra::workflow
