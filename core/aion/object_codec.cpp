#include "core/aion/object_codec.h"

#include "core/aion/scalar_codec.h"
#include "core/aion/weight_layout.h"
#include "core/base/error.h"
#include "core/io/safetensors.h"

#include <algorithm>

namespace penumbra::aion {

namespace {
constexpr std::int32_t pixels = 96;      // of the cutout; X and Y are pixels as they are
constexpr std::size_t slots = 5;         // tokens of an object
constexpr std::size_t longest = 50;      // tokens that the transformer was trained on
constexpr std::int32_t specialIds = 204; // padding, unknown, start, end and 200 sentinels

std::int32_t pixelToken(std::int32_t value, const char* axis) {
    if (value < 0 || value >= pixels)
        throw Error(std::string("an object's ") + axis + " is " + std::to_string(value) +
                    ", outside of the cutout's pixels 0 to 95.");
    return value;
}
} // namespace

ObjectCodec ObjectCodec::load(const std::filesystem::path& folder) {
    ObjectCodec codec;
    codec.maskValue_ = readObjectMaskValue(folder / "config.json");
    const io::SafetensorsFile file(folder / "model.safetensors");
    const WeightList list = objectCodecWeights();
    for (std::size_t i = 0; i < list.size(); ++i)
        codec.books_[i] = readCodebook(file, list[i]);
    return codec;
}

std::int32_t ObjectCodec::codes() const {
    std::size_t count = 2 * pixels;
    for (const auto& book : books_)
        count += book.size();
    return static_cast<std::int32_t>(count);
}

std::vector<std::int32_t> ObjectCodec::encode(const CutoutObjects& objects) const {
    const std::size_t count = objects.x.size();
    if (objects.y.size() != count || objects.e1.size() != count || objects.e2.size() != count ||
        objects.radius.size() != count)
        throw Error("the objects of a cutout need as many pixels, ellipticities and radii.");
    const auto mask = static_cast<float>(maskValue_);
    std::vector<std::int32_t> tokens;
    for (std::size_t i = 0; i < count; ++i) {
        const float shapes[] = {objects.e1[i], objects.e2[i], objects.radius[i]};
        const auto missing = static_cast<int>(objects.x[i] == maskValue_) +
                             static_cast<int>(objects.y[i] == maskValue_) +
                             static_cast<int>(std::count(std::begin(shapes), std::end(shapes), mask));
        if (missing == static_cast<int>(slots)) {
            tokens.insert(tokens.end(), slots, maskValue_);
            continue;
        }
        if (missing > 0)
            throw Error("object " + std::to_string(i) +
                        " lacks some of its five values; all or none must be " + std::to_string(maskValue_) +
                        ".");
        tokens.push_back(pixelToken(objects.x[i], "X"));
        tokens.push_back(pixels + pixelToken(objects.y[i], "Y"));
        auto offset = 2 * pixels;
        for (std::size_t k = 0; k < 3; ++k) {
            const std::span book(books_[k]);
            tokens.push_back(offset + lowerBound(book.first(book.size() - 1), shapes[k]));
            offset += static_cast<std::int32_t>(book.size());
        }
    }
    return tokens;
}

CutoutObjects ObjectCodec::decode(std::span<const std::int32_t> tokens) const {
    if (tokens.size() % slots != 0)
        throw Error(std::to_string(tokens.size()) + " tokens of objects; wanted five each.");
    CutoutObjects objects;
    std::vector<float>* shapes[] = {&objects.e1, &objects.e2, &objects.radius};
    for (std::size_t i = 0; i < tokens.size(); i += slots) {
        const auto pixel = [&](std::size_t slot) {
            const std::int32_t value = tokens[i + slot] - static_cast<std::int32_t>(slot) * pixels;
            return value >= 0 && value < pixels ? value : -1;
        };
        objects.x.push_back(pixel(0));
        objects.y.push_back(pixel(1));
        auto offset = 2 * pixels;
        for (std::size_t k = 0; k < 3; ++k) {
            const std::int32_t value = tokens[i + 2 + k] - offset;
            const auto size = static_cast<std::int32_t>(books_[k].size());
            shapes[k]->push_back(value >= 0 && value < size ? books_[k][static_cast<std::size_t>(value)]
                                                            : -1.0F);
            offset += size;
        }
    }
    return objects;
}

ObjectIds modelIds(std::span<const std::int32_t> tokens, std::int32_t maskValue) {
    ObjectIds result;
    result.ids.assign(longest, 0);
    result.drop.assign(longest, 1);
    for (std::size_t i = 0; i < std::min(tokens.size(), longest); ++i) {
        if (tokens[i] == maskValue)
            continue;
        result.ids[i] = tokens[i] + specialIds;
        result.drop[i] = 0;
    }
    return result;
}

} // namespace penumbra::aion
