#include "core/base/error.h"
#include "core/lvd/local_conditional.h"
#include "tests/core/lvd/synthetic.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace penumbra::lvd {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<double> absoluteNormals(std::size_t n, std::uint64_t seed) {
    Rng rng(seed);
    std::vector<double> values(n);
    for (double& v : values)
        v = std::abs(rng.normal());
    return values;
}

struct Data {
    MatrixD calibration, test;
    std::vector<double> plain, scaled;
};

Data someData(std::size_t n = 333, std::size_t m = 61, double spread = 1.5) {
    Data data{spread * normalMatrix<MatrixD>(n, 4, 1),
              spread * normalMatrix<MatrixD>(m, 4, 2),
              absoluteNormals(n, 3),
              {}};
    Rng rng(4);
    for (const double s : data.plain)
        data.scaled.push_back(s / (0.3 + rng.uniform()));
    return data;
}

std::vector<double> grid() {
    std::vector<double> alphas;
    for (int i = 1; i < 100; ++i)
        alphas.push_back(0.01 * i);
    return alphas;
}

class LocalQuantilesOf : public testing::TestWithParam<Precision> {};

TEST_P(LocalQuantilesOf, isTheWeightedQuantileOfEachRow) {
    const Data data = someData();
    const std::vector<double> alphas = grid();
    const LocalConditional local(data.calibration, {data.plain, data.scaled}, GetParam());
    const LocalQuantiles answer = local.quantiles(data.test, alphas, {});
    std::size_t different = 0, infinite = 0;
    for (Eigen::Index t = 0; t < data.test.rows(); ++t) {
        std::vector<double> weights;
        double mass = 0.0, squares = 0.0;
        for (Eigen::Index i = 0; i < data.calibration.rows(); ++i) {
            weights.push_back(kernelValue(data.test.row(t).data(), data.calibration.row(i).data(), 4));
            mass += weights.back();
            squares += weights.back() * weights.back();
        }
        for (double& w : weights)
            w /= 1.0 + mass;
        weights.push_back(1.0 / (1.0 + mass));
        const auto row = static_cast<std::size_t>(t);
        EXPECT_NEAR(answer.mass[row], mass, 1e-6 * mass);
        EXPECT_NEAR(answer.effectiveNumber[row], mass * mass / squares, 1e-5 * mass * mass / squares);
        for (std::size_t kind = 0; kind < 2; ++kind) {
            std::vector<double> scores = kind == 0 ? data.plain : data.scaled;
            scores.push_back(infinity);
            for (std::size_t a = 0; a < alphas.size(); ++a) {
                const double want = weightedQuantile(scores, weights, 1.0 - alphas[a]);
                different += answer.quantiles[kind](t, static_cast<Eigen::Index>(a)) != want ? 1 : 0;
                infinite += want == infinity ? 1 : 0;
            }
        }
    }
    EXPECT_GT(infinite, 100U);
    // Single precision may take the neighbouring score where a cumulative weight is within 1e-7 of the level.
    EXPECT_LE(different, GetParam() == Precision::Double ? 0U : 1U);
}

TEST_P(LocalQuantilesOf, growsWithTheLevel) {
    const Data data = someData();
    const LocalQuantiles answer = LocalConditional(data.calibration, {data.plain, data.scaled}, GetParam())
                                      .quantiles(data.test, grid(), {});
    for (const MatrixD& q : answer.quantiles)
        for (Eigen::Index t = 0; t < q.rows(); ++t)
            for (Eigen::Index a = 1; a < q.cols(); ++a)
                EXPECT_LE(q(t, a), q(t, a - 1));
}

