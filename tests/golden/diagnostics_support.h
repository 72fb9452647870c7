#pragma once

#include "tests/golden/golden_file.h"

#include <gtest/gtest.h>

namespace penumbra::golden {

/// Runs check(file) for every file of goldens/diagnostics whose name begins with `prefix`; without any the
/// test is skipped.
template <typename Check>
void forDiagnosticsFiles(const std::string& prefix, Check check) {
    const auto names = goldenFiles("diagnostics", prefix);
    if (names.empty())
        GTEST_SKIP() << "no diagnostics/" << prefix << "*.h5 among the golden files";
    for (const std::string& name : names) {
        SCOPED_TRACE(name);
        check(openGolden(name));
    }
}

/// The tolerance of closed forms, ranks, quantiles, thresholds and coverages, and of p-values.
inline constexpr double closedForm = 1e-12;
inline constexpr double ofProbabilities = 1e-9;

} // namespace penumbra::golden
