// Intervals as text for the screen and as a table file.

#include "core/base/text.h"
#include "core/workflow/intervals.h"

#include <algorithm>
#include <limits>

namespace penumbra::workflow {

namespace {

constexpr std::size_t rowsPerBlock = 8192;

void append(io::Column& column, const IntervalCell& cell) {
    const bool missing = std::holds_alternative<std::monostate>(cell);
    std::visit(
        [&](auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_same_v<Value, double>)
                values.push_back(missing ? std::numeric_limits<double>::quiet_NaN() : std::get<double>(cell));
            else if constexpr (std::is_same_v<Value, std::string> || std::is_same_v<Value, std::int64_t> ||
                               std::is_same_v<Value, std::uint64_t>)
                values.push_back(missing ? Value() : std::get<Value>(cell));
        },
        column.values);
    if (!std::holds_alternative<std::vector<double>>(column.values))
        column.missing.push_back(missing ? 1 : 0);
}

void clear(io::Table& block) {
    for (io::Column& column : block.columns) {
        std::visit([](auto& values) { values.clear(); }, column.values);
        column.missing.clear();
    }
}

bool anyUnscored(const Study& study) {
    for (const TargetStudy& target : study.targets) {
        const auto truth = target.testTruth();
        for (const Prediction& prediction : target.predictions)
            for (std::size_t i = 0; i < truth.size(); ++i)
                if (!isCovered(prediction, truth[i], i))
                    return true;
        for (const std::string& method : study.methods)
            if (!target.prediction(method))
                return true;
    }
    return false;
}

bool anyRowBeyond(const Study& study, std::size_t rows) {
    return std::any_of(study.targets.begin(), study.targets.end(), [&](const TargetStudy& target) {
        const auto own = target.testRows();
        return std::any_of(own.begin(), own.end(), [&](std::int64_t row) {
            return row < 0 || static_cast<std::size_t>(row) >= rows;
        });
    });
}

std::size_t longest(const std::vector<std::string>& texts) {
    std::size_t bytes = 0;
    for (const std::string& text : texts)
        bytes = std::max(bytes, text.size());
    return bytes;
}

/// What the header must know before the rows come.
io::TableLayout layoutFor(const Study& study, const IntervalListing& listing, const io::Column* ids,
                          const io::Table& empty) {
    io::TableLayout layout = io::layoutOf(empty);
    layout.rows = countIntervalLines(study, listing);
    std::vector<std::string> targets;
    for (const TargetStudy& target : study.targets)
        targets.push_back(target.name);
    const bool unscored = anyUnscored(study);
    for (io::ColumnLayout& column : layout.columns) {
        if (column.name == "target")
            column.textBytes = longest(targets);
        else if (column.name == "method")
            column.textBytes = longest(study.methods);
        else if (column.name.ends_with("covered"))
            column.mayMiss = unscored;
    }
    io::ColumnLayout& identity = layout.columns.front();
    if (!ids) {
        identity.mayMiss = true;
        return layout;
    }
    const io::ColumnLayout whole = io::layoutOf(io::Table{"", {*ids}, {}}).columns.front();
    identity.textBytes = whole.textBytes;
    identity.ascii = whole.ascii;
    identity.endsInBlanks = whole.endsInBlanks;
    identity.mayMiss = whole.mayMiss || anyRowBeyond(study, ids->rows());
    identity.spare = whole.spare;
    return layout;
}

} // namespace

std::string textOf(const IntervalCell& cell, int digits) {
    if (const auto* text = std::get_if<std::string>(&cell))
        return *text;
    if (const auto* integer = std::get_if<std::int64_t>(&cell))
        return std::to_string(*integer);
    if (const auto* natural = std::get_if<std::uint64_t>(&cell))
        return std::to_string(*natural);
    if (const auto* number = std::get_if<double>(&cell))
        return digits > 0 ? formatReal(*number, digits) : shortestReal(*number);
    return {};
}

void writeIntervals(const Study& study, const IntervalListing& listing, const io::Column* ids,
                    const io::TableWriter& writer, const std::filesystem::path& out,
                    const io::TableMeta& meta, const RunContext& context) {
    io::Table block{"intervals", intervalColumns(study, listing, ids), {}};
    const auto sink = writer.open(out, layoutFor(study, listing, ids, block), meta, context);
    eachIntervalLine(
        study, listing, ids,
        [&](const std::vector<IntervalCell>& cells) {
            for (std::size_t i = 0; i < cells.size(); ++i)
                append(block.columns[i], cells[i]);
            if (block.rows() == rowsPerBlock) {
                sink->append(block);
                clear(block);
            }
            return true;
        },
        context);
    sink->append(block);
    context.checkStop();
    sink->finish(context.stop);
}

} // namespace penumbra::workflow
