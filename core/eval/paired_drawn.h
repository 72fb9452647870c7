#pragma once

#include "core/eval/paired.h"

#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// Whether p and interval of this test come from worlds in which calibration rows are drawn, too.
bool isDrawn(const TargetStudy& target, const PairedTest& test, const PairedOptions& options);

/// Sets PairedTest::calibration of all tests, and test, p and interval of those that are drawn; values and
/// differences stay. @param methods those compared, in the order of the pairs
void drawCalibration(const TargetStudy& target, std::span<const std::string> methods,
                     const PairedOptions& options, std::vector<PairedTest>& tests, const RunContext& context);

} // namespace penumbra
