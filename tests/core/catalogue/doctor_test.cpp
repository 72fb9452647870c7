// Every trap that real files set (missing codes, glued cells, headers that do not fit, ties, leaks ...), each
// on a small file or table that the test writes itself.

#include "core/catalogue/doctor.h"

#include "core/base/rng.h"
#include "core/catalogue/doctor_checks.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

namespace penumbra::doctor {
namespace {

namespace fs = std::filesystem;

class Folder {
public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "penumbra_doctor_XXXXXX").string();
        path_ = mkdtemp(pattern.data());
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    fs::path file(const std::string& name) const { return path_ / name; }
    fs::path write(const std::string& name, const std::string& contents) const {
        std::ofstream(path_ / name, std::ios::binary) << contents;
        return path_ / name;
    }

private:
    fs::path path_;
};

Report examineText(const std::string& contents) {
    const Folder folder;
    return examineTable(io::readTable(folder.write("t.csv", contents), {}, {}), {});
}

io::Table tableOf(const std::string& contents) {
    const Folder folder;
    return io::readTable(folder.write("t.csv", contents), {}, {});
}

Finding beside(const std::string& own, const std::string& other) {
    Report report;
    examineBeside(tableOf(own), tableOf(other), 1.0, report, {});
    EXPECT_EQ(report.findings.size(), 1u);
    return report.findings.at(0);
}

std::vector<Finding> ofKind(const Report& report, const std::string& kind) {
    std::vector<Finding> found;
    for (const Finding& finding : report.findings)
        if (finding.kind == kind)
            found.push_back(finding);
    return found;
}

io::Column reals(const std::string& name, std::vector<double> values) {
    io::Column column;
    column.name = name;
    column.values = std::move(values);
    return column;
}

/// `n` values around `mean`, normal.
std::vector<double> normals(std::size_t n, double mean, double sigma, std::uint64_t seed) {
    Rng rng(seed);
    std::vector<double> values(n);
    for (double& value : values)
        value = mean + sigma * rng.normal();
    return values;
}

std::vector<std::string> codesIn(const io::Column& column) {
    std::vector<std::string> whats;
    for (const Finding& finding : examineColumn(column).findings)
        if (finding.kind == "missing-code")
            whats.push_back(finding.what);
    return whats;
}

/// A catalogue of n rows with three features, a target that depends on them loosely, and a split.
struct Sample {
    explicit Sample(std::size_t n) {
        Rng rng(7);
        catalogue.rowCount = n;
        features.resize(static_cast<Eigen::Index>(n), 3);
        std::vector<std::int64_t> ids(n);
        std::iota(ids.begin(), ids.end(), 1000);
        Target target;
        target.name = "z";
        for (std::size_t row = 0; row < n; ++row) {
            const auto i = static_cast<Eigen::Index>(row);
            for (Eigen::Index k = 0; k < 3; ++k)
                features(i, k) = static_cast<float>(rng.normal());
            target.values.push_back(0.5 + 0.1 * static_cast<double>(features(i, 0)) + 0.1 * rng.normal());
        }
        catalogue.objectId.name = "object_id";
        catalogue.objectId.values = ids;
        catalogue.targets.push_back(target);
        catalogue.split = drawSplit(n, 0.5, 0.25, 1);
        catalogue.features.push_back({"colours", 3, {{"columns", "g-r,r-i,i-z"}}});
    }
    Report examine() const {
        const Folder folder;
        writeCatalogue(catalogue, {features}, folder.file("c.h5"), {});
        return examineCatalogue(readCatalogue(folder.file("c.h5")), {});
    }
    Catalogue catalogue;
    MatrixF features;
};

TEST(Doctor, findsNothingSeriousInASoundCatalogue) {
    const Report report = Sample(2000).examine();
    for (const Finding& finding : report.findings)
        EXPECT_EQ(finding.severity, Severity::Note) << oneLine(finding);
    EXPECT_TRUE(report.quarantine.empty());
    EXPECT_NE(toText(report).find("nothing looks wrong"), std::string::npos);
}

// --- codes
// ---------------------------------------------------------------------------------------------------

TEST(DoctorCodes, findsEachCodeAmongMagnitudes) {
    for (const double code : {-1.0, -99.0, -99.9, 99.0, 99.99, -9.99, 99.82, -9999.0, 0.0, 1e20}) {
        auto values = normals(2000, 20.0, 1.5, 3);
        for (std::size_t i = 0; i < 20; ++i)
            values[50 * i] = code;
        const auto found = examineColumn(reals("mag_g", values)).findings;
        ASSERT_EQ(found.size(), 1U) << code;
        EXPECT_EQ(found[0].kind, "missing-code");
        EXPECT_EQ(found[0].count, 20U) << code;
        ASSERT_FALSE(found[0].rows.empty());
        EXPECT_EQ(found[0].rows[1], 50) << code;
        EXPECT_NE(found[0].what.find(codeText(code)), std::string::npos) << found[0].what;
    }
}

TEST(DoctorCodes, findsSeveralCodesInOneColumnAndInFloat32) {
    auto values = normals(2000, 20.0, 1.5, 3);
    for (std::size_t i = 0; i < 10; ++i) {
        values[i] = -99.0;
        values[100 + i] = 99.0;
    }
    EXPECT_EQ(codesIn(reals("mag", values)).size(), 2U);
    io::Column single;
    single.name = "mag";
    std::vector<float> floats;
    for (const double value : normals(2000, 1.0, 0.4, 4))
        floats.push_back(static_cast<float>(value));
    for (std::size_t i = 0; i < 8; ++i)
        floats[i] = -9.99F;
    single.values = floats;
    ASSERT_EQ(codesIn(single).size(), 1U);
    EXPECT_NE(codesIn(single)[0].find("-9.99 "), std::string::npos) << codesIn(single)[0];
}

TEST(DoctorCodes, findsCodesThatArithmeticMoved) {
    auto values = normals(2000, 20.0, 1.5, 3);
    Rng rng(5);
    for (std::size_t i = 0; i < 30; ++i)
        values[i] = 99.0 - 0.3 * rng.uniform();
    const auto found = codesIn(reals("dered_g", values));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].find("30 values between 98.7"), std::string::npos) << found[0];
}

