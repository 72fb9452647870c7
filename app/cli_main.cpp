#include "app/command_line.h"
#include "app/console.h"
#include "app/stop_signals.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/workflow/run_command.h"

#include <cstdio>
#include <exception>
#include <iostream>

#ifdef PENUMBRA_WITH_RENDERER
#include "app/figure_renderer.h"
#endif

namespace {

using namespace penumbra;

enum ExitCode { Fine = 0, Failed = 1, WrongUsage = 2, Interrupted = 130 };

int fail(ExitCode code, const std::string& message) {
    std::cerr << "penumbra-cli: " << message << std::endl;
    return code;
}

workflow::Services services() {
    workflow::Services lent;
#ifdef PENUMBRA_WITH_RENDERER
    lent.render = app::renderFigure;
#endif
    return lent;
}

void printResult(const app::Invocation& invocation, const workflow::CommandResult& result,
                 app::Console& console) {
    if (invocation.json) {
        std::cout << jsonText(result.json, 2) << "\n";
    } else if (!result.text.empty()) {
        std::cout << result.text;
        if (result.text.back() != '\n')
            std::cout << "\n";
    }
    std::cout.flush();
    if (!std::cout)
        throw Error("Standard output could not be written (is the disk full, or the reader gone?).");
    for (const std::string& path : result.written)
        console.say("written: " + path);
}

/// While a command runs, the first Ctrl-C is answered at once, even if the command takes a moment to stop.
class StopNotice {
public:
    StopNotice(app::StopSignals& signals, app::Console& console) : signals_(signals) {
        signals_.setListener([&console] { console.say("stopping (again to stop at once)"); });
    }
    ~StopNotice() { signals_.setListener({}); }
    StopNotice(const StopNotice&) = delete;
    StopNotice& operator=(const StopNotice&) = delete;

private:
    app::StopSignals& signals_;
};

int run(const app::Invocation& invocation, app::StopSignals& signals) {
    if (!invocation.command) {
        std::cout << invocation.output;
        return Fine;
    }
    Progress progress;
    app::Console console(progress, invocation.quiet);
    const StopNotice notice(signals, console);
    RunContext context;
    context.stop = signals.token();
    context.progress = &progress;
    context.say = [&console](const std::string& line) { console.say(line); };
    std::vector<workflow::FileUse> alsoRead;
    if (!invocation.config.empty())
        alsoRead.push_back({invocation.config, "the file of --config"});
    const auto result =
        workflow::runCommand(*invocation.command, invocation.options, services(), context, alsoRead);
    console.finish();
    printResult(invocation, result, console);
    return Fine;
}

} // namespace

/// Exit codes: 0 fine; 1 the data or the run failed; 2 wrong usage; 130 stopped by Ctrl-C.
int main(int argc, char** argv) {
    app::StopSignals signals;
    try {
        return run(app::parseCommandLine(argc, argv), signals);
    } catch (const Cancelled&) {
        return fail(Interrupted, "stopped; nothing was written");
    } catch (const UsageError& error) {
        return fail(WrongUsage, error.what());
    } catch (const Error& error) {
        return fail(Failed, error.what());
    } catch (const std::exception& failure) {
        return fail(Failed, failureText(failure));
    }
}
