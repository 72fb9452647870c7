#include "core/workflow/similar.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/manifold/retrieval.h"
#include "core/workflow/words.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace penumbra::workflow {

namespace {

constexpr std::size_t judgedQueries = 200;

/// The first galaxy with this id and usable features.
std::size_t rowOf(const Catalogue& catalogue, const UsableFeatures& features, const std::string& id) {
    bool there = false;
    for (std::size_t row = 0; row < catalogue.rowCount; ++row) {
        if (catalogue.idText(row) != id)
            continue;
        there = true;
        const auto found = std::lower_bound(features.catalogueRow.begin(), features.catalogueRow.end(), row);
        if (found != features.catalogueRow.end() && *found == row)
            return row;
    }
    throw UsageError(there ? "Galaxy " + id + " is in quarantine: its features " + features.name +
                                 " hold what is not a number."
                           : catalogue.path.string() + " has no galaxy " + id + ".");
}

constexpr std::size_t captionsShown = 5;

/// Galaxies like those whose captions fit; these are among them. @param result gets the captions
SimilarGalaxies likeWords(const Catalogue& catalogue, const UsableFeatures& features,
                          const OptionSet& options, std::size_t n, CommandResult& result,
                          const RunContext& context) {
    const GalaxiesInWords found = galaxiesInWords(catalogue, options, context.quiet());
    SimilarGalaxies similar = galaxiesLike(features, found.row, n, context.threads);
    const auto best = manifold::mostSimilar(similar.ofAll, n);
    similar.row.clear();
    for (const std::uint32_t place : best.row)
        similar.row.push_back(features.catalogueRow[place]);
    similar.similarity = best.similarity;
    for (const std::string& word : found.unknown)
        context.note("no caption has the word '" + word + "'");
    result.text = (found.row.size() == 1 ? std::string("like the one galaxy whose caption fits best (of ")
                                         : "like the " + std::to_string(found.row.size()) +
                                               " galaxies whose captions fit best (of ") +
                  withThousands(static_cast<long long>(found.captions)) + " captions)" +
                  (found.row.size() > captionsShown ? ", such as\n" : ":\n");
    for (std::size_t i = 0; i < found.row.size(); ++i) {
        const std::string id = catalogue.idText(found.row[i]);
        if (i < captionsShown)
            result.text += "  " + id + ": " + found.caption[i] + "\n";
        result.json["captions"].push_back({{"object_id", id},
                                           {"row", found.row[i]},
                                           {"score", found.score[i]},
                                           {"caption", found.caption[i]}});
    }
    return similar;
}

/// How well nearness tells nearness in a target, on some galaxies drawn as queries.
void judge(const Catalogue& catalogue, const UsableFeatures& features, const std::string& name,
           std::uint64_t seed, CommandResult& result, const RunContext& context) {
    const Target& target = catalogue.target(name);
    std::vector<double> values;
    std::vector<std::size_t> labelled;
    for (std::size_t i = 0; i < features.catalogueRow.size(); ++i) {
        values.push_back(target.values[features.catalogueRow[i]]);
        if (std::isfinite(values.back()))
            labelled.push_back(i);
    }
    Rng rng(seed, 0x51a);
    std::vector<std::size_t> queries;
    for (const std::size_t at : rng.permutation(labelled.size())) {
        if (queries.size() == judgedQueries)
            break;
        queries.push_back(labelled[at]);
    }
    if (queries.empty())
        throw UsageError("The target " + name + " has no label on a galaxy with usable features.");
    const auto quality = manifold::retrievalQuality(features.rows, values, queries, seed, context);
    char line[200];
    std::snprintf(line, sizeof line,
                  "nDCG@10 for %s: %.3f (random order %.3f), %zu queries, %zu without a like one\n",
                  name.c_str(), quality.ndcg, quality.random, quality.queries, quality.withoutRelevant);
    result.text += line;
    result.json["ndcg_10"] = {{"target", name},
                              {"value", quality.ndcg},
                              {"random", quality.random},
                              {"queries", quality.queries},
                              {"without_relevant", quality.withoutRelevant}};
}

bool comparedAsTheyAre(const FeatureInfo& features) {
    return metricOf(features, "automatic") == manifold::Metric::Cosine;
}

} // namespace

UsableFeatures loadComparedFeatures(const Catalogue& catalogue, const std::string& name,
                                    const RunContext& context) {
    UsableFeatures features = loadUsableFeatures(catalogue, name, context);
    if (comparedAsTheyAre(catalogue.feature(name)))
        return features;
    for (Eigen::Index k = 0; k < features.rows.cols(); ++k) {
        const Eigen::VectorXd values = features.rows.col(k).cast<double>();
        const Eigen::VectorXd centred = values.array() - values.mean();
        const double scatter = std::sqrt(centred.squaredNorm() / static_cast<double>(centred.size()));
        // What is the same for all, but for the rounding of its mean, tells nothing.
        if (scatter > 1e-7 * std::abs(values.mean()))
            features.rows.col(k) = (centred / scatter).cast<float>();
        else
            features.rows.col(k).setZero();
    }
    return features;
}

