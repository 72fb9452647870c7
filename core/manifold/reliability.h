#pragma once

#include "core/manifold/umap.h"

#include <vector>

namespace penumbra::manifold {

/// How far each row would jump on the map if its features were a little different, in units of what is usual
/// there: 1 is the median row; large numbers stand where the map tears, and neighbours on it were settled by
/// chance. A row and its images, moved along the first three principal components by the distance to its
/// middle neighbour, are placed among the other rows, which stay, all by the same draws (after Liu, Ma &
/// Zhong 2025, whose leave-one-out map this follows).
/// @param rows those that the map was made of @returns [N]
std::vector<double> mapJumps(const UmapMap& map, const MatrixF& rows, const RunContext& context = {});

} // namespace penumbra::manifold
