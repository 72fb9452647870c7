#include "core/session/study_file.h"

#include "core/base/rng.h"
#include "core/io/hdf5_file.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <unistd.h>

using namespace penumbra;
namespace fs = std::filesystem;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Prediction predictionFor(const TargetStudy& target, const std::string& method, Rng& rng) {
    Prediction prediction;
    prediction.method = method;
    prediction.target = target.name;
    prediction.unit = target.unit;
    prediction.alpha = 0.2;
    prediction.note = method == "CQR" ? "a note" : "";
    for (std::size_t i = 0; i < target.heldOut.testCount(); ++i) {
        prediction.mean.push_back(rng.normal());
        prediction.lower.push_back(i == 0 ? -infinity : prediction.mean.back() - 1.0);
        prediction.upper.push_back(i == 0 ? infinity : prediction.mean.back() + 1.0);
    }
    if (method == "CQR")
        prediction.spread.assign(prediction.mean.size(), 0.5);
    return prediction;
}

/// Two targets whose test rows overlap in part; row 9 of u has no label.
Study exampleStudy() {
    Rng rng(3);
    Study study;
    study.cataloguePath = "galaxies.h5";
    study.catalogueHash = "00ff";
    study.featuresName = "photometry";
    study.optionsJson = R"({"alpha":0.2})";
    study.version = "0.1.0";
    study.alpha = 0.2;
    study.seed = 12345;
    study.methods = {"VanillaSplit", "CQR"};
    study.notes = {"first note", "second note with µ"};
    TargetStudy z{.name = "z",
                  .unit = "",
                  .label = "redshift",
                  .heldOut = {},
                  .predictions = {},
                  .trainCount = 40,
                  .local = {},
                  .calibrationParts = {}};
    z.heldOut.rows = {0, 2, 3, 5, 8};
    z.heldOut.isTest = {0, 1, 0, 1, 1};
    z.heldOut.truth = {0.1, 0.2, 0.3, 0.4, 0.5};
    TargetStudy u{.name = "u",
                  .unit = "mag",
                  .label = "",
                  .heldOut = {},
                  .predictions = {},
                  .trainCount = 30,
                  .local = {},
                  .calibrationParts = {}};
    u.heldOut.rows = {0, 2, 9};
    u.heldOut.isTest = {0, 1, 1};
    u.heldOut.truth = {1.0, 2.0, nan};
    for (TargetStudy target : {z, u}) {
        const auto rows = static_cast<Eigen::Index>(target.heldOut.rows.size());
        target.heldOut.signals["mean"] = MatrixD::NullaryExpr(rows, 1, [&] { return rng.normal(); });
        target.heldOut.signals["embedding_net"] = MatrixD::NullaryExpr(
            rows, 4, [&] { return static_cast<double>(static_cast<float>(rng.normal())); });
        for (const std::string& method : study.methods)
            target.predictions.push_back(predictionFor(target, method, rng));
        study.targets.push_back(std::move(target));
    }
    Score score;
    score.target = "z";
    score.method = "CQR";
    score.metric = "coverage";
    score.alpha = 0.2;
    score.value = 1.0 / 3.0;
    score.n = 3;
    score.nInfinite = 1;
    study.scores = {score, score};
    study.scores[1].conditionedOn = "|error|";
    study.scores[1].stratum = "[0.05, 0.10)";
    study.training = {{"z: mean", 1, 0.9, nan, 0.1}, {"z: mean", 2, 0.5, nan, 0.5}};
    return study;
}

void expectClose(const std::vector<double>& read, const std::vector<double>& written) {
    ASSERT_EQ(read.size(), written.size());
    for (std::size_t i = 0; i < read.size(); ++i)
        EXPECT_EQ(read[i], written[i]);
}

class StudyFile : public testing::Test {
protected:
    StudyFile() : folder_(fs::temp_directory_path() / ("penumbra_session_" + std::to_string(::getpid()))) {
        fs::create_directories(folder_);
    }
    ~StudyFile() override { fs::remove_all(folder_); }
    fs::path path(const char* name) const { return folder_ / name; }

    fs::path folder_;
};

} // namespace

