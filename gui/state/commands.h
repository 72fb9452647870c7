#pragma once

#include "gui/state/app_state.h"
#include "gui/state/host.h"

#include <span>
#include <string>

namespace penumbra::gui {

/// What must have come to rest around a command in a script.
enum class Rest {
    Nothing,
    Screen,  ///< before it: what is shown is worked out, at the alpha asked for
    File,    ///< after it: what it opens or writes is there
    Written, ///< before it: what is shown is worked out; after it: what it writes is there
    All,     ///< after it: nothing runs
};

/// One line in the table of commands.
struct CommandKind {
    const char* verb;
    const char* usage; ///< what may follow the verb
    const char* help;
    Rest rest;
    void (*run)(AppState& state, Host* host, const Command& command);
};
std::span<const CommandKind> allCommandKinds();
const CommandKind& findCommandKind(const std::string& verb); ///< @throws UsageError naming near ones
/// @throws UsageError, Error
void runCommand(AppState& state, Host* host, const Command& command);

// What widgets say.
Command methodsCommand(const std::vector<std::string>& ticked);
/// `current`: the row looked at, one of them; -1: none.
Command selectRows(const ViewState& now, const RowMask& rows, Combine how, std::int64_t current = -1);
/// The galaxies of a formula, as a click on a bin or a number means them.
Command selectWhere(const std::string& formula, Combine how);

} // namespace penumbra::gui
