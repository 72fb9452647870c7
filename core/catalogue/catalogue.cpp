#include "core/catalogue/catalogue.h"

#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/catalogue/generated_features.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <unordered_map>

namespace penumbra {

namespace {

template <typename Named>
const Named& findNamed(const std::vector<Named>& all, std::string_view name, const std::string& what,
                       const std::filesystem::path& path) {
    std::vector<std::string> names;
    for (const auto& candidate : all) {
        if (candidate.name == name)
            return candidate;
        names.push_back(candidate.name);
    }
    throw Error(path.string() + ": no " + what + " named '" + std::string(name) + "'; there " +
                (names.empty() ? "are none" : "are: " + joinText(names, ", ")));
}

} // namespace

std::string Target::axisLabel() const {
    const std::string& text = label.empty() ? name : label;
    return unit.empty() ? text : text + ", " + unit;
}

const Target& Catalogue::target(std::string_view name) const {
    return findNamed(targets, name, "target", path);
}

const FeatureInfo& Catalogue::feature(std::string_view name) const {
    if (name.empty() && !features.empty()) {
        const auto learnable = std::find_if_not(features.begin(), features.end(), isGenerated);
        return learnable == features.end() ? features.front() : *learnable;
    }
    return findNamed(features, name, "features", path);
}

std::string Catalogue::idText(std::size_t row) const {
    return objectId.asText(row);
}

std::string fileHash(const std::filesystem::path& path, const RunContext& context) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        throw Error("cannot read " + path.string());
    Fingerprint hash;
    std::vector<char> buffer(1 << 20);
    while (file) {
        context.checkStop();
        file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
        hash.add(buffer.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (file.bad())
        throw Error("reading " + path.string() + " failed half-way");
    return hash.text();
}

std::size_t keepObjectsTogether(const io::Column& objectId, std::vector<std::uint8_t>& split) {
    std::size_t repeats = 0;
    const auto follow = [&](const auto& ids) {
        std::unordered_map<std::decay_t<decltype(ids.front())>, std::size_t> first;
        first.reserve(ids.size());
        for (std::size_t row = 0; row < std::min(ids.size(), split.size()); ++row) {
            const auto [known, isNew] = first.emplace(ids[row], row);
            if (isNew)
                continue;
            split[row] = split[known->second];
            ++repeats;
        }
    };
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&objectId.values))
        follow(*integers);
    else if (const auto* wide = std::get_if<std::vector<std::uint64_t>>(&objectId.values))
        follow(*wide);
    else if (const auto* texts = std::get_if<std::vector<std::string>>(&objectId.values))
        follow(*texts);
    return repeats;
}

std::vector<std::uint8_t> drawSplit(std::size_t rows, double trainFraction, double calibrationFraction,
                                    std::uint64_t seed) {
    const auto isFraction = [](double f) { return f >= 0.0 && f <= 1.0; };
    if (!isFraction(trainFraction) || !isFraction(calibrationFraction) ||
        trainFraction + calibrationFraction > 1.0 + 1e-9)
        throw UsageError("split fractions must lie in 0 to 1 and sum to at most 1, found train " +
                         shortestReal(trainFraction) + ", calibration " + shortestReal(calibrationFraction));
    const auto count = [rows](double fraction) {
        return static_cast<std::size_t>(std::llround(fraction * static_cast<double>(rows)));
    };
    const std::size_t train = count(trainFraction);
    const std::size_t calibrationEnd = std::min(rows, train + count(calibrationFraction));
    Rng rng(seed);
    const auto order = rng.permutation(rows);
    std::vector<std::uint8_t> split(rows, static_cast<std::uint8_t>(Split::Test));
    for (std::size_t i = 0; i < calibrationEnd; ++i)
        split[order[i]] = static_cast<std::uint8_t>(i < train ? Split::Train : Split::Calibration);
    return split;
}

std::vector<std::uint8_t> drawSplit(const io::Column& objectId, double trainFraction,
                                    double calibrationFraction, std::uint64_t seed,
                                    std::vector<std::string>& notes) {
    auto split = drawSplit(objectId.rows(), trainFraction, calibrationFraction, seed);
    if (const std::size_t repeats = keepObjectsTogether(objectId, split))
        notes.push_back(withThousands(static_cast<long long>(repeats)) +
                        (repeats == 1 ? " row repeats" : " rows repeat") +
                        " an object_id; the drawn split keeps all rows of one object together.");
    return split;
}

} // namespace penumbra