TEST(DoctorCodes, leavesHonestZerosFlagsAndOutliersAlone) {
    Rng rng(9);
    std::vector<double> reddening, flags, classes, skewed, rounded;
    for (int i = 0; i < 4000; ++i) {
        reddening.push_back(i % 5 == 0 ? 0.0 : -0.05 * std::log(rng.uniform() + 1e-12)); // reaches down to 0
        flags.push_back(i % 10 == 0 ? 1.0 : 0.0);
        classes.push_back(static_cast<double>(i % 7 - 1)); // -1 ... 5
        skewed.push_back(std::exp(3.0 * rng.normal()));
        rounded.push_back(std::round(rng.normal() * 100.0) / 100.0); // many exact 0 and -1
    }
    EXPECT_TRUE(codesIn(reals("ebv", reddening)).empty());
    EXPECT_TRUE(codesIn(reals("flag", flags)).empty());
    EXPECT_TRUE(codesIn(reals("class", classes)).empty());
    EXPECT_TRUE(codesIn(reals("flux", skewed)).empty());
    EXPECT_TRUE(codesIn(reals("colour", rounded)).empty());
}

TEST(DoctorCodes, looksIntoVectorColumns) {
    io::Column column;
    column.name = "J_H_K";
    column.width = 3;
    std::vector<double> values = normals(3000, 14.0, 1.0, 2);
    for (std::size_t row = 0; row < 50; ++row)
        values[row * 3 + 1] = 0.0;
    column.values = values;
    const auto found = examineColumn(column).findings;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].column, "J_H_K[1]");
    EXPECT_EQ(found[0].count, 50U);
}

TEST(DoctorCodes, areSeriousInATargetAndInFeatures) {
    Sample sample(2000);
    for (std::size_t row = 0; row < 15; ++row) {
        sample.catalogue.targets[0].values[row] = -99.0;
        sample.features(static_cast<Eigen::Index>(100 + row), 1) = 99.0F;
    }
    const auto found = ofKind(sample.examine(), "missing-code");
    ASSERT_EQ(found.size(), 2U);
    for (const Finding& finding : found) {
        EXPECT_EQ(finding.severity, Severity::Serious);
        EXPECT_EQ(finding.count, 15U);
    }
    EXPECT_NE(found[0].where + found[1].where, found[0].where + found[0].where);
}

// --- files of text
// -------------------------------------------------------------------------------------------

