// From a study to intervals that hold, with the verbs alone: where it fails, mended, on galaxies that came
// later; and on galaxies of another kind. A simulated survey with a planted fault, and the SDSS sample of
// MLZ, whose two files are no random halves.

#include "core/eval/evaluate.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_reader.h"
#include "core/workflow/regions.h"
#include "core/workflow/repair.h"
#include "tests/core/workflow/predict_support.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <nlohmann/json.hpp>

namespace penumbra::workflow {
namespace {

constexpr double level = 1.0 - 1e-4; // each comparison errs in one of 10,000 seeds

struct Galaxies {
    Catalogue catalogue;
    MatrixF features;
    std::vector<double> truth() const { return catalogue.targets.at(0).values; }
    /// A column, or an element of the features: "x[2]".
    std::vector<double> column(const std::string& name) const {
        if (!name.starts_with("x["))
            return catalogue.columns.at(name).asReals();
        const Eigen::VectorXf values = features.col(std::stol(name.substr(2)));
        return {values.begin(), values.end()};
    }

    void write(const std::string& path, bool withLabels) {
        Catalogue written = catalogue;
        written.features = {{"x", static_cast<std::size_t>(features.cols()), {}}};
        if (!withLabels) {
            written.targets.clear();
            written.split.clear();
        }
        writeCatalogue(written, {features}, path);
    }
};

void addColumn(Catalogue& catalogue, const std::string& name, std::vector<double> values) {
    io::Column column;
    column.name = name;
    column.values = std::move(values);
    catalogue.columns.columns.push_back(std::move(column));
}

/// Labels are four times as noisy where the magnitude's error is above 0.12 and the air mass above 1.5, which
/// no feature tells. @param share of galaxies with these conditions that are kept
Galaxies survey(std::size_t rows, std::uint64_t seed, const std::function<double(double, double)>& share) {
    Galaxies made;
    Rng rng(seed);
    std::vector<double> label, error, airmass;
    std::vector<std::int64_t> ids;
    made.features.resize(static_cast<Eigen::Index>(rows), 3);
    while (label.size() < rows) {
        const double ownError = 0.02 + 0.18 * rng.uniform(), ownAirmass = 1.0 + rng.uniform();
        if (rng.uniform() > share(ownError, ownAirmass))
            continue;
        const auto row = static_cast<Eigen::Index>(label.size());
        for (int k = 0; k < 3; ++k)
            made.features(row, k) = static_cast<float>(rng.normal());
        made.features(row, 2) +=
            static_cast<float>(4.0 * (ownAirmass - 1.5)); // images know the air mass, too
        const double noise = ownError > 0.12 && ownAirmass > 1.5 ? 0.8 : 0.2;
        ids.push_back(row);
        label.push_back(made.features(row, 0) + noise * rng.normal());
        error.push_back(ownError);
        airmass.push_back(ownAirmass);
        made.catalogue.split.push_back(static_cast<std::uint8_t>(row % 4 < 2 ? 0 : row % 4 - 1));
    }
    made.catalogue.rowCount = rows;
    made.catalogue.objectId.name = "object_id";
    made.catalogue.objectId.values = std::move(ids);
    made.catalogue.targets = {{.name = "log_mstar",
                               .unit = "",
                               .label = "",
                               .values = std::move(label),
                               .errors = {},
                               .oracle = {}}};
    addColumn(made.catalogue, "mag_err", std::move(error));
    addColumn(made.catalogue, "airmass", std::move(airmass));
    return made;
}
double all(double, double) {
    return 1.0;
}
/// A survey of the south, at high air mass and in bad nights.
double worseNights(double error, double airmass) {
    return std::exp(8.0 * (error - 0.2) + 1.5 * (airmass - 2.0));
}

OptionSet splitStudy() {
    OptionSet options = quickOptions("VanillaSplit");
    options.setFromText("bootstrap", "0");
    return options;
}

struct Covered {
    double covered = 0.0;
    std::size_t n = 0;
    double share() const { return covered / static_cast<double>(n); }
};
/// Of predicted galaxies where `inside`.
Covered coveredBy(const std::string& method, const std::string& file, const Galaxies& galaxies,
                  const std::function<bool(std::size_t)>& inside) {
    const auto predicted = io::Hdf5File::openForReading(file);
    const std::string group = "/predictions/" + galaxies.catalogue.targets.at(0).name + "/" + method;
    const auto lower = predicted.readReals(group + "/lower"), upper = predicted.readReals(group + "/upper");
    const auto truth = galaxies.truth();
    Covered out;
    for (std::size_t i = 0; i < truth.size(); ++i)
        if (inside(i)) {
            ++out.n;
            out.covered += covers(lower[i], truth[i], upper[i], Ends::Closed) ? 1.0 : 0.0;
        }
    return out;
}
bool everywhere(std::size_t) {
    return true;
}

using Conditions =
    std::vector<std::pair<std::string, std::pair<bool, double>>>; ///< column, above or at most, value
Conditions conditionsOf(const nlohmann::json& region) {
    Conditions conditions;
    for (const auto& own : region.at("conditions"))
        conditions.push_back({own.at("column"), {own.at("op") == ">", own.at("value")}});
    return conditions;
}
std::vector<std::uint8_t> insideOf(const Conditions& conditions, const Galaxies& galaxies) {
    std::vector<std::uint8_t> inside;
    std::map<std::string, std::vector<double>> columns;
    for (const auto& condition : conditions)
        columns[condition.first] = galaxies.column(condition.first);
    for (std::size_t row = 0; row < galaxies.catalogue.rowCount; ++row)
        inside.push_back(std::all_of(conditions.begin(), conditions.end(), [&](const auto& condition) {
            const double value = columns.at(condition.first)[row];
            return condition.second.first ? value > condition.second.second
                                          : value <= condition.second.second;
        }));
    return inside;
}

class Walk : public testing::Test {
protected:
    std::string path(const std::string& name) const { return folder.path(name); }
    void study(Galaxies& galaxies) {
        galaxies.write(path("survey.h5"), true);
        RunContext context;
        runStudy(readCatalogue(path("survey.h5")), splitStudy(), path("study.h5"), context);
    }
    CommandResult predict(const std::string& study, Galaxies& galaxies, const std::string& name) {
        galaxies.write(path(name + ".h5"), false);
        return predictWith({{"study", path(study)},
                            {"galaxies", path(name + ".h5")},
                            {"out", path(name + "_predicted.h5")},
                            {"ood", "false"}});
    }
    StudyFolder folder;
};

TEST_F(Walk, APlantedFaultIsFoundNamedMendedAndStaysMendedOnNewGalaxies) {
    Galaxies old = survey(12000, 1, all);
    study(old);
    const auto found = runVerb(regionsCommand(), {{"study", path("study.h5")}}).json;
    ASSERT_FALSE(found.at("regions").empty()) << found.dump();
    const auto& first = found.at("regions").at(0);
    EXPECT_TRUE(first.at("confirmed").get<bool>());
    const Conditions conditions = conditionsOf(first);
    for (const std::string column : {"mag_err", "airmass"}) // a third condition may come with them
        EXPECT_TRUE(std::any_of(
            conditions.begin(), conditions.end(),
            [&](const auto& condition) { return condition.first == column && condition.second.first; }))
            << column << " above something: " << first.dump();
    runVerb(repairCommand(), {{"study", path("study.h5")}, {"by", "region"}, {"out", path("repaired.h5")}});

    Galaxies fresh = survey(50000, 2, all);
    const auto result = predict("repaired.h5", fresh, "fresh");
    EXPECT_FALSE(result.json.at("differ").get<bool>()) << result.json.at("finding");
    const std::string out = path("fresh_predicted.h5"), before = "VanillaSplit",
                      after = "VanillaSplit+region";
    const Covered overall = coveredBy(before, out, fresh, everywhere),
                  mended = coveredBy(after, out, fresh, everywhere);
    const Interval band = splitConformalBand(3000, fresh.truth().size(), 0.1, level);
    EXPECT_GE(overall.share(), band.low);
    EXPECT_LE(overall.share(), band.high);
    EXPECT_GE(mended.share(), band.low);
    EXPECT_LE(mended.share(), band.high + 0.01) << "a few more: one galaxy a group";

    const auto inside = insideOf(conditions, fresh), calibrating = insideOf(conditions, old);
    std::size_t calibrationRows = 0;
    for (std::size_t i = 0; i < calibrating.size(); ++i)
        calibrationRows += calibrating[i] && old.catalogue.split[i] == 1 ? 1 : 0;
    const auto isInside = [&](std::size_t i) { return inside[i] != 0; };
    const Covered cornerBefore = coveredBy(before, out, fresh, isInside),
                  cornerAfter = coveredBy(after, out, fresh, isInside);
    const Interval corner = splitConformalBand(calibrationRows, cornerAfter.n, 0.1, level);
    EXPECT_LT(cornerBefore.share(), 0.75) << "noise of four times the usual size";
    EXPECT_GE(cornerAfter.share(), corner.low);
    EXPECT_LE(cornerAfter.share(), corner.high + 0.01);
    const std::vector<double> error = fresh.column("mag_err"), airmass = fresh.column("airmass");
    const auto isPlanted = [&](std::size_t i) { return error[i] > 0.12 && airmass[i] > 1.5; };
    EXPECT_GT(coveredBy(after, out, fresh, isPlanted).share(), 0.85) << "the corner as it was planted";
}

TEST_F(Walk, GalaxiesOfAnotherKindAreToldAndWeightsRestoreCoverage) {
    Galaxies old = survey(12000, 3, all), aim = survey(4000, 4, worseNights),
             fresh = survey(50000, 5, worseNights);
    study(old);
    aim.write(path("aim.h5"), false);
    runVerb(repairCommand(), {{"study", path("study.h5")},
                              {"by", "shift:" + path("aim.h5")},
                              {"columns", "mag_err,airmass"},
                              {"out", path("repaired.h5")}});
    const auto result = predict("repaired.h5", fresh, "fresh");
    const std::string out = path("fresh_predicted.h5");
    const double effective = session::readStudy(path("repaired.h5"))
                                 .target("log_mstar")
                                 .prediction("VanillaSplit+shift(aim)")
                                 ->effective.at(0);
    // Unweighted: below what chance allows. Weighted: within 4 standard errors of calibration, by as many
    // galaxies as count in effect, and of weights, which are learned from two samples of a few thousand.
    const Covered plain = coveredBy("VanillaSplit", out, fresh, everywhere),
                  weighted = coveredBy("VanillaSplit+shift(aim)", out, fresh, everywhere);
    EXPECT_LT(plain.share(), splitConformalBand(3000, fresh.truth().size(), 0.1, level).low - 0.02);
    EXPECT_NEAR(weighted.share(), 0.9, 4.0 * std::sqrt(0.09 / effective + 0.09 / 4000.0));
    EXPECT_TRUE(result.json.at("differ").get<bool>()) << result.json.at("finding");
    EXPECT_NE(result.text.find("penumbra-cli repair"), std::string::npos) << "the mending is offered";
}

/// The magnitudes of one of MLZ's files, as features and as columns.
Galaxies mlz(const std::string& file) {
    const io::Table table = io::readTable(file, {}, {});
    Galaxies made;
    const std::vector<std::string> bands = {"u", "g", "r", "i", "z"};
    const std::size_t rows = table.rows();
    made.features.resize(static_cast<Eigen::Index>(rows), 5);
    for (std::size_t k = 0; k < bands.size(); ++k) {
        std::vector<double> values = table.find(bands[k])->asReals();
        for (std::size_t i = 0; i < rows; ++i)
            made.features(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) =
                static_cast<float>(values[i]);
        addColumn(made.catalogue, "mag_" + bands[k], std::move(values));
    }
    std::vector<std::int64_t> ids;
    for (std::size_t i = 0; i < rows; ++i) {
        ids.push_back(static_cast<std::int64_t>(i));
        made.catalogue.split.push_back(static_cast<std::uint8_t>(i % 4 < 2 ? 0 : i % 4 - 1));
    }
    made.catalogue.rowCount = rows;
    made.catalogue.objectId.name = "object_id";
    made.catalogue.objectId.values = std::move(ids);
    made.catalogue.targets = {{.name = "zs",
                               .unit = "",
                               .label = "",
                               .values = table.find("zs")->asReals(),
                               .errors = {},
                               .oracle = {}}};
    return made;
}

TEST_F(Walk, TheSecondFileOfSdssIsToldToBeAnotherAndIsCoveredUnderWeights) {
    const char* data = std::getenv("PENUMBRA_DATA");
    if (data == nullptr)
        GTEST_SKIP() << "PENUMBRA_DATA is not set: the SDSS sample of MLZ is not tested";
    const std::string where = std::string(data) + "/mlz_sdss_mgs/SDSS_MGS.";
    Galaxies old = mlz(where + "train"), second = mlz(where + "test");
    study(old);
    second.write(path("second.h5"), false);
    runVerb(repairCommand(), {{"study", path("study.h5")},
                              {"by", "shift:" + path("second.h5")},
                              {"columns", "mag_u,mag_g,mag_r,mag_i,mag_z"},
                              {"out", path("repaired.h5")}});
    const auto result = predict("repaired.h5", second, "new");
    const std::string out = path("new_predicted.h5");
    EXPECT_TRUE(result.json.at("differ").get<bool>()) << result.json.at("finding");
    EXPECT_NE(result.text.find("repair"), std::string::npos) << "the mending is offered";
    const double effective = session::readStudy(path("repaired.h5"))
                                 .target("zs")
                                 .prediction("VanillaSplit+shift(second)")
                                 ->effective.at(0);
    const Covered weighted = coveredBy("VanillaSplit+shift(second)", out, second, everywhere);
    EXPECT_NEAR(weighted.share(), 0.9, 4.0 * std::sqrt(0.09 / effective + 0.09 / 5000.0));
    RecordProperty("plain", std::to_string(coveredBy("VanillaSplit", out, second, everywhere).share()));
    RecordProperty("weighted", std::to_string(weighted.share()));
}

} // namespace
} // namespace penumbra::workflow
