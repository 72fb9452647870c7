#pragma once

#include "core/catalogue/doctor.h"
#include "core/workflow/command.h"

namespace penumbra::workflow {

/// penumbra-cli doctor: what is wrong with a table or a catalogue, and what to do about it.
Command doctorCommand();

void describeDoctorOptions(OptionSet& options);
CommandResult runDoctor(const OptionSet& options, const Services& services, RunContext& context);

/// {severity, kind, where, column, count, rows, what, advice}
nlohmann::json toJson(const doctor::Finding& finding);
/// The serious findings, one line each: for commands that go on all the same.
std::vector<std::string> seriousLines(const doctor::Report& report);

} // namespace penumbra::workflow
