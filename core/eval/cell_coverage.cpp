#include "core/eval/cell_coverage.h"

#include "core/base/error.h"
#include "core/eval/count_laws.h"
#include "core/eval/evaluate.h"
#include "core/eval/exchangeability.h"

#include <limits>
#include <map>
#include <string>

namespace penumbra {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

/// What a cell of so many rows is judged by; cells of one size share it.
class Laws {
public:
    explicit Laws(const CellCoverageOptions& options) : options_(options) {}
    const std::vector<double>& of(std::size_t n) {
        const auto [place, isNew] = known_.try_emplace(n);
        if (isNew)
            place->second = options_.calibrationRows > 0
                                ? conformalCountProbabilities(options_.calibrationRows, n, options_.alpha)
                                : binomialProbabilities(n, 1.0 - options_.alpha);
        return place->second;
    }

private:
    const CellCoverageOptions& options_;
    std::map<std::size_t, std::vector<double>> known_;
};

std::vector<std::uint8_t> marked(const std::vector<double>& adjusted, double rate) {
    std::vector<std::uint8_t> marks;
    for (const double p : adjusted)
        marks.push_back(p <= rate ? 1 : 0);
    return marks;
}

void count(std::span<const std::uint8_t> covered, std::span<const std::int64_t> cellOfRow,
           CellCoverage& cells) {
    for (std::size_t row = 0; row < cellOfRow.size(); ++row) {
        if (cellOfRow[row] < 0)
            continue;
        const auto cell = static_cast<std::size_t>(cellOfRow[row]);
        if (cell >= cells.n.size())
            throw Error("row " + std::to_string(row) + " lies in cell " + std::to_string(cell) + " of " +
                        std::to_string(cells.n.size()));
        ++cells.n[cell];
        cells.covered[cell] += covered[row] != 0 ? 1 : 0;
    }
}

} // namespace

CellCoverage cellCoverage(std::span<const std::uint8_t> covered, std::span<const std::int64_t> cellOfRow,
                          std::size_t cells, const CellCoverageOptions& options) {
    if (covered.size() != cellOfRow.size())
        throw Error(std::to_string(cellOfRow.size()) + " rows in cells do not fit " +
                    std::to_string(covered.size()) + " covered or missed ones");
    CellCoverage found;
    found.n.assign(cells, 0);
    found.covered.assign(cells, 0);
    found.coverage.assign(cells, kNaN);
    found.bracket.resize(cells);
    found.perfect.resize(cells);
    found.pUnder.assign(cells, kNaN);
    found.pOver.assign(cells, kNaN);
    count(covered, cellOfRow, found);
    Laws laws(options);
    for (std::size_t cell = 0; cell < cells; ++cell) {
        const std::size_t n = found.n[cell], k = found.covered[cell];
        if (n == 0)
            continue;
        const auto rows = static_cast<double>(n);
        const std::vector<double>& law = laws.of(n);
        found.coverage[cell] = static_cast<double>(k) / rows;
        found.bracket[cell] = wilson(k, n);
        const CountRange range = centralRange(law, 0.025);
        found.perfect[cell] = {static_cast<double>(range.low) / rows, static_cast<double>(range.high) / rows};
        if (n < options.fewestRows)
            continue;
        found.pUnder[cell] = probabilityUpTo(law, k);
        found.pOver[cell] = probabilityFrom(law, k);
        ++found.judged;
    }
    found.adjustedUnder = benjaminiHochberg(found.pUnder);
    found.adjustedOver = benjaminiHochberg(found.pOver);
    found.under = marked(found.adjustedUnder, options.falseDiscoveryRate);
    found.over = marked(found.adjustedOver, options.falseDiscoveryRate);
    return found;
}

} // namespace penumbra
