#pragma once

#include "core/workflow/command.h"

#include <map>
#include <string>

namespace penumbra::manifold {
struct MapQuality;
}

namespace penumbra::workflow {

/// penumbra-cli map: a map of the galaxies of a catalogue, added to a copy of it.
Command mapCommand();
void describeMapOptions(OptionSet& options);
/// What a stored map says of its quality: attributes of /maps/NAME.
void addQuality(const manifold::MapQuality& quality, std::map<std::string, std::string>& attributes);
CommandResult runMap(const OptionSet& options, const Services& services, RunContext& context);

} // namespace penumbra::workflow
