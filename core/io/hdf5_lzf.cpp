// The LZF filter that h5py uses (registered as 32000). Written from the format's description: chunks are
// plain LZF blocks; client data = {filter revision, LZF version, chunk bytes}.

#include "core/io/hdf5_internal.h"

#include <algorithm>
#include <cstdlib>
#include <liblzf/lzf.h>
#include <limits>

namespace penumbra::io::hdf5 {

namespace {

/// A block cannot grow more than this (264 bytes from 3), so a larger claim is not worth the memory.
constexpr std::size_t bestRatio = 300;

std::size_t replaceBuffer(void** buffer, std::size_t* bufferBytes, void* fresh, std::size_t freshBytes,
                          std::size_t used) {
    H5free_memory(*buffer);
    *buffer = fresh;
    *bufferBytes = freshBytes;
    return used;
}

std::size_t decode(std::size_t wanted, std::size_t bytes, std::size_t* bufferBytes, void** buffer) {
    constexpr std::size_t largest = std::numeric_limits<unsigned>::max();
    if (wanted == 0 || wanted > largest || bytes > largest || wanted > bytes * bestRatio) {
        return 0;
    }
    void* fresh = H5allocate_memory(wanted, false);
    if (fresh == nullptr) {
        return 0;
    }
    const unsigned got =
        lzf_decompress(*buffer, static_cast<unsigned>(bytes), fresh, static_cast<unsigned>(wanted));
    // The library copies a whole chunk out of the buffer whatever we return, so a short one must fail here.
    if (got != wanted) {
        H5free_memory(fresh);
        return 0;
    }
    return replaceBuffer(buffer, bufferBytes, fresh, wanted, got);
}

std::size_t encode(std::size_t bytes, std::size_t* bufferBytes, void** buffer) {
    if (bytes < 2 || bytes > std::numeric_limits<unsigned>::max()) {
        return 0; // the filter is optional: the chunk is then stored as it is
    }
    void* fresh = H5allocate_memory(bytes, false);
    if (fresh == nullptr) {
        return 0;
    }
    const unsigned got =
        lzf_compress(*buffer, static_cast<unsigned>(bytes), fresh, static_cast<unsigned>(bytes - 1));
    if (got == 0) {
        H5free_memory(fresh);
        return 0;
    }
    return replaceBuffer(buffer, bufferBytes, fresh, bytes, got);
}

std::size_t filter(unsigned flags, std::size_t parameterCount, const unsigned parameters[], std::size_t bytes,
                   std::size_t* bufferBytes, void** buffer) {
    if ((flags & H5Z_FLAG_REVERSE) == 0) {
        return encode(bytes, bufferBytes, buffer);
    }
    return decode(parameterCount >= 3 ? parameters[2] : 0, bytes, bufferBytes, buffer);
}

} // namespace

void registerLzfFilter() {
    const H5Z_class2_t lzf = {H5Z_CLASS_T_VERS, lzfFilterId, 1, 1, "lzf", nullptr, nullptr, filter};
    H5Zregister(&lzf);
}

} // namespace penumbra::io::hdf5
