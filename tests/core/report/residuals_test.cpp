#include "core/base/error.h"
#include "core/report/figures.h"
#include "tests/core/report/made_up_study.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::report;

namespace {

OptionSet optionsOf(const FigureKind& kind) {
    OptionSet options;
    kind.options(options);
    return options;
}

FigureSpec draw(const Study& study, const OptionSet& options, const char* figure = "residuals") {
    return findFigure(figure).make({study, nullptr}, options);
}

const Series& seriesNamed(const Panel& panel, const std::string& name) {
    const auto found = std::find_if(panel.series.begin(), panel.series.end(),
                                    [&](const Series& series) { return series.name == name; });
    if (found == panel.series.end())
        throw Error("no series " + name);
    return *found;
}

/// Redshifts between 0 and 1; one galaxy in ten is half a redshift wrong.
Study redshifts(std::size_t rows) {
    Study study = samples::madeUpStudy({"CQR"}, rows);
    TargetStudy& target = study.targets[0];
    target.name = "z";
    target.label = "redshift";
    target.unit = "";
    target.predictions[0].target = "z";
    Rng rng(5);
    for (std::size_t i = 0; i < rows; ++i) {
        const double z = rng.uniform();
        target.heldOut.truth[i] = z;
        const double error = i % 10 == 0 ? 0.5 * (1.0 + z) : 0.02 * (1.0 + z) * rng.normal();
        const double predicted = z + error;
        target.heldOut.signals["mean"](static_cast<Eigen::Index>(i), 0) = predicted;
        target.predictions[0].mean[i] = predicted;
    }
    return study;
}

} // namespace

TEST(Residuals, redshiftsAreOverOnePlusZWithTheLinesOfOutliers) {
    const Study study = redshifts(600);
    const OptionSet options = optionsOf(findFigure("residuals"));
    const FigureSpec figure = draw(study, options);
    ASSERT_EQ(figure.panels.size(), 1u);
    const Panel& panel = figure.panels[0];
    const Series& points = panel.series.front();
    const HeldOut& heldOut = study.targets[0].heldOut;
    ASSERT_EQ(points.x.size(), 600u);
    for (std::size_t i = 0; i < points.x.size(); ++i) {
        const double truth = heldOut.truth[i],
                     mean = heldOut.signals.at("mean")(static_cast<Eigen::Index>(i), 0);
        EXPECT_DOUBLE_EQ(points.x[i], truth);
        EXPECT_DOUBLE_EQ(points.y[i], (mean - truth) / (1.0 + truth));
        EXPECT_EQ(points.row[i], heldOut.rows[i]);
    }
    std::vector<double> lines;
    for (const ReferenceLine& line : panel.lines)
        lines.push_back(line.value);
    EXPECT_EQ(lines, (std::vector<double>{0.0, -0.15, 0.15}));
    EXPECT_NE(panel.counts.at(0).second.find("10 % beyond"), std::string::npos) << panel.counts[0].second;
    EXPECT_LT(panel.y.low, -0.15);
    EXPECT_GT(panel.y.high, 0.15);
}

TEST(Residuals, plainDifferencesOfRedshiftsHaveSlopingLines) {
    OptionSet options = optionsOf(findFigure("residuals"));
    options.set("residual", std::string("difference"));
    options.set("x-range", std::vector<double>{0.0, 2.0});
    const Panel panel = draw(redshifts(300), options).panels.at(0);
    std::vector<double> ends;
    for (const Series& series : panel.series)
        if (series.kind == Series::Kind::Line)
            ends.insert(ends.end(), series.y.begin(), series.y.end());
    std::sort(ends.begin(), ends.end());
    ASSERT_EQ(ends.size(), 4u);
    EXPECT_NEAR(ends[0], -0.45, 1e-12);
    EXPECT_NEAR(ends[1], -0.15, 1e-12);
    EXPECT_NEAR(ends[2], 0.15, 1e-12);
    EXPECT_NEAR(ends[3], 0.45, 1e-12);
    options.set("against", std::string("prediction"));
    const Panel byPrediction = draw(redshifts(300), options).panels.at(0);
    for (const Series& series : byPrediction.series)
        EXPECT_NE(series.kind, Series::Kind::Line) << "an outlier is told by its truth";
}

