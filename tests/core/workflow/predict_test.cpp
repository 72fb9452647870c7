// The verb predict: what it reads, what it writes, going on after a stop, parts.

#include "core/applying/model.h"
#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_reader.h"
#include "core/workflow/merge.h"
#include "tests/core/workflow/predict_support.h"

#include <algorithm>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>

namespace penumbra::workflow {
namespace {

/// A folder with cat.h5's study s.h5, and new.h5: galaxies drawn alike, without targets, split and columns.
class PredictVerb : public testing::Test {
protected:
    static constexpr std::size_t newRows = 700;

    void SetUp() override {
        const Catalogue catalogue = SyntheticCatalogue(1200).stored(folder);
        RunContext context;
        OptionSet options = quickOptions("LCMADNet,VanillaSplit,CQR,MCDropout");
        options.setFromText("metric-iterations", "5");
        study = runStudy(catalogue, options, path("s.h5"), context);
        fresh.catalogue.targets.clear();
        fresh.catalogue.split.clear();
        fresh.catalogue.columns.columns.clear();
        writeNew("new.h5");
    }

    std::string path(const std::string& name) const { return folder.path(name); }

    void writeNew(const std::string& name, const std::string& features = "x",
                  const std::map<std::string, std::string>& attributes = {}) {
        fresh.catalogue.features = {{features, static_cast<std::size_t>(fresh.features.cols()), attributes}};
        writeCatalogue(fresh.catalogue, {fresh.features}, path(name));
    }

    PredictModel model() const {
        OptionSet options;
        predictCommand().options(options);
        return {session::readStudy(path("s.h5")), session::readNetworks(path("s.h5")), options};
    }

    /// What the model says of all new galaxies at once.
    NewPredictions wanted(const PredictModel& model) const {
        NewRows rows;
        rows.ids = fresh.catalogue.objectId;
        rows.features = fresh.features;
        return model.predict(rows, {});
    }

    std::string failure(const std::map<std::string, std::string>& values) const {
        try {
            predictWith(values);
        } catch (const Error& error) {
            return error.what();
        }
        return "";
    }

