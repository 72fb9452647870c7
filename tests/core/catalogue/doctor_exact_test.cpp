// What the doctor makes of integers beyond doubles, of positions and of sizes of errors; of two files, which
// galaxies are in both. Every table is written here.

#include "core/catalogue/doctor.h"

#include "core/base/rng.h"

#include <chrono>
#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::doctor {
namespace {

constexpr std::int64_t bigId = 5820931075628056576; // multiples of 512 stand there among doubles
constexpr std::size_t rows = 240;

template <typename Make>
auto values(std::size_t n, Make make) {
    std::vector<decltype(make(std::size_t{0}))> out;
    for (std::size_t i = 0; i < n; ++i)
        out.push_back(make(i));
    return out;
}

io::Column column(std::string name, io::Column::Values stored) {
    io::Column out;
    out.name = std::move(name);
    out.values = std::move(stored);
    return out;
}

io::Table tableOf(std::vector<io::Column> columns) {
    io::Table table;
    table.source = "made here";
    table.columns = std::move(columns);
    return table;
}

std::vector<Finding> ofKind(const std::vector<Finding>& all, const std::string& kind) {
    std::vector<Finding> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found),
                 [&](const Finding& finding) { return finding.kind == kind; });
    return found;
}

TEST(DoctorIntegers, idsThatDoublesConfuseAreNeitherConstantNorRepeated) {
    for (const char* name : {"source_id", "hash"}) {
        const auto ids = values(rows, [](std::size_t i) { return bigId + static_cast<std::int64_t>(i); });
        const ExaminedColumn look = examineColumn(column(name, ids));
        EXPECT_TRUE(look.findings.empty()) << name << ": " << oneLine(look.findings.front());
        EXPECT_EQ(
            look.summary.exactRange,
            (std::vector<std::string>{"5820931075628056576", "5820931075628056696", "5820931075628056815"}));
    }
    const auto wide = values(rows, [](std::size_t i) { return ~std::uint64_t{0} - i; });
    const ExaminedColumn look = examineColumn(column("hash", wide));
    EXPECT_TRUE(look.findings.empty());
    EXPECT_EQ(look.summary.exactRange.back(), "18446744073709551615");
    EXPECT_EQ(look.summary.type, "uint64");
}

TEST(DoctorIntegers, whatIsConstantIsShownWithEveryDigit) {
    const auto same = values(rows, [](std::size_t) { return bigId + 1; });
    const auto found = ofKind(examineColumn(column("tile", same)).findings, "constant");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_NE(found[0].what.find("5820931075628056577"), std::string::npos) << found[0].what;
}

TEST(DoctorIntegers, repeatedIdsAreCountedExactly) {
    auto ids = values(rows, [](std::size_t i) { return ~std::uint64_t{0} - i; });
    ids[7] = ids[3];
    const auto found = ofKind(examineColumn(column("object_id", ids)).findings, "duplicate-id");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].count, 1U);
    EXPECT_EQ(found[0].rows, (std::vector<std::int64_t>{3, 7}));
}

TEST(DoctorIntegers, numbersThatStartAnewInEveryBrickAreNoDuplicates) {
    const auto found = [](std::int64_t offset, const std::vector<std::int64_t>& brick) {
        const auto numbers =
            values(rows, [&](std::size_t i) { return offset + static_cast<std::int64_t>(i % 20); });
        return ofKind(
            examineTable(tableOf({column("OBJID", numbers), column("BRICKID", brick)}), {}).findings,
            "duplicate-id");
    };
    auto bricks = values(rows, [](std::size_t i) { return static_cast<std::int64_t>(500 + i / 20); });
    EXPECT_TRUE(found(0, bricks).empty());
    EXPECT_EQ(found(bigId, bricks).size(), 1U) << "a packed id stands for itself";
    bricks[20] = bricks[0]; // and both have the number 0
    const auto within = found(0, bricks);
    ASSERT_EQ(within.size(), 1U);
    EXPECT_EQ(within[0].count, 1U);
    EXPECT_EQ(within[0].rows, (std::vector<std::int64_t>{0, 20}));
    EXPECT_NE(within[0].what.find("1 row repeats"), std::string::npos) << within[0].what;
    EXPECT_NE(within[0].what.find("BRICKID"), std::string::npos) << within[0].what;
}

