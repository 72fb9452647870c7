#include "core/study/inputs.h"

#include "core/base/derived_seed.h"
#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

constexpr std::int64_t inputsVersion = 1;
constexpr std::size_t longestAttribute = 60000; // HDF5 keeps no attribute beyond 64 kB
constexpr const char* inputsArray = "inputs";
constexpr const char* referenceArray = "reference/calibration";
constexpr const char* trainingArray = "reference/training";
const std::string labelsFolder = "labels/";
const std::string ofFeatures = "features_"; // before the names of the features' own attributes

session::StoredArray arrayOf(const std::string& name, std::vector<std::int64_t> shape,
                             std::vector<float> values) {
    return {name, std::move(shape), std::move(values), {}, {}};
}

double numberIn(const session::StoredArray& array, const std::string& attribute) {
    const auto found = array.attributes.find(attribute);
    const auto number = found == array.attributes.end() ? std::nullopt : parseReal(found->second);
    if (!number)
        throw Error("The study's array " + array.name + " lacks its attribute " + attribute +
                    ": the file is damaged; run the study again.");
    return *number;
}

void readInputs(const session::StoredArray& array, StudyInputs& inputs) {
    if (const double version = numberIn(array, "version"); version > static_cast<double>(inputsVersion))
        throw Error("The study keeps its networks in version " + shortestReal(version) +
                    ", this program knows " + std::to_string(inputsVersion) +
                    ": predict with the program that made it, or a newer one.");
    inputs.width = static_cast<std::size_t>(array.values.at(0));
    for (const auto& [name, text] : array.attributes) {
        if (name == "features")
            inputs.features = text;
        else if (name == "import_mapping")
            inputs.importMapping = text;
        else if (name == "masks")
            inputs.masksByObject = text == "object_id";
        else if (name.starts_with(ofFeatures))
            inputs.attributes[name.substr(ofFeatures.size())] = text;
    }
}

} // namespace

StudyInputs inputsOf(const Catalogue& catalogue, const std::string& features) {
    StudyInputs inputs;
    if (!features.empty()) {
        const FeatureInfo& info = catalogue.feature(features);
        inputs.features = info.name;
        inputs.width = info.width;
        inputs.attributes = info.attributes;
    }
    if (const auto mapping = catalogue.attributes.find("import_mapping");
        mapping != catalogue.attributes.end())
        inputs.importMapping = mapping->second;
    return inputs;
}

std::vector<session::StoredArray> toArrays(const StudyInputs& inputs) {
    session::StoredArray first = arrayOf(inputsArray, {1}, {static_cast<float>(inputs.width)});
    first.attributes = {{"version", std::to_string(inputsVersion)},
                        {"masks", inputs.masksByObject ? "object_id" : "row"}};
    const auto keep = [&](const std::string& name, const std::string& text) {
        if (!text.empty() && text.size() <= longestAttribute)
            first.attributes[name] = text;
    };
    keep("features", inputs.features);
    keep("import_mapping", inputs.importMapping);
    for (const auto& [name, text] : inputs.attributes)
        keep(ofFeatures + name, text);
    std::vector<session::StoredArray> arrays = {std::move(first)};
    for (const auto& [name, rows] :
         {std::pair{referenceArray, &inputs.reference}, std::pair{trainingArray, &inputs.training}})
        if (rows->size() > 0)
            arrays.push_back(
                arrayOf(name, {rows->rows(), rows->cols()}, {rows->data(), rows->data() + rows->size()}));
    for (const auto& [target, range] : inputs.labelRange) {
        arrays.push_back(arrayOf(labelsFolder + target, {2},
                                 {static_cast<float>(range.low), static_cast<float>(range.high)}));
        // A label of 59000 +- 1e-4 needs more digits than a float has.
        arrays.back().attributes = {{"low", shortestReal(range.low)}, {"high", shortestReal(range.high)}};
    }
    return arrays;
}

StudyInputs inputsFrom(std::span<const session::StoredArray> arrays) {
    StudyInputs inputs;
    for (const session::StoredArray& array : arrays) {
        if (array.name == inputsArray)
            readInputs(array, inputs);
        else if ((array.name == referenceArray || array.name == trainingArray) && array.shape.size() == 2)
            (array.name == referenceArray ? inputs.reference : inputs.training) =
                Eigen::Map<const MatrixF>(array.values.data(), array.shape[0], array.shape[1]);
        else if (array.name.starts_with(labelsFolder))
            inputs.labelRange[array.name.substr(labelsFolder.size())] = {numberIn(array, "low"),
                                                                         numberIn(array, "high")};
        else if (array.name == "heads/inputs/mean" && inputs.width == 0)
            inputs.width = array.values.size();
    }
    return inputs;
}

LabelRange centralRange(std::vector<double> values) {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty())
        return {};
    std::sort(values.begin(), values.end());
    const auto at = [&](double share) {
        return values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
    };
    return {at(0.01), at(0.99)};
}

bool calibratesOn(const HeldOut& heldOut, std::int64_t row) {
    const auto found = std::lower_bound(heldOut.rows.begin(), heldOut.rows.end(), row);
    return found != heldOut.rows.end() && *found == row &&
           heldOut.isTest[static_cast<std::size_t>(found - heldOut.rows.begin())] == 0;
}

std::vector<std::uint64_t> objectKeys(const io::Column& ids, std::span<const std::int64_t> rows) {
    std::vector<std::uint64_t> keys;
    keys.reserve(rows.size());
    for (const std::int64_t row : rows) {
        Fingerprint print;
        print.add(ids.asText(static_cast<std::size_t>(row)));
        keys.push_back(print.value());
    }
    return keys;
}

std::string calibrationFoldName(const std::string& target, int left) {
    return target + ": mean without calibration fold " + std::to_string(left + 1);
}

std::uint64_t dropoutSeed(std::uint64_t studySeed, const std::string& target, const uq::Signal& signal) {
    return derivedSeed(studySeed, target + ": " + signal.name());
}

} // namespace penumbra::workflow
