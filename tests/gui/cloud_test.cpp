#include "core/base/rng.h"
#include "gui/cloud/cloud_paint.h"
#include "gui/cloud/cloud_view.h"

#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>

using namespace penumbra;
using namespace penumbra::gui;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

struct Places {
    std::vector<double> x, y;
};
Places placesOf(std::size_t n, std::uint64_t seed) {
    Rng rng(seed);
    Places places;
    for (std::size_t i = 0; i < n; ++i) {
        places.x.push_back(i % 17 == 0 ? missing : 1e6 + rng.normal());
        places.y.push_back(rng.normal());
    }
    return places;
}

CloudPicture pictureOf(const Places& places, bool map = false) {
    CloudPicture picture;
    picture.points = std::make_shared<const CloudPoints>(places.x, places.y);
    picture.xLabel = "x";
    picture.yLabel = "y";
    picture.map = map;
    return picture;
}

/// Waits until every point is drawn.
void finish(CloudView& view) {
    view.grab();
    ASSERT_TRUE(QTest::qWaitFor([&] { return view.isComplete(); }, 5000));
}

} // namespace

TEST(CloudPoints, LeaveOutWhatHasNoPlaceAndKnowTheirRows) {
    const Places places = placesOf(1000, 3);
    const CloudPoints points(places.x, places.y);
    ASSERT_EQ(points.size(), 1000u - 59u); // rows 0, 17, ..., 986
    std::vector<std::int64_t> rows = points.row();
    EXPECT_FALSE(std::is_sorted(rows.begin(), rows.end())) << "shuffled";
    std::sort(rows.begin(), rows.end());
    EXPECT_EQ(std::unique(rows.begin(), rows.end()), rows.end());
    for (std::size_t i = 0; i < points.size(); ++i) {
        EXPECT_EQ(points.x()[i], places.x[static_cast<std::size_t>(points.row()[i])]);
        EXPECT_EQ(points.y()[i], places.y[static_cast<std::size_t>(points.row()[i])]);
    }
}

TEST(CloudPoints, PolygonsHoldWhatQtSaysTheyHold) {
    const Places places = placesOf(3000, 5);
    const CloudPoints points(places.x, places.y);
    Rng rng(9);
    for (int round = 0; round < 50; ++round) {
        QPolygonF polygon; // crosses itself
        for (int corner = 0; corner < 3 + 3 * round; ++corner)
            polygon << QPointF(1e6 + 2.0 * rng.normal(), 2.0 * rng.normal());
        std::vector<std::int64_t> wanted;
        for (std::size_t row = 0; row < places.x.size(); ++row)
            if (!std::isnan(places.x[row]) &&
                polygon.containsPoint(QPointF(places.x[row], places.y[row]), Qt::OddEvenFill))
                wanted.push_back(static_cast<std::int64_t>(row));
        EXPECT_EQ(points.rowsWithin(polygon), wanted) << round;
    }
    EXPECT_TRUE(points.rowsWithin(QPolygonF()).empty());
}

TEST(CloudPoints, FindTheNearestInPixels) {
    const std::vector<double> x{0, 1, 2}, y{0, 0, 10};
    const CloudPoints points(x, y);
    const auto rowAt = [&](QPointF place, double perX, double perY) {
        const auto hit = points.nearest(place, perX, perY, 5.0);
        return hit ? points.row()[*hit] : -1;
    };
    EXPECT_EQ(rowAt({0.4, 0.0}, 10.0, 1.0), 0);
    EXPECT_EQ(rowAt({0.6, 0.0}, 10.0, 1.0), 1);
    EXPECT_EQ(rowAt({0.5, 0.0}, 100.0, 1.0), -1) << "50 pixels away from both";
    EXPECT_EQ(rowAt({2.0, 6.0}, 1.0, 1.0), 2);
}

TEST(CloudPoints, TheNearestOfManyIsThatOfABruteSearch) {
    const Places places = placesOf(5000, 8);
    const CloudPoints points(places.x, places.y);
    Rng rng(10);
    int found = 0;
    for (int round = 0; round < 2000; ++round) {
        const QPointF place(1e6 + 1.5 * rng.normal(), 1.5 * rng.normal());
        const double perX = std::exp(4.0 * rng.uniform()), perY = -std::exp(4.0 * rng.uniform());
        const double radius = 6.0 * rng.uniform();
        std::optional<std::size_t> wanted;
        double best = radius * radius;
        for (std::size_t i = 0; i < points.size(); ++i) {
            const double distance = std::pow((points.x()[i] - place.x()) * perX, 2) +
                                    std::pow((points.y()[i] - place.y()) * perY, 2);
            if (distance <= best) {
                best = distance;
                wanted = i;
            }
        }
        found += wanted.has_value();
        EXPECT_EQ(points.nearest(place, perX, perY, radius), wanted) << round;
    }
    EXPECT_GT(found, 500);
    EXPECT_LT(found, 1900);
}