TEST(DoctorIntegers, aCodeAmongLargeIntegersIsFoundAndNamedExactly) {
    auto numbers = values(rows, [](std::size_t i) { return bigId + static_cast<std::int64_t>(i); });
    for (std::size_t i = 0; i < 20; ++i)
        numbers[7 * i] = 9223372036854775807;
    const auto found = ofKind(examineColumn(column("spectrum", numbers)).findings, "missing-code");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].count, 20U);
    EXPECT_EQ(found[0].code, "9223372036854775807");
    EXPECT_EQ(found[0].rows.front(), 0);
    EXPECT_EQ(found[0].rows.back(), 63);
}

std::vector<Finding> findingsOf(std::vector<io::Column> columns, const std::string& kind) {
    return ofKind(examineTable(tableOf(std::move(columns)), {}).findings, kind);
}

TEST(DoctorPositions, declinationsBeyondThePoleAreTold) {
    const auto found = findingsOf({column("RA", std::vector<double>{10, 20, 30, 40}),
                                   column("DEC", std::vector<double>{-90, 90, 358, -90.5})},
                                  "position-range");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].severity, Severity::Serious);
    EXPECT_EQ(found[0].count, 2U);
    EXPECT_EQ(found[0].rows, (std::vector<std::int64_t>{2, 3}));
    EXPECT_NE(found[0].what.find("declination beyond 90"), std::string::npos);
    EXPECT_NE(found[0].what.find("358"), std::string::npos) << found[0].what;
}

TEST(DoctorPositions, rightAscensionsAreToldByHowOddTheyAre) {
    const auto found = findingsOf({column("RAJ2000", std::vector<double>{-10, -180, 0, 360, -240, 361}),
                                   column("DEJ2000", std::vector<double>{0, 0, 0, 0, 0, 0})},
                                  "position-range");
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].severity, Severity::Serious);
    EXPECT_EQ(found[0].rows, (std::vector<std::int64_t>{4, 5}));
    EXPECT_NE(found[0].what.find("-240"), std::string::npos) << found[0].what;
    EXPECT_EQ(found[1].severity, Severity::Note);
    EXPECT_EQ(found[1].rows, (std::vector<std::int64_t>{0, 1}));
}

TEST(DoctorErrors, sizesThatAreNotPositiveAreTold) {
    const auto sizes = [](double bad) {
        auto out = values(rows, [](std::size_t i) { return 0.1 + 0.001 * static_cast<double>(i); });
        out[5] = out[9] = bad;
        return out;
    };
    for (const char* name : {"sigma", "sig_z", "flux_err", "MAGERR_AUTO", "e_Bmag", "z_unc"})
        for (const double bad : {0.0, -0.2, -99.0}) {
            const auto found = findingsOf({column(name, sizes(bad))}, "bad-error");
            ASSERT_EQ(found.size(), 1U) << name << " " << bad;
            EXPECT_EQ(found[0].count, 2U);
            EXPECT_EQ(found[0].rows, (std::vector<std::int64_t>{5, 9}));
            EXPECT_NE(found[0].what.find(bad == 0.0 ? "zero" : "negative"), std::string::npos);
        }
    for (const char* name : {"mag", "signal", "e_1", "err_flag"})
        EXPECT_TRUE(findingsOf({column(name, sizes(-0.2))}, "bad-error").empty()) << name;
    EXPECT_TRUE(findingsOf({column("sigma", sizes(0.3))}, "bad-error").empty());
}

TEST(DoctorBounds, pairsOfQuantilesAreKnownByTheirNames) {
    const std::vector<double> low{1, 2.5, 3}, high{2, 2, 4};
    for (const auto& [lower, upper] : {std::pair{"lo", "hi"},
                                       {"z_lo", "z_hi"},
                                       {"q05", "q95"},
                                       {"q0.05", "q0.95"},
                                       {"p2.5", "p97.5"},
                                       {"z160", "z840"},
                                       {"Z_L68", "Z_U68"},
                                       {"lower", "upper"},
                                       {"pred_q16_z", "pred_q84_z"}}) {
        const auto found = findingsOf({column(upper, high), column(lower, low)}, "crossed-bounds");
        ASSERT_EQ(found.size(), 1U) << lower << " " << upper;
        EXPECT_EQ(found[0].rows, std::vector<std::int64_t>{1}) << lower;
    }
    for (const auto& [lower, upper] :
         {std::pair{"g", "r"}, {"mag1", "mag2"}, {"halo", "hahi"}, {"q05", "q90"}})
        EXPECT_TRUE(findingsOf({column(lower, low), column(upper, high)}, "crossed-bounds").empty()) << lower;
}

