#include "core/eval/evaluate.h"
#include "core/report/figures.h"
#include "tests/core/report/made_up_study.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::report;

namespace {

OptionSet cellOptions() {
    OptionSet options;
    findFigure("coverage-cells").options(options);
    return options;
}

FigureSpec draw(const FigureInput& input, const OptionSet& options) {
    return findFigure("coverage-cells").make(input, options);
}

/// Filled cells, or those that are outlined.
const Series* cellsOf(const Panel& panel, bool filled) {
    for (const Series& series : panel.series)
        if (series.kind == Series::Kind::Cells && series.z.empty() != filled)
            return &series;
    return nullptr;
}

bool contains(const Series& cells, std::size_t cell, double x, double y) {
    bool inside = false;
    for (std::size_t c = 0; c < cells.corners; ++c) {
        const std::size_t a = cell * cells.corners + c, b = cell * cells.corners + (c + 1) % cells.corners;
        if ((cells.cornersY[a] > y) != (cells.cornersY[b] > y) &&
            x < cells.cornersX[a] + (y - cells.cornersY[a]) / (cells.cornersY[b] - cells.cornersY[a]) *
                                        (cells.cornersX[b] - cells.cornersX[a]))
            inside = !inside;
    }
    return inside;
}

} // namespace

TEST(CoverageCells, CellsHoldWhatLiesInside) {
    const Study study = samples::madeUpStudy({"CQR"}, 500);
    const TargetStudy& target = study.targets[0];
    const Prediction& prediction = target.predictions[0];
    const FigureSpec figure = draw({study}, cellOptions()); // of prediction and width
    const Series* cells = cellsOf(figure.panels.at(0), true);
    ASSERT_NE(cells, nullptr);
    std::size_t counted = 0;
    for (std::size_t cell = 0; cell < cells->x.size(); ++cell) {
        std::size_t n = 0, covered = 0;
        for (std::size_t i = 0; i < prediction.mean.size(); ++i)
            if (contains(*cells, cell, target.basePrediction()[i],
                         prediction.upper[i] - prediction.lower[i])) {
                ++n;
                covered += covers(prediction, i, target.testTruth()[i]) ? 1 : 0;
            }
        EXPECT_EQ(cells->n[cell], static_cast<double>(n));
        EXPECT_DOUBLE_EQ(cells->z[cell], static_cast<double>(covered) / static_cast<double>(n));
        EXPECT_GE(n, 5U);
        counted += n;
    }
    EXPECT_GT(counted, 300U);
    EXPECT_LT(cells->zScale.at(0), 0.9);
    EXPECT_EQ(cells->zScale.at(1), 0.9);
}

TEST(CoverageCells, EveryCellKnowsItsGalaxies) {
    const Study study = samples::madeUpStudy({"CQR"}, 500);
    const TargetStudy& target = study.targets[0];
    const Prediction& prediction = target.predictions[0];
    const std::vector<std::int64_t> rows = target.testRows();
    const FigureSpec figure = draw({study}, cellOptions());
    std::vector<std::int64_t> all;
    for (const Series& series : figure.panels.at(0).series) {
        if (series.members.empty())
            continue; // outlines
        ASSERT_EQ(series.members.size(), series.x.size());
        EXPECT_FALSE(series.membersByOutcome);
        for (std::size_t cell = 0; cell < series.x.size(); ++cell) {
            EXPECT_EQ(static_cast<double>(series.members[cell].size()), series.n[cell]);
            all.insert(all.end(), series.members[cell].begin(), series.members[cell].end());
            for (const std::int64_t row : series.members[cell]) {
                const auto i =
                    static_cast<std::size_t>(std::find(rows.begin(), rows.end(), row) - rows.begin());
                ASSERT_LT(i, rows.size());
                if (series.kind == Series::Kind::Cells) {
                    EXPECT_TRUE(contains(series, cell, target.basePrediction()[i],
                                         prediction.upper[i] - prediction.lower[i]));
                }
            }
        }
    }
    std::sort(all.begin(), all.end());
    EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end()) << "none is in two cells";
    std::size_t labelled = 0;
    for (const double truth : target.testTruth())
        labelled += std::isnan(truth) ? 0 : 1;
    EXPECT_EQ(all.size(), labelled);
    OptionSet options = cellOptions();
    options.set("against", std::string("truth"));
    EXPECT_TRUE(cellsOf(draw({study}, options).panels.at(0), true)->membersByOutcome);
}