SimilarGalaxies galaxiesLike(const UsableFeatures& features, const std::vector<std::size_t>& examples,
                             std::size_t n, int threads) {
    Eigen::VectorXd query = Eigen::VectorXd::Zero(features.rows.cols());
    std::vector<std::uint8_t> leftOut(features.catalogueRow.size(), 0);
    std::size_t usable = 0;
    for (const std::size_t row : examples) {
        const auto found = std::lower_bound(features.catalogueRow.begin(), features.catalogueRow.end(), row);
        if (found == features.catalogueRow.end() || *found != row)
            continue;
        ++usable;
        const auto place = found - features.catalogueRow.begin();
        leftOut[static_cast<std::size_t>(place)] = 1;
        const Eigen::VectorXd direction = features.rows.row(place).cast<double>().transpose();
        if (const double length = direction.norm(); length > 0.0)
            query += direction / length;
    }
    if (usable == 0)
        throw Error("None of the galaxies that others are to be like has usable features " + features.name +
                    ": what they hold is not a number.");
    SimilarGalaxies similar;
    similar.ofAll = manifold::cosineSimilarities(features.rows, query, threads);
    const auto best = manifold::mostSimilar(similar.ofAll, n, leftOut);
    for (const std::uint32_t place : best.row)
        similar.row.push_back(features.catalogueRow[place]);
    similar.similarity = best.similarity;
    return similar;
}

void describeSimilarOptions(OptionSet& options) {
    options.inputFile("catalogue", "Catalogue file.").asPositional().asRequired();
    options.textList("like", {}, "Ids of the galaxies to find the like of; several: like their mean.");
    describeWordOptions(options);
    options.text("features", "", "Features to compare by; default: the first.").in("Similarity");
    options.integer("n", 10, "How many to list.").range(1, 100000).in("Similarity");
    options
        .text("target", "",
              "Also says how well likeness by these features tells likeness in this target (nDCG@10 of "
              "galaxies drawn "
              "as queries).")
        .in("Similarity");
    options.integer("seed", 0, "Of the galaxies drawn as queries.").range(0, 9.0e15).in("Similarity");
    options.integer("threads", 0, "Threads; 0 takes all cores.").range(0, 1024).in("Machine");
}

CommandResult runSimilar(const OptionSet& options, const Services&, RunContext& context) {
    if (options.getInteger("threads") > 0)
        context.threads = static_cast<int>(options.getInteger("threads"));
    const Catalogue catalogue = readCatalogue(options.getText("catalogue"), context.slice(0.0, 0.2));
    const FeatureInfo& info = catalogue.feature(options.getText("features"));
    const UsableFeatures features = loadComparedFeatures(catalogue, info.name, context.slice(0.2, 0.5));
    const bool inWords = asksInWords(options);
    if (inWords == !options.getTextList("like").empty())
        throw UsageError(inWords ? "give --like or --words, not both"
                                 : "say what is sought: --like IDS, or --words \"WORDS\" with captions");
    std::vector<std::size_t> examples;
    for (const std::string& id : options.getTextList("like"))
        examples.push_back(rowOf(catalogue, features, id));
    const auto n = static_cast<std::size_t>(options.getInteger("n"));
    CommandResult result;
    const SimilarGalaxies best = inWords ? likeWords(catalogue, features, options, n, result, context)
                                         : galaxiesLike(features, examples, n, context.threads);
    result.json["features"] = info.name;
    if (!inWords)
        result.json["like"] = options.getTextList("like");
    result.json["similar"] = nlohmann::json::array();
    result.text += "by cosine similarity of " + info.name +
                   (comparedAsTheyAre(info)
                        ? "\n"
                        : ", each feature less its mean over the catalogue and in units of its scatter\n");
    for (std::size_t i = 0; i < best.row.size(); ++i) {
        const std::size_t row = best.row[i];
        char number[32];
        std::snprintf(number, sizeof number, "%.4f", best.similarity[i]);
        result.text += "  " + std::string(number) + "  " + catalogue.idText(row) + "  (row " +
                       std::to_string(row) + ")\n";
        result.json["similar"].push_back(
            {{"object_id", catalogue.idText(row)}, {"row", row}, {"similarity", best.similarity[i]}});
    }
    if (!options.getText("target").empty())
        judge(catalogue, features, options.getText("target"),
              static_cast<std::uint64_t>(options.getInteger("seed")), result, context.slice(0.5, 1.0));
    return result;
}

Command similarCommand() {
    Command command;
    command.id = "similar";
    command.title = "Find the galaxies most like one or several others, or like words";
    command.details =
        R"(Cosine similarity of features, the most similar first; galaxies in quarantine and the queries themselves are left
out. Embeddings of AION are compared as they are; other features (magnitudes, say) less their mean over the catalogue
and in units of their scatter. In words: the galaxies whose captions fit best (BM25 over a file of captions, no language model) give the direction,
and all galaxies, with or without a caption, are listed by likeness to it. With a target it also says how well likeness by the features tells likeness in the target: nDCG@10, 1 for a perfect
order, beside what a random order reaches.

Examples
  penumbra-cli similar galaxies.h5 --like 1237648702966988820 --features latent -n 10
  penumbra-cli similar galaxies.h5 --like 17,42 --target z --json
  penumbra-cli similar galaxies.h5 --words "tidal tails merging" --captions captions.csv --features aion_b_mean)";
    command.offersJson = true;
    command.options = describeSimilarOptions;
    command.run = runSimilar;
    return command;
}

} // namespace penumbra::workflow
