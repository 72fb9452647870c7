#pragma once

#include "core/catalogue/matrix.h"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace penumbra::manifold {

/// Euclidean: |x - y|. Cosine: 1 - x.y / (|x| |y|), not below 0; a row of zeros has distance 1 to every other
/// and 0 to another of zeros.
enum class Metric { Euclidean, Cosine };

std::string_view metricName(Metric metric);   ///< "euclidean", "cosine"
Metric metricFromName(std::string_view name); ///< @throws UsageError

/// Of two rows of `columns` numbers (float or double), summed in double.
template <typename T>
double distanceOf(const T* a, const T* b, std::size_t columns, Metric metric);

/// Rows prepared for searching: padded with zeros and, for cosine, of unit length, so that the distance is
/// half the squared Euclidean one. There, rows of zeros point along a column of their own.
template <typename T>
class PreparedRows {
public:
    /// Matrix: MatrixF or MatrixD. chosen: some of the rows, in this order; empty: all.
    template <typename Matrix>
    PreparedRows(const Matrix& rows, Metric metric, int threads = 0,
                 std::span<const std::size_t> chosen = {});

    std::size_t count() const { return count_; }
    std::size_t width() const { return width_; } ///< padded
    const T* row(std::size_t i) const { return values_.data() + i * width_; }
    const T* data() const { return values_.data(); }

private:
    std::size_t count_ = 0, width_ = 0;
    std::vector<T> values_;
};
using SearchRows = PreparedRows<float>;

} // namespace penumbra::manifold
