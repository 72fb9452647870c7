#include "core/workflow/ood.h"

#include "core/base/derived_seed.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/manifold/ood.h"
#include "core/manifold/quality.h"
#include "core/workflow/catalogue_copy.h"

#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace penumbra::workflow {

namespace {

using manifold::allOodScores;
using manifold::OodColumns;

constexpr double flagLevel = 0.01;

/// Usable rows of each part of the split, by place among them.
using Parts = std::array<std::vector<std::size_t>, 3>;

std::vector<std::uint8_t> splitOf(const Catalogue& catalogue, std::uint64_t seed,
                                  std::vector<std::string>& notes) {
    if (!catalogue.split.empty())
        return catalogue.split;
    notes.push_back("the catalogue holds no split: half the galaxies were drawn for training and a fifth for "
                    "calibration, as a study with this seed draws them");
    return drawSplit(catalogue.objectId, 0.5, 0.2, derivedSeed(seed, "split"), notes);
}

MatrixF picked(const MatrixF& rows, const std::vector<std::size_t>& chosen) {
    MatrixF few(static_cast<Eigen::Index>(chosen.size()), rows.cols());
    for (std::size_t i = 0; i < chosen.size(); ++i)
        few.row(static_cast<Eigen::Index>(i)) = rows.row(static_cast<Eigen::Index>(chosen[i]));
    return few;
}

/// Columns of parts put together in the order of the catalogue; NaN in quarantine.
OodColumns assembled(const std::array<OodColumns, 3>& parts, const Parts& places,
                     const UsableFeatures& features, std::size_t rows) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    OodColumns all;
    for (std::size_t s = 0; s < all.size(); ++s) {
        auto& column = all[s];
        column.score.assign(rows, nan);
        column.percentile = column.p = column.score;
        for (std::size_t part = 0; part < parts.size(); ++part)
            for (std::size_t i = 0; i < places[part].size(); ++i) {
                const std::size_t row = features.catalogueRow[places[part][i]];
                column.score[row] = parts[part][s].score[i];
                column.percentile[row] = parts[part][s].percentile[i];
                column.p[row] = parts[part][s].p[i];
            }
    }
    return all;
}

struct Flags {
    std::array<std::size_t, allOodScores.size()> each{};
    std::size_t any = 0, rows = 0;
};

/// Galaxies of the given parts whose p is at most one in a hundred.
Flags flagsOf(const OodColumns& columns, const std::vector<std::size_t>& rows) {
    Flags flags;
    flags.rows = rows.size();
    for (const std::size_t row : rows) {
        bool any = false;
        for (std::size_t s = 0; s < columns.size(); ++s)
            if (columns[s].p[row] <= flagLevel) {
                ++flags.each[s];
                any = true;
            }
        flags.any += any ? 1 : 0;
    }
    return flags;
}

nlohmann::json correlations(const OodColumns& columns, const std::vector<std::size_t>& rows,
                            std::string& text) {
    nlohmann::json matrix = nlohmann::json::array();
    std::array<std::vector<double>, allOodScores.size()> scores;
    for (std::size_t s = 0; s < columns.size(); ++s)
        for (const std::size_t row : rows)
            scores[s].push_back(columns[s].percentile[row]);
    text += "rank correlation";
    char cell[32];
    for (const auto score : allOodScores) {
        std::snprintf(cell, sizeof cell, " %12s", std::string(manifold::oodScoreName(score)).c_str());
        text += cell;
    }
    text += "\n";
    for (std::size_t a = 0; a < columns.size(); ++a) {
        std::snprintf(cell, sizeof cell, "  %-14s",
                      std::string(manifold::oodScoreName(allOodScores[a])).c_str());
        text += cell;
        nlohmann::json line = nlohmann::json::array();
        for (std::size_t b = 0; b < columns.size(); ++b) {
            const double value = manifold::rankCorrelation(scores[a], scores[b]);
            std::snprintf(cell, sizeof cell, " %12.2f", value);
            text += cell;
            line.push_back(value);
        }
        matrix.push_back(std::move(line));
        text += "\n";
    }
    return matrix;
}

std::string number(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

void writeColumns(const Catalogue& catalogue, const OodColumns& columns, const std::string& out,
                  const RunContext& context) {
    writeUpdatedCopy(
        catalogue.path, out,
        [&](io::Hdf5File& file) {
            io::Hdf5WriteOptions compressed;
            compressed.deflate = 4;
            for (std::size_t s = 0; s < columns.size(); ++s) {
                const std::string name(manifold::oodScoreName(allOodScores[s]));
                file.writeReals("/columns/ood_" + name, columns[s].percentile, {}, compressed);
                file.setAttribute("/columns/ood_" + name, "description",
                                  "percentile of strangeness (" + name +
                                      ") among training galaxies, 100 the strangest");
                file.writeReals("/columns/ood_p_" + name, columns[s].p, {}, compressed);
                file.setAttribute("/columns/ood_p_" + name, "description",
                                  "p-value of strangeness (" + name + ") against calibration galaxies");
            }
        },
        context);
}

} // namespace

