#include "core/lvd/hot_loops.h"
#include "tests/core/lvd/synthetic.h"

#include <limits>
#include <vector>

namespace penumbra::lvd {
namespace {

template <typename T>
std::vector<T> normals(std::size_t n, std::uint64_t seed, double scale = 1.0) {
    Rng rng(seed);
    std::vector<T> values(n);
    for (T& v : values)
        v = static_cast<T>(scale * rng.normal());
    return values;
}

template <typename T>
void expectNear(const std::vector<T>& got, const std::vector<double>& want, double tolerance) {
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i)
        ASSERT_NEAR(static_cast<double>(got[i]), want[i], tolerance) << i;
}

/// Every loop against the formula in its comment, in double and one element after another.
template <typename T>
void checkLoops(const HotLoops<T>& loops, double tolerance) {
    constexpr std::size_t n = 2 * padding, width = padding, rows = 11, anchors = 3;
    for (const std::size_t d : {1, 2, 3, 5, 7}) {
        const auto Z = normals<T>(rows * width, 1), A = normals<T>(d * width, 2);
        std::vector<T> P(d * rows);
        std::vector<double> wantP(d * rows, 0.0);
        loops.project(Z.data(), rows, width, A.data(), d, P.data(), rows);
        for (std::size_t c = 0; c < d; ++c)
            for (std::size_t r = 0; r < rows; ++r)
                for (std::size_t f = 0; f < width; ++f)
                    wantP[c * rows + r] +=
                        static_cast<double>(A[c * width + f]) * static_cast<double>(Z[r * width + f]);
        expectNear(P, wantP, 30 * tolerance);

        std::vector<T> G(d * width, T(1));
        std::vector<double> wantG(d * width, 1.0);
        const auto W = normals<T>(d * rows, 3);
        loops.gradient(Z.data(), rows, width, W.data(), rows, d, G.data());
        for (std::size_t c = 0; c < d; ++c)
            for (std::size_t f = 0; f < width; ++f)
                for (std::size_t r = 0; r < rows; ++r)
                    wantG[c * width + f] +=
                        static_cast<double>(W[c * rows + r]) * static_cast<double>(Z[r * width + f]);
        expectNear(G, wantG, 30 * tolerance);

        const auto points = normals<T>(d * n, 4), places = normals<T>(anchors * d, 5), v = normals<T>(n, 6);
        std::vector<T> k(anchors * n), weights(d * n, T(0));
        std::vector<double> wantK(n), wantC(anchors * n), wantW(d * n, 0.0);
        for (std::size_t i = 0; i < anchors; ++i) {
            T* row = k.data() + i * n;
            loops.kernelRow(places.data() + i * d, points.data(), n, d, n, row);
            double mass = 0.0, moment = 0.0, total = 0.0;
            std::vector<double> moments(d, 0.0);
            for (std::size_t j = 0; j < n; ++j) {
                double squares = 0.0;
                for (std::size_t c = 0; c < d; ++c)
                    squares += std::pow(
                        static_cast<double>(places[i * d + c]) - static_cast<double>(points[c * n + j]), 2);
                wantK[j] = std::exp(-squares / static_cast<double>(d));
                mass += wantK[j];
                moment += wantK[j] * static_cast<double>(v[j]);
                wantC[i * n + j] = 0.7 * (static_cast<double>(v[j]) - 0.2) * wantK[j];
                total += wantC[i * n + j];
                for (std::size_t c = 0; c < d; ++c) {
                    moments[c] += wantC[i * n + j] * static_cast<double>(points[c * n + j]);
                    wantW[c * n + j] += wantC[i * n + j] * (static_cast<double>(points[c * n + j]) -
                                                            static_cast<double>(places[i * d + c]));
                }
            }
            expectNear(std::vector<T>(row, row + n), wantK, tolerance);
            double sums[2] = {};
            loops.weightedSums(row, v.data(), n, sums);
            EXPECT_NEAR(sums[0], mass, 30 * tolerance);
            EXPECT_NEAR(sums[1], moment, 30 * tolerance);
            std::vector<double> got(1 + d, 0.0);
            loops.coefficients(T(0.7), T(0.2), v.data(), points.data(), n, d, n, row, got.data());
            EXPECT_NEAR(got[0], total, 30 * tolerance);
            for (std::size_t c = 0; c < d; ++c)
                EXPECT_NEAR(got[1 + c], moments[c], 30 * tolerance);
        }
        loops.rowWeights(k.data(), n, anchors, places.data(), points.data(), n, d, n, weights.data(), n);
        expectNear(weights, wantW, 30 * tolerance);
    }
}

template <typename T>
void checkTiles(const HotLoops<T>& loops, double tolerance) {
    for (const std::size_t n : {1, 31, 32, 77}) {
        constexpr std::size_t d = 3;
        const std::size_t blocks = (n + sumBlock - 1) / sumBlock;
        const auto C = normals<T>(n * d, 7), tests = normals<T>(d * tileWidth, 8);
        std::vector<T> k(n * tileWidth);
        std::vector<double> sums(blocks * tileWidth), squares(tileWidth, 0.0);
        loops.kernelTile(C.data(), n, d, tests.data(), k.data(), sums.data(), squares.data());
        std::vector<double> wantSums(blocks * tileWidth, 0.0), wantSquares(tileWidth, 0.0),
            want(n * tileWidth);
        for (std::size_t j = 0; j < n; ++j)
            for (std::size_t t = 0; t < tileWidth; ++t) {
                double distance = 0.0;
                for (std::size_t c = 0; c < d; ++c)
                    distance += std::pow(
                        static_cast<double>(C[j * d + c]) - static_cast<double>(tests[c * tileWidth + t]), 2);
                want[j * tileWidth + t] = std::exp(-distance / d);
                wantSums[j / sumBlock * tileWidth + t] += want[j * tileWidth + t];
                wantSquares[t] += want[j * tileWidth + t] * want[j * tileWidth + t];
            }
        expectNear(k, want, tolerance);
        expectNear(sums, wantSums, 30 * tolerance);
        expectNear(squares, wantSquares, 30 * tolerance);
        std::vector<std::uint32_t> order;
        for (const std::size_t j : Rng(9).permutation(n))
            order.push_back(static_cast<std::uint32_t>(j));
        loops.tileSums(k.data(), order.data(), n, sums.data());
        std::fill(wantSums.begin(), wantSums.end(), 0.0);
        for (std::size_t j = 0; j < n; ++j)
            for (std::size_t t = 0; t < tileWidth; ++t)
                wantSums[j / sumBlock * tileWidth + t] += want[order[j] * tileWidth + t];
        expectNear(sums, wantSums, 30 * tolerance);
    }
}

template <typename T>
void checkThresholds(const HotLoops<T>& loops) {
    std::vector<T> k(2 * padding, T(0));
    for (std::size_t i = 0; i < 40; ++i)
        k[(i * 7) % 50] = static_cast<T>(i % 10) / T(10);
    const T threshold = k[7]; // itself not above
    std::size_t above = 0;
    for (const T x : k)
        above += x > threshold ? 1 : 0;
    EXPECT_EQ(loops.countAbove(k.data(), k.size(), threshold), above);
    const auto before = k;
    loops.dropUpTo(k.data(), k.size(), threshold);
    for (std::size_t j = 0; j < k.size(); ++j)
        EXPECT_EQ(k[j], before[j] > threshold ? before[j] : T(0)) << j;
}

/// Relative error of float kernels over the whole range, and 0 beyond it.
void checkExponential(const HotLoops<float>& loops) {
    std::vector<float> points(padding), k(padding);
    const float anchor = 0.0F;
    for (double squares = 0.0; squares < 87.0; squares += 0.37) {
        for (std::size_t j = 0; j < padding; ++j)
            points[j] = static_cast<float>(std::sqrt(squares + 0.01 * static_cast<double>(j)));
        loops.kernelRow(&anchor, points.data(), padding, 1, padding, k.data());
        for (std::size_t j = 0; j < padding; ++j) {
            const double want = std::exp(-static_cast<double>(points[j]) * static_cast<double>(points[j]));
            // The square is rounded too: 6e-8 of up to 87.
            ASSERT_NEAR(static_cast<double>(k[j]) / want, 1.0, 4e-7 + 1.3e-7 * squares) << squares;
        }
    }
    for (const float far : {9.5F, 100.0F, 1e18F}) {
        std::fill(points.begin(), points.end(), far);
        loops.kernelRow(&anchor, points.data(), padding, 1, padding, k.data());
        EXPECT_EQ(k[0], 0.0F) << far;
    }
    std::fill(points.begin(), points.end(), std::numeric_limits<float>::quiet_NaN());
    loops.kernelRow(&anchor, points.data(), padding, 1, padding, k.data());
    EXPECT_TRUE(std::isnan(k[0]));
    std::fill(points.begin(), points.end(), 0.0F);
    loops.kernelRow(&anchor, points.data(), padding, 1, padding, k.data());
    EXPECT_EQ(k[0], 1.0F);
}

TEST(LvdHotLoops, portableLoopsCompute) {
    checkLoops(portableLoops<float>(), 1e-6);
    checkLoops(portableLoops<double>(), 1e-14);
    checkTiles(portableLoops<float>(), 1e-6);
    checkTiles(portableLoops<double>(), 1e-14);
    checkThresholds(portableLoops<float>());
    checkThresholds(portableLoops<double>());
    checkExponential(portableLoops<float>());
}

TEST(LvdHotLoops, chosenLoopsCompute) {
    checkLoops(hotLoops<float>(), 1e-6);
    checkLoops(hotLoops<double>(), 1e-14);
    checkTiles(hotLoops<float>(), 1e-6);
    checkTiles(hotLoops<double>(), 1e-14);
    checkThresholds(hotLoops<float>());
    checkThresholds(hotLoops<double>());
    checkExponential(hotLoops<float>());
}

} // namespace
} // namespace penumbra::lvd