    StudyFolder folder;
    SyntheticCatalogue fresh{newRows, 77};
    std::shared_ptr<const Study> study;
};

TEST_F(PredictVerb, WritesEveryIntervalWithItsFlagsWhateverTheBlocks) {
    const PredictModel predictor = model();
    const NewPredictions all = wanted(predictor);
    for (const char* block : {"16384", "97"}) {
        const CommandResult result = predictWith({{"study", path("s.h5")},
                                                  {"galaxies", path("new.h5")},
                                                  {"out", path("p.h5")},
                                                  {"block", block},
                                                  {"flag-level", "0.1"}});
        EXPECT_EQ(result.json.at("rows"), newRows);
        EXPECT_FALSE(std::filesystem::exists(predictSideFile(path("p.h5"))));
        const auto file = io::Hdf5File::openForReading(path("p.h5"));
        EXPECT_EQ(file.readIntegers("/object_id"),
                  std::get<std::vector<std::int64_t>>(fresh.catalogue.objectId.values));
        std::vector<std::uint8_t> infinite(newRows, 0), beyond(newRows, 0);
        std::vector<double> effective(newRows, std::numeric_limits<double>::infinity());
        for (const auto& target : all.targets) {
            const LabelRange range = predictor.labelRange(target.name);
            for (std::size_t i = 0; i < newRows; ++i)
                beyond[i] |= target.base[i] < range.low || target.base[i] > range.high;
            for (const Prediction& prediction : target.predictions) {
                const std::string group = "/predictions/" + target.name + "/" + prediction.method;
                EXPECT_EQ(file.describe(group + "/lower").bytes, 8U);
                EXPECT_EQ(file.readReals(group + "/mean"), prediction.mean) << group;
                EXPECT_EQ(file.readReals(group + "/lower"), prediction.lower) << group;
                EXPECT_EQ(file.readReals(group + "/upper"), prediction.upper) << group;
                EXPECT_EQ(file.realAttribute(group, "alpha"), 0.1);
                for (std::size_t i = 0; i < newRows; ++i) {
                    infinite[i] |= std::isinf(prediction.upper[i]);
                    if (prediction.method == "LCMADNet")
                        effective[i] = std::min(effective[i], prediction.effective[i]);
                }
            }
        }
        EXPECT_EQ(file.readBytes("/flags/infinite"), infinite);
        EXPECT_EQ(file.readBytes("/flags/label_range"), beyond);
        EXPECT_EQ(file.readReals("/flags/effective"), effective);
        const auto any = file.readBytes("/flags/flag");
        std::vector<double> least(newRows, 1.0);
        for (const char* kind : {"knn", "mahalanobis", "gmm", "isolation"}) {
            const auto p = file.readReals(std::string("/flags/ood_p_") + kind);
            // 300 calibration galaxies and 700 alike: the share of p <= 0.2 is 0.2 -/+ 0.028.
            EXPECT_NEAR(static_cast<double>(
                            std::count_if(p.begin(), p.end(), [](double value) { return value <= 0.2; })) /
                            newRows,
                        0.2, 0.1)
                << kind;
            for (std::size_t i = 0; i < newRows; ++i)
                least[i] = std::min(least[i], p[i]);
        }
        for (std::size_t i = 0; i < newRows; ++i)
            EXPECT_EQ(any[i], infinite[i] | beyond[i] | (4.0 * least[i] <= 0.1 ? 1 : 0)) << i;
        EXPECT_EQ(file.textAttribute("/", "study"), path("s.h5"));
        EXPECT_EQ(file.textAttribute("/", "study_hash"), fileHash(path("s.h5")));
        EXPECT_NE(file.textAttribute("/predictions/a/CQR", "guarantee")->find("at least 90 %"),
                  std::string::npos);
        EXPECT_NE(file.textAttribute("/predictions/a/MCDropout", "guarantee")->find("none"),
                  std::string::npos);
    }
}

TEST_F(PredictVerb, GalaxiesThatTheStudyLearnedFromAreNoNewOnes) {
    // Its own 600 training, 300 calibration and 300 test galaxies, in other places; then others of the same
    // ids.
    const CommandResult result =
        predictWith({{"study", path("s.h5")}, {"galaxies", path("catalogue.h5")}, {"out", path("own.h5")}});
    const auto file = io::Hdf5File::openForReading(path("own.h5"));
    const auto trained = file.readBytes("/flags/trained_on"),
               calibrated = file.readBytes("/flags/calibrated_on"), any = file.readBytes("/flags/flag");
    const auto split = readCatalogue(path("catalogue.h5")).split;
    for (std::size_t i = 0; i < 1200; ++i) {
        EXPECT_EQ(trained[i] != 0, split[i] == 0) << i;
        EXPECT_EQ(calibrated[i] != 0, split[i] == 1) << i;
        EXPECT_TRUE(any[i] || split[i] == 2) << i;
    }
    const std::string finding = result.json.at("finding");
    EXPECT_EQ(finding.find("900 of these galaxies are the study's own training (600) or calibration (300) "
                           "galaxies: no guarantee holds for them"),
              0U)
        << finding;
    EXPECT_NE(finding.find("Of the others: "), std::string::npos) << finding;
    EXPECT_NE(finding.find("300 and 300 galaxies"), std::string::npos) << finding; // the test galaxies alone

    const CommandResult others =
        predictWith({{"study", path("s.h5")}, {"galaxies", path("new.h5")}, {"out", path("p.h5")}});
    EXPECT_EQ(others.json.at("flags").at("trained_on"), 0);
    EXPECT_EQ(others.json.at("flags").at("calibrated_on"), 0);
    EXPECT_EQ(others.json.at("finding").get<std::string>().find("study's own"), std::string::npos);
}

TEST_F(PredictVerb, GalaxiesThatAnotherCodesErrorsWereCalibratedOnAreNoNewOnes) {
    RunContext context;
    OptionSet options = quickOptions("VanillaSplit");
    options.setFromText("targets", "a");
    options.setFromText("prediction-column", "a_pred");
    runStudy(readCatalogue(path("catalogue.h5")), options, path("columns.h5"), context);
    const CommandResult result = predictWith(
        {{"study", path("columns.h5")}, {"galaxies", path("catalogue.h5")}, {"out", path("own.h5")}});
    const auto calibrated = io::Hdf5File::openForReading(path("own.h5")).readBytes("/flags/calibrated_on");
    const auto split = readCatalogue(path("catalogue.h5")).split;
    for (std::size_t i = 0; i < 1200; ++i)
        EXPECT_EQ(calibrated[i] != 0, split[i] == 1) << i;
}

TEST_F(PredictVerb, AStudyOfAnOlderVersionSaysNothingOfItsOwnGalaxies) {
    auto arrays = session::readNetworks(path("s.h5"));
    std::erase_if(arrays, [](const session::StoredArray& array) { return array.name.starts_with("own/"); });
    session::writeStudy(session::readStudy(path("s.h5")), arrays, path("old.h5"));
    const CommandResult result =
        predictWith({{"study", path("old.h5")}, {"galaxies", path("catalogue.h5")}, {"out", path("p.h5")}});
    EXPECT_FALSE(io::Hdf5File::openForReading(path("p.h5")).isDataset("/flags/trained_on"));
    EXPECT_EQ(result.json.at("finding").get<std::string>().find("study's own"), std::string::npos);
}

TEST_F(PredictVerb, TablesNameTargetMethodAndUnit) {
    const NewPredictions all = wanted(model());
    for (const char* name : {"p.fits", "p.csv", "p.ecsv", "p.vot"}) {
        predictWith({{"study", path("s.h5")}, {"galaxies", path("new.h5")}, {"out", path(name)}});
        const io::Table table = io::readTable(path(name), {}, {});
        ASSERT_EQ(table.rows(), newRows) << name;
        EXPECT_EQ(table.at("object_id").asText(3), "3") << name;
        const auto lower = table.at("a_CQR_lower").asReals();
        const Prediction& cqr = all.targets.at(0).predictions.at(2);
        ASSERT_EQ(cqr.method, "CQR");
        for (std::size_t i = 0; i < newRows; ++i)
            ASSERT_DOUBLE_EQ(lower[i], cqr.lower[i]) << name << i;
        for (const char* column : {"a_LCMADNet_mean", "b_VanillaSplit_upper", "label_range", "flag"})
            EXPECT_NE(table.find(column), nullptr) << name << " " << column;
        for (const io::Column& column : table.columns)
            EXPECT_EQ(column.name.find_first_not_of(
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"),
                      std::string::npos)
                << column.name;
        if (std::string(name) != "p.csv") {
            EXPECT_EQ(table.at("a_CQR_upper").unit, "mag") << name;
        }
    }
    const std::string header = [&] {
        std::ifstream in(path("p.ecsv"));
        return std::string(std::istreambuf_iterator<char>(in), {});
    }();
    for (const std::string& word : {path("s.h5"), fileHash(path("s.h5")), std::string("guarantee_CQR")})
        EXPECT_NE(header.find(word), std::string::npos) << word;
}

TEST_F(PredictVerb, MissingInputsAreFlaggedAndHaveNoNumbers) {
    fresh.features(5, 1) = std::nanf("");
    writeNew("new.h5");
    const CommandResult result =
        predictWith({{"study", path("s.h5")}, {"galaxies", path("new.h5")}, {"out", path("p.h5")}});
    EXPECT_EQ(result.json.at("flags").at("imputed"), 1);
    const auto file = io::Hdf5File::openForReading(path("p.h5"));
    EXPECT_EQ(file.readBytes("/flags/imputed", {5, 1}).front(), 1);
    EXPECT_EQ(file.readBytes("/flags/flag", {5, 1}).front(), 1);
    EXPECT_TRUE(std::isnan(file.readReals("/predictions/b/CQR/lower", {5, 1}).front()));
    EXPECT_TRUE(std::isfinite(file.readReals("/predictions/b/CQR/lower", {6, 1}).front()));
}

TEST_F(PredictVerb, AStrangeGalaxyIsFlagged) {
    fresh.features.row(9).setConstant(9.0F); // nine standard deviations in each
    writeNew("new.h5");
    const std::map<std::string, std::string> values = {
        {"study", path("s.h5")}, {"galaxies", path("new.h5")}, {"flag-level", "0.02"}, {"out", path("p.h5")}};
    predictWith(values);
    const auto file = io::Hdf5File::openForReading(path("p.h5"));
    EXPECT_EQ(file.readBytes("/flags/flag", {9, 1}).front(), 1);
    for (const char* kind : {"knn", "mahalanobis", "gmm"})
        EXPECT_NEAR(file.readReals(std::string("/flags/ood_p_") + kind, {9, 1}).front(), 1.0 / 301.0, 1e-12)
            << kind;
    auto without = values;
    without["ood"] = "false";
    predictWith(without);
    EXPECT_FALSE(io::Hdf5File::openForReading(path("p.h5")).isDataset("/flags/ood_p_knn"));
}

TEST_F(PredictVerb, GoesOnAfterAStopToTheSameFile) {
    const std::map<std::string, std::string> values = {
        {"study", path("s.h5")}, {"galaxies", path("new.h5")}, {"block", "5"}};
    auto whole = values, cut = values;
    whole["out"] = path("whole.h5");
    cut["out"] = path("cut.h5");
    predictWith(whole);
    const auto part = predictSideFile(path("cut.h5"));
    std::stop_source stop;
    std::jthread watcher([&](const std::stop_token& ended) {
        std::error_code ignored;
        while (!ended.stop_requested() &&
               (!std::filesystem::exists(part, ignored) || std::filesystem::file_size(part, ignored) < 4000))
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        stop.request_stop();
    });
    RunContext context;
    context.stop = stop.get_token();
    EXPECT_THROW(predictWith(cut, context), Cancelled);
    EXPECT_TRUE(std::filesystem::exists(part));
    EXPECT_FALSE(std::filesystem::exists(path("cut.h5")));
    auto other = cut;
    other["alpha"] = "0.2"; // the finished blocks are of other work
    EXPECT_NE(failure(other), "");
    std::vector<std::string> notes;
    RunContext again;
    again.say = [&](const std::string& line) { notes.push_back(line); };
    predictWith(cut, again);
    EXPECT_TRUE(std::any_of(notes.begin(), notes.end(),
                            [](const std::string& line) { return line.starts_with("going on: "); }));
    const auto a = io::Hdf5File::openForReading(path("whole.h5"));
    const auto b = io::Hdf5File::openForReading(path("cut.h5"));
    for (const char* dataset : {"/predictions/a/LCMADNet/lower", "/predictions/b/MCDropout/upper"})
        EXPECT_EQ(a.readReals(dataset), b.readReals(dataset)) << dataset;
}

TEST_F(PredictVerb, PartsJoinToTheWhole) {
    std::map<std::string, std::string> values = {{"study", path("s.h5")}, {"galaxies", path("new.h5")}};
    std::string parts;
    for (const char* shard : {"2/3", "1/3", "3/3"}) {
        auto one = values;
        one["shard"] = shard;
        one["out"] = path(std::string("part") + shard[0] + ".h5");
        predictWith(one);
        parts += (parts.empty() ? "" : ",") + one["out"];
    }
    auto whole = values;
    whole["out"] = path("whole.h5");
    predictWith(whole);
    runVerb(mergeCommand(), {{"parts", parts}, {"out", path("joined.h5")}});
    const auto a = io::Hdf5File::openForReading(path("whole.h5"));
    const auto b = io::Hdf5File::openForReading(path("joined.h5"));
    EXPECT_EQ(a.readIntegers("/object_id"), b.readIntegers("/object_id"));
    for (const char* dataset : {"/predictions/a/LCMADNet/lower", "/predictions/b/MCDropout/upper"})
        EXPECT_EQ(a.readReals(dataset), b.readReals(dataset)) << dataset;
    EXPECT_EQ(a.readBytes("/flags/flag"), b.readBytes("/flags/flag"));
    EXPECT_EQ(b.textAttribute("/predictions/a/CQR/lower", "unit"), "mag");
    EXPECT_EQ(b.realAttribute("/predictions/a/CQR", "alpha"), 0.1);
    const std::string two = path("part1.h5") + "," + path("part3.h5");
    EXPECT_THROW(runVerb(mergeCommand(), {{"parts", two}, {"out", path("j.h5")}}), Error);
    EXPECT_THROW(runVerb(mergeCommand(), {{"parts", two + "," + path("part3.h5")}, {"out", path("j.h5")}}),
                 Error);
    auto table = values;
    table["shard"] = "1/2";
    table["out"] = path("p.csv");
    EXPECT_THROW(predictWith(table), UsageError);
}

TEST_F(PredictVerb, FeaturesThatDoNotFitAreRefusedInWords) {
    std::map<std::string, std::string> values = {
        {"study", path("s.h5")}, {"galaxies", path("new.h5")}, {"out", path("p.h5")}};
    writeNew("new.h5", "y");
    EXPECT_NE(failure(values).find("no /features/x"), std::string::npos) << failure(values);
    EXPECT_NE(failure(values).find("are y"), std::string::npos) << failure(values);
    fresh.features = MatrixF::Zero(static_cast<Eigen::Index>(newRows), 4);
    writeNew("new.h5");
    EXPECT_NE(failure(values).find("4 numbers, but the study's networks take 3"), std::string::npos)
        << failure(values);
    values["galaxies"] = path("s.h5");
    EXPECT_NE(failure(values).find("is a study"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(path("p.h5")));
}

TEST_F(PredictVerb, SaysWhetherTheNewGalaxiesAreLikeTheCalibrationGalaxies) {
    const std::map<std::string, std::string> values = {
        {"study", path("s.h5")}, {"galaxies", path("new.h5")}, {"out", path("p.h5")}};
    const CommandResult alike = predictWith(values); // at level 0.01; this seed is one of the 99 %
    EXPECT_EQ(alike.json.at("differ"), false) << alike.text;
    fresh.features.col(1).array() += 1.5F;
    writeNew("new.h5");
    const CommandResult unlike = predictWith(values);
    EXPECT_EQ(unlike.json.at("differ"), true) << unlike.text;
    EXPECT_NE(unlike.text.find("do not carry over to these new galaxies"), std::string::npos) << unlike.text;
    EXPECT_NE(unlike.text.find("What still holds"), std::string::npos) << unlike.text;
}

} // namespace
} // namespace penumbra::workflow
