#pragma once

#include "core/applying/model.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// Galaxies to predict, read block by block. Catalogues stay in their file; tables of other formats are read
/// once, the columns that are needed.
class NewGalaxies {
public:
    virtual ~NewGalaxies() = default;
    virtual std::size_t size() const = 0;
    virtual NewRows rows(std::size_t first, std::size_t count) const = 0;
    virtual io::Column ids(std::size_t first, std::size_t count) const = 0;
    const std::vector<std::string>& notes() const { return notes_; }
    /// What the features are called, where that is known one by one; else empty.
    const std::vector<std::string>& featureNames() const { return featureNames_; }
    /// Those of PredictModel::describing that they lack.
    const std::vector<std::string>& lacking() const { return lacking_; }

protected:
    std::vector<std::string> notes_, featureNames_, lacking_;
};

/// Opens a catalogue, or any table: then features are made as the import of the study's own catalogue made
/// them, or taken from columns of the same names.
/// @throws Error saying what of the study's features or columns is not there, found and wanted
std::unique_ptr<NewGalaxies> openNewGalaxies(const std::filesystem::path& path, const PredictModel& model,
                                             const RunContext& context);

/// A list of feature names as catalogues store it, if it names `width` features; else empty.
std::vector<std::string> featureNamesIn(const std::map<std::string, std::string>& attributes,
                                        std::size_t width);

} // namespace penumbra::workflow