// Shapes drawn by hand: thousands of short edges, small and large, on and beside the points.
TEST(CloudPoints, LassosHoldWhatABruteSearchHolds) {
    const Places places = placesOf(20000, 11);
    const CloudPoints points(places.x, places.y);
    Rng rng(12);
    for (int round = 0; round < 12; ++round) {
        const QPointF middle(1e6 + 2.0 * rng.normal(), 2.0 * rng.normal());
        const double size = std::exp(-4.0 * rng.uniform()) * 4.0, waves = 1.0 + 7.0 * rng.uniform();
        QPolygonF lasso;
        for (int corner = 0; corner < 700; ++corner) {
            const double angle = corner * 2.0 * 3.14159265358979 / 700.0;
            const double radius = size * (1.0 + 0.4 * std::sin(waves * angle));
            lasso << middle + radius * QPointF(std::cos(angle), std::sin(angle));
        }
        std::vector<std::int64_t> wanted;
        for (std::size_t row = 0; row < places.x.size(); ++row)
            if (!std::isnan(places.x[row]) &&
                lasso.containsPoint(QPointF(places.x[row], places.y[row]), Qt::OddEvenFill))
                wanted.push_back(static_cast<std::int64_t>(row));
        EXPECT_EQ(points.rowsWithin(lasso), wanted) << round;
    }
}

TEST(CloudPoints, OneGalaxyHasAnExtentToo) {
    const std::vector<double> x{3.0}, y{1e12};
    const QRectF bounds = CloudPoints(x, y).bounds();
    EXPECT_GT(bounds.width(), 0.0);
    EXPECT_GT(bounds.height(), 0.0);
    EXPECT_TRUE(bounds.contains(QPointF(3.0, 1e12)));
}

TEST(Colouring, WholeNumbersAreCategoriesAndOthersAScaleWithoutItsOutliers) {
    const auto split = CloudColouring::of("split", {0, 1, 2, 1, missing, 2});
    EXPECT_EQ(split.scale, CloudColouring::Scale::Categories);
    ASSERT_EQ(split.categories.size(), 3u);
    EXPECT_EQ(split.values[3], 1.0);
    EXPECT_TRUE(std::isnan(split.values[4]));
    std::vector<double> values;
    for (int i = 0; i <= 1000; ++i)
        values.push_back(0.001 * i);
    values.push_back(1e30);
    values.push_back(missing);
    const auto scale = CloudColouring::of("flux", values);
    EXPECT_EQ(scale.scale, CloudColouring::Scale::Sequential);
    EXPECT_NEAR(scale.low, 0.01, 0.002);
    EXPECT_NEAR(scale.high, 0.99, 0.002);
    const auto coverage = CloudColouring::about("coverage", {0.7, 0.95, missing}, 0.9);
    EXPECT_NEAR(coverage.low, 0.7, 1e-12);
    EXPECT_NEAR(coverage.high, 0.95, 1e-12);
    const auto texts = CloudColouring::of("class", std::vector<std::string>{"b", "a", "b", "", "c"});
    EXPECT_EQ(texts.categories.front(), "b");
    EXPECT_EQ(texts.values[2], 0.0);
    EXPECT_TRUE(std::isnan(texts.values[3]));
    for (const auto& colouring : {split, scale, coverage, texts}) {
        EXPECT_NE(colourOf(colouring, missing, lightTheme()),
                  colourOf(colouring, colouring.low, lightTheme()));
    }
}

TEST(Colouring, OnlyMissingValuesHarmNothing) {
    const auto nothing = CloudColouring::of("x", std::vector<double>{missing, missing});
    const CloudPoints points({0, 1}, {0, 1});
    for (const QRgb colour : coloursOf(nothing, points, lightTheme()))
        EXPECT_EQ(colour, colourOf(nothing, missing, lightTheme()).rgb());
    const auto about = CloudColouring::about("c", {missing, missing}, 0.9);
    for (const QRgb colour : coloursOf(about, points, darkTheme()))
        EXPECT_EQ(colour, colourOf(about, missing, darkTheme()).rgb());
}

TEST(Colouring, TooLittleCoverageIsRedAndTooMuchBlue) {
    const auto coverage = CloudColouring::about("coverage", {0.6, 0.9, 1.0}, 0.9);
    for (const Theme& theme : {lightTheme(), darkTheme()}) {
        const QColor little = colourOf(coverage, 0.6, theme), much = colourOf(coverage, 1.0, theme),
                     nominal = colourOf(coverage, 0.9, theme);
        EXPECT_GT(little.red(), little.blue() + 50);
        EXPECT_GT(much.blue(), much.red() + 15) << "a third of the way";
        EXPECT_LT(nominal.saturation(), 40);
    }
}