TEST(DoctorText, tellsTwoNumbersInOneCellAndQuarantinesTheRow) {
    std::string text = "Nr,W420FE\n";
    for (int i = 0; i < 40; ++i)
        text += std::to_string(i) + (i == 7 ? ",3  3.100E-03\n" : "," + std::to_string(0.001 * i) + "\n");
    const Report report = examineText(text);
    const auto found = ofKind(report, "glued-cells");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].column, "W420FE");
    EXPECT_EQ(found[0].rows, (std::vector<std::int64_t>{7}));
    ASSERT_EQ(report.quarantine.size(), 1U);
    EXPECT_EQ(report.quarantine[0].row, 7);
    const io::Table list = quarantineTable(report.quarantine, nullptr);
    ASSERT_EQ(list.columns.size(), 2U);
    EXPECT_EQ(list.at("row").asText(0), "7");
    EXPECT_EQ(list.at("reason").asText(0).find("column W420FE: two numbers"), 0U);
}

TEST(DoctorText, tellsAHeaderOneNameShort) {
    std::string text = "z g r\n";
    for (int i = 0; i < 30; ++i)
        text += "0." + std::to_string(100 + i) + " 18." + std::to_string(i + 10) + " 17." +
                std::to_string(i + 10) + " 0.0" + std::to_string(i + 10) + "\n";
    const auto found = ofKind(examineText(text), "short-header");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].severity, Severity::Serious);
}

TEST(DoctorText, tellsADelimiterOfTheHeaderUnlikeThatOfTheRows) {
    const Report report = examineText("z, g, r\n0.1 18.2 17.5\n0.2 18.3 17.4\n0.3 18.9 17.7\n");
    ASSERT_EQ(ofKind(report, "header-delimiter").size(), 1U);
    EXPECT_EQ(report.columns.size(), 3U);
    EXPECT_EQ(report.columns[1].name, "g");
    EXPECT_TRUE(ofKind(examineText("z,g,r\n0.1,18.2,17.5\n0.2,18.3,17.4\n"), "header-delimiter").empty());
}

TEST(DoctorText, countsBlankCells) {
    const Report report = examineText("a,b\n1.5,2.5\n,3.5\n2.5,4.5\n4.25,\n");
    const auto found = ofKind(report, "missing");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].rows, (std::vector<std::int64_t>{1}));
    EXPECT_EQ(found[1].rows, (std::vector<std::int64_t>{3}));
    EXPECT_EQ(ofKind(report, "no-unit").size(), 1U);
}

TEST(DoctorText, tellsBoundsThatCross) {
    const auto found = ofKind(examineText("y,q05,q95\n1,0.5,1.5\n2,2.5,1.25\n3,2.5,3.5\n"), "crossed-bounds");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].rows, (std::vector<std::int64_t>{1}));
}

// --- ids
// -----------------------------------------------------------------------------------------------------

TEST(DoctorIds, keepsIdsBeyond2To53ApartAndTellsWhereTheyAreLost) {
    const Report exact = examineText("TARGETID,x\n39627322701128001,1.5\n39627322701128002,2.5\n");
    EXPECT_TRUE(ofKind(exact, "duplicate-id").empty());
    EXPECT_TRUE(ofKind(exact, "inexact-id").empty());
    const Report lost = examineText("TARGETID,x\n39627322701128001.0,1.5\n39627322701128002.0,2.5\n");
    ASSERT_EQ(ofKind(lost, "inexact-id").size(), 1U);
    EXPECT_EQ(ofKind(lost, "inexact-id")[0].severity, Severity::Serious);
    ASSERT_EQ(ofKind(lost, "duplicate-id").size(), 1U);
}

TEST(DoctorIds, aRepeatAcrossSplitsIsALeak) {
    Sample sample(400);
    auto& ids = std::get<std::vector<std::int64_t>>(sample.catalogue.objectId.values);
    std::size_t train = 0, other = 0;
    while (sample.catalogue.split[train] != 0)
        ++train;
    while (sample.catalogue.split[other] != 2)
        ++other;
    ids[other] = ids[train];
    const auto found = ofKind(sample.examine(), "duplicate-id");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].severity, Severity::Serious);
    EXPECT_EQ(found[0].rows.size(), 2U);
    sample.catalogue.split[other] = 0; // the same split: no leak
    const auto within = ofKind(sample.examine(), "duplicate-id");
    EXPECT_EQ(within[0].severity, Severity::Warning);
    EXPECT_NE(within[0].advice.find("keeps all rows of one object_id together"), std::string::npos)
        << within[0].advice;
}

