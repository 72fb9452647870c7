#pragma once

#include "core/base/option_set.h"
#include "core/base/registry.h"
#include "core/base/run_context.h"
#include "core/eval/study.h"
#include "core/report/figure_spec.h"

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// What the application lends to commands: core has no Qt, so drawing comes from outside (null without the
/// GUI).
struct Services {
    /// Draws a figure to path in a format ("pdf", "svg", "png"). @throws Error
    std::function<void(const report::FigureSpec&, const std::string& path, const std::string& format)> render;
};

/// What a command leaves behind. Immutable once returned.
struct CommandResult {
    std::string text;                   ///< for people, on stdout
    nlohmann::json json;                ///< for --json, one object
    std::vector<std::string> written;   ///< files
    std::shared_ptr<const Study> study; ///< study, evaluate
    std::shared_ptr<const report::FigureSpec> figure;
};

/// A user's verb: one file in workflow/, one line in the table. The command line's subcommands
/// come from here; the window calls the same functions by actions of its own.
struct Command {
    std::string id;      ///< "study"
    std::string title;   ///< one line for --help
    std::string details; ///< paragraphs and examples for --help; teaches
    bool offersJson = false;
    void (*options)(OptionSet& options);
    CommandResult (*run)(const OptionSet& options, const Services& services, RunContext& context);
};
std::span<const Command> allCommands();
/// Adds a verb for this process, behind the table's own (base/registry.h).
[[nodiscard]] Added addCommand(Command command);
const Command& findCommand(const std::string& id); ///< @throws UsageError

} // namespace penumbra::workflow
