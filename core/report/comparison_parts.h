#pragma once

#include "core/eval/evaluate.h"
#include "core/report/table_spec.h"

namespace penumbra::report {

// What the makers of the comparison table share: which numbers are shown, what is bold, what the footnotes
// say.

/// One line of the table before it is laid out: a metric in one convention.
struct Line {
    const Metric* metric = nullptr;
    std::string convention;
    std::string suffix; ///< " (finite)" where both conventions are shown
};

/// cells[line][method] of one target
using TargetCells = std::vector<std::vector<Cell>>;

template <typename Property>
bool anyLine(const std::vector<Line>& lines, const Property& property) {
    for (const Line& line : lines)
        if (property(*line.metric))
            return true;
    return false;
}
bool showsCoverage(const std::vector<Line>& lines);
bool contains(const std::vector<std::string>& list, const std::string& word);

/// Every pair of methods in what is shown and competes, on all targets: adjusted together.
std::vector<PairedTest> competition(const Study& study, const std::vector<std::string>& methods,
                                    const std::vector<Line>& lines, const TableOptions& wanted,
                                    const RunContext& context);
/// Makes cells of one target bold. @param tests of competition()
void markBest(const Study& study, const TargetStudy& target, const std::vector<std::string>& methods,
              const std::vector<Line>& lines, const std::vector<PairedTest>& tests, TargetCells& cells);
/// The rule of what is bold, in words; "" where nothing can be.
std::string boldNote(const std::vector<Line>& lines, std::size_t methods, bool givenCalibration);

/// Speaks of the methods and metrics that are shown, and of no others.
void addFootnotes(const Study& study, const std::vector<std::string>& methods, const std::vector<Line>& lines,
                  const TableOptions& options, TableSpec& table);

/// Simulated catalogues: the method that knows the true quantiles was scored too.
bool knowsTruth(const Study& study);
/// Whether a band of perfect methods is known for any number shown.
bool hasBand(const Study& study, const std::vector<Line>& lines);

} // namespace penumbra::report
