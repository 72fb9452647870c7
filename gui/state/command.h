#pragma once

#include "core/catalogue/row_mask.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace penumbra::gui {

struct Likeness;

/// A change of the window's state, or something done with it, in words: `select where "z > 0.3" add`.
struct Command {
    std::string verb;
    std::vector<std::string> words;
    /// `select rows` out of a table or a plot: the rows themselves, which words name only when asked.
    std::optional<RowMask> rows = {};
    std::int64_t current = -1;                     ///< beside those rows, or of `current`: the one looked at
    bool byOutcome = false;                        ///< of those rows: picked in a plot that shows the truth
    bool drawn = false;                            ///< of those rows: a region of the map
    std::shared_ptr<const Likeness> likeness = {}; ///< `similar` that has found its rows
};

/// Words of a line; what stands in double quotes is one word (\" and \\ stand for " and \), and what follows
/// a # that begins a word is a comment. Nothing but a comment: no verb.
/// @throws UsageError for a quote without an end
Command parseCommand(const std::string& line);
/// The line that parseCommand reads as this command. `most` > 0: with a list of rows cut short after so many
/// characters.
std::string textOf(const Command& command, std::size_t most = 0);

/// "3,5,8-11": rows in ascending order, neighbours joined. `most` > 0: at least so many characters, then "…".
std::string rowsText(const RowMask& rows, std::size_t most = 0);
/// @throws UsageError for what is no such list; Error for a row that is not below `size`
RowMask rowsNamed(const std::string& text, std::size_t size);

} // namespace penumbra::gui
