#pragma once

#include "core/session/study_file.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::workflow {

/// The galaxies that a study has learned from, to know them again among those that it is asked to predict: no
/// guarantee holds for them. A study file keeps a hash of each, of its id and what was predicted from, so
/// that other galaxies that merely bear the same id (numbered from 0, say) are not taken for them.
struct OwnGalaxies {
    std::vector<std::uint64_t> training, calibration; ///< keys, ascending

    void sort();
    bool isKnown() const { return !training.empty() || !calibration.empty(); } ///< older files do not tell
    bool trainedOn(std::uint64_t key) const;
    bool calibratedOn(std::uint64_t key) const;
};

/// Of a galaxy whose inputs networks take. @param id as text, so that the type of the column does not matter
std::uint64_t ownKey(std::string_view id, std::span<const float> features);
/// Of one whose target is predicted elsewhere.
std::uint64_t ownKey(std::string_view id, const std::string& target, double prediction);

/// For a study file: float32 [n, 4] a part, 16 bits of the key in each number. Empty parts are left out.
std::vector<session::StoredArray> toArrays(const OwnGalaxies& own);
OwnGalaxies ownGalaxiesFrom(std::span<const session::StoredArray> arrays);

} // namespace penumbra::workflow