TEST_F(StudyFile, ReadsBackWhatWasWritten) {
    const Study written = exampleStudy();
    session::writeStudy(written, {}, path("s.h5"));
    EXPECT_TRUE(session::isStudyFile(path("s.h5")));
    const Study read = session::readStudy(path("s.h5"));
    EXPECT_EQ(read.cataloguePath, written.cataloguePath);
    EXPECT_EQ(read.catalogueHash, written.catalogueHash);
    EXPECT_EQ(read.featuresName, written.featuresName);
    EXPECT_EQ(read.optionsJson, written.optionsJson);
    EXPECT_EQ(read.version, written.version);
    EXPECT_EQ(read.alpha, written.alpha);
    EXPECT_EQ(read.seed, written.seed);
    EXPECT_EQ(read.methods, written.methods);
    EXPECT_EQ(read.notes, written.notes);
    ASSERT_EQ(read.targets.size(), 2u);
    for (std::size_t t = 0; t < 2; ++t) {
        const TargetStudy& a = read.targets[t];
        const TargetStudy& b = written.targets[t];
        EXPECT_EQ(a.name, b.name);
        EXPECT_EQ(a.unit, b.unit);
        EXPECT_EQ(a.label, b.label);
        EXPECT_EQ(a.trainCount, b.trainCount);
        EXPECT_EQ(a.heldOut.rows, b.heldOut.rows);
        EXPECT_EQ(a.heldOut.isTest, b.heldOut.isTest);
        ASSERT_EQ(a.heldOut.signals.size(), 2u);
        EXPECT_EQ(a.heldOut.signals.at("mean"), b.heldOut.signals.at("mean"));
        EXPECT_EQ(a.heldOut.signals.at("embedding_net"), b.heldOut.signals.at("embedding_net"));
        ASSERT_EQ(a.predictions.size(), 2u);
        for (std::size_t m = 0; m < 2; ++m) {
            EXPECT_EQ(a.predictions[m].method, b.predictions[m].method);
            EXPECT_EQ(a.predictions[m].note, b.predictions[m].note);
            EXPECT_EQ(a.predictions[m].alpha, 0.2);
            expectClose(a.predictions[m].mean, b.predictions[m].mean);
            expectClose(a.predictions[m].lower, b.predictions[m].lower);
            expectClose(a.predictions[m].upper, b.predictions[m].upper);
            expectClose(a.predictions[m].spread, b.predictions[m].spread);
        }
    }
    EXPECT_TRUE(std::isnan(read.targets[1].heldOut.truth[2]));
    ASSERT_EQ(read.scores.size(), 2u);
    EXPECT_EQ(read.scores[0].value, 1.0 / 3.0);
    EXPECT_TRUE(std::isnan(read.scores[0].low));
    EXPECT_EQ(read.scores[0].conditionedOn, "");
    EXPECT_EQ(read.scores[1].conditionedOn, "|error|");
    EXPECT_EQ(read.scores[1].stratum, "[0.05, 0.10)");
    EXPECT_EQ(read.scores[1].nInfinite, 1);
    ASSERT_EQ(read.training.size(), 2u);
    EXPECT_EQ(read.training[1].network, "z: mean");
    EXPECT_EQ(read.training[1].epoch, 2);
    EXPECT_EQ(read.training[1].trainLoss, 0.5);
}

TEST_F(StudyFile, HasThePublicLayout) {
    session::writeStudy(exampleStudy(), {}, path("s.h5"));
    const auto file = io::Hdf5File::openForReading(path("s.h5"));
    EXPECT_EQ(file.readIntegers("/rows"), (std::vector<std::int64_t>{2, 5, 8, 9}));
    const auto truth = file.readReals("/truth/u");
    ASSERT_EQ(truth.size(), 4u);
    EXPECT_EQ(truth[0], 2.0);
    EXPECT_TRUE(std::isnan(truth[1]) && std::isnan(truth[2]) && std::isnan(truth[3]));
    EXPECT_EQ(file.describe("/truth/z").bytes, 8u);
    EXPECT_EQ(file.describe("/predictions/z/CQR/lower").bytes, 8u);
    const auto lower = file.readReals("/predictions/z/CQR/lower");
    ASSERT_EQ(lower.size(), 4u);
    EXPECT_TRUE(std::isinf(lower[0]));
    EXPECT_TRUE(std::isnan(lower[3])); // row 9 is no row of z
    EXPECT_TRUE(file.isDataset("/predictions/u/CQR/spread"));
    EXPECT_FALSE(file.isDataset("/predictions/u/VanillaSplit/spread"));
    const io::Table metrics = file.readCompound("/metrics");
    std::vector<std::string> names;
    for (const io::Column& column : metrics.columns)
        names.push_back(column.name);
    EXPECT_EQ(names, (std::vector<std::string>{"target", "method", "metric", "alpha", "convention",
                                               "conditioned_on", "stratum", "value", "low", "high",
                                               "oracle_low", "oracle_high", "n", "n_infinite", "exact_low",
                                               "exact_high", "calibration", "n_crossed"}));
    EXPECT_EQ(file.describe("/state/targets/z/signals/mean").bytes, 8u);
    EXPECT_EQ(file.describe("/state/targets/z/signals/embedding_net").bytes, 4u);
}

