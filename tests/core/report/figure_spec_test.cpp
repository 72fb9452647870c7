#include "core/base/error.h"
#include "core/report/figure_spec.h"

#include <cmath>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

using namespace penumbra;
using namespace penumbra::report;

namespace {

FigureSpec smallFigure() {
    FigureSpec figure;
    figure.kind = "coverage-by-bin";
    figure.caption = "Coverage, \"quoted\"";
    figure.columns = 2;
    figure.widthMm = 180;
    figure.recipeJson = R"({"alpha":0.1})";
    Panel panel;
    panel.letter = "a";
    panel.heading = "CQR";
    panel.x.label = "z";
    panel.y.percent = true;
    panel.y.high = 1.0;
    panel.dodge = true;
    Series series;
    series.name = "C,QR";
    series.method = "CQR";
    series.joined = true;
    series.x = {0.1, 0.2};
    series.y = {0.9, 0.875};
    series.yLow = {0.85, 0.8};
    series.yHigh = {0.95, std::numeric_limits<double>::infinity()};
    series.n = {100, 101};
    series.row = {9007199254740993, 2};
    series.label = {"[0, 0.15)", "[0.15, 1]"};
    panel.series.push_back(series);
    panel.lines.push_back({true, 0.9, "nominal 90 %"});
    panel.counts = {{0.1, "100"}, {std::numeric_limits<double>::quiet_NaN(), "all"}};
    figure.panels = {panel};
    return figure;
}

} // namespace

TEST(FigureSpec, comesBackFromJsonAsItWas) {
    const FigureSpec figure = smallFigure();
    const auto text = toJson(figure).dump();
    const FigureSpec back = figureFromJson(nlohmann::json::parse(text));
    EXPECT_EQ(toJson(back).dump(), text);
    const Panel& panel = back.panels.at(0);
    EXPECT_TRUE(std::isnan(panel.y.low));
    EXPECT_EQ(panel.y.high, 1.0);
    EXPECT_TRUE(panel.dodge);
    EXPECT_EQ(panel.series.at(0).row.at(0), 9007199254740993); // beyond 2^53: not through a double
    EXPECT_TRUE(std::isinf(panel.series[0].yHigh.at(1)));
    EXPECT_TRUE(std::isnan(panel.counts.at(1).first));
    EXPECT_EQ(back.widthMm, 180);
    EXPECT_EQ(nlohmann::json::parse(back.recipeJson).at("alpha"), 0.1);
}

TEST(FigureSpec, saysWhatIsWrongInTheJson) {
    auto json = toJson(smallFigure());
    json["panels"][0]["series"][0]["kind"] = "pie";
    try {
        figureFromJson(json);
        FAIL() << "an unknown kind of series was taken";
    } catch (const Error& problem) {
        EXPECT_NE(std::string(problem.what()).find("pie"), std::string::npos);
    }
    json = toJson(smallFigure());
    json["panels"][0]["series"][0]["x"] = "0.1";
    EXPECT_THROW(figureFromJson(json), Error);
    EXPECT_THROW(figureFromJson(nlohmann::json::array()), Error);
    json = toJson(smallFigure());
    json["columns"] = "two";
    EXPECT_THROW(figureFromJson(json), Error);
}

TEST(FigureSpec, csvHasALineAPointAndQuotesNames) {
    const std::string csv = toCsv(smallFigure());
    EXPECT_EQ(csv, "panel,series,method,x,x_low,x_high,y,y_low,y_high,n,label,row,z\n"
                   "a CQR,\"C,QR\",CQR,0.1,,,0.9,0.85,0.95,100,\"[0, 0.15)\",9007199254740993,\n"
                   "a CQR,\"C,QR\",CQR,0.2,,,0.875,0.8,inf,101,\"[0.15, 1]\",2,\n"
                   "a CQR,nominal 90 %,,,,,0.9,,,,,,\n");
}

TEST(FigureSpec, csvOfAHeatMapHasALineACell) {
    FigureSpec figure;
    Panel panel;
    Series map;
    map.kind = Series::Kind::HeatMap;
    map.x = {0, 1, 2};
    map.y = {0, 10};
    map.z = {5, 6};
    panel.series = {map};
    figure.panels = {panel};
    EXPECT_EQ(toCsv(figure), "panel,series,method,x,x_low,x_high,y,y_low,y_high,n,label,row,z\n"
                             "1,,,0.5,0,1,5,0,10,,,,5\n"
                             "1,,,1.5,1,2,5,0,10,,,,6\n");
}
