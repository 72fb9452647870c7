#pragma once

#include "core/io/table.h"
#include "core/workflow/command.h"

#include <functional>
#include <optional>

namespace penumbra::workflow {

/// Which intervals are listed, and how.
struct IntervalListing {
    enum class Only { All, Missed, Infinite };
    Only only = Only::All;
    bool wide = false; ///< one line a galaxy and target, methods across; else one line a method as well
    int digits = 0;    ///< significant digits; 0: as many as it takes to read the same number back
};

/// Whether the interval of test row i holds the truth, ends excluded; none without a label or an interval.
std::optional<bool> isCovered(const Prediction& prediction, double truth, std::size_t i);
bool isInfinite(const Prediction& prediction, std::size_t i); ///< an end or both
bool isListed(const Prediction& prediction, double truth, std::size_t i, const IntervalListing& listing);
std::vector<std::string> intervalColumns(const Study& study, const IntervalListing& listing);
std::size_t countIntervalLines(const Study& study, const IntervalListing& listing);
/// Hands on line by line, in the order target, galaxy, method, until `take` says false.
/// @param ids the catalogue's object ids; null leaves their cells empty
void eachIntervalLine(const Study& study, const IntervalListing& listing, const io::Column* ids,
                      const std::function<bool(const std::vector<std::string>& cells)>& take,
                      const RunContext& context);

/// The intervals of every test galaxy as a table.
Command intervalsCommand();

} // namespace penumbra::workflow
