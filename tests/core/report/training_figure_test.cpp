#include "core/report/figures.h"
#include "tests/core/report/made_up_study.h"

#include <gtest/gtest.h>

namespace penumbra::report {
namespace {

FigureSpec trainingOf(const std::vector<std::string>& networks) {
    Study study = samples::madeUpStudy({"CQR"}, 50);
    study.training.clear();
    for (const std::string& network : networks)
        for (int step = 1; step <= 3; ++step)
            study.training.push_back({network, step, 1.0 / step, std::nan(""), 0.5});
    const FigureKind& kind = findFigure("training");
    OptionSet options;
    kind.options(options);
    return kind.make({study, nullptr}, options);
}

TEST(TrainingFigure, callsNetworksByTheirWords) {
    const FigureSpec figure = trainingOf({"z: mean", "z: q0.05", "z: member3", "z: residual_aion",
                                          "z: kernel_net", "z: mean without fold 2", "made elsewhere"});
    std::vector<std::string> names;
    for (const Series& series : figure.panels.at(0).series)
        names.push_back(series.name);
    EXPECT_EQ(names, (std::vector<std::string>{"z: head", "z: quantile 0.05", "z: ensemble member 3",
                                               "z: residual net, input features", "z: metric, hidden layer",
                                               "z: head without fold 2", "made elsewhere"}));
    EXPECT_EQ(figure.panels[0].x.label, "epoch, or step of metric learning");
    EXPECT_EQ(trainingOf({"z: mean"}).panels.at(0).x.label, "epoch");
}

} // namespace
} // namespace penumbra::report