TEST(CloudTicks, LogarithmicAxesTellTheNumbersThemselves) {
    std::vector<std::pair<double, QString>> few, many;
    for (const Tick& tick : ticksOf(-0.1, 2.1, 9, true))
        few.emplace_back(tick.at, tick.text);
    ASSERT_EQ(few.size(), 7U) << "1, 2, 5, 10, 20, 50, 100";
    EXPECT_EQ(few[4].second, "20");
    EXPECT_NEAR(few[4].first, std::log10(20.0), 1e-12);
    for (const Tick& tick : ticksOf(-3.0, 4.0, 4, true))
        many.emplace_back(tick.at, tick.text);
    ASSERT_GE(many.size(), 3U);
    EXPECT_LE(many.size(), 5U) << "no room for more";
    for (const auto& [at, text] : many)
        EXPECT_NEAR(std::log10(text.toDouble()), at, 1e-9) << "powers of ten";
    for (const Tick& tick : ticksOf(0.0, 10.0, 5, false))
        EXPECT_EQ(tick.text.toDouble(), tick.at);
}

TEST(CloudRaster, PointsFallWhereTheFrameHasThem) {
    const CloudPoints points({0.0, 1.0}, {0.0, 2.0});
    CloudFrame frame{{200, 100}, -0.5, 3.0, 100.0, 25.0};
    const std::vector<QRgb> colours(2, qRgb(255, 0, 0));
    for (const double diameter : {1.5, 5.0}) {
        QImage picture(frame.pixels, QImage::Format_ARGB32_Premultiplied);
        picture.fill(Qt::white);
        drawCloud(picture, points, {0, 2, false}, colours, {}, frame, diameter, qRgb(255, 255, 255));
        EXPECT_EQ(picture.pixel(50, 75), qRgb(255, 0, 0)) << diameter;
        EXPECT_EQ(picture.pixel(150, 25), qRgb(255, 0, 0)) << diameter;
        EXPECT_EQ(picture.pixel(100, 50), qRgb(255, 255, 255));
        const QPointF back = frame.toData(frame.toPixel(0.3, 1.7));
        EXPECT_NEAR(back.x(), 0.3, 1e-12);
        EXPECT_NEAR(back.y(), 1.7, 1e-12);
    }
}

TEST(CloudRaster, SelectedPointsKeepTheirColourAndOthersPale) {
    const CloudPoints points({0.0, 1.0}, {0.0, 0.0});
    const CloudFrame frame = CloudFrame::around(points.bounds(), {101, 51}, false);
    std::vector<std::uint8_t> selected(2, 0);
    selected[points.row()[0] == 1 ? 0 : 1] = 1;
    const std::vector<QRgb> colours(2, qRgb(200, 0, 0));
    QImage picture(frame.pixels, QImage::Format_ARGB32_Premultiplied);
    picture.fill(Qt::white);
    for (const bool second : {false, true})
        drawCloud(picture, points, {0, 2, second}, colours, selected, frame, 4.0, qRgb(255, 255, 255));
    const QPoint first = frame.toPixel(0.0, 0.0).toPoint(), other = frame.toPixel(1.0, 0.0).toPoint();
    EXPECT_EQ(picture.pixel(other), qRgb(200, 0, 0));
    EXPECT_NE(picture.pixel(first), qRgb(200, 0, 0));
    EXPECT_NE(picture.pixel(first), qRgb(255, 255, 255));
}

TEST(CloudRaster, CornersOutsideThePictureAreCutAndEndlessFramesHarmNothing) {
    const CloudPoints points({-5.0, 0.0, 5.0, 1e300}, {0.0, 0.0, 0.0, -1e300});
    const std::vector<QRgb> colours(4, qRgb(1, 2, 3));
    QImage picture({40, 40}, QImage::Format_ARGB32_Premultiplied);
    picture.fill(Qt::white);
    drawCloud(picture, points, {0, 99, false}, colours, {}, {{40, 40}, -0.1, 0.1, 200.0, 200.0}, 7.0, 0);
    drawDensity(picture, points, {{40, 40}, -0.1, 0.1, 200.0, 200.0});
    EXPECT_NE(picture.pixel(20, 20), QColor(Qt::white).rgb());
    EXPECT_EQ(picture.pixel(1, 1), QColor(Qt::white).rgb());
}