TEST(CoverageCells, CellsFarFromThePromiseAreOutlined) {
    Study study = samples::madeUpStudy({"CQR"}, 2000);
    TargetStudy& target = study.targets[0];
    Prediction& prediction = target.predictions[0];
    for (std::size_t i = 0; i < 2000; ++i) { // bright galaxies are never covered, others always
        const bool bright = target.basePrediction()[i] > 10.5;
        prediction.lower[i] = target.testTruth()[i] + (bright ? 1.0 : -1.0);
        prediction.upper[i] = target.testTruth()[i] + (bright ? 3.0 : 1.0);
    }
    OptionSet options = cellOptions();
    options.set("against", std::string("prediction"));
    const FigureSpec figure = draw({study}, options);
    const Series* filled = cellsOf(figure.panels.at(0), true);
    const Series* outlined = cellsOf(figure.panels.at(0), false);
    ASSERT_NE(outlined, nullptr);
    for (std::size_t cell = 0; cell < filled->x.size(); ++cell)
        if (filled->z[cell] < 0.5 && filled->n[cell] >= 10.0) {
            EXPECT_NE(std::find(outlined->x.begin(), outlined->x.end(), filled->x[cell]), outlined->x.end());
        }
    options.set("against", std::string("truth")); // chosen by the outcome: nothing is tested
    const FigureSpec byOutcome = draw({study}, options);
    EXPECT_EQ(cellsOf(byOutcome.panels.at(0), false), nullptr);
    EXPECT_NE(byOutcome.caption.find("none is tested"), std::string::npos);
}

TEST(CoverageCells, TheSkyIsNotTornAtZero) {
    const Study study = samples::madeUpStudy({"CQR", "MADSplit"}, 3000);
    std::vector<double> ra(4000, std::nan("")), dec = ra; // test rows are rows 1000 to 3999 of the catalogue
    Rng rng(2);
    for (std::size_t row = 1000; row < 4000; ++row) {
        ra[row] = std::fmod(360.0 + 16.0 * (rng.uniform() - 0.5), 360.0);
        dec[row] = 30.0 * rng.uniform() - 10.0;
    }
    OptionSet options = cellOptions();
    EXPECT_FALSE(draw({study}, options).panels.empty());
    options.set("cells", std::string("sky"));
    EXPECT_NE(draw({study}, options).panels.at(0).emptyMessage.find("no positions"), std::string::npos);
    const FigureSpec figure = draw({study, nullptr, nullptr, ra, dec}, options);
    ASSERT_EQ(figure.panels.size(), 2U);
    const Series* cells = cellsOf(figure.panels[0], true);
    ASSERT_NE(cells, nullptr);
    std::size_t held = 0;
    for (std::size_t cell = 0; cell < cells->x.size(); ++cell) {
        EXPECT_LT(std::abs(cells->x[cell]), 20.0);
        std::size_t n = 0;
        for (std::size_t row = 1000; row < 4000; ++row)
            n += contains(*cells, cell, ra[row] > 180.0 ? ra[row] - 360.0 : ra[row], dec[row]) ? 1 : 0;
        // Edges are drawn straight between five points, so that a galaxy or two may lie on the other side.
        EXPECT_NEAR(cells->n[cell], static_cast<double>(n), 2.0 + 0.02 * static_cast<double>(n));
        held += n;
    }
    EXPECT_GT(held, 2500U);
    EXPECT_NE(toCsv(figure).find(" of "), std::string::npos) << "each cell says its bracket";
}