TEST(DoctorIds, findsTheSameObjectUnderTwoIds) {
    Sample sample(400);
    std::size_t train = 0, test = 0;
    while (sample.catalogue.split[train] != 0)
        ++train;
    while (sample.catalogue.split[test] != 2)
        ++test;
    sample.features.row(static_cast<Eigen::Index>(test)) =
        sample.features.row(static_cast<Eigen::Index>(train));
    const auto found = ofKind(sample.examine(), "duplicate-features");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].severity, Severity::Serious);
}

// --- features and targets
// ------------------------------------------------------------------------------------

TEST(DoctorFeatures, quarantinesRowsWithNanOrInfinity) {
    Sample sample(300);
    sample.features(4, 1) = std::numeric_limits<float>::quiet_NaN();
    sample.features(9, 2) = std::numeric_limits<float>::infinity();
    sample.features(9, 0) = std::numeric_limits<float>::quiet_NaN();
    const Report report = sample.examine();
    ASSERT_EQ(report.quarantine.size(), 2U);
    EXPECT_EQ(report.quarantine[0].row, 4);
    EXPECT_NE(report.quarantine[0].reason.find("r-i is NaN"), std::string::npos)
        << report.quarantine[0].reason;
    EXPECT_EQ(report.quarantine[1].row, 9);
    EXPECT_EQ(report.features[0].quarantined, 2U);
    EXPECT_EQ(ofKind(report, "quarantine").size(), 1U);
    const io::Table list = quarantineTable(report.quarantine, &sample.catalogue.objectId);
    ASSERT_EQ(list.columns.size(), 3U);
    EXPECT_EQ(list.columns[1].name, "object_id");
    EXPECT_EQ(list.columns[1].asText(0), "1004");
    EXPECT_EQ(list.at("row").asText(0), "4");
}

TEST(DoctorFeatures, tellsConstantOnes) {
    Sample sample(300);
    sample.features.col(2).setConstant(3.0F);
    const auto found = ofKind(sample.examine(), "constant");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].what.find("i-z"), std::string::npos);
}

TEST(DoctorFeatures, findsTheTargetAmongItsOwnFeatures) {
    const auto leakOf = [](auto transform) {
        Sample sample(1500);
        for (Eigen::Index row = 0; row < sample.features.rows(); ++row)
            sample.features(row, 1) = static_cast<float>(
                transform(sample.catalogue.targets[0].values[static_cast<std::size_t>(row)]));
        return ofKind(sample.examine(), "leak");
    };
    const auto same = leakOf([](double z) { return z; });
    ASSERT_EQ(same.size(), 1U);
    EXPECT_EQ(same[0].severity, Severity::Serious);
    EXPECT_NE(same[0].what.find("identical to r-i"), std::string::npos) << same[0].what;
    const auto function = leakOf([](double z) { return -2.5 * std::log10(5.0 + z) + 3.0; });
    ASSERT_EQ(function.size(), 1U);
    EXPECT_NE(function[0].what.find("function of r-i"), std::string::npos) << function[0].what;
    EXPECT_EQ(leakOf([](double) { return 1.0; }).size(), 0U);
}

TEST(DoctorFeatures, xiIsZeroForIndependentAndOneForAnyFunction) {
    // Under independence sqrt(n) xi is normal with variance 2/5 (Chatterjee 2021, theorem 2.1).
    const std::size_t n = 2000;
    int outside = 0;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        const auto x = normals(n, 0.0, 1.0, 2 * seed), y = normals(n, 0.0, 1.0, 2 * seed + 1);
        std::vector<std::uint32_t> order(n);
        std::iota(order.begin(), order.end(), 0U);
        std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return x[a] < x[b]; });
        outside +=
            std::abs(rankCorrelationXi(order, ranksOf(y))) > 1.96 * std::sqrt(0.4 / static_cast<double>(n));
        if (seed > 1)
            continue;
        std::vector<double> parabola;
        for (const double value : x)
            parabola.push_back(value * value); // no monotone function
        EXPECT_GT(rankCorrelationXi(order, ranksOf(parabola)), 0.99);
    }
    EXPECT_LE(outside, 13); // binomial(100, 0.05): P(more than 13) = 5e-4
}

