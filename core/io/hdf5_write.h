#pragma once

// Internal to the hdf5_*.cpp files that write datasets.

#include "core/io/hdf5_internal.h"

#include <cstdint>
#include <type_traits>

namespace penumbra::io::hdf5 {

/// The type of numbers in memory, and as we write them.
template <typename Value>
hid_t numberType() {
    if constexpr (std::is_same_v<Value, double>)
        return H5T_NATIVE_DOUBLE;
    else if constexpr (std::is_same_v<Value, float>)
        return H5T_NATIVE_FLOAT;
    else if constexpr (std::is_same_v<Value, std::int64_t>)
        return H5T_NATIVE_INT64;
    else {
        static_assert(std::is_same_v<Value, std::uint64_t>);
        return H5T_NATIVE_UINT64;
    }
}

/// Makes a dataset in place of what stands there, and fills it. An empty shape means {count}.
/// @throws Error
void writeWhole(const Place& place, hid_t type, const void* values, std::size_t count, const Shape& shape,
                const Hdf5WriteOptions& options);

} // namespace penumbra::io::hdf5
