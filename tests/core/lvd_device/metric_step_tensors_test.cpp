// Metric learning on tensors beside lvd's loops, which are tested against the reference's answers and finite
// differences. On the CPU always; on a GPU where there is one.

#include "core/lvd_device/metric_step_tensors.h"

#include "tests/core/lvd/synthetic.h"
#include "tests/core/nn/gpu.h"

#include <tuple>

namespace penumbra::lvd {
namespace {

struct Case {
    Normalisation normalisation;
    bool ownMean;
    int maxNeighbours;
    double spread; ///< of A: large values leave anchors without neighbours
};

constexpr Case cases[] = {
    {Normalisation::Standardise, true, 0, 0.3},    {Normalisation::Standardise, false, 0, 0.3},
    {Normalisation::Standardise, true, 10, 0.3},   {Normalisation::Standardise, false, 10, 0.3},
    {Normalisation::Standardise, true, 1000, 0.3}, {Normalisation::Standardise, true, 260, 0.3},
    {Normalisation::Standardise, false, 0, 2.0},   {Normalisation::UnitOutput, true, 0, 0.5},
    {Normalisation::UnitOutput, false, 20, 0.5},
};

/// One case, learned on tensors and by the loops.
class Beside {
public:
    Beside(const std::string& device, Precision precision, const Case& c) {
        context_.device = device;
        options_.outputs = 3;
        options_.iterations = 12;
        options_.batch = 30;
        options_.learningRate = 1e-2;
        options_.normalisation = c.normalisation;
        options_.ownMean = c.ownMean;
        options_.maxNeighbours = c.maxNeighbours;
        options_.precision = precision;
        for (const std::uint64_t seed : {4, 5}) {
            targets_.push_back(targetOn(x_, seed));
            targets_.back().startA =
                c.spread * normalMatrix<MatrixD>(3, static_cast<std::size_t>(x_.cols()), seed);
        }
    }
    MetricLearner learned(const StepMaker& steps, int until) const {
        MetricLearner learner(x_, targets_, options_, context_, steps);
        learner.runUntil(until, context_);
        return learner;
    }
    bool inDouble() const { return options_.precision == Precision::Double; }
    std::size_t targets() const { return targets_.size(); }

    void expectAgreement() const {
        const MetricLearner tensors = learned(tensorSteps(), 1), loops = learned({}, 1);
        for (std::size_t t = 0; t < targets(); ++t) {
            EXPECT_NEAR(tensors.losses(t).at(0), loops.losses(t).at(0),
                        (inDouble() ? 1e-12 : 1e-5) * loops.losses(t).at(0));
            const double size = loops.gradient(t).norm();
            EXPECT_GT(size, 1e-4) << "the test is empty";
            EXPECT_LT((tensors.gradient(t) - loops.gradient(t)).norm(), (inDouble() ? 1e-11 : 1e-4) * size);
        }
        if (!inDouble())
            return;
        const MetricLearner tensorsOn = learned(tensorSteps(), 12), loopsOn = learned({}, 12);
        for (std::size_t t = 0; t < targets(); ++t)
            for (std::size_t i = 0; i < loopsOn.losses(t).size(); ++i)
                EXPECT_NEAR(tensorsOn.losses(t).at(i), loopsOn.losses(t)[i], 1e-9 * loopsOn.losses(t)[i])
                    << i;
    }
    /// Stopped and restored, learning ends where it would have.
    void expectResumed() const {
        const MetricLearner whole = learned(tensorSteps(), 12), begun = learned(tensorSteps(), 5);
        MetricLearner again(x_, targets_, options_, context_, tensorSteps());
        again.restore(begun.checkpoint());
        again.runUntil(12, context_);
        for (std::size_t t = 0; t < targets(); ++t)
            EXPECT_EQ(whole.last(t), again.last(t));
    }

private:
    MatrixF x_ = normalMatrix<MatrixF>(260, 9, 1);
    std::vector<MetricTarget> targets_;
    MetricOptions options_;
    RunContext context_;
};

class TensorSteps : public testing::TestWithParam<std::tuple<Precision, Case>> {
protected:
    Beside beside_{"cpu", std::get<0>(GetParam()), std::get<1>(GetParam())};
};

TEST_P(TensorSteps, AgreeWithTheLoops) {
    beside_.expectAgreement();
}

TEST_P(TensorSteps, InterruptedTheyGoOnAlike) {
    beside_.expectResumed();
}

INSTANTIATE_TEST_SUITE_P(All, TensorSteps,
                         testing::Combine(testing::Values(Precision::Double, Precision::Float32),
                                          testing::ValuesIn(cases)));

TEST(TensorStepsOnAGpu, AgreeWithTheLoops) {
    PENUMBRA_SKIP_WITHOUT_GPU();
    for (const Precision precision : {Precision::Double, Precision::Float32})
        for (const Case& c : cases)
            Beside("cuda", precision, c).expectAgreement();
}

TEST(TensorStepsTies, ofEqualNeighboursNoMoreThanTheCapCount) {
    MatrixF x(40, 3); // pairs of equal rows: every kernel value occurs twice
    x.topRows(20) = normalMatrix<MatrixF>(20, 3, 1);
    x.bottomRows(20) = x.topRows(20);
    MetricTarget target;
    for (int i = 0; i < 40; ++i)
        target.values.push_back(i);
    target.startA = normalMatrix<MatrixD>(2, 3, 2);
    MetricOptions options;
    options.outputs = 2;
    options.iterations = 1;
    options.batch = 0;
    options.ownMean = false;
    options.precision = Precision::Double;
    for (const int cap : {1, 4, 5, 6}) {
        options.maxNeighbours = cap;
        MetricLearner tensors(x, {target}, options, {}, tensorSteps()), loops(x, {target}, options, {});
        tensors.runUntil(1, {});
        loops.runUntil(1, {});
        EXPECT_NEAR(tensors.losses(0).at(0), loops.losses(0).at(0), 1e-10 * loops.losses(0).at(0)) << cap;
    }
}

} // namespace
} // namespace penumbra::lvd
