#pragma once

#include "core/uq/uq_method.h"

#include <optional>
#include <string>

namespace penumbra::uq {

// A study may train networks and judge the predictions of another code beside them (study --train-too). What
// came from columns is then in signals of its own, and a method on it is another method: "MADSplit@photoz".

/// The other code's point prediction, where the signal "mean" is that of networks trained here.
inline constexpr const char* deliveredMeanSignal = "delivered_mean";
/// HeldOut::residualFloor of the other code's errors: a column, the same in every row.
inline constexpr const char* deliveredFloorSignal = "delivered_floor";

/// The id of a method on another code's predictions, taken apart.
struct ElsewhereId {
    std::string base; ///< "MADSplit"
    std::string name; ///< of the predictions: their column, or the columns of several targets joined by '&'
    std::string text() const { return base + "@" + name; }
};
/// Nothing for an id that is none of such a method's.
std::optional<ElsewhereId> parseElsewhereId(const std::string& id);
/// The id without what stands behind '@'; what speaks of a method in general speaks of this one.
std::string methodKind(const std::string& id);

/// The signal of columns that stands in for one of networks; nothing where no column can.
std::optional<Signal> deliveredFor(const Signal& signal);
/// The method of this id; kept for the life of the program. @throws UsageError for a base that is not there
/// or needs what no column holds
const UqMethod& elsewhereMethod(const ElsewhereId& id);
/// Whether columns can hold all that a method needs, and it does not show delivered error bars anyway.
bool worksOnColumns(const UqMethod& base, const OptionSet& options, double alpha);

} // namespace penumbra::uq
