// The calibration galaxies behind an interval as a table.

#include "core/report/galaxy_columns.h"
#include "core/workflow/explain.h"

namespace penumbra::workflow {

io::Table neighbourTable(const Explanation& e, const io::Column* ids) {
    std::vector<std::size_t> indices;
    std::vector<std::int64_t> rows;
    std::vector<double> weights, scores, truths, predictions;
    for (const Explanation::Neighbour& neighbour : e.neighbours) {
        indices.push_back(static_cast<std::size_t>(neighbour.row));
        rows.push_back(neighbour.row);
        weights.push_back(neighbour.weight);
        scores.push_back(neighbour.score);
        truths.push_back(neighbour.truth);
        predictions.push_back(neighbour.prediction);
    }
    io::Table table{"neighbours", {}, {}};
    if (ids) {
        io::Column identity = report::identityColumn(ids);
        io::Column picked = io::pickRows(*ids, indices);
        picked.name = identity.name;
        picked.description = identity.description;
        picked.ucd = identity.ucd;
        table.columns.push_back(std::move(picked));
    }
    const auto add = [&](const char* name, const std::string& unit, const char* description, const char* ucd,
                         io::Column::Values values) {
        table.columns.push_back({name, unit, description, std::move(values), {}, 1, ucd});
    };
    add("row", "", "row of the catalogue, from 0", "meta.record", std::move(rows));
    add("weight", "", "share of all weights, the galaxy's own included", "stat.weight", std::move(weights));
    add("score", e.scaled ? "" : e.unit,
        e.scaled ? "|truth - prediction| in units of the predicted residual" : "|truth - prediction|",
        "stat.fit.residual", std::move(scores));
    const std::string quantity = report::quantityUcd(e.target);
    add("truth", e.unit, "true value (the label)", quantity.c_str(), std::move(truths));
    add("prediction", e.unit, "predicted value", (quantity + ";meta.modelled").c_str(),
        std::move(predictions));
    return table;
}

} // namespace penumbra::workflow
