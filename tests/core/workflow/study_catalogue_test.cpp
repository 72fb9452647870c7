#include "core/study/catalogue.h"

#include "tests/core/workflow/study_support.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace penumbra::workflow {
namespace {

namespace fs = std::filesystem;

class StudyCatalogueTest : public testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(folder_ / "moved");
        write(folder_ / "galaxies.h5", 20);
        study_.cataloguePath = (folder_ / "galaxies.h5").string();
        study_.catalogueHash = fileHash(folder_ / "galaxies.h5");
    }
    void TearDown() override { fs::remove_all(folder_); }
    static void write(const fs::path& path, std::size_t rows) {
        Catalogue catalogue;
        catalogue.rowCount = rows;
        catalogue.objectId.values = std::vector<std::int64_t>(rows, 7);
        Target z;
        z.name = "z";
        z.values.assign(rows, 0.5);
        catalogue.targets = {z};
        writeCatalogue(catalogue, std::vector<MatrixF>(), path);
    }
    FoundCatalogue find() const { return findStudyCatalogue(study_, folder_ / "moved" / "study.h5", {}); }

    fs::path folder_ = fs::path(testing::TempDir()) / "study_catalogue";
    Study study_;
};

} // namespace

TEST_F(StudyCatalogueTest, IsTakenFromItsPlaceOrFromBesideTheStudy) {
    EXPECT_EQ(find().catalogue.value().rowCount, 20U);
    EXPECT_EQ(find().missing, "");
    fs::rename(folder_ / "galaxies.h5", folder_ / "moved" / "galaxies.h5");
    EXPECT_EQ(find().catalogue.value().path, folder_ / "moved" / "galaxies.h5");
    fs::remove(folder_ / "moved" / "galaxies.h5");
    EXPECT_FALSE(find().catalogue);
    EXPECT_NE(find().missing.find("is not there"), std::string::npos) << find().missing;
}

TEST_F(StudyCatalogueTest, AnotherFileOfItsNameIsNotTaken) {
    write(folder_ / "galaxies.h5", 21);
    EXPECT_FALSE(find().catalogue);
    EXPECT_NE(find().missing.find("has changed"), std::string::npos) << find().missing;
    EXPECT_FALSE(studyCatalogueIfThere(study_, "", {}));
    EXPECT_THROW(studyCatalogue(study_, "", {}), Error);
    write(folder_ / "moved" / "galaxies.h5", 20); // the study's own, beside it
    const FoundCatalogue found = find();
    EXPECT_EQ(found.catalogue.has_value(),
              fileHash(folder_ / "moved" / "galaxies.h5") == study_.catalogueHash);
}

TEST_F(StudyCatalogueTest, AStudyThatNamesNoneMissesNone) {
    study_.cataloguePath.clear();
    EXPECT_FALSE(find().catalogue);
    EXPECT_EQ(find().missing, "");
}

} // namespace penumbra::workflow
