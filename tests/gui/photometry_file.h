#pragma once

#include "core/catalogue/catalogue.h"

#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::gui::test {

/// Thirty galaxies with the four fluxes of "photometry".
inline std::string writePhotometry(const std::string& folder) {
    Catalogue catalogue;
    catalogue.rowCount = 30;
    std::vector<std::int64_t> ids(30);
    for (std::size_t i = 0; i < ids.size(); ++i)
        ids[i] = static_cast<std::int64_t>(i);
    catalogue.objectId.values = ids;
    for (const char* name : {"FLUX_G", "FLUX_R", "FLUX_I", "FLUX_Z"}) {
        io::Column column;
        column.name = name;
        std::vector<float> values(30);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = 1.0F + static_cast<float>(i);
        column.values = values;
        catalogue.columns.columns.push_back(std::move(column));
    }
    const std::string path = folder + "/fluxes.h5";
    writeCatalogue(catalogue, std::vector<MatrixF>(), path);
    return path;
}

} // namespace penumbra::gui::test