TEST(DoctorFeatures, tellsTestRowsUnlikeTheCalibrationRows) {
    Sample sample(4000);
    EXPECT_TRUE(ofKind(sample.examine(), "shift").empty());
    for (std::size_t row = 0; row < 4000; ++row)
        if (sample.catalogue.split[row] == 2)
            sample.features(static_cast<Eigen::Index>(row), 2) += 0.4F;
    const auto found = ofKind(sample.examine(), "shift");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].column, "i-z");
}

TEST(DoctorFeatures, kolmogorovSmirnovKeepsItsLevel) {
    int small = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed)
        small += kolmogorovSmirnov(normals(200, 0, 1, 2 * seed), normals(150, 0, 1, 2 * seed + 1)).p < 0.05;
    EXPECT_LE(small, 34); // binomial(400, 0.05): P(more than 34) = 1e-3
    EXPECT_GE(small, 6);  // P(fewer than 6) = 1e-4 at the nominal level
    EXPECT_DOUBLE_EQ(kolmogorovSmirnov(normals(50, 0, 1, 1), normals(50, 100, 1, 2)).distance, 1.0);
}

TEST(DoctorTargets, tellsTiesThatEmptyAQuantileBin) {
    Sample sample(1000);
    for (std::size_t row = 0; row < 350; ++row)
        sample.catalogue.targets[0].values[row] = 0.5;
    const auto found = ofKind(sample.examine(), "ties");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].count, 350U);
    EXPECT_NE(found[0].what.find("of 10 quantile bins are empty"), std::string::npos) << found[0].what;
}

TEST(DoctorTargets, comparesQuotedErrorsWithTheScatterOfLabels) {
    Sample sample(1000);
    Target& target = sample.catalogue.targets[0];
    double sum = 0.0, squares = 0.0;
    for (const double label : target.values)
        sum += label;
    for (const double label : target.values)
        squares += (label - sum / 1000.0) * (label - sum / 1000.0);
    target.errors.assign(1000, 0.5 * std::sqrt(squares / 1000.0)); // a quarter of the variance
    auto found = ofKind(sample.examine(), "label-errors");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].severity, Severity::Note);
    EXPECT_NE(found[0].what.find(" 25 % of the labels' variance"), std::string::npos) << found[0].what;
    for (double& error : target.errors)
        error *= 3.0;
    found = ofKind(sample.examine(), "label-errors");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].severity, Severity::Warning);
}

TEST(DoctorTargets, quantileColumnsMustHoldWhatTheirNamesPromise) {
    for (const double told : {1.0, 0.5}) { // as wide as they say; half
        Sample sample(1000);
        const auto& labels = sample.catalogue.targets[0].values;
        std::vector<double> low(labels), high(labels);
        const auto noise = normals(1000, 0.0, 0.1, 77);
        for (std::size_t row = 0; row < 1000; ++row) {
            low[row] += noise[row] - told * 0.1;
            high[row] += noise[row] + told * 0.1;
        }
        io::Column lower, upper;
        lower.name = "z_q16";
        lower.values = low;
        upper.name = "z_q84";
        upper.values = high;
        sample.catalogue.columns.columns.push_back(lower);
        sample.catalogue.columns.columns.push_back(upper);
        const auto found = ofKind(sample.examine(), "quantile-level");
        ASSERT_EQ(found.size(), told == 1.0 ? 0U : 1U);
        if (!found.empty()) {
            EXPECT_NE(found[0].what.find("promise 32.0 %"), std::string::npos) << found[0].what;
        }
        std::swap(sample.catalogue.columns.columns[sample.catalogue.columns.columns.size() - 1].values,
                  sample.catalogue.columns.columns[sample.catalogue.columns.columns.size() - 2].values);
        const auto swapped = ofKind(sample.examine(), "crossed-bounds");
        ASSERT_EQ(swapped.size(), 1U);
        EXPECT_EQ(swapped[0].severity, Severity::Serious);
        EXPECT_NE(swapped[0].advice.find("wrong way round"), std::string::npos);
    }
}

