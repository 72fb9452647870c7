#include "core/repairing/proposals.h"

#include "core/repairing/request.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::workflow;

namespace {

Region regionOf(std::vector<NamedCondition> conditions) {
    Region region;
    region.conditions = std::move(conditions);
    region.confirmed = true;
    return region;
}

NamedCondition above(const std::string& column, double value) {
    return {column, "", RegionCondition::Op::Above, value, {}};
}

Catalogue catalogueWith(const std::vector<std::string>& columns) {
    Catalogue catalogue;
    for (const std::string& name : columns) {
        catalogue.columns.columns.emplace_back();
        catalogue.columns.columns.back().name = name;
    }
    return catalogue;
}

std::vector<std::string> ways(const RepairProposals& proposals) {
    std::vector<std::string> by;
    for (const RepairProposal& one : proposals.fitting) {
        by.push_back(one.by);
        EXPECT_NO_THROW(parseRepairRequest(one.by, one.where)) << one.by;
        EXPECT_FALSE(one.reason.empty());
        EXPECT_FALSE(one.methods.empty());
    }
    return by;
}

using Ways = std::vector<std::string>;

} // namespace

TEST(RepairProposals, ARegionOfColumnsGetsAThresholdOfItsOwnOrBins) {
    const Catalogue catalogue = catalogueWith({"mag_r", "mag err"});
    const auto one =
        proposalsForRegion(regionOf({above("mag_r", 20.5)}), "faint", {"CQR"}, false, &catalogue);
    EXPECT_EQ(ways(one), (Ways{"subset:faint", "mondrian:mag_r"}));
    EXPECT_EQ(one.fitting.front().where, "mag_r > 20.5");
    EXPECT_TRUE(one.fitting.front().heldBack) << "the search saw the other half";
    const auto two = proposalsForRegion(regionOf({above("mag_r", 20.0), above("mag err", 0.1)}), "corner",
                                        {"CQR"}, true, &catalogue);
    EXPECT_EQ(ways(two), (Ways{"subset:corner", "conditional:mag_r,mag err", "region"}));
    EXPECT_EQ(two.fitting.front().where, "mag_r > 20 and `mag err` > 0.1");
}

TEST(RepairProposals, ARegionOfWhatTheStudySaysHasNoSidesInTheCatalogue) {
    const Catalogue catalogue = catalogueWith({"mag_r"});
    const auto width =
        proposalsForRegion(regionOf({above("width", 0.3)}), "wide", {"CQR"}, false, &catalogue);
    EXPECT_EQ(ways(width), Ways{"mondrian:width"});
    EXPECT_EQ(width.unfit.size(), 1U);
    const auto feature =
        proposalsForRegion(regionOf({above("latent[3]", 0.3)}), "f", {"CQR"}, false, &catalogue);
    EXPECT_TRUE(ways(feature).empty());
    // Without its catalogue nothing is known of columns.
    EXPECT_EQ(ways(proposalsForRegion(regionOf({above("mag_r", 1.0)}), "x", {"CQR"}, false, nullptr)),
              Ways{"mondrian:mag_r"});
}

TEST(RepairProposals, MethodsThatCannotBeRepairedSoAreLeftOutWithTheReason) {
    const auto columns = proposalsForColumns({"prediction"}, {"CQR", "LCNet", "DeepEnsembles"});
    ASSERT_EQ(ways(columns), (Ways{"mondrian:prediction", "split"}));
    EXPECT_EQ(columns.fitting[0].methods, Ways{"CQR"});
    EXPECT_EQ(columns.fitting[1].methods, Ways{"DeepEnsembles"});
    EXPECT_EQ(columns.unfit.size(), 2U) << "LCNet and DeepEnsembles, each once";
    const auto picked = proposalsForSubset("by hand", "", {"CQR"});
    EXPECT_TRUE(ways(picked).empty());
    EXPECT_EQ(picked.unfit.size(), 1U);
    EXPECT_EQ(ways(proposalsForSample("deep.h5", {"CQR"})), Ways{"shift:deep.h5"});
    const auto whole = ways(proposalsForMethods({"CQR", "MADSplit"}));
    EXPECT_NE(std::find(whole.begin(), whole.end(), "ratio"), whole.end());
}
