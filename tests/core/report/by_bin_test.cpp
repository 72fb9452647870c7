#include "core/base/error.h"
#include "core/eval/oracle.h"
#include "core/report/figures.h"
#include "tests/core/report/made_up_study.h"

#include <gtest/gtest.h>
#include <numeric>
#include <stdexcept>

using namespace penumbra;
using namespace penumbra::report;

namespace {

OptionSet optionsOf(const std::string& kind) {
    OptionSet options;
    findFigure(kind).options(options);
    return options;
}

FigureSpec draw(const std::string& kind, const Study& study, const OptionSet& options,
                const io::Table* columns = nullptr) {
    return findFigure(kind).make({study, columns}, options);
}

/// The first method's points; a band may lie under them.
const Series& firstPoints(const FigureSpec& figure) {
    for (const Series& series : figure.panels.at(0).series)
        if (series.kind == Series::Kind::Points)
            return series;
    throw std::runtime_error("the figure has no points");
}

io::Table columnsFor(std::size_t rows) {
    io::Table table;
    io::Column magnitude;
    magnitude.name = "MAG_R";
    magnitude.unit = "mag";
    std::vector<double> values(rows);
    std::iota(values.begin(), values.end(), 0.0);
    magnitude.values = values;
    table.columns.push_back(magnitude);
    io::Column name;
    name.name = "NAME";
    name.values = std::vector<std::string>(rows, "x");
    table.columns.push_back(name);
    return table;
}

} // namespace

TEST(CoverageByBin, countsWhatLiesInEachBin) {
    // Ten rows, truth 0..9, intervals that hold the even ones only: in two bins 3 of 5 and 2 of 5.
    Study study;
    study.methods = {"CQR"};
    TargetStudy target;
    target.name = "z";
    Prediction prediction;
    prediction.method = "CQR";
    prediction.target = "z";
    for (int i = 0; i < 10; ++i) {
        target.heldOut.rows.push_back(i);
        target.heldOut.isTest.push_back(1);
        target.heldOut.truth.push_back(i);
        prediction.mean.push_back(i);
        prediction.lower.push_back(i % 2 == 0 ? i - 1 : i + 1);
        prediction.upper.push_back(i % 2 == 0 ? i + 1 : i + 2);
    }
    target.predictions = {prediction};
    study.targets = {target};
    OptionSet options = optionsOf("coverage-by-bin");
    options.set("condition-on", OptionValue(std::string("truth")));
    options.set("bins", OptionValue(std::int64_t{2}));
    const FigureSpec figure = draw("coverage-by-bin", study, options);
    ASSERT_EQ(figure.panels.size(), 1u);
    const Panel& panel = figure.panels[0];
    ASSERT_EQ(panel.series.size(), 1u);
    EXPECT_EQ(panel.series[0].y, (std::vector<double>{0.6, 0.4}));
    EXPECT_EQ(panel.series[0].n, (std::vector<double>{5, 5}));
    EXPECT_EQ(panel.series[0].x, (std::vector<double>{2, 7})); // medians of 0..4 and 5..9
    ASSERT_EQ(panel.lines.size(), 1u);
    EXPECT_EQ(panel.lines[0].label, "nominal 90 %");
    EXPECT_NE(figure.caption.find("chosen by the outcome"), std::string::npos);
}

TEST(CoverageByBin, takesEdgesAndLeavesOutRowsBeyond) {
    const Study study = samples::madeUpStudy({"CQR", "MADSplit"}, 500);
    OptionSet options = optionsOf("coverage-by-bin");
    options.set("edges", OptionValue(std::vector<double>{9.5, 10.0, 11.0}));
    const FigureSpec figure = draw("coverage-by-bin", study, options);
    const Series& series = firstPoints(figure);
    EXPECT_EQ(series.xLow, (std::vector<double>{9.5, 10.0}));
    EXPECT_EQ(series.xHigh, (std::vector<double>{10.0, 11.0}));
    EXPECT_LT(series.n[0] + series.n[1], 500);
    options.set("edges", OptionValue(std::vector<double>{1.0, 1.0}));
    EXPECT_THROW(draw("coverage-by-bin", study, options), UsageError);
    options.set("edges", OptionValue(std::vector<double>{1.0}));
    EXPECT_THROW(draw("coverage-by-bin", study, options), UsageError);
}