TEST(DoctorTargets, tellsMissingLabelsUnitsAndBadErrors) {
    Sample sample(1000);
    Target mass = sample.catalogue.targets[0];
    mass.name = "mass";
    for (std::size_t row = 0; row < 700; ++row)
        mass.values[row] = std::numeric_limits<double>::quiet_NaN();
    mass.errors.assign(1000, 0.1);
    mass.errors[800] = 0.0;
    sample.catalogue.targets.push_back(mass);
    const Report report = sample.examine();
    ASSERT_EQ(ofKind(report, "missing-label").size(), 1U);
    EXPECT_EQ(ofKind(report, "missing-label")[0].count, 700U);
    EXPECT_EQ(ofKind(report, "missing-label")[0].severity, Severity::Warning);
    ASSERT_EQ(ofKind(report, "bad-error").size(), 1U);
    EXPECT_EQ(ofKind(report, "bad-error")[0].rows, (std::vector<std::int64_t>{800}));
    ASSERT_EQ(ofKind(report, "no-unit").size(), 1U); // not of z, a pure number
    EXPECT_EQ(ofKind(report, "no-unit")[0].where, "target mass");
}

TEST(DoctorSplit, tellsSplitsTooSmall) {
    Sample sample(500);
    std::fill(sample.catalogue.split.begin(), sample.catalogue.split.end(), std::uint8_t{0});
    for (std::size_t row = 0; row < 8; ++row)
        sample.catalogue.split[row] = 1;
    for (std::size_t row = 8; row < 48; ++row)
        sample.catalogue.split[row] = 2;
    const auto found = ofKind(sample.examine(), "small-split");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].severity, Severity::Serious);
    EXPECT_NE(found[0].what.find("8 calibration rows"), std::string::npos);
    EXPECT_EQ(found[1].severity, Severity::Warning);
}

TEST(DoctorLayouts, aStoredQuarantineComesBack) {
    Sample sample(50);
    sample.catalogue.quarantine = {{3, "features colours: r-i is NaN or infinite"}, {7, "because"}};
    const Folder folder;
    writeCatalogue(sample.catalogue, {sample.features}, folder.file("c.h5"), {});
    const Catalogue read = readCatalogue(folder.file("c.h5"));
    ASSERT_EQ(read.quarantine.size(), 2U);
    EXPECT_EQ(read.quarantine[1].row, 7);
    EXPECT_EQ(read.quarantine[1].reason, "because");
    auto file = io::Hdf5File::openForUpdate(folder.file("c.h5"));
    file.writeIntegers("/quarantine/rows", std::vector<std::int64_t>{3, 50}); // beyond the last row
    file.close();
    EXPECT_THROW(readCatalogue(folder.file("c.h5")), Error);
}

// --- layouts of other writers
// --------------------------------------------------------------------------------

TEST(DoctorLayouts, takesVectorBooleansAndEmptyTables) {
    const Folder folder;
    {
        auto file = io::Hdf5File::create(folder.file("mmu.h5"));
        file.writeIntegers("/object_id", std::vector<std::int64_t>{1, 2, 3});
        file.writeBooleans("/spectrum_mask", std::vector<std::uint8_t>{1, 0, 0, 1, 0, 0}, {3, 2});
        file.writeReals("/Z", std::vector<double>{0.1, 0.2, 0.3});
        file.close();
    }
    const Report report = examineTable(io::readTable(folder.file("mmu.h5"), {}, {}), {});
    EXPECT_EQ(report.rows, 3U);
    EXPECT_EQ(report.count(Severity::Serious), 0U) << toText(report);
}

TEST(DoctorRealFiles, everyOneOpensOrSaysWhyNot) {
    const char* data = std::getenv("PENUMBRA_DATA");
    if (data == nullptr)
        GTEST_SKIP() << "SKIPPED: set PENUMBRA_DATA to the folder of real data files to run this test";
    std::size_t examined = 0;
    for (const auto& entry : fs::recursive_directory_iterator(data)) {
        const std::string ending = entry.path().extension().string();
        if (!entry.is_regular_file() || ending == ".md" || ending == ".json")
            continue;
        try {
            const Report report = examineTable(io::readTable(entry.path(), {}, {}), {});
            EXPECT_GT(report.rows, 0U) << entry.path();
            EXPECT_FALSE(toText(report).empty());
            ++examined;
        } catch (const Error& error) { // images have no table
            EXPECT_NE(std::string(error.what()).find("table"), std::string::npos) << error.what();
            EXPECT_NE(entry.path().string().find("legacypipe"), std::string::npos) << error.what();
        }
    }
    EXPECT_GT(examined, 20U);
}