void describeOodOptions(OptionSet& options) {
    options.inputFile("catalogue", "Catalogue file.").asPositional().asRequired();
    options.text("features", "", "Features to judge by; default: the first.").in("Strangeness");
    describeMetric(options, "Strangeness");
    options
        .integer("neighbour", 5,
                 "Which training galaxy's distance the neighbour score is: the fifth nearest. More is "
                 "steadier, fewer finds smaller islands.")
        .range(1, 1000)
        .in("Strangeness");
    options
        .integer("neighbour-rows", 20000,
                 "Training galaxies, drawn at random, among which neighbours are looked for; more is slower "
                 "and finer.")
        .range(20, 100000000)
        .in("Strangeness")
        .asAdvanced();
    options
        .choice("shrinkage", "automatic", {"automatic", "none", "ledoit-wolf"},
                "Of the covariance towards a sphere. automatic: where there are fewer than 20 training "
                "galaxies a "
                "feature.")
        .in("Strangeness")
        .asAdvanced();
    options.integer("seed", 0, "Of the mixture, the forest and the draws.")
        .range(0, 9.0e15)
        .in("Strangeness");
    options.integer("threads", 0, "Threads; 0 takes all cores. The result does not depend on it.")
        .range(0, 1024)
        .in("Machine");
    options.outputFile("out", "Catalogue to write: a whole copy with the columns added (HDF5).").asRequired();
}

CommandResult runOod(const OptionSet& options, const Services&, RunContext& context) {
    if (options.getInteger("threads") > 0)
        context.threads = static_cast<int>(options.getInteger("threads"));
    const Catalogue catalogue = readCatalogue(options.getText("catalogue"), context.slice(0.0, 0.05));
    const FeatureInfo& info = catalogue.feature(options.getText("features"));
    const UsableFeatures features = loadUsableFeatures(catalogue, info.name, context.slice(0.05, 0.1));
    manifold::OodOptions wanted;
    wanted.metric = metricOf(info, options.getText("metric"));
    wanted.neighbour = static_cast<std::size_t>(options.getInteger("neighbour"));
    wanted.neighbourRows = static_cast<std::size_t>(options.getInteger("neighbour-rows"));
    wanted.seed = static_cast<std::uint64_t>(options.getInteger("seed"));
    const std::string& shrinkage = options.getText("shrinkage");
    wanted.shrinkage = shrinkage == "none"          ? manifold::Shrinkage::None
                       : shrinkage == "ledoit-wolf" ? manifold::Shrinkage::LedoitWolf
                                                    : manifold::Shrinkage::Automatic;
    std::vector<std::string> notes;
    const auto split = splitOf(catalogue, wanted.seed, notes);
    Parts places;
    for (std::size_t i = 0; i < features.catalogueRow.size(); ++i)
        places[split[features.catalogueRow[i]]].push_back(i);
    const auto reference = manifold::OodReference::fit(
        picked(features.rows, places[0]), picked(features.rows, places[1]), wanted, context.slice(0.1, 0.7));
    notes.insert(notes.end(), reference.notes().begin(), reference.notes().end());
    if (places[1].empty())
        notes.push_back("there are no calibration galaxies, so there are no p-values");
    std::array<OodColumns, 3> parts = {reference.trainingColumns(), reference.calibrationColumns(), {}};
    parts[2] = reference.score(picked(features.rows, places[2]), context.slice(0.7, 0.9));
    const OodColumns columns = assembled(parts, places, features, catalogue.rowCount);
    const std::string& out = options.getText("out");
    writeColumns(catalogue, columns, out, context.slice(0.9, 1.0));

    std::vector<std::size_t> testRows;
    for (const std::size_t place : places[2])
        testRows.push_back(features.catalogueRow[place]);
    CommandResult result;
    result.written = {out};
    result.text = number(places[0].size()) + " training, " + number(places[1].size()) + " calibration and " +
                  number(testRows.size()) + " other galaxies by " + info.name + "\n";
    result.json = {{"written", out},
                   {"features", info.name},
                   {"metric", manifold::metricName(wanted.metric)},
                   {"training", places[0].size()},
                   {"calibration", places[1].size()},
                   {"others", testRows.size()},
                   {"level", flagLevel},
                   {"flagged", nlohmann::json::object()}};
    if (!testRows.empty() && !places[1].empty()) {
        const Flags flags = flagsOf(columns, testRows);
        result.text += "p <= 0.01 among the others, where 1 % is expected if they are of the same kind:\n";
        for (std::size_t s = 0; s < allOodScores.size(); ++s) {
            const std::string name(manifold::oodScoreName(allOodScores[s]));
            result.text +=
                "  " + name + std::string(14 - name.size(), ' ') + number(flags.each[s]) + " (expected " +
                number(static_cast<std::size_t>(std::lround(flagLevel * static_cast<double>(flags.rows)))) +
                ")\n";
            result.json["flagged"][name] = flags.each[s];
        }
        result.text +=
            "  any of them   " + number(flags.any) + " (expected up to " +
            number(static_cast<std::size_t>(std::lround(4 * flagLevel * static_cast<double>(flags.rows)))) +
            ")\n";
        result.json["flagged"]["any"] = flags.any;
    }
    if (testRows.size() > 2)
        result.json["rank_correlation"] = correlations(columns, testRows, result.text);
    for (const std::string& note : notes)
        result.text += "note: " + note + "\n";
    result.json["notes"] = notes;
    return result;
}

Command oodCommand() {
    Command command;
    command.id = "ood";
    command.title = "Say how strange each galaxy is beside training and calibration galaxies";
    command.details =
        R"(Four scores by the features: distance from the centre in units of the covariance (mahalanobis), distance to the
fifth nearest training galaxy (knn; the best single one in many dimensions), a mixture of normal distributions (gmm), an
isolation forest (isolation). Writes a whole copy of the catalogue with the columns ood_NAME, percentiles among the
training galaxies, each of which was judged by a fit without it, and ood_p_NAME, p-values against the calibration galaxies:
at most a share p of galaxies of the same kind has so small a one. Flag by these.

Examples
  penumbra-cli ood galaxies.h5 --features latent --out judged.h5
  penumbra-cli evaluate study.h5 --where 'ood_p_knn > 0.01')";
    command.offersJson = true;
    command.options = describeOodOptions;
    command.run = runOod;
    return command;
}

} // namespace penumbra::workflow