TEST(CloudView, ClickPicksTheGalaxyUnderTheMouse) {
    CloudView view;
    view.resize(640, 480);
    view.setPicture(pictureOf(placesOf(300, 7)));
    view.show();
    finish(view);
    QSignalSpy picked(&view, &CloudView::rowsPicked);
    for (const std::int64_t row : {5, 100, 299}) {
        const auto at = view.placeOf(row);
        ASSERT_TRUE(at);
        QTest::mouseClick(&view, Qt::LeftButton, {}, at->toPoint());
        ASSERT_EQ(picked.count(), 1);
        const auto rows = picked.takeFirst().at(0).value<std::vector<std::int64_t>>();
        ASSERT_EQ(rows.size(), 1u);
        const QPointF off = *view.placeOf(rows[0]) - *at;
        EXPECT_LT(std::hypot(off.x(), off.y()), 1.5) << "that one, or one on top of it";
    }
    EXPECT_FALSE(view.placeOf(0)) << "row 0 has no place";
}

TEST(CloudView, ShiftDragSelectsARectangleAndTellsOfItMeanwhile) {
    CloudView view;
    view.resize(640, 480);
    const Places places = placesOf(500, 8);
    view.setPicture(pictureOf(places));
    view.show();
    finish(view);
    std::size_t told = 0;
    view.setShapeText([&](const std::vector<std::int64_t>& rows) {
        told = rows.size();
        return QString("n = %1").arg(rows.size());
    });
    QSignalSpy picked(&view, &CloudView::rowsPicked);
    QTest::mousePress(&view, Qt::LeftButton, Qt::ShiftModifier, {200, 120});
    QTest::mouseMove(&view, {420, 300});
    QTest::mouseRelease(&view, Qt::LeftButton, Qt::ShiftModifier, {420, 300});
    ASSERT_EQ(picked.count(), 1);
    const auto rows = picked.takeFirst().at(0).value<std::vector<std::int64_t>>();
    std::vector<std::int64_t> wanted;
    for (std::int64_t row = 0; row < 500; ++row)
        if (const auto at = view.placeOf(row);
            at && QRectF(QPointF(200, 120), QPointF(420, 300)).contains(*at))
            wanted.push_back(row);
    EXPECT_GT(wanted.size(), 20u);
    EXPECT_EQ(rows, wanted);
    EXPECT_EQ(told, wanted.size());
}

TEST(CloudView, ZoomKeepsThePlaceUnderTheMouseAndDoubleClickFitsAgain) {
    CloudView view;
    view.resize(640, 480);
    view.setPicture(pictureOf(placesOf(300, 7), true));
    view.show();
    finish(view);
    const QPointF before = *view.placeOf(5);
    QWheelEvent wheel(before, view.mapToGlobal(before), {}, {0, 240}, Qt::NoButton, {}, Qt::NoScrollPhase,
                      false);
    QApplication::sendEvent(&view, &wheel);
    finish(view);
    const QPointF other = *view.placeOf(100);
    EXPECT_NEAR(view.placeOf(5)->x(), before.x(), 0.5);
    EXPECT_NEAR(view.placeOf(5)->y(), before.y(), 0.5);
    QTest::mouseDClick(&view, Qt::LeftButton, {}, {300, 200});
    EXPECT_NE(*view.placeOf(100), other);
    EXPECT_NEAR(view.placeOf(5)->x(), before.x(), 1e-6);
    view.zoomTo(RowMask::of(300, std::vector<std::int64_t>{5}));
    EXPECT_NEAR(view.placeOf(5)->x(), 312, 60) << "a single galaxy comes to the middle";
}

TEST(CloudView, ManyPointsComeInSlicesAndItSaysHowMany) {
    CloudView view;
    view.resize(800, 600);
    Places places;
    for (int i = 0; i < 3000000; ++i) {
        places.x.push_back(std::sin(0.7 * i) + 0.3 * std::sin(0.031 * i));
        places.y.push_back(std::cos(1.3 * i));
    }
    view.setPicture(pictureOf(places));
    view.setColouring(CloudColouring::of("y", places.y));
    view.show();
    view.grab();
    EXPECT_FALSE(view.isComplete());
    finish(view);
    const QImage picture = view.grab().toImage();
    EXPECT_NE(picture.pixelColor(picture.width() / 2 - 30, picture.height() / 2), lightTheme().page);
}

TEST(CloudView, AnEmptyOneSaysWhatToDo) {
    CloudView view;
    view.resize(400, 300);
    view.setEmptyMessage("Make a map first.");
    view.show();
    const QImage without = view.grab().toImage();
    CloudPicture none = pictureOf({{missing}, {missing}});
    view.setPicture(none);
    EXPECT_EQ(view.grab().toImage(), without) << "rows without a place are none";
}
