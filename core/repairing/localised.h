#pragma once

#include "core/repairing/groups.h"

namespace penumbra::workflow {

/// Of rlcp: the draw that belongs to each held-out galaxy, by its object id, and the width of the kernel,
/// chosen by the coordinates of all held-out galaxies. New galaxies get theirs by the same ids and the same
/// width.
/// @throws Error for a study without the learned metric that the repair goes by
RepairSignal localisedSignal(const RepairRequest& request, const Study& study, const TargetStudy& target,
                             const Catalogue& catalogue);

} // namespace penumbra::workflow