TEST_P(LocalQuantilesOf, isInfiniteForAllKindsTogetherExactlyWhereMassIsShort) {
    const Data data = someData(200, 200, 2.5);
    const std::vector<double> alphas = {0.05, 0.1, 0.2};
    const LocalQuantiles answer = LocalConditional(data.calibration, {data.plain, data.scaled}, GetParam())
                                      .quantiles(data.test, alphas, {});
    std::size_t infinite = 0;
    for (std::size_t a = 0; a < alphas.size(); ++a) {
        std::size_t here = 0;
        for (std::size_t t = 0; t < answer.mass.size(); ++t) {
            const bool isShort = answer.mass[t] < massNeeded(alphas[a]);
            for (const MatrixD& q : answer.quantiles)
                EXPECT_EQ(q(static_cast<Eigen::Index>(t), static_cast<Eigen::Index>(a)) == infinity, isShort);
            here += isShort ? 1 : 0;
        }
        EXPECT_DOUBLE_EQ(answer.infiniteShare(alphas[a]), static_cast<double>(here) / 200.0);
        infinite += here;
    }
    EXPECT_GT(infinite, 20U);
    EXPECT_LT(infinite, 580U);
}

TEST_P(LocalQuantilesOf, takesTheGridInOnePassAsOneByOne) {
    const Data data = someData();
    const LocalConditional local(data.calibration, {data.plain}, GetParam());
    const std::vector<double> alphas = grid();
    const LocalQuantiles all = local.quantiles(data.test, alphas, {});
    for (const std::size_t a : {0, 9, 49, 98}) {
        const LocalQuantiles one = local.quantiles(data.test, std::span(&alphas[a], 1), {});
        EXPECT_EQ(one.quantiles[0].col(0), all.quantiles[0].col(static_cast<Eigen::Index>(a)));
    }
}

TEST_P(LocalQuantilesOf, threadsChangeNothing) {
    const Data data = someData();
    const LocalConditional local(data.calibration, {data.plain, data.scaled}, GetParam());
    RunContext one, three;
    one.threads = 1;
    three.threads = 3;
    const auto a = local.quantiles(data.test, grid(), one), b = local.quantiles(data.test, grid(), three);
    EXPECT_EQ(a.quantiles, b.quantiles);
    EXPECT_EQ(a.mass, b.mass);
}

TEST_P(LocalQuantilesOf, knowsEdges) {
    // Flat kernel: split conformal with rank ceil((n + 1)(1 - alpha)).
    std::vector<double> scores(19);
    std::iota(scores.begin(), scores.end(), 1.0);
    const MatrixD same = MatrixD::Zero(19, 2), test = MatrixD::Zero(1, 2);
    const std::vector<double> alphas = {0.04, 0.06, 0.53, 1.0};
    const auto q = LocalConditional(same, {scores}, GetParam()).quantiles(test, alphas, {}).quantiles[0];
    EXPECT_EQ(q(0, 0), infinity); // rank 20 of 19
    EXPECT_EQ(q(0, 1), 19.0);
    EXPECT_EQ(q(0, 2), 10.0); // 0.47 * 20 = 9.4
    EXPECT_EQ(q(0, 3), 1.0);  // level 0: the smallest
    // A test row far from everything, and a score that is infinite itself.
    scores[0] = infinity;
    const MatrixD far = MatrixD::Constant(1, 2, 1e6);
    EXPECT_EQ(LocalConditional(same, {scores}, GetParam()).quantiles(far, alphas, {}).quantiles[0](0, 2),
              infinity);
    EXPECT_EQ(LocalConditional(same, {scores}, GetParam()).quantiles(far, alphas, {}).effectiveNumber[0],
              0.0);
    EXPECT_EQ(LocalConditional(same, {scores}, GetParam()).quantiles(test, alphas, {}).quantiles[0](0, 1),
              infinity);
    EXPECT_EQ(LocalConditional(same, {scores}, GetParam()).quantiles(MatrixD(0, 2), alphas, {}).mass.size(),
              0U);
}

