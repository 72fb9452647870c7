#pragma once

#include "core/aion/random_model.h"
#include "core/catalogue/catalogue.h"
#include "core/workflow/generate.h"
#include "tests/core/io/scratch.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace penumbra::test {

inline void writeTinyModel(const Scratch& folder) {
    RunContext context;
    context.seed = 3;
    aion::writeRandomModel(folder / "model", "tiny", context);
}

/// Galaxies with Legacy Survey fluxes and redshifts; that of row `lacking` in r is missing.
inline Catalogue galaxiesWithFluxes(const std::vector<std::int64_t>& ids,
                                    const std::vector<double>& redshifts, std::size_t lacking) {
    Catalogue catalogue;
    catalogue.rowCount = ids.size();
    catalogue.objectId.name = "object_id";
    catalogue.objectId.values = ids;
    for (const char* name : {"FLUX_G", "FLUX_R", "FLUX_I", "FLUX_Z"}) {
        std::vector<double> values;
        for (std::size_t r = 0; r < ids.size(); ++r)
            values.push_back(1.0 + 3.0 * static_cast<double>(r) + name[5] % 5);
        if (name[5] == 'R')
            values[lacking] = std::nan("");
        io::Column column;
        column.name = name;
        column.values = values;
        catalogue.columns.columns.push_back(column);
    }
    Target z;
    z.name = "z";
    z.values = redshifts;
    catalogue.targets.push_back(z);
    return catalogue;
}

/// Options of `generate` for the tiny model and the folder's in.h5.
inline OptionSet generateOptions(const Scratch& folder,
                                 const std::vector<std::pair<std::string, std::string>>& given) {
    OptionSet options;
    workflow::describeGenerateOptions(options);
    options.setFromText("input", (folder / "in.h5").string());
    options.setFromText("weights", (folder / "model").string());
    options.setFromText("modalities", "photometry");
    options.setFromText("device", "cpu");
    for (const auto& [name, text] : given)
        options.setFromText(name, text);
    return options;
}

} // namespace penumbra::test