TEST_F(StudyFile, KeepsHowEndsCountAndTheFloorOfSizesOfErrors) {
    Study written = exampleStudy();
    written.ends = Ends::Open;
    written.targets[0].heldOut.residualFloor = 2.5e-22;
    session::writeStudy(written, {}, path("s.h5"));
    const Study read = session::readStudy(path("s.h5"));
    EXPECT_EQ(read.ends, Ends::Open);
    EXPECT_EQ(read.target("z").prediction("CQR")->ends, Ends::Open);
    EXPECT_EQ(read.target("z").heldOut.residualFloor, 2.5e-22);
    written.ends = Ends::Closed;
    session::writeStudy(written, {}, path("s.h5"));
    EXPECT_EQ(session::readStudy(path("s.h5")).target("u").prediction("CQR")->ends, Ends::Closed);
}

TEST_F(StudyFile, OlderOnesInSinglePrecisionOpenByTheirOwnRules) {
    { // the public part, as version 0.1 wrote it
        auto file = io::Hdf5File::create(path("old.h5"));
        file.setAttribute("/", "format", "penumbra-study");
        file.setAttribute("/", "format_version", std::int64_t{1});
        file.setAttribute("/", "alpha", 0.1);
        file.setAttribute("/", "targets", std::vector<std::string>{"z"});
        file.setAttribute("/", "methods", std::vector<std::string>{"CQR"});
        file.writeIntegers("/rows", std::vector<std::int64_t>{4});
        file.writeReals("/truth/z", std::vector<double>{0.1});
        for (const auto& [name, value] : {std::pair{"mean", 0.2F}, {"lower", 0.1F}, {"upper", 0.3F}})
            file.writeFloats(std::string("/predictions/z/CQR/") + name, std::vector<float>{value});
        file.close();
    }
    const Study old = session::readStudy(path("old.h5"));
    EXPECT_EQ(old.ends, Ends::Open);
    const Prediction& prediction = *old.target("z").prediction("CQR");
    EXPECT_EQ(prediction.upper.at(0), static_cast<double>(0.3F));
    EXPECT_EQ(prediction.ends, Ends::Open);
    EXPECT_NE(std::find_if(old.notes.begin(), old.notes.end(),
                           [](const std::string& note) { return note.find("ends") != std::string::npos; }),
              old.notes.end());
}

TEST_F(StudyFile, EmptyListsStayEmpty) {
    Study written = exampleStudy();
    written.notes.clear();
    written.scores.clear();
    written.training.clear();
    session::writeStudy(written, {{"bare", {1}, {0.5F}, {}}}, path("s.h5"));
    const Study read = session::readStudy(path("s.h5"));
    EXPECT_TRUE(read.notes.empty());
    EXPECT_TRUE(read.scores.empty());
    EXPECT_TRUE(read.training.empty());
    EXPECT_TRUE(session::readNetworks(path("s.h5")).at(0).networks.empty());
}

TEST_F(StudyFile, KeepsNetworks) {
    const session::StoredArray weight{
        "heads/layer0/weight", {2, 3}, {1, 2, 3, 4, 5, 6}, {"z: mean", "z: q0.05"}};
    session::writeStudy(exampleStudy(), {weight}, path("s.h5"));
    const auto read = session::readNetworks(path("s.h5"));
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(read[0].name, weight.name);
    EXPECT_EQ(read[0].shape, weight.shape);
    EXPECT_EQ(read[0].values, weight.values);
    EXPECT_EQ(read[0].networks, weight.networks);
}