TEST_P(LocalQuantilesOf, refusesBadInputs) {
    Data data = someData(20, 5);
    const auto make = [&] { LocalConditional(data.calibration, {data.plain, data.scaled}, GetParam()); };
    data.scaled[7] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(says(messageOf(make), {"row 7", "NaN"}));
    data.scaled.pop_back();
    EXPECT_TRUE(says(messageOf(make), {"19 scores", "20 rows"}));
    const LocalConditional local(data.calibration, {data.plain}, GetParam());
    const std::vector<double> alphas = {0.1}, wrong = {0.0};
    EXPECT_THROW(local.quantiles(data.test, wrong, {}), UsageError);
    EXPECT_TRUE(
        says(messageOf([&] { local.quantiles(MatrixD::Zero(2, 3), alphas, {}); }), {"3 columns", "4"}));
    data.test(2, 2) = infinity;
    EXPECT_FALSE(messageOf([&] { local.quantiles(data.test, alphas, {}); }).empty());
    RunContext context;
    std::stop_source source;
    source.request_stop();
    context.stop = source.get_token();
    EXPECT_THROW(local.quantiles(MatrixD::Zero(5, 4), alphas, context), Cancelled);
}

INSTANTIATE_TEST_SUITE_P(Both, LocalQuantilesOf, testing::Values(Precision::Double, Precision::Float32));

TEST(LvdExplanation, namesTheNearestRowsAndAddsUp) {
    const Data data = someData();
    const LocalConditional local(data.calibration, {data.plain, data.scaled});
    const std::vector<double> alphas = {0.2};
    const LocalQuantiles answer = local.quantiles(data.test, alphas, {});
    for (std::size_t t = 0; t < 20; ++t) {
        const double* row = data.test.row(static_cast<Eigen::Index>(t)).data();
        const LocalExplanation why = local.explain(std::span(row, 4), 0.2, 1, 7);
        ASSERT_EQ(why.neighbours.size(), 7U);
        std::vector<double> k;
        for (Eigen::Index i = 0; i < data.calibration.rows(); ++i)
            k.push_back(kernelValue(row, data.calibration.row(i).data(), 4));
        std::vector<double> sorted = k;
        std::sort(sorted.begin(), sorted.end(), std::greater<>());
        for (std::size_t i = 0; i < 7; ++i) {
            EXPECT_NEAR(why.neighbours[i].weight, sorted[i] / (1 + why.mass), 1e-15);
            EXPECT_EQ(k[why.neighbours[i].calibrationRow], sorted[i]);
            EXPECT_EQ(why.neighbours[i].score, data.scaled[why.neighbours[i].calibrationRow]);
        }
        EXPECT_TRUE(std::is_sorted(why.scores.begin(), why.scores.end()));
        EXPECT_NEAR(why.cumulativeWeights.back() + why.ownWeight, 1.0, 1e-12);
        EXPECT_NEAR(why.mass, answer.mass[t], 1e-6 * why.mass);
        EXPECT_NEAR(why.effectiveNumber, answer.effectiveNumber[t], 1e-5 * why.effectiveNumber);
        EXPECT_DOUBLE_EQ(why.massNeeded, 4.0);
        EXPECT_EQ(why.reason.empty(), why.quantile < infinity);
        EXPECT_EQ(why.quantile, answer.quantiles[1](static_cast<Eigen::Index>(t), 0));
    }
    const std::vector<double> far = {50, 50, 50, 50};
    const LocalExplanation lonely = local.explain(far, 0.1, 0, 1000);
    EXPECT_EQ(lonely.quantile, infinity);
    EXPECT_EQ(lonely.neighbours.size(), 333U);
    EXPECT_TRUE(says(lonely.reason, {"below the 9", "90 %", "wider kernel"}));
    EXPECT_THROW(local.explain(far, 0.1, 2, 5), Error);
}

TEST(LvdWeightedQuantile, refusesWhatHasNoAnswer) {
    EXPECT_THROW(weightedQuantile({}, {}, 0.5), Error);
    const std::vector<double> one = {1.0}, two = {0.5, 0.5};
    EXPECT_THROW(weightedQuantile(one, two, 0.5), Error);
}

} // namespace
} // namespace penumbra::lvd
