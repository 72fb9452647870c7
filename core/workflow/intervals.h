#pragma once

#include "core/io/table.h"
#include "core/io/table_writer.h"
#include "core/workflow/command.h"

#include <functional>
#include <optional>
#include <variant>

namespace penumbra::workflow {

/// Which intervals are listed, and how.
struct IntervalListing {
    enum class Only { All, Missed, Infinite };
    Only only = Only::All;
    bool wide = false; ///< one line a galaxy and target, methods across; else one line a method as well
};

/// A cell of the listing: nothing, a text, or a number of its column's type.
using IntervalCell = std::variant<std::monostate, std::string, std::int64_t, std::uint64_t, double>;

/// Whether the interval of test row i holds the truth, by its own rule of ends; none without a label or an
/// interval.
std::optional<bool> isCovered(const Prediction& prediction, double truth, std::size_t i);
bool isInfinite(const Prediction& prediction, std::size_t i); ///< an end or both
bool isListed(const Prediction& prediction, double truth, std::size_t i, const IntervalListing& listing);
/// Columns without rows, as they stand in files: names, types, units, descriptions.
/// @param ids the catalogue's object ids; null leaves their cells empty
std::vector<io::Column> intervalColumns(const Study& study, const IntervalListing& listing,
                                        const io::Column* ids);
std::size_t countIntervalLines(const Study& study, const IntervalListing& listing);
/// Hands on line by line, in the order target, galaxy, method, until `take` says false.
void eachIntervalLine(const Study& study, const IntervalListing& listing, const io::Column* ids,
                      const std::function<bool(const std::vector<IntervalCell>& cells)>& take,
                      const RunContext& context);
/// Numbers with so many significant digits, or (0) with as many as read back as the same number; "" for
/// nothing.
std::string textOf(const IntervalCell& cell, int digits);
/// All lines into a file, in blocks of rows. @throws Error; Cancelled
void writeIntervals(const Study& study, const IntervalListing& listing, const io::Column* ids,
                    const io::TableWriter& writer, const std::filesystem::path& out,
                    const io::TableMeta& meta, const RunContext& context);

/// The intervals of every test galaxy as a table.
Command intervalsCommand();

} // namespace penumbra::workflow