TEST(DoctorRealFiles, findsWhatIsKnownOfThem) {
    const char* data = std::getenv("PENUMBRA_DATA");
    if (data == nullptr)
        GTEST_SKIP() << "SKIPPED: set PENUMBRA_DATA to the folder of real data files to run this test";
    const auto examine = [&](const std::string& name) {
        return examineTable(io::readTable(fs::path(data) / name, {}, {}), {});
    };
    const auto glued = ofKind(examine("combo17/COMBO17.csv"), "glued-cells");
    ASSERT_EQ(glued.size(), 1U);
    EXPECT_EQ(glued[0].column, "e.W420FE");
    EXPECT_EQ(glued[0].count, 143U);
    EXPECT_EQ(ofKind(examine("mlz_sdss_mgs/SDSS_MGS.train"), "short-header").size(), 1U);
    const Report gst = examine("kcorrect_gst/gst_tests_small.fits"); // big-endian, vector columns
    const auto codes = ofKind(gst, "missing-code");
    EXPECT_TRUE(std::any_of(codes.begin(), codes.end(), [](const Finding& f) {
        return f.column == "NUV_FLUX_AUTO" && f.what.find("the value -99 ") == 0;
    })) << toText(gst);
    EXPECT_EQ(ofKind(examine("derived_here/gst_log_mstar_predictions.csv"), "crossed-bounds").size(), 1U);
}

TEST(Beside, FindsAGalaxyOfBothFilesById) {
    // Ids beyond 2^53 that differ in the last digit are different galaxies.
    const Finding finding = beside("object_id,g\n39627640566453441,20\n39627640566453442,21\n7,22\n",
                                   "r,object_id\n1,39627640566453442\n2,8\n3,7\n");
    EXPECT_EQ(finding.severity, Severity::Serious);
    EXPECT_EQ(finding.count, 2u);
    EXPECT_EQ(finding.rows, (std::vector<std::int64_t>{1, 2}));
    EXPECT_NE(finding.what.find("object_id"), std::string::npos);
}

TEST(Beside, FindsItByPositionOrByAllCommonColumns) {
    EXPECT_EQ(beside("ra,dec\n10.5,2\n11,3\n", "dec,ra,g\n3,11,20\n3,10.5,21\n").rows,
              std::vector<std::int64_t>{1});
    const Finding values =
        beside("z,g,r,name\n0.1,20,19,a\n0.2,21,20,b\n0.3,,,c\n", "g,r,z\n21,20,0.2\n20,19,0.3\n");
    EXPECT_EQ(values.rows, std::vector<std::int64_t>{1});
    EXPECT_NE(values.what.find("all 3 columns"), std::string::npos);
}

TEST(Beside, AHeaderThatDoesNotFitIsNotTrusted) {
    // One name short, as MLZ's training file: by name the columns would not be the same quantities.
    const std::string shortHeader = "z g r\n0.1 20 19 18\n0.2 21 20 19\n0.3 22 21 20\n";
    const std::string full = "z u g r\n0.2 21 20 19\n0.4 25 24 23\n";
    const Finding finding = beside(shortHeader, full);
    EXPECT_EQ(finding.count, 1u);
    EXPECT_EQ(finding.rows, std::vector<std::int64_t>{1});
    EXPECT_NE(finding.what.find("in their order"), std::string::npos) << finding.what;
    const Finding other = beside(shortHeader, "z g r\n0.1 20 19\n");
    EXPECT_EQ(other.count, 0u);
    EXPECT_NE(other.what.find("cannot be told"), std::string::npos) << other.what;
}

TEST(Beside, SaysSoWhereNothingIsSharedOrNothingCanBeCompared) {
    const Finding none = beside("id,g\n1,20\n2,21\n", "id,g\n3,20\n");
    EXPECT_EQ(none.severity, Severity::Note);
    EXPECT_EQ(none.count, 0u);
    EXPECT_NE(none.what.find("no row of this file"), std::string::npos);
    EXPECT_NE(beside("a,b\n1,2\n", "a,c\n1,2\n").what.find("cannot be told"), std::string::npos);
    EXPECT_EQ(beside("z,g,r\n,,\n1,2,3\n", "z,g,r\n,,\n").count, 0u); // rows without any value are nobody
}

TEST(Doctor, sexagesimalPositionsAreTold) {
    const Report report = examineText("id,ra,z,note\n1,10:21:33.5,0.1,a\n2,00:00:01,0.2,10:20:30\n");
    std::vector<std::string> columns;
    for (const Finding& finding : report.findings)
        if (finding.kind == "sexagesimal")
            columns.push_back(finding.column);
    EXPECT_EQ(columns, std::vector<std::string>{"ra"});
}

} // namespace
} // namespace penumbra::doctor
