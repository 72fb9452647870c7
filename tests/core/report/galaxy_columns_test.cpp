#include "core/report/galaxy_columns.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace penumbra::report {
namespace {

TEST(GalaxyColumns, TargetsAreNamedInTheIvoasWords) {
    EXPECT_EQ(quantityUcd("z"), "src.redshift");
    EXPECT_EQ(quantityUcd("Z_SPEC"), "src.redshift");
    EXPECT_EQ(quantityUcd("log-mass"), "phys.mass");
    EXPECT_EQ(quantityUcd("ssfr"), "phys.SFR");
    EXPECT_EQ(quantityUcd("mag_r"), "phot.mag");
    EXPECT_EQ(quantityUcd("zoo"), "stat.value") << "whole words only";
    EXPECT_EQ(quantityUcd(""), "stat.value");
}

TEST(GalaxyColumns, ColumnsSayWhatTheyAre) {
    const io::Column lower = intervalColumn(IntervalPart::Lower, "CQR_lower", "z", "km/s");
    EXPECT_EQ(lower.name, "CQR_lower");
    EXPECT_EQ(lower.unit, "km/s");
    EXPECT_EQ(lower.ucd, "src.redshift;stat.min");
    EXPECT_EQ(lower.description, "lower end of the interval of z");
    const io::Column covered = intervalColumn(IntervalPart::Covered, "covered", "z", "km/s");
    EXPECT_EQ(covered.typeName(), "int64");
    EXPECT_EQ(covered.unit, "");
    io::Column ids;
    ids.values = std::vector<std::uint64_t>{~std::uint64_t{0}};
    EXPECT_EQ(identityColumn(&ids).typeName(), "uint64");
    EXPECT_EQ(identityColumn(nullptr).typeName(), "text");
    EXPECT_EQ(identityColumn(&ids).ucd, "meta.id;meta.main");
}

TEST(GalaxyColumns, ProvenanceNamesStudyCatalogueMethodsAndAlpha) {
    Study study;
    study.cataloguePath = "c.h5";
    study.catalogueHash = "0123456789abcdef";
    study.methods = {"CQR", "LCNet"};
    study.alpha = 0.05;
    study.targets.resize(2);
    study.targets[0].name = "z";
    study.targets[1].name = "age";
    const io::TableMeta meta = provenanceOf(study, "s.h5", "intervals");
    EXPECT_EQ(meta.title, "intervals");
    const auto has = [&](const char* name, const char* value) {
        return std::find(meta.values.begin(), meta.values.end(),
                         std::pair<std::string, std::string>(name, value)) != meta.values.end();
    };
    EXPECT_TRUE(has("study", "s.h5") && has("catalogue", "c.h5") &&
                has("catalogue_hash", "0123456789abcdef"));
    EXPECT_TRUE(has("method", "CQR,LCNet") && has("target", "z,age") && has("alpha", "0.05"));
    EXPECT_EQ(meta.values.back().first, "version");
    for (const auto& [name, value] : meta.values)
        EXPECT_FALSE(value.empty()) << name;
}

} // namespace
} // namespace penumbra::report
