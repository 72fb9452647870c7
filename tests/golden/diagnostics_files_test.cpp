// Every file of goldens/diagnostics has a suite that reads it.

#include "core/base/text.h"
#include "tests/golden/diagnostics_support.h"

#include <algorithm>
#include <filesystem>

namespace penumbra {
namespace {

/// "DiagnosticsNewRows" reads the files whose names begin with "new_rows".
std::string prefixOf(const std::string& suite) {
    std::string prefix;
    for (const char c : suite.substr(std::string("Diagnostics").size())) {
        if (c >= 'A' && c <= 'Z' && !prefix.empty())
            prefix += '_';
        prefix += lowered(std::string(1, c));
    }
    return prefix;
}

TEST(DiagnosticsFiles, EachHasASuite) {
    const auto names = golden::goldenFiles("diagnostics", "");
    ASSERT_FALSE(names.empty()) << "the folder of golden files holds no diagnostics/*.h5";
    std::vector<std::string> prefixes;
    const auto& all = *testing::UnitTest::GetInstance();
    for (int i = 0; i < all.total_test_suite_count(); ++i)
        if (const std::string suite = all.GetTestSuite(i)->name(); suite.starts_with("Diagnostics"))
            prefixes.push_back(prefixOf(suite));
    for (const std::string& name : names) {
        const std::string stem = std::filesystem::path(name).stem().string();
        EXPECT_TRUE(std::any_of(prefixes.begin(), prefixes.end(),
                                [&](const std::string& prefix) { return stem.starts_with(prefix); }))
            << name << " is read by no test";
    }
}

} // namespace
} // namespace penumbra
