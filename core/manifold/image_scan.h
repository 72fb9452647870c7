#pragma once

// Internal: neighbours by looking at every image of every row.
#include "core/manifold/search_heaps.h"

namespace penumbra::manifold {

/// Compares the images of all pairs and measures those pairs whose images may be nearer than what was found
/// so far. Images are short and stand in blocks, so that up to some ten thousand rows this is quicker
/// than walking from neighbour to neighbour, which waits for memory; and it misses fewer. The same for any
/// number of threads.
void scanImages(const Work& work, Heaps& heaps);

} // namespace penumbra::manifold
