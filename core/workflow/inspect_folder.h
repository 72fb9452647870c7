#pragma once

#include "core/workflow/command.h"

#include <filesystem>

namespace penumbra::workflow {

/// What a folder is and what `import` or `encode` would see in it: a HATS catalogue or collection, surveys of
/// the Multimodal Universe, or a model's weights. Opens no tile of the first, and the first file alone of
/// each survey. @throws Error for a folder that is none of them, with what lies in it.
CommandResult inspectFolder(const std::filesystem::path& folder, const RunContext& context);

} // namespace penumbra::workflow
