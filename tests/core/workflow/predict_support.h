#pragma once

#include "core/workflow/predict.h"
#include "core/workflow/run_command.h"
#include "tests/core/workflow/study_support.h"

#include <map>

namespace penumbra::workflow {

inline CommandResult runVerb(const Command& command, const std::map<std::string, std::string>& values,
                             RunContext context = {}) {
    OptionSet options;
    command.options(options);
    for (const auto& [name, value] : values)
        options.setFromText(name, value);
    return runCommand(command, options, {}, context);
}

inline CommandResult predictWith(std::map<std::string, std::string> values, const RunContext& context = {}) {
    values.emplace("threads", "1");
    return runVerb(predictCommand(), values, context);
}

} // namespace penumbra::workflow