// Beside.

struct Galaxies {
    std::vector<double> ra, dec, z;
    std::vector<std::int64_t> number, brick;
};

Galaxies galaxies(std::size_t n, std::uint64_t seed) {
    Rng rng(seed);
    Galaxies made;
    for (std::size_t i = 0; i < n; ++i) {
        made.ra.push_back(360.0 * rng.uniform());
        made.dec.push_back(std::asin(2.0 * rng.uniform() - 1.0) * 57.29577951308232);
        made.z.push_back(rng.uniform());
        made.number.push_back(static_cast<std::int64_t>(i));
        made.brick.push_back(500000 + static_cast<std::int64_t>(seed));
    }
    return made;
}

std::vector<Finding> beside(std::vector<io::Column> own, std::vector<io::Column> other,
                            double tolerance = 1.0) {
    Report report;
    examineBeside(tableOf(std::move(own)), tableOf(std::move(other)), tolerance, report, {});
    return report.findings;
}

std::size_t sharedRows(const std::vector<Finding>& findings) {
    return ofKind(findings, "overlap").at(0).count;
}

TEST(BesideSky, galaxiesMeasuredTwiceAreFoundWithinTheTolerance) {
    const Galaxies own = galaxies(rows, 1);
    Galaxies other = own;
    for (double& dec : other.dec) // 0.3 arcsec
        dec += dec > 0 ? -0.3 / 3600.0 : 0.3 / 3600.0;
    const auto columnsOf = [](const Galaxies& g) {
        return std::vector<io::Column>{column("ra", g.ra), column("dec", g.dec)};
    };
    const auto found = beside(columnsOf(own), columnsOf(other));
    EXPECT_EQ(sharedRows(found), rows);
    EXPECT_EQ(found[0].severity, Severity::Serious);
    EXPECT_NE(found[0].what.find("240 rows of this file are in it"), std::string::npos) << found[0].what;
    EXPECT_NE(found[0].what.find("positions within 1 arcsec; median separation 0.3 arcsec"),
              std::string::npos)
        << found[0].what;
    EXPECT_EQ(sharedRows(beside(columnsOf(own), columnsOf(other), 0.2)), 0U);
    EXPECT_EQ(sharedRows(beside(columnsOf(own), columnsOf(galaxies(rows, 2)))), 0U);
}

TEST(BesideSky, theSphereHasNoEdges) {
    // Right ascension runs over at 360, may be negative, and means nothing at the poles.
    const std::vector<io::Column> own{column("RA", std::vector<double>{359.99999, 10, 120, -10}),
                                      column("DEC", std::vector<double>{5, 90, -89.99999, 20})};
    const std::vector<io::Column> other{column("raj2000", std::vector<double>{0.00001, 200, 300, 350}),
                                        column("dej2000", std::vector<double>{5, 89.99999, -90, 20})};
    EXPECT_EQ(sharedRows(beside(own, other)), 4U);
}

TEST(BesideSky, rowsWithoutAPositionOnTheSphereAreNobody) {
    const double nan = std::nan("");
    const std::vector<io::Column> odd{column("ra", std::vector<double>{nan, 10, -999, 50}),
                                      column("dec", std::vector<double>{nan, 358, -999, 5})};
    EXPECT_EQ(sharedRows(beside(odd, odd)), 1U);
}

std::vector<io::Column> numbered(const Galaxies& g, bool bricks, bool sky) {
    std::vector<io::Column> columns{column("OBJID", g.number), column("z", g.z)};
    if (bricks)
        columns.push_back(column("BRICKID", g.brick));
    if (sky) {
        columns.push_back(column("RA", g.ra));
        columns.push_back(column("DEC", g.dec));
    }
    return columns;
}