TEST(CoverageByBin, cutsByAnyNumericColumn) {
    const Study study = samples::madeUpStudy({"CQR"}, 200); // catalogue rows 1000..1199
    OptionSet options = optionsOf("coverage-by-bin");
    options.set("condition-on", OptionValue(std::string("MAG_R")));
    const io::Table columns = columnsFor(1200);
    const FigureSpec figure = draw("coverage-by-bin", study, options, &columns);
    EXPECT_EQ(figure.panels.at(0).x.label, "MAG_R, mag");
    EXPECT_EQ(firstPoints(figure).xLow.front(), 1000.0);
    EXPECT_EQ(firstPoints(figure).xHigh.back(), 1199.0);
    EXPECT_THROW(draw("coverage-by-bin", study, options), Error); // no catalogue at hand
    const io::Table tooShort = columnsFor(100);
    EXPECT_THROW(draw("coverage-by-bin", study, options, &tooShort), Error);
    options.set("condition-on", OptionValue(std::string("NAME")));
    EXPECT_THROW(draw("coverage-by-bin", study, options, &columns), Error);
    options.set("condition-on", OptionValue(std::string("NOWHERE")));
    EXPECT_THROW(draw("coverage-by-bin", study, options, &columns), Error);
}

TEST(CoverageByBin, theTargetsOwnNameIsTheTruth) {
    const Study study = samples::madeUpStudy({"CQR"}, 1000);
    OptionSet options = optionsOf("coverage-by-bin");
    options.setFromText("condition-on", "truth");
    const FigureSpec truth = draw("coverage-by-bin", study, options);
    options.setFromText("condition-on", "logmass");
    const FigureSpec named = draw("coverage-by-bin", study, options); // without the catalogue
    EXPECT_EQ(named.caption, truth.caption);
    EXPECT_NE(named.caption.find("chosen by the outcome"), std::string::npos);
    EXPECT_EQ(firstPoints(named).y, firstPoints(truth).y);
    EXPECT_EQ(named.panels[0].x.label, truth.panels[0].x.label);
    ASSERT_EQ(named.panels[0].series.size(), truth.panels[0].series.size());
    options.setFromText("condition-on", "prediction");
    const std::string other = draw("coverage-by-bin", study, options).caption;
    EXPECT_NE(other.find("covers the nominal share in each of them"), std::string::npos) << other;
}

TEST(CoverageByBin, leavesInfiniteIntervalsOutOfFiniteConvention) {
    Study study = samples::madeUpStudy({"CQR"}, 100);
    Prediction& prediction = study.targets[0].predictions[0];
    const double infinity = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < 50; ++i) {
        prediction.lower[i] = -infinity;
        prediction.upper[i] = infinity;
    }
    OptionSet options = optionsOf("coverage-by-bin");
    options.set("bins", OptionValue(std::int64_t{1}));
    const auto total = [&](const std::string& convention) {
        options.set("convention", OptionValue(convention));
        return firstPoints(draw("coverage-by-bin", study, options)).n.at(0);
    };
    EXPECT_EQ(total("all"), 100);
    EXPECT_EQ(total("finite"), 50);
}

TEST(CoverageByBin, drawsManyMethodsInAPanelEachOnOneScale) {
    const Study study = samples::madeUpStudy(samples::nineMethods(), 800);
    const FigureSpec figure = draw("coverage-by-bin", study, optionsOf("coverage-by-bin"));
    ASSERT_EQ(figure.panels.size(), 9u);
    for (const Panel& panel : figure.panels) {
        EXPECT_EQ(panel.y.low, figure.panels[0].y.low);
        EXPECT_EQ(panel.y.high, figure.panels[0].y.high);
        EXPECT_EQ(panel.heading, panel.series.back().method);
    }
    OptionSet together = optionsOf("coverage-by-bin");
    together.set("layout", OptionValue(std::string("together")));
    EXPECT_EQ(draw("coverage-by-bin", study, together).panels.size(), 1u);
}

TEST(CoverageByBin, cutsByEachMethodsOwnWidth) {
    const Study study = samples::madeUpStudy({"VanillaSplit", "CQR"}, 300);
    OptionSet options = optionsOf("coverage-by-bin");
    options.set("condition-on", OptionValue(std::string("width")));
    const FigureSpec figure = draw("coverage-by-bin", study, options);
    ASSERT_EQ(figure.panels.at(0).series.size(), 2u);
    EXPECT_EQ(figure.panels[0].series[0].x.size(), 1u) << "all widths are equal up to rounding";
    EXPECT_EQ(figure.panels[0].series[1].x.size(), 10u);
}

