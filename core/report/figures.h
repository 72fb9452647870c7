#pragma once

#include "core/base/option_set.h"
#include "core/base/registry.h"
#include "core/eval/stability.h"
#include "core/eval/study.h"
#include "core/io/table.h"
#include "core/report/figure_spec.h"

#include <span>

namespace penumbra::report {

/// What a figure may look at. `columns` (catalogue columns on catalogue rows) may be null: the study is then
/// alone.
struct FigureInput {
    const Study& study;
    const io::Table* columns = nullptr;
    const Stability* stability = nullptr;      ///< repeated splits of this study; null: not known
    std::span<const double> ra = {}, dec = {}; ///< degrees, of catalogue rows; empty: not known
};

/// One line in the table of figures; a new figure is one file in figures/ and one line in all_figures.cpp.
struct FigureKind {
    std::string id; ///< "coverage-by-bin"
    std::string title;
    std::string help;
    void (*options)(OptionSet& options);
    FigureSpec (*make)(const FigureInput& input,
                       const OptionSet& options); ///< empty input gives an emptyMessage, never a throw
};
std::span<const FigureKind> allFigures();
/// Adds a kind for this process, behind the table's own (base/registry.h).
[[nodiscard]] Added addFigure(FigureKind kind);
const FigureKind& findFigure(const std::string& id); ///< @throws UsageError listing the kinds

} // namespace penumbra::report
