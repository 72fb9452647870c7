#include "core/eval/uniformity_map.h"

#include "core/base/error.h"
#include "core/eval/exchangeability.h"
#include "core/eval/uniformity.h"

#include <cmath>
#include <map>
#include <string>

namespace penumbra {

std::vector<UniformityCell> uniformityMap(std::span<const double> values, std::span<const int> cellOfRow,
                                          std::size_t cells, const UniformityMapOptions& options) {
    if (values.size() != cellOfRow.size())
        throw Error("There are " + std::to_string(values.size()) + " transforms, but " +
                    std::to_string(cellOfRow.size()) + " rows in cells");
    std::vector<std::vector<double>> inside(cells);
    for (std::size_t i = 0; i < values.size(); ++i)
        if (const int cell = cellOfRow[i]; cell >= 0 && static_cast<std::size_t>(cell) < cells)
            inside[static_cast<std::size_t>(cell)].push_back(values[i]);
    std::map<std::size_t, double> medians; // by number of values
    std::vector<UniformityCell> map(cells);
    std::vector<double> p;
    for (std::size_t c = 0; c < cells; ++c) {
        UniformityCell& cell = map[c];
        cell.n = inside[c].size();
        if (cell.n > 0 && cell.n >= options.fewestRows) {
            const UniformityTests tests = testUniformity(std::move(inside[c]));
            const auto [median, isNew] = medians.try_emplace(cell.n, 0.0);
            if (isNew)
                median->second = kolmogorovQuantile(0.5, cell.n);
            cell.distance = tests.ks;
            cell.p = tests.ksP;
            cell.excess = std::log(cell.distance / median->second);
        }
        p.push_back(cell.p);
    }
    const std::vector<double> adjusted = benjaminiHochberg(p);
    for (std::size_t c = 0; c < cells; ++c) {
        map[c].adjustedP = adjusted[c];
        map[c].marked = adjusted[c] <= options.falseDiscoveryRate; // false for NaN
    }
    return map;
}

} // namespace penumbra
