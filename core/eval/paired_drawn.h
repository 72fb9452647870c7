#pragma once

#include "core/eval/paired.h"

#include <span>
#include <string>
#include <vector>

namespace penumbra {

/// What p and interval of a test of these methods and metric will hold for: PairedTest::calibration.
std::string calibrationOf(const TargetStudy& target, const PairedTest& test, const Metric& metric,
                          const PairedOptions& options);
/// Whether they come from worlds in which calibration rows are drawn, too.
bool isDrawn(const PairedTest& test);

/// Sets test, p and interval of the tests that are drawn; values and differences stay. @param methods those
/// compared, in the order of the pairs
void drawCalibration(const TargetStudy& target, std::span<const std::string> methods,
                     const PairedOptions& options, std::vector<PairedTest>& tests, const RunContext& context);

} // namespace penumbra
