#include "core/study/posterior_features.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/posterior_table.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

/// Lower edge of the first bin and upper edges of all, in the target's units.
std::vector<double> edgesOf(const Catalogue& catalogue, const FeatureInfo& info) {
    const auto attribute = [&](const char* name) {
        const auto found = info.attributes.find(name);
        return found == info.attributes.end() ? std::string() : found->second;
    };
    const std::string where = catalogue.path.string() + ": feature matrix " + info.name;
    std::vector<double> edges;
    const auto add = [&](const std::string& text) {
        const auto value = parseReal(text);
        if (!value || !std::isfinite(*value) || (!edges.empty() && *value < edges.back()))
            throw Error(where + ": its bin edges cannot be read at '" + text + "'");
        edges.push_back(*value);
    };
    const std::string upper = attribute("bin_upper_edges");
    if (upper.empty() || attribute("bin_lowest_edge").empty())
        throw Error(where + " is no posterior (it has no attributes bin_lowest_edge and bin_upper_edges); "
                            "penumbra-cli generate makes one");
    add(attribute("bin_lowest_edge"));
    for (const std::string& text : splitText(upper, ','))
        add(text);
    if (edges.size() != info.width + 1)
        throw Error(where + " is " + std::to_string(info.width) + " wide, but tells the edges of " +
                    std::to_string(edges.size() - 1) + " bins");
    if (attribute("bins").find("natural logarithm") != std::string::npos)
        for (double& edge : edges)
            edge = std::exp(edge);
    return edges;
}

} // namespace

MatrixD posteriorTable(const Catalogue& catalogue, const std::string& target, const std::string& name,
                       std::span<const std::int64_t> rows, std::vector<std::string>& notes,
                       const RunContext& context) {
    const FeatureInfo& info = catalogue.feature(name);
    const std::vector<double> edges = edgesOf(catalogue, info);
    const MatrixF probabilities = loadFeatures(catalogue, info.name, context.quiet()).values;
    const auto levels = static_cast<Eigen::Index>(posteriorLevels().size());
    MatrixD table(static_cast<Eigen::Index>(rows.size()), levels);
    std::vector<double> masses(info.width);
    std::size_t unknown = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = probabilities.row(static_cast<Eigen::Index>(rows[i]));
        std::copy(row.data(), row.data() + row.size(), masses.begin());
        const std::vector<double> quantiles = posteriorQuantiles(edges, masses);
        std::copy(quantiles.begin(), quantiles.end(), table.row(static_cast<Eigen::Index>(i)).data());
        unknown += isKnownPosterior(quantiles) ? 0 : 1;
    }
    const auto count = [](std::size_t n) { return withThousands(static_cast<long long>(n)); };
    if (unknown == rows.size())
        throw Error(catalogue.path.string() + ": feature matrix " + info.name +
                    " holds no posterior of any calibration or test galaxy");
    if (unknown > 0)
        notes.push_back(target + ": " + count(unknown) + " of " + count(rows.size()) +
                        " galaxies have no posterior in '" + info.name +
                        "': their intervals made from it are infinite, and nothing is calibrated on them.");
    if (info.attributes.contains("random_weights"))
        notes.push_back("RANDOM WEIGHTS: " + target + ": the posterior '" + info.name +
                        "' comes from a model of random numbers and means nothing.");
    return table;
}

} // namespace penumbra::workflow
