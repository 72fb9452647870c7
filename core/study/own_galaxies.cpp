#include "core/study/own_galaxies.h"

#include "core/base/fingerprint.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

constexpr const char* trainingArray = "own/training";
constexpr const char* calibrationArray = "own/calibration";
constexpr unsigned pieces = 4, pieceBits = 16; // a float holds whole numbers to 24 bits

session::StoredArray arrayOf(const char* name, const std::vector<std::uint64_t>& keys) {
    session::StoredArray array;
    array.name = name;
    array.shape = {static_cast<std::int64_t>(keys.size()), pieces};
    for (const std::uint64_t key : keys)
        for (unsigned piece = 0; piece < pieces; ++piece)
            array.values.push_back(static_cast<float>((key >> (pieceBits * piece)) & 0xffffU));
    return array;
}

std::vector<std::uint64_t> keysIn(const session::StoredArray& array) {
    std::vector<std::uint64_t> keys(array.values.size() / pieces, 0);
    for (std::size_t i = 0; i < keys.size() * pieces; ++i)
        keys[i / pieces] |= static_cast<std::uint64_t>(array.values[i]) << (pieceBits * (i % pieces));
    return keys;
}

} // namespace

void OwnGalaxies::sort() {
    for (auto* keys : {&training, &calibration}) {
        std::sort(keys->begin(), keys->end());
        keys->erase(std::unique(keys->begin(), keys->end()), keys->end());
    }
}

bool OwnGalaxies::trainedOn(std::uint64_t key) const {
    return std::binary_search(training.begin(), training.end(), key);
}

bool OwnGalaxies::calibratedOn(std::uint64_t key) const {
    return std::binary_search(calibration.begin(), calibration.end(), key);
}

std::uint64_t ownKey(std::string_view id, std::span<const float> features) {
    Fingerprint print;
    print.add(id);
    for (const float feature : features) {
        const float value = feature + 0.0F; // -0 is 0
        print.add(&value, sizeof value);
    }
    return print.value();
}

std::uint64_t ownKey(std::string_view id, const std::string& target, double prediction) {
    Fingerprint print;
    print.add(id);
    print.add(target);
    const double value = prediction + 0.0;
    print.add(&value, sizeof value);
    return print.value();
}

std::vector<session::StoredArray> toArrays(const OwnGalaxies& own) {
    std::vector<session::StoredArray> arrays;
    if (!own.training.empty())
        arrays.push_back(arrayOf(trainingArray, own.training));
    if (!own.calibration.empty())
        arrays.push_back(arrayOf(calibrationArray, own.calibration));
    return arrays;
}

OwnGalaxies ownGalaxiesFrom(std::span<const session::StoredArray> arrays) {
    OwnGalaxies own;
    for (const session::StoredArray& array : arrays) {
        if (array.name == trainingArray)
            own.training = keysIn(array);
        else if (array.name == calibrationArray)
            own.calibration = keysIn(array);
    }
    own.sort();
    return own;
}

} // namespace penumbra::workflow