TEST(CoverageByBin, showsWhereAPerfectMethodWouldFall) {
    const Study study = samples::madeUpStudy({"CQR", "MADSplit"}, 1000);
    const FigureSpec figure = draw("coverage-by-bin", study, optionsOf("coverage-by-bin"));
    const Series& band = figure.panels.at(0).series.at(0);
    ASSERT_TRUE(band.oracleBand);
    ASSERT_EQ(band.x.size(), 10u);
    for (std::size_t i = 0; i < band.x.size(); ++i) { // Binomial(100, 0.9): standard deviation 3 %
        EXPECT_NEAR(band.yLow[i], 0.9 - 1.96 * 0.03, 0.015);
        EXPECT_NEAR(band.yHigh[i], 0.9 + 1.96 * 0.03, 0.015);
    }
}

TEST(CoverageByBin, theExactBandIsShownWhereFewGalaxiesCalibrate) {
    const auto named = [](const FigureSpec& figure, const std::string& name) {
        std::vector<Series> found;
        for (const Series& series : figure.panels.at(0).series)
            if (series.name == name)
                found.push_back(series);
        return found;
    };
    for (const std::size_t calibrationRows : {std::size_t{30}, std::size_t{200000}}) {
        Study study = samples::madeUpStudy({"CQR"}, 500);
        HeldOut& heldOut = study.targets[0].heldOut;
        MatrixD mean(static_cast<Eigen::Index>(500 + calibrationRows), 1);
        mean.setZero();
        mean.topRows(500) = heldOut.signals["mean"];
        heldOut.signals["mean"] = mean;
        for (std::size_t i = 0; i < calibrationRows; ++i) {
            heldOut.rows.push_back(static_cast<std::int64_t>(10000 + i));
            heldOut.isTest.push_back(0);
            heldOut.truth.push_back(i % 2 == 0 ? -0.1 : 0.1);
        }
        OptionSet options = optionsOf("coverage-by-bin");
        options.set("bins", OptionValue(std::int64_t{5}));
        const FigureSpec figure = draw("coverage-by-bin", study, options);
        ASSERT_EQ(named(figure, "perfect method, 95 % range").size(), 1u);
        const auto exact = named(figure, "exact intervals, 95 % range");
        ASSERT_EQ(exact.size(), calibrationRows == 30 ? 1u : 0u);
        EXPECT_EQ(figure.caption.find("known exactly") != std::string::npos, calibrationRows == 30);
        if (exact.empty())
            continue;
        const Interval ofHundred = binomialBand(100, 0.1);
        EXPECT_EQ(exact[0].yLow, std::vector<double>(5, ofHundred.low));
        EXPECT_EQ(exact[0].yHigh, std::vector<double>(5, ofHundred.high));
    }
}

TEST(CoverageByBin, anAxisThatIsCutSaysWhatItHides) {
    const Study study = samples::madeUpStudy({"CQR", "DeepEnsembles"}, 2000);
    for (const char* layout : {"together", "by-method"}) {
        OptionSet options = optionsOf("coverage-by-bin");
        options.setFromText("layout", layout);
        const FigureSpec whole = draw("coverage-by-bin", study, options);
        std::size_t below = 0;
        for (const Panel& panel : whole.panels)
            for (const Series& series : panel.series)
                for (const double y : series.y)
                    below += y < 0.8;
        ASSERT_GT(below, 1u) << "the test is empty";
        options.setFromText("y-range", "0.8,1");
        const FigureSpec cut = draw("coverage-by-bin", study, options);
        for (const Panel& panel : cut.panels) {
            EXPECT_EQ(panel.y.low, 0.8);
            EXPECT_EQ(panel.y.high, 1.0);
        }
        options.setFromText("y-range", "80,100"); // as the axis writes them
        EXPECT_EQ(draw("coverage-by-bin", study, options).panels[0].y.low, 0.8);
        options.setFromText("y-range", "2,3");
        for (const Panel& panel : draw("coverage-by-bin", study, options).panels)
            EXPECT_EQ(panel.counts.at(0).second, "all below the axis");
        EXPECT_EQ(cut.caption, whole.caption + " " + std::to_string(below) + " points lie outside the axis.");
        options.setFromText("y-range", "1,0.8");
        EXPECT_THROW(draw("coverage-by-bin", study, options), UsageError);
    }
}

