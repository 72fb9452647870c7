#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace penumbra::aion {

/// The objects in a cutout, row by row of one galaxy; all five arrays have the same length.
struct CutoutObjects {
    std::vector<std::int32_t> x, y;    ///< pixel of the central 96 x 96, 0..95; the mask value: no object
    std::vector<float> e1, e2, radius; ///< SHAPE_E1, SHAPE_E2, SHAPE_R (arcsec)
};

/// Objects to tokens, five each: X, Y, E1, E2, R at offsets of their own (spec 2, 2.5). Experimental: nobody
/// outside of the reference's authors has the converter that training used.
class ObjectCodec {
public:
    /// @throws Error naming file and key.
    static ObjectCodec load(const std::filesystem::path& folder);

    std::int32_t maskValue() const { return maskValue_; } ///< stands where there is no object
    std::int32_t codes() const;                           ///< number of different tokens
    /// @returns [5 objects]. @throws Error for a pixel outside of 0..95, or an object given in part.
    std::vector<std::int32_t> encode(const CutoutObjects& objects) const;
    /// @returns -1 wherever a token lies outside of its slot, paddings included
    CutoutObjects decode(std::span<const std::int32_t> tokens) const;

private:
    std::int32_t maskValue_ = 9999;
    std::vector<float> books_[3];
};

/// What the transformer reads: codec tokens moved past its 204 special ids; paddings become id 0 and are
/// dropped. At most ten objects.
struct ObjectIds {
    std::vector<std::int32_t> ids;  ///< [50]
    std::vector<std::uint8_t> drop; ///< [50]
};
ObjectIds modelIds(std::span<const std::int32_t> tokens, std::int32_t maskValue);

} // namespace penumbra::aion
