#pragma once

#include "core/base/run_context.h"
#include "core/eval/paired.h"
#include "core/eval/stability.h"
#include "core/eval/study.h"

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace penumbra::report {

/// A table as data. Numbers keep full precision; writers round to what the interval allows.
struct Cell {
    enum class Kind { Text, Number, Missing };
    Kind kind = Kind::Missing;
    std::string text;
    double value = 0.0, low = 0.0, high = 0.0; ///< low/high NaN: no interval
    bool percent = false;                      ///< a fraction to be shown in per cent
    bool count = false;                        ///< a whole number
    bool range = false;                        ///< Text that says low to high: exports keep both
    bool bold = false;
    std::string note;          ///< tooltip: "n = 3000, Wilson 95 %"
    std::string galaxies = {}; ///< those the number is of, as a formula: a click selects them; "": not said
    std::string target = {};   ///< of which target that formula speaks
};
struct TableSpec {
    std::string title;
    std::vector<std::string> columns;
    std::vector<std::string> columnMethods; ///< method id of a column or ""
    std::vector<std::string> columnNotes;   ///< tooltips of the headings; may be empty
    std::vector<std::string> rowMethods;    ///< method id of a row or ""; empty: rows are no methods
    std::vector<std::vector<Cell>> rows;
    std::vector<std::string> footnotes;
};

/// A part of a study's test galaxies under a name, scored for itself: rows of their own in the table.
struct SubsetStudy {
    std::string name;
    std::string galaxies;               ///< which, as a formula
    std::shared_ptr<const Study> study; ///< the same targets and methods; bands NaN where the truth chose
};

struct TableOptions {
    enum class Layout {
        MethodsDown,   ///< one line a method, one column a metric, targets as groups
        MethodsAcross, ///< one column a method, one line a target and metric (the layout of papers)
    };
    std::vector<std::string> metrics = {}; ///< empty: coverage, tail, worst bin, mean width
    std::string convention = "all"; ///< "all" | "finite" | "both" (metrics that differ are shown twice)
    Layout layout = Layout::MethodsDown;
    std::vector<std::string> methods = {}; ///< empty: all
    /// Coverages and widths show the 95 % range over repeated splits instead of their own interval; null:
    /// not.
    const Stability* stability = nullptr;
    bool givenCalibration = false; ///< bold holds for this calibration set, as the scores' brackets do
    bool markBest = true;          ///< bold by the rule in the footnote; costs a paired bootstrap
    std::vector<SubsetStudy> subsets = {}; ///< never bold; their strata are not those of all galaxies
    std::optional<BinomialInterval> proportions = {}; ///< which the scores have; none: by the study's options
    std::span<const Metric> known = allMetrics();
};

/// The methods of a study compared. Infinite intervals are counted in a column of their own where there are
/// any. Bold means, by the footnote: a coverage that a perfect method could have; a width or interval score
/// that no method which also covers undercuts in the paired test; nothing else is bold.
TableSpec comparisonTable(const Study& study, const TableOptions& options = {},
                          const RunContext& context = {});

/// Medians and ranges over repeated splits, methods down.
TableSpec stabilityTable(const Study& study, const Stability& stability);

/// All pairs of methods on the same galaxies: difference with its interval, p-values, and what follows.
TableSpec pairedTable(const Study& study, std::span<const PairedTest> tests, const PairedOptions& options);

/// "0.899 [0.888, 0.910]"-style text of a cell, digits as the interval allows.
std::string cellText(const Cell& cell);
std::string toLatex(const TableSpec& table); ///< booktabs
std::string toMarkdown(const TableSpec& table);
std::string toCsv(const TableSpec& table);       ///< value, low, high in separate columns
std::string toPlainText(const TableSpec& table); ///< aligned, for terminals
nlohmann::json toJson(const TableSpec& table);

} // namespace penumbra::report
