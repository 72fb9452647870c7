// Positions in sexagesimal form, and ids whose spelling a number would lose.

#include "tests/core/workflow/import_support.h"

#include <cmath>
#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

ImportedCatalogue importPositions(const std::string& rows) {
    const ImportFolder folder;
    return importWith("ra = 'ra'\ndec = 'dec'\n[targets]\nz = 'z'\n",
                      folder.write("s.csv", "ra,dec,z\n" + rows));
}

TEST(ImportPositions, hoursAndDegreesOfSixty) {
    const auto imported =
        importPositions("10:21:33.5,-00:30:00,0.1\n00:00:00,+02:03:04,0.2\n,,0.3\n23:59:59,-90:00:00,0.4\n");
    const Catalogue& c = imported.catalogue;
    EXPECT_DOUBLE_EQ(c.ra[0], 15.0 * (10.0 + 21.0 / 60.0 + 33.5 / 3600.0));
    EXPECT_DOUBLE_EQ(c.dec[0], -0.5);
    EXPECT_DOUBLE_EQ(c.dec[1], 2.0 + 3.0 / 60.0 + 4.0 / 3600.0);
    EXPECT_TRUE(std::isnan(c.ra[2]) && std::isnan(c.dec[2]));
    std::string notes;
    for (const auto& note : imported.notes)
        notes += note + "\n";
    expectWords(notes, {"ra: column ra is sexagesimal", "10:21:33.5 is 155.389583"});
}

TEST(ImportPositions, degreesThatSaySo) {
    const auto imported = importPositions("155d30m00s,12d30m,0.1\n355d00m36s,-1d00m,0.2\n");
    EXPECT_DOUBLE_EQ(imported.catalogue.ra[0], 155.5);
    EXPECT_DOUBLE_EQ(imported.catalogue.ra[1], 355.01);
    EXPECT_DOUBLE_EQ(imported.catalogue.dec[0], 12.5);
}

TEST(ImportPositions, whatCannotBeMeantIsRefused) {
    expectWords(errorOf([] { importPositions("155:30:00,1:00:00,0.1\n200:00:00,1:00:00,0.2\n"); }),
                {"155:30:00", "hours"});
    expectWords(errorOf([] { importPositions("10:30:00,1h00m00s,0.1\n10:00:00,1h00m00s,0.2\n"); }),
                {"1h00m00s", "declination"});
    expectWords(errorOf([] { importPositions("10:30:00,1:00:00,0.1\nnorth,1:00:00,0.2\n"); }),
                {"north", "row 1"});
}

TEST(ImportPositions, idsKeepTheirSpelling) {
    const ImportFolder folder;
    const auto ids = [&](const std::string& rows) {
        const auto imported = importWith("object_id = 'serial'\n[targets]\nz = 'z'\n",
                                         folder.write("s.csv", "serial,z\n" + rows));
        std::vector<std::string> texts;
        for (std::size_t row = 0; row < imported.catalogue.rowCount; ++row)
            texts.push_back(imported.catalogue.idText(row));
        return texts;
    };
    EXPECT_EQ(ids("007,0.1\n12,0.2\n"), (std::vector<std::string>{"007", "12"}));
    EXPECT_EQ(ids("13e22,0.1\n5e7,0.2\n"), (std::vector<std::string>{"13e22", "5e7"}));
    EXPECT_EQ(ids("1,0.1\n2,0.2\n3,0.3\nNGC7,0.4\n"), (std::vector<std::string>{"1", "2", "3", "NGC7"}));
    EXPECT_EQ(ids("18446744073709551615,0.1\n5,0.2\n"),
              (std::vector<std::string>{"18446744073709551615", "5"}));
}

} // namespace
} // namespace penumbra::workflow