TEST(Residuals, otherTargetsAreDifferencesInTheirUnit) {
    const Study study = samples::madeUpStudy({"CQR"}, 400);
    const Panel panel = draw(study, optionsOf(findFigure("residuals"))).panels.at(0);
    EXPECT_EQ(panel.lines.size(), 1u) << "no outliers are defined by 1 + mass";
    const Series& middle = seriesNamed(panel, "median and central 68 %");
    ASSERT_EQ(middle.x.size(), 10u);
    for (std::size_t b = 0; b < middle.x.size(); ++b) {
        EXPECT_EQ(middle.n[b], 40.0);
        EXPECT_LT(middle.yLow[b], middle.y[b]);
        EXPECT_LT(middle.y[b], middle.yHigh[b]);
    }
}

TEST(Residuals, manyGalaxiesAreCountedInCellsAndNoneIsLost) {
    const std::size_t rows = 20000;
    OptionSet options = optionsOf(findFigure("residuals"));
    options.set("x-range", std::vector<double>{-1000.0, 1000.0}); // nothing lies outside
    options.set("y-range", std::vector<double>{-1000.0, 1000.0});
    const Panel far = draw(samples::madeUpStudy({"CQR"}, rows), options).panels.at(0);
    const Series& all = seriesNamed(far, "ln of the number of galaxies");
    double counted = 0.0;
    for (const double z : all.z)
        counted += std::isfinite(z) ? std::exp(z) : 0.0;
    EXPECT_NEAR(counted + static_cast<double>(seriesNamed(far, "base prediction").x.size()), rows, 1e-6);
    const Panel near =
        draw(samples::madeUpStudy({"CQR"}, rows), optionsOf(findFigure("residuals"))).panels.at(0);
    const Series& density = seriesNamed(near, "ln of the number of galaxies");
    EXPECT_EQ(density.z.size(), (density.x.size() - 1) * (density.y.size() - 1));
    EXPECT_LT(seriesNamed(near, "base prediction").x.size(), rows / 4);
    EXPECT_FALSE(seriesNamed(near, "base prediction").x.empty()) << "single galaxies stay points";
}

TEST(Residuals, oneOutlierDoesNotStretchTheAxisAndIsCounted) {
    Study study = samples::madeUpStudy({"CQR"}, 1000);
    study.targets[0].heldOut.signals["mean"](17, 0) += 500.0;
    study.targets[0].predictions[0].mean[17] += 500.0;
    for (const char* kind : {"residuals", "prediction-vs-truth"}) {
        OptionSet options = optionsOf(findFigure(kind));
        const FigureSpec figure = draw(study, options, kind);
        EXPECT_LT(figure.panels[0].y.high, 100.0) << kind;
        EXPECT_NE(figure.caption.find("outside the axes"), std::string::npos) << kind << figure.caption;
    }
    OptionSet options = optionsOf(findFigure("prediction-vs-truth"));
    options.set("range", std::vector<double>{0.0, 1000.0});
    const FigureSpec whole = draw(study, options, "prediction-vs-truth");
    EXPECT_EQ(whole.panels[0].y.high, 1000.0);
    EXPECT_EQ(whole.caption.find("outside"), std::string::npos);
    options.set("range", std::vector<double>{3.0, 1.0});
    EXPECT_THROW(draw(study, options, "prediction-vs-truth"), UsageError);
}

TEST(CoverageByBin, theAxisServesTheNominalLevelWhereOneMethodLiesFarBelow) {
    Study study =
        samples::madeUpStudy({"VanillaSplit", "CQR", "MADSplit", "LCNet", "LCAion", "MCDropout"}, 1000);
    const OptionSet options = optionsOf(findFigure("coverage-by-bin"));
    const double before = draw(study, options, "coverage-by-bin").panels.at(0).y.low;
    Prediction& hopeless = study.targets[0].predictions.back();
    hopeless.lower = hopeless.upper = hopeless.mean;
    const FigureSpec figure = draw(study, options, "coverage-by-bin");
    for (const Panel& panel : figure.panels) {
        EXPECT_GE(panel.y.low, 0.9 - 0.35 - 0.03);
        EXPECT_LE(panel.y.low, 0.8);
        EXPECT_GE(panel.y.high, 1.0);
    }
    EXPECT_NE(figure.caption.find("below the axis"), std::string::npos);
    const Series& last = figure.panels.back().series.back();
    EXPECT_EQ(*std::max_element(last.y.begin(), last.y.end()), 0.0) << "the data keep what the axis hides";
    EXPECT_GT(before, 0.3);
}
