#include "core/workflow/map.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/samples.h"
#include "core/manifold/pca.h"
#include "core/manifold/quality.h"
#include "core/manifold/reliability.h"
#include "core/manifold/umap.h"
#include "core/workflow/catalogue_copy.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>

namespace penumbra::workflow {

namespace {

using manifold::MapQuality;

/// A map of the usable rows and what there is to say of it.
struct MadeMap {
    MatrixF positions;
    MapQuality quality, pcaQuality;
    std::vector<double> jumps; ///< of the usable rows; empty if not asked for
    std::map<std::string, std::string> attributes;
    std::vector<std::string> notes;
    std::vector<std::string> lines; ///< of the report, below the quality numbers
    nlohmann::json more;
};

manifold::UmapOptions umapOptions(const OptionSet& options, manifold::Metric metric) {
    manifold::UmapOptions wanted;
    wanted.dims = static_cast<std::size_t>(options.getInteger("dims"));
    wanted.neighbours = static_cast<std::size_t>(options.getInteger("neighbours"));
    wanted.metric = metric;
    wanted.minDistance = options.getReal("min-distance");
    wanted.epochs = static_cast<int>(options.getInteger("epochs"));
    wanted.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    const std::string& start = options.getText("start");
    using Start = manifold::UmapOptions::Start;
    wanted.start = start == "spectral" ? Start::Spectral
                   : start == "pca"    ? Start::Pca
                   : start == "random" ? Start::Random
                                       : Start::Automatic;
    if (options.getText("order") == "sequential")
        wanted.order = manifold::LayoutOptions::Order::Sequential;
    wanted.density = options.getFlag("density");
    return wanted;
}

MatrixF pcaMap(const MatrixF& rows, std::size_t dims, std::uint64_t seed, manifold::PcaSolver solver,
               MadeMap* told, const RunContext& context) {
    const manifold::Pca pca = manifold::fitPca(rows, dims, solver, seed, context);
    if (told) {
        std::vector<std::string> shares;
        for (const double share : pca.explainedRatio)
            shares.push_back(shortestReal(share));
        told->attributes["explained_variance"] = joinText(shares, ",");
        told->more["explained_variance"] =
            std::vector<double>(pca.explainedRatio.begin(), pca.explainedRatio.end());
        if (pca.rank < dims)
            told->notes.push_back("only " + std::to_string(pca.rank) +
                                  " components explain anything: the features have no more dimensions");
    }
    return pca.transform(rows, context).cast<float>();
}

/// How far maps of other seeds keep the same neighbours: what differs is chance.
void compareSeeds(const UsableFeatures& features, manifold::UmapOptions options, const MatrixF& map,
                  int others, MadeMap& made, const RunContext& context) {
    double sum = 0.0, least = 1.0;
    for (int other = 0; other < others; ++other) {
        ++options.seed;
        const MatrixF again = manifold::fitUmap(features.rows, options, context).positions;
        const MapQuality quality = mapQuality(map, again, options.neighbours, manifold::Metric::Euclidean,
                                              options.seed, 5000, context);
        sum += quality.recall;
        least = std::min(least, quality.recall);
    }
    const double shared = sum / others;
    made.attributes["seed_agreement"] = shortestReal(shared);
    made.more["seed_agreement"] = {{"maps", others}, {"mean", shared}, {"least", least}};
    made.lines.push_back("other seeds: of the nearest on this map " + formatFixed(100.0 * shared, 0) +
                         " % are nearest on theirs as well (" + std::to_string(others) +
                         (others == 1 ? " map)" : " maps, least " + formatFixed(100.0 * least, 0) + " %)"));
}

void makeUmap(const UsableFeatures& features, const OptionSet& options, manifold::Metric metric,
              MadeMap& made, const RunContext& context) {
    const auto wanted = umapOptions(options, metric);
    const bool judgeRows = options.getFlag("reliability");
    manifold::UmapMap map =
        manifold::fitUmap(features.rows, wanted, context.slice(0.0, judgeRows ? 0.6 : 1.0));
    if (judgeRows)
        made.jumps = manifold::mapJumps(map, features.rows, context.slice(0.6, 1.0));
    if (const auto others = options.getInteger("compare-seeds"); others > 0)
        compareSeeds(features, wanted, map.positions, static_cast<int>(others), made, context.quiet());
    if (wanted.density) {
        made.attributes["density_correlation"] = shortestReal(map.densityCorrelation);
        made.more["density_correlation"] = map.densityCorrelation;
        made.lines.push_back("local densities: their logarithms correlate " +
                             formatFixed(map.densityCorrelation, 2) + " with those of the features");
    }
    made.positions = std::move(map.positions);
    made.notes = std::move(map.notes);
    made.attributes["min_distance"] = shortestReal(wanted.minDistance);
    made.attributes["a"] = shortestReal(map.forces.a);
    made.attributes["b"] = shortestReal(map.forces.b);
    made.attributes["pieces"] = std::to_string(map.components);
    made.attributes["search_recall"] = shortestReal(map.found.recall);
    made.more["pieces"] = map.components;
    made.more["search_recall"] = map.found.recall;
    made.more["search_exact"] = map.found.exact;
    made.more["seconds"] = {{"neighbours", map.seconds.neighbours},
                            {"graph", map.seconds.graph},
                            {"start", map.seconds.start},
                            {"layout", map.seconds.layout}};
}

nlohmann::json toJson(const MapQuality& quality) {
    return {{"trustworthiness", quality.trustworthiness},
            {"continuity", quality.continuity},
            {"neighbour_recall", quality.recall},
            {"spearman", quality.spearman},
            {"triplets", quality.triplets},
            {"neighbours", quality.k},
            {"rows", quality.rows},
            {"sampled", quality.sampled}};
}

std::string lineOf(const std::string& name, const MapQuality& quality) {
    char line[160];
    std::snprintf(line, sizeof line, "  %-6s %15.3f %11.3f %8.3f %9.3f %9.3f\n", name.c_str(),
                  quality.trustworthiness, quality.continuity, quality.recall, quality.spearman,
                  quality.triplets);
    return line;
}

std::string textOf(const MadeMap& made, bool umap) {
    std::string text = "         trustworthiness  continuity   recall  Spearman  triplets\n";
    if (umap)
        text += lineOf("UMAP", made.quality);
    text += lineOf("PCA", made.pcaQuality);
    text += "  of the " + std::to_string(made.pcaQuality.k) + " nearest, on " +
            withThousands(static_cast<long long>(made.pcaQuality.rows)) +
            (made.pcaQuality.sampled ? " galaxies drawn at random" : " galaxies") +
            "; Spearman and triplets: distances between any two.\n"
            "  A map is for finding and choosing: its distances, gaps and sizes of clumps mean little.\n";
    for (const std::string& line : made.lines)
        text += "  " + line + "\n";
    for (const std::string& note : made.notes)
        text += "note: " + note + "\n";
    return text;
}

void writeMap(const Catalogue& catalogue, const UsableFeatures& features, const MadeMap& made,
              const std::string& dataset, const std::string& out, const RunContext& context) {
    const auto dims = static_cast<std::size_t>(made.positions.cols());
    Samples stored;
    stored.dataset = dataset;
    stored.shape = {dims};
    stored.source = "penumbra map";
    stored.attributes = made.attributes;
    stored.values.assign(catalogue.rowCount * dims, std::numeric_limits<float>::quiet_NaN());
    for (std::size_t i = 0; i < features.catalogueRow.size(); ++i)
        for (std::size_t c = 0; c < dims; ++c)
            stored.values[features.catalogueRow[i] * dims + c] =
                made.positions(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(c));
    std::vector<double> jumps(made.jumps.empty() ? 0 : catalogue.rowCount,
                              std::numeric_limits<double>::quiet_NaN());
    for (std::size_t i = 0; i < made.jumps.size(); ++i)
        jumps[features.catalogueRow[i]] = made.jumps[i];
    writeUpdatedCopy(
        catalogue.path, out,
        [&](io::Hdf5File& file) {
            writeSamples(file, {stored}, catalogue.rowCount, context);
            if (jumps.empty())
                return;
            const std::string column = "/columns/" + dataset.substr(std::string("/maps/").size()) + "_jump";
            file.writeReals(column, jumps);
            file.setAttribute(
                column, "description",
                "how far the galaxy jumps on the map when its features change a little; 1 is usual, large "
                "means that its place was settled by chance");
        },
        context);
}

} // namespace

void addQuality(const MapQuality& quality, std::map<std::string, std::string>& attributes) {
    attributes["trustworthiness"] = shortestReal(quality.trustworthiness);
    attributes["continuity"] = shortestReal(quality.continuity);
    attributes["neighbour_recall"] = shortestReal(quality.recall);
    attributes["spearman"] = shortestReal(quality.spearman);
    attributes["triplets"] = shortestReal(quality.triplets);
    attributes["quality_rows"] = std::to_string(quality.rows);
}

void describeMapOptions(OptionSet& options) {
    options.inputFile("catalogue", "Catalogue file.").asPositional().asRequired();
    options.text("features", "", "Features to map; default: the first.").in("Map");
    options
        .choice("algorithm", "umap", {"umap", "pca"},
                "umap keeps neighbours together, pca keeps distances as far as so few axes can.")
        .in("Map");
    options.integer("dims", 2, "Dimensions of the map.").range(2, 3).in("Map");
    describeMetric(options, "Map");
    options
        .integer(
            "neighbours", 15,
            "Neighbours that umap keeps together, the galaxy itself counted. More show the large, fewer the "
            "fine structure. Also of the quality numbers.")
        .range(2, 200)
        .in("Map");
    options
        .real("min-distance", 0.1,
              "How near galaxies may lie on a map of umap; smaller packs clumps tighter.")
        .range(0.0, 1.0)
        .in("Map");
    options
        .choice("start", "automatic", {"automatic", "spectral", "pca", "random"},
                "Where umap starts from; it settles the large picture. automatic: spectral up to 200,000 "
                "galaxies, "
                "then pca.")
        .in("Map")
        .asAdvanced();
    options
        .flag("reliability", false,
              "Also says how far each galaxy would jump on a map of umap if its features were a little "
              "different, in the "
              "column MAP_jump: 1 is usual, large numbers are places settled by chance. Takes about as long "
              "as the map.")
        .in("Map");
    options
        .flag("density", false, "Dense groups are dense on the map of umap, too (densMAP); 200 epochs more.")
        .in("Map");
    options
        .integer(
            "compare-seeds", 0,
            "So many maps of umap by other seeds are made to be compared: how many neighbours on the map are "
            "there by chance? Each takes as long as the map.")
        .range(0, 50)
        .in("Map");
    options
        .integer("epochs", 0,
                 "Rounds of umap; 0: 500 for up to 10,000 galaxies, else 200. More is slower and finer.")
        .range(0, 100000)
        .in("Map")
        .asAdvanced();
    options
        .choice("order", "parts", {"parts", "sequential"},
                "parts: fast, on all cores. sequential: umap-learn's own loop, edge after edge on one core "
                "in double "
                "precision.")
        .in("Map")
        .asAdvanced();
    options.integer("seed", 0, "Same seed, same map on the same kind of machine.").range(0, 9.0e15).in("Map");
    options.integer("threads", 0, "Threads; 0 takes all cores. The map does not depend on it.")
        .range(0, 1024)
        .in("Machine");
    options.outputFile("out", "Catalogue to write: a whole copy with the map added (HDF5).").asRequired();
}

CommandResult runMap(const OptionSet& options, const Services&, RunContext& context) {
    if (options.getInteger("threads") > 0)
        context.threads = static_cast<int>(options.getInteger("threads"));
    const Catalogue catalogue = readCatalogue(options.getText("catalogue"), context.slice(0.0, 0.05));
    const FeatureInfo& info = catalogue.feature(options.getText("features"));
    const auto metric = metricOf(info, options.getText("metric"));
    const UsableFeatures features = loadUsableFeatures(catalogue, info.name, context.slice(0.05, 0.1));
    const std::string& algorithm = options.getText("algorithm");
    const bool umap = algorithm == "umap";
    const auto dims = static_cast<std::size_t>(options.getInteger("dims"));
    const auto seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    const auto neighbours = static_cast<std::size_t>(options.getInteger("neighbours"));
    if (features.rows.cols() < static_cast<Eigen::Index>(dims))
        throw UsageError("The features " + info.name + " have " + std::to_string(info.width) +
                         (info.width == 1 ? " column" : " columns") + ": there is nothing to map in " +
                         std::to_string(dims) + " dimensions.");
    MadeMap made;
    made.attributes = {{"algorithm", algorithm},
                       {"features", info.name},
                       {"metric", std::string(manifold::metricName(metric))},
                       {"neighbours", std::to_string(neighbours)},
                       {"seed", std::to_string(seed)}};
    if (umap)
        makeUmap(features, options, metric, made, context.slice(0.1, 0.8));
    context.step(0.8, "principal components");
    // Beside a map of umap a quicker way to the components will do: their share of variance agrees to 1e-3.
    const auto solver =
        umap && info.width > 128 ? manifold::PcaSolver::Randomised : manifold::PcaSolver::Automatic;
    const MatrixF plain = pcaMap(features.rows, dims, seed, solver, umap ? nullptr : &made, context.quiet());
    context.step(0.85, "judging the map");
    made.pcaQuality = mapQuality(features.rows, plain, neighbours, metric, seed, 5000, context.quiet());
    if (umap) {
        made.quality =
            mapQuality(features.rows, made.positions, neighbours, metric, seed, 5000, context.quiet());
    } else {
        made.positions = plain;
        made.quality = made.pcaQuality;
    }
    if (umap && made.pcaQuality.trustworthiness > made.quality.trustworthiness)
        made.notes.push_back("PCA keeps neighbours better than this map");
    addQuality(made.quality, made.attributes);
    const std::string name = info.name + "_" + algorithm + "_" + std::to_string(dims) + "d";
    const std::string& out = options.getText("out");
    writeMap(catalogue, features, made, "/maps/" + name, out, context.slice(0.9, 1.0));
    CommandResult result;
    result.written = {out};
    result.text = name + ": " + withThousands(static_cast<long long>(features.catalogueRow.size())) +
                  " galaxies, " + std::string(manifold::metricName(metric)) + " distances";
    if (features.quarantined > 0)
        result.text +=
            ", " + withThousands(static_cast<long long>(features.quarantined)) + " in quarantine left out";
    result.text += "\n" + textOf(made, umap);
    result.json = std::move(made.more);
    result.json.update({{"written", out},
                        {"map", "/maps/" + name},
                        {"algorithm", algorithm},
                        {"metric", manifold::metricName(metric)},
                        {"dims", dims},
                        {"neighbours", neighbours},
                        {"rows", features.catalogueRow.size()},
                        {"quarantined", features.quarantined},
                        {"quality", toJson(made.quality)},
                        {"pca_quality", toJson(made.pcaQuality)},
                        {"notes", made.notes}});
    return result;
}

Command mapCommand() {
    Command command;
    command.id = "map";
    command.title = "Lay the galaxies out on a map by their features (UMAP or PCA)";
    command.details =
        R"(Writes a whole copy of the catalogue with the map added, and says how far to trust it: trustworthiness (are
neighbours on the map neighbours?), continuity (do neighbours stay neighbours?), recall of neighbours, and whether
distances keep their order; PCA's numbers stand beside those of UMAP.

Examples
  penumbra-cli map galaxies.h5 --features latent --out mapped.h5
  penumbra-cli map galaxies.h5 --features latent --algorithm pca --dims 3 --out mapped.h5
  penumbra-cli map galaxies.h5 --density --compare-seeds 3 --out mapped.h5
  penumbra-cli map galaxies.h5 --neighbours 30 --min-distance 0.3 --seed 1 --json --out mapped.h5)";
    command.offersJson = true;
    command.options = describeMapOptions;
    command.run = runMap;
    return command;
}

} // namespace penumbra::workflow
