#include "core/manifold/screen.h"

#include "core/base/parallel_for.h"
#include "core/base/rng.h"
#include "core/manifold/pca.h"

#include <algorithm>
#include <cmath>

namespace penumbra::manifold {

namespace {
constexpr std::size_t screenWidth = 64, narrow = 128, rowsForComponents = 600;
}

Screen::Screen(const SearchRows& rows, std::uint64_t seed, const RunContext& context)
    : width_(rows.width()), data_(rows.data()) {
    const std::size_t n = rows.count(), columns = rows.width();
    if (columns <= narrow || n < 4 * screenWidth)
        return;
    using Index = Eigen::Index;
    Rng rng(seed, 0x5c2ee);
    const std::size_t few = std::min(n, rowsForComponents);
    MatrixF sample(static_cast<Index>(few), static_cast<Index>(columns));
    for (std::size_t i = 0; i < few; ++i)
        std::copy_n(rows.row(few == n ? i : rng.below(n)), columns, sample.data() + i * columns);
    const Pca pca = fitPca(sample, screenWidth - 1, PcaSolver::Randomised, seed, context.quiet());
    // Components of a sample need not be the whole's: any orthonormal ones give a bound.
    const Eigen::MatrixXf turn = pca.components.cast<float>().transpose();
    const Eigen::RowVectorXf centre = pca.mean.cast<float>().transpose();
    values_.resize(n * screenWidth);
    constexpr std::size_t piece = 256;
    parallelFor((n + piece - 1) / piece, context.threads, [&](std::size_t begin, std::size_t end) {
        for (std::size_t p = begin; p < end; ++p) {
            context.checkStop();
            const std::size_t first = p * piece, count = std::min(piece, n - first);
            const Eigen::Map<const MatrixF> from(rows.row(first), static_cast<Index>(count),
                                                 static_cast<Index>(columns));
            const MatrixF centred = from.rowwise() - centre;
            const MatrixF scores = centred * turn;
            for (std::size_t i = 0; i < count; ++i) {
                const auto row = static_cast<Index>(i);
                float* to = values_.data() + (first + i) * screenWidth;
                std::copy_n(scores.row(row).data(), screenWidth - 1, to);
                const float rest = centred.row(row).squaredNorm() - scores.row(row).squaredNorm();
                to[screenWidth - 1] = std::sqrt(std::max(0.0F, rest));
            }
        }
    });
    width_ = screenWidth;
    data_ = values_.data();
}

} // namespace penumbra::manifold
