#pragma once

#include "core/base/rng.h"
#include "core/catalogue/matrix.h"

#include <cstdint>

namespace penumbra::manifold {

/// Independent standard normal numbers.
inline MatrixF normalRows(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
    Rng rng(seed);
    MatrixF matrix(rows, columns);
    for (Eigen::Index i = 0; i < matrix.size(); ++i)
        matrix.data()[i] = static_cast<float>(rng.normal());
    return matrix;
}

/// Clumps of unit width around centres `apart` wide; row i belongs to clump i % clumps. Rows fill `inner`
/// directions only, with a little noise in the others, as embeddings do.
inline MatrixF clumpedRows(Eigen::Index rows, Eigen::Index columns, Eigen::Index inner, Eigen::Index clumps,
                           double apart, std::uint64_t seed) {
    const MatrixF centres = static_cast<float>(apart) * normalRows(clumps, inner, seed + 1);
    MatrixF low = normalRows(rows, inner, seed);
    for (Eigen::Index i = 0; i < rows; ++i)
        low.row(i) += centres.row(i % clumps);
    return low * normalRows(inner, columns, seed + 2) + 0.1F * normalRows(rows, columns, seed + 3);
}

} // namespace penumbra::manifold