TEST(BesideIds, numbersThatStartAnewInEveryBrickAreNotShared) {
    const Galaxies own = galaxies(rows, 1), other = galaxies(rows, 2);
    for (const bool bricks : {false, true})
        for (const bool sky : {false, true}) {
            const auto found = beside(numbered(own, bricks, sky), numbered(other, bricks, sky));
            EXPECT_EQ(sharedRows(found), 0U) << bricks << sky;
            const auto elsewhere = ofKind(found, "id-elsewhere");
            ASSERT_EQ(elsewhere.size(), bricks ? 0U : 1U) << bricks << sky; // another brick: not the same id
            if (!bricks) {
                EXPECT_EQ(elsewhere[0].count, rows);
                EXPECT_NE(elsewhere[0].what.find("not counted as shared"), std::string::npos);
            }
        }
}

TEST(BesideIds, theyAreSharedWhereBrickOrValuesOrPositionsAgree) {
    const Galaxies own = galaxies(rows, 1);
    Galaxies again = own;
    for (double& z : again.z)
        z += 1e-4;
    for (const bool bricks : {false, true})
        for (const bool sky : {false, true}) {
            const auto found = beside(numbered(own, bricks, sky), numbered(again, bricks, sky));
            EXPECT_EQ(sharedRows(found), rows) << bricks << sky;
            EXPECT_EQ(found[0].severity, Severity::Serious);
            EXPECT_NE(found[0].what.find(bricks ? "OBJID with BRICKID" : "OBJID"), std::string::npos);
            EXPECT_TRUE(ofKind(found, "id-elsewhere").empty());
        }
}

TEST(BesideIds, aBareRunningNumberIsDoubted) {
    const Galaxies own = galaxies(rows, 1);
    const auto found = beside({column("id", own.number)}, {column("id", own.number)});
    EXPECT_EQ(sharedRows(found), rows);
    EXPECT_EQ(found[0].severity, Severity::Warning);
    EXPECT_NE(found[0].what.find("may start anew"), std::string::npos) << found[0].what;
}

TEST(BesideIds, aPackedIdStandsForItself) {
    const auto ids = values(rows, [](std::size_t i) { return bigId + static_cast<std::int64_t>(i); });
    const auto later = values(rows, [](std::size_t i) { return bigId + 10 + static_cast<std::int64_t>(i); });
    const auto texts =
        values(rows, [](std::size_t i) { return std::to_string(bigId + 10 + static_cast<std::int64_t>(i)); });
    const std::vector<std::string> main(rows, "main"), sv(rows, "sv3");
    const std::vector<io::Column> own{column("TARGETID", ids), column("SURVEY", main)};
    const auto found = beside(own, {column("TARGETID", later), column("SURVEY", sv)});
    EXPECT_EQ(sharedRows(found), rows - 10) << "a galaxy of two surveys has one TARGETID";
    EXPECT_EQ(found[0].severity, Severity::Serious);
    EXPECT_EQ(found[0].rows.front(), 10);
    EXPECT_EQ(sharedRows(beside(own, {column("TARGETID", texts)})), rows - 10);
}

TEST(BesideIds, plateDateAndFibreNameASpectrum) {
    const std::vector<std::int64_t> plate{266, 266, 267}, mjd{51602, 51602, 51608}, fiber{1, 2, 1};
    const auto spectra = [&](std::vector<std::int64_t> fibers) {
        return std::vector<io::Column>{column("PLATE", plate), column("MJD", mjd),
                                       column("FIBERID", std::move(fibers))};
    };
    EXPECT_EQ(sharedRows(beside(spectra(fiber), spectra(fiber))), 3U);
    EXPECT_EQ(ofKind(beside(spectra(fiber), spectra({3, 2, 4})), "overlap")[0].rows,
              std::vector<std::int64_t>{1});
}

TEST(BesideValues, integersAreComparedWithEveryDigit) {
    const auto table = [](std::int64_t last) {
        return std::vector<io::Column>{column("a", std::vector<std::int64_t>{bigId + last}),
                                       column("b", std::vector<double>{1}),
                                       column("c", std::vector<double>{2})};
    };
    EXPECT_EQ(sharedRows(beside(table(1), table(1))), 1U);
    EXPECT_EQ(sharedRows(beside(table(1), table(2))), 0U);
}

} // namespace
} // namespace penumbra::doctor
