#include "core/base/error.h"
#include "core/eval/study.h"

#include <gtest/gtest.h>

namespace penumbra {
namespace {

TargetStudy someTarget() {
    TargetStudy target;
    target.name = "logm";
    target.heldOut.rows = {10, 20, 30};
    target.heldOut.isTest = {1, 0, 1};
    target.heldOut.truth = {1, 2, 3};
    target.heldOut.signals["mean"] = MatrixD{{1.5}, {2.5}, {3.5}};
    Prediction prediction;
    prediction.method = "CQR";
    target.predictions.push_back(prediction);
    return target;
}

TEST(TargetStudy, GivesItsTestRows) {
    const TargetStudy target = someTarget();
    EXPECT_EQ(target.testRows(), (std::vector<std::int64_t>{10, 30}));
    EXPECT_EQ(target.testTruth(), (std::vector<double>{1, 3}));
    EXPECT_EQ(target.basePrediction(), (std::vector<double>{1.5, 3.5}));
    EXPECT_EQ(target.prediction("CQR"), &target.predictions[0]);
    EXPECT_EQ(target.prediction("VanillaSplit"), nullptr);
}

TEST(TargetStudy, WithoutSignalsThereIsNoBasePrediction) {
    TargetStudy target = someTarget();
    target.heldOut.signals["mean"] = MatrixD::Zero(2, 1);
    EXPECT_THROW(target.basePrediction(), Error);
    target.heldOut.signals.clear();
    EXPECT_TRUE(target.basePrediction().empty());
}

TEST(TargetStudy, AxisLabelHasTheUnit) {
    TargetStudy target = someTarget();
    EXPECT_EQ(target.axisLabel(), "logm");
    target.label = "stellar mass";
    target.unit = "log Msun";
    EXPECT_EQ(target.axisLabel(), "stellar mass, log Msun");
}

TEST(Study, UnknownTargetIsAnsweredWithTheTargets) {
    Study study;
    study.targets.push_back(someTarget());
    EXPECT_EQ(study.target("logm").name, "logm");
    try {
        study.target("z");
        FAIL() << "found a target 'z'";
    } catch (const Error& error) {
        EXPECT_NE(std::string(error.what()).find("logm"), std::string::npos);
    }
}

} // namespace
} // namespace penumbra