TEST_F(StudyFile, NewerStateIsANoteAndTheRestIsRead) {
    session::writeStudy(exampleStudy(), {}, path("s.h5"));
    {
        auto file = io::Hdf5File::openForUpdate(path("s.h5"));
        file.setAttribute("/state", "version", std::int64_t{99});
        file.remove("/state/targets");
        file.close();
    }
    const Study written = exampleStudy();
    const Study read = session::readStudy(path("s.h5"));
    ASSERT_EQ(read.notes.size(), written.notes.size() + 1);
    EXPECT_NE(read.notes.back().find("99"), std::string::npos);
    EXPECT_TRUE(read.targets[0].heldOut.signals.empty());
    EXPECT_EQ(read.targets[0].testRows(), written.targets[0].testRows());
    EXPECT_EQ(read.targets[1].testRows(), written.targets[1].testRows());
    EXPECT_EQ(read.targets[0].testTruth(), written.targets[0].testTruth());
    expectClose(read.targets[1].predictions[0].mean, written.targets[1].predictions[0].mean);
    EXPECT_EQ(read.scores.size(), written.scores.size());
}

TEST_F(StudyFile, MissingStateIsANote) {
    session::writeStudy(exampleStudy(), {}, path("s.h5"));
    {
        auto file = io::Hdf5File::openForUpdate(path("s.h5"));
        file.remove("/state");
        file.close();
    }
    const Study read = session::readStudy(path("s.h5"));
    EXPECT_EQ(read.notes.size(), exampleStudy().notes.size() + 1);
    EXPECT_EQ(read.targets[0].predictions[1].mean.size(), 3u);
}

TEST_F(StudyFile, EveryTruncationIsAnErrorOrReadsWell) {
    session::writeStudy(exampleStudy(), {}, path("s.h5"));
    std::ifstream in(path("s.h5"), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    for (std::size_t size = 0; size < bytes.size(); size += bytes.size() / 97 + 1) {
        std::ofstream(path("cut.h5"), std::ios::binary) << bytes.substr(0, size);
        EXPECT_THROW(session::readStudy(path("cut.h5")), Error) << size << " bytes";
    }
}

TEST_F(StudyFile, DamagedBytesNeverCrash) {
    session::writeStudy(exampleStudy(), {}, path("s.h5"));
    std::ifstream in(path("s.h5"), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    Rng rng(11);
    int refused = 0;
    for (int i = 0; i < 300; ++i) {
        std::string damaged = bytes;
        for (int k = 0; k < 20; ++k)
            damaged[rng.below(damaged.size())] = static_cast<char>(rng.below(256));
        std::ofstream(path("bad.h5"), std::ios::binary) << damaged;
        try {
            session::readStudy(path("bad.h5"));
        } catch (const Error&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, 0);
}

TEST_F(StudyFile, OtherFilesAreRefusedWithTheirName) {
    std::ofstream(path("text.csv")) << "a,b\n1,2\n";
    {
        auto file = io::Hdf5File::create(path("other.h5"));
        file.writeReals("/x", std::vector<double>{1, 2});
        file.close();
    }
    for (const char* name : {"text.csv", "other.h5", "absent.h5"}) {
        EXPECT_FALSE(session::isStudyFile(path(name)));
        try {
            session::readStudy(path(name));
            FAIL() << name;
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
        }
    }
}

TEST_F(StudyFile, RaggedPartsAreRefusedByName) {
    for (const char* object : {"/predictions/z/CQR/upper", "/truth/z", "/state/targets/z/truth"}) {
        session::writeStudy(exampleStudy(), {}, path("s.h5"));
        {
            auto file = io::Hdf5File::openForUpdate(path("s.h5"));
            file.writeReals(object, std::vector<double>{1.0});
            file.close();
        }
        try {
            session::readStudy(path("s.h5"));
            FAIL() << object;
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find(object), std::string::npos) << error.what();
        }
    }
}

TEST_F(StudyFile, CancelledWritingLeavesNothing) {
    std::stop_source stop;
    stop.request_stop();
    RunContext context;
    context.stop = stop.get_token();
    EXPECT_THROW(session::writeStudy(exampleStudy(), {}, path("s.h5"), context), Cancelled);
    EXPECT_TRUE(fs::is_empty(folder_));
}
