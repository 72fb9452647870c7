// The search for regions and its confirmation against the reference's.

#include "core/eval/miss_tails.h"
#include "core/eval/paired.h"
#include "core/eval/region_search.h"
#include "tests/golden/diagnostics_support.h"

#include <algorithm>

namespace penumbra {
namespace {

using namespace penumbra::golden;

struct Case {
    std::vector<RegionColumn> columns;
    std::vector<std::uint8_t> missed, searched, heldBack;
    RegionSearchOptions options;
};

Case readCase(const io::Hdf5File& file, const std::string& group) {
    Case read;
    read.missed = file.readBytes(group + "/miss");
    read.searched = file.readBytes(group + "/discovery");
    for (const std::uint8_t own : read.searched)
        read.heldBack.push_back(own ? 0 : 1);
    const auto values = file.readReals(group + "/x");
    const std::size_t width = file.describe(group + "/x").rowWidth();
    for (std::size_t c = 0; c < width; ++c) {
        RegionColumn column{std::to_string(c), "", {}, {}};
        for (std::size_t row = 0; row < read.missed.size(); ++row)
            column.values.push_back(values[row * width + c]);
        read.columns.push_back(std::move(column));
    }
    const auto whole = [&](const char* name) {
        return static_cast<std::size_t>(file.integerAttribute(group, name).value());
    };
    read.options.alpha = file.realAttribute(group, "alpha").value();
    read.options.beam = whole("beam");
    read.options.depth = whole("depth");
    read.options.cuts = static_cast<int>(whole("cuts"));
    read.options.keep = whole("keep");
    read.options.fewestRows = whole("min_rows");
    read.options.mostJaccard = file.realAttribute(group, "max_jaccard").value();
    return read;
}

/// Rows of the region, and misses among them, of those marked.
std::pair<std::size_t, std::size_t> countIn(const Case& data, const RegionCandidate& region,
                                            const std::vector<std::uint8_t>& marked) {
    const auto inside = rowsInRegion(data.columns, region.conditions);
    std::size_t rows = 0, misses = 0;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        rows += inside[i] && marked[i] ? 1 : 0;
        misses += inside[i] && marked[i] && data.missed[i] ? 1 : 0;
    }
    return {rows, misses};
}

void checkCase(const io::Hdf5File& file, const std::string& group) {
    const Case data = readCase(file, group);
    const auto found = searchRegions(data.columns, data.missed, data.searched, data.options, {});
    ASSERT_EQ(found.size(), static_cast<std::size_t>(file.integerAttribute(group, "n_regions").value()));
    std::vector<double> p, adjusted;
    for (std::size_t r = 0; r < found.size(); ++r) {
        const std::string region = group + "/region_" + std::to_string(r);
        const auto conditions = file.readReals(region + "/conditions");
        std::vector<double> own;
        for (const RegionCondition& condition : found[r].conditions) {
            own.push_back(static_cast<double>(condition.column));
            own.push_back(condition.op == RegionCondition::Op::Above ? 1.0 : -1.0);
            own.push_back(condition.value);
        }
        expectClose(own, conditions, closedForm, region + "/conditions");
        const auto discovery = file.readReals(region + "/discovery");
        expectClose({static_cast<double>(found[r].rows), static_cast<double>(found[r].misses)},
                    {discovery[1], discovery[2]}, 0.0, region + "/discovery");
        // The reference works its scores out in single precision: a few units of its last place.
        expectClose(found[r].score, discovery[0], 3e-7, region + " score");
        const auto confirmation = file.readReals(region + "/confirmation");
        const auto [rows, misses] = countIn(data, found[r], data.heldBack);
        EXPECT_EQ(static_cast<double>(rows), confirmation[0]) << region;
        EXPECT_EQ(static_cast<double>(misses), confirmation[1]) << region;
        p.push_back(missTail(misses, rows, data.options.alpha, 0));
        expectClose(p.back(), confirmation[2], ofProbabilities, region + " p");
        adjusted.push_back(confirmation[3]);
    }
    expectClose(holmAdjusted(p), adjusted, ofProbabilities, group + " Holm");
}

TEST(DiagnosticsRegion, SearchAndConfirmationAgree) {
    forDiagnosticsFiles("region", [](const io::Hdf5File& file) {
        const auto groups = groupsIn(file, "/");
        ASSERT_FALSE(groups.empty());
        for (const std::string& name : groups) {
            SCOPED_TRACE(name);
            checkCase(file, "/" + name);
        }
    });
}

} // namespace
} // namespace penumbra