TEST(FigureOptions, aWidthInMillimetresOrInchesOverrulesTheSize) {
    const Study study = samples::madeUpStudy({"CQR"}, 200);
    for (const std::string kind : {"coverage-by-bin", "comparison", "training"}) {
        OptionSet options = optionsOf(kind);
        options.set("size", OptionValue(std::string("two-columns")));
        const auto widthOf = [&](const std::string& text) {
            options.set("width", OptionValue(text));
            return draw(kind, study, options).widthMm;
        };
        EXPECT_EQ(widthOf(""), 180.0);
        EXPECT_EQ(widthOf("84mm"), 84.0);
        EXPECT_EQ(widthOf("84"), 84.0);
        EXPECT_DOUBLE_EQ(widthOf("3.5in"), 88.9);
        for (const std::string wrong : {"wide", "0mm", "-3in", "88cm", "1e9mm"})
            EXPECT_THROW(widthOf(wrong), UsageError) << wrong;
    }
}

TEST(FigureOptions, namesThatAreNotThereAreErrors) {
    const Study study = samples::madeUpStudy({"CQR"}, 50);
    for (const FigureKind& kind : allFigures()) {
        OptionSet options = optionsOf(kind.id);
        if (!options.contains("target"))
            continue;
        options.set("target", OptionValue(std::string("mass")));
        EXPECT_THROW(kind.make({study, nullptr}, options), Error) << kind.id;
        options.reset("target");
        options.set("methods", OptionValue(std::vector<std::string>{"LCNet"}));
        EXPECT_THROW(kind.make({study, nullptr}, options), UsageError) << kind.id;
    }
    EXPECT_THROW(findFigure("pie"), UsageError);
}

TEST(CoverageByBin, cutsByAFormulaAsByAColumnOfItsValues) {
    const Study study = samples::madeUpStudy({"CQR", "MADSplit"}, 300);
    io::Table columns = columnsFor(1300);
    io::Column made;
    made.name = "made";
    std::vector<double> values(1300);
    for (std::size_t row = 0; row < values.size(); ++row)
        values[row] = std::log10(2.0 + static_cast<double>(row * 7919 % 1300));
    made.values = values;
    io::Column scrambled;
    scrambled.name = "S";
    for (double& value : values)
        value = std::pow(10.0, value) - 2.0;
    scrambled.values = values;
    columns.columns.push_back(made);
    columns.columns.push_back(scrambled);
    OptionSet options = optionsOf("coverage-by-bin");
    options.set("methods", std::vector<std::string>{"CQR"});
    options.set("bins", std::int64_t{5});
    options.set("condition-on", std::string("made"));
    const FigureSpec byColumn = draw("coverage-by-bin", study, options, &columns);
    options.set("condition-on", std::string("log10(S + 2)"));
    const FigureSpec byFormula = draw("coverage-by-bin", study, options, &columns);
    EXPECT_EQ(firstPoints(byFormula).y, firstPoints(byColumn).y);
    EXPECT_EQ(firstPoints(byFormula).n, firstPoints(byColumn).n);
    EXPECT_EQ(byFormula.panels[0].x.label, "log10(S + 2)");

    options.set("condition-on",
                std::string("upper(CQR)-lower(CQR)")); // what a method says is known of every galaxy
    EXPECT_FALSE(firstPoints(draw("coverage-by-bin", study, options)).y.empty()) << "no catalogue is needed";
    options.set("condition-on", std::string("log10(nothing)"));
    EXPECT_THROW(draw("coverage-by-bin", study, options, &columns), Error);
}

TEST(CoverageByBin, fluxesHaveALogarithmicAxisUnlessOneIsAskedFor) {
    const Study study = samples::madeUpStudy({"CQR"}, 300);
    io::Table columns = columnsFor(1300);
    std::vector<double> flux(1300);
    for (std::size_t row = 0; row < flux.size(); ++row)
        flux[row] = std::pow(10.0, 4.0 * static_cast<double>(row * 7919 % 1300) / 1300.0);
    columns.columns[0].values = flux;
    OptionSet options = optionsOf("coverage-by-bin");
    options.set("condition-on", std::string("MAG_R"));
    EXPECT_TRUE(draw("coverage-by-bin", study, options, &columns).panels[0].x.logarithmic);
    options.set("x-axis", std::string("linear"));
    EXPECT_FALSE(draw("coverage-by-bin", study, options, &columns).panels[0].x.logarithmic);
    options.set("x-axis", std::string("auto"));
    options.set("condition-on", std::string("truth"));
    EXPECT_FALSE(draw("coverage-by-bin", study, options, &columns).panels[0].x.logarithmic) << "9 to 12";
    options.set("x-axis", std::string("log"));
    options.set("condition-on", std::string("0 - MAG_R"));
    EXPECT_THROW(draw("coverage-by-bin", study, options, &columns), UsageError) << "no logarithm of these";
}
