// The cloud in three dimensions, as far as it needs no OpenGL: places, camera, picking, lasso; and what is
// said where there is none.
#include "core/base/error.h"
#include "core/base/rng.h"
#include "gui/space3d/space_view.h"

#include <QMatrix4x4>
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
    std::vector<double> x, y, z;
};
Places placesOf(std::size_t n, std::uint64_t seed) {
    Rng rng(seed);
    Places places;
    for (std::size_t i = 0; i < n; ++i) {
        places.x.push_back(i % 17 == 0 ? missing : 1e6 + rng.normal());
        places.y.push_back(3.0 * rng.normal());
        places.z.push_back(i % 23 == 5 ? missing : 0.1 * rng.normal());
    }
    return places;
}

SpaceCamera randomCamera(Rng& rng) {
    return {360.0 * rng.uniform() - 180.0,
            180.0 * rng.uniform() - 90.0,
            std::exp(rng.normal()),
            {0.5 * rng.normal(), 0.5 * rng.normal(), 0.5 * rng.normal()}};
}

/// The same camera by Qt's matrices: turned about the upright axis, lifted, looked at, seen in perspective.
std::optional<QPointF> seenByQt(const SpaceCamera& camera, const QSizeF& pixels,
                                const std::array<double, 3>& place) {
    QMatrix4x4 turned;
    turned.rotate(static_cast<float>(camera.azimuth), 0.0f, 0.0f, 1.0f);
    turned.rotate(static_cast<float>(-camera.elevation), 1.0f, 0.0f, 0.0f);
    const double distance = std::sqrt(3.0) / std::sin(15.0 * M_PI / 180.0) / camera.zoom;
    const QVector3D centre(static_cast<float>(camera.centre[0]), static_cast<float>(camera.centre[1]),
                           static_cast<float>(camera.centre[2]));
    const QVector3D eye = centre + turned.map(QVector3D(0.0f, static_cast<float>(-distance), 0.0f));
    QMatrix4x4 view;
    view.lookAt(eye, centre, turned.map(QVector3D(0.0f, 0.0f, 1.0f)));
    const QVector3D at = view.map(
        QVector3D(static_cast<float>(place[0]), static_cast<float>(place[1]), static_cast<float>(place[2])));
    const double depth = -at.z();
    if (depth <= 0.05 * distance)
        return std::nullopt;
    const double shorter = std::min(pixels.width(), pixels.height());
    QMatrix4x4 lens;
    lens.perspective(30.0f, 1.0f, 0.01f, 1000.0f);
    const QVector3D seen = lens.map(at);
    return QPointF(0.5 * pixels.width() + 0.5 * shorter * seen.x(),
                   0.5 * pixels.height() - 0.5 * shorter * seen.y());
}

} // namespace

TEST(SpacePoints, FillACubeAndKnowTheirRows) {
    const Places places = placesOf(2000, 3);
    for (const bool equal : {false, true}) {
        const SpacePoints points(places.x, places.y, places.z, equal);
        std::size_t whole = 0;
        for (std::size_t i = 0; i < places.x.size(); ++i)
            whole += std::isfinite(places.x[i]) && std::isfinite(places.z[i]) ? 1 : 0;
        ASSERT_EQ(points.size(), whole);
        std::array<double, 3> most{};
        for (std::size_t i = 0; i < points.size(); ++i) {
            const auto row = static_cast<std::size_t>(points.row()[i]);
            const std::array<double, 3> given = {places.x[row], places.y[row], places.z[row]},
                                        at = points.place(i);
            for (int axis = 0; axis < 3; ++axis) {
                EXPECT_NEAR(points.value(axis, at[axis]), given[axis], 2e-6); // of a range of some 20
                EXPECT_NEAR(points.toUnit(axis, given[axis]), at[axis], 2e-7);
                most[axis] = std::max(most[axis], std::abs(at[axis]));
            }
        }
        for (int axis = 0; axis < 3; ++axis)
            EXPECT_NEAR(most[axis], points.reach()[axis], 1e-6);
        EXPECT_NEAR(points.reach()[1], 1.0, 1e-6);
        EXPECT_EQ(points.reach()[2] < 0.2, equal);
    }
    EXPECT_THROW(SpacePoints({1.0}, {1.0, 2.0}, {1.0}, true), Error);
    const SpacePoints flat({1.0, 2.0}, {5.0, 5.0}, {0.0, 1.0}, true); // one value along an axis
    EXPECT_EQ(flat.size(), 2u);
    EXPECT_EQ(flat.place(0)[1], 0.0);
}

TEST(SpaceProjection, SeesWhatQtsMatricesSee) {
    Rng rng(11);
    int compared = 0;
    for (int round = 0; round < 400; ++round) {
        const SpaceCamera camera = randomCamera(rng);
        const QSizeF pixels(200.0 + 1000.0 * rng.uniform(), 200.0 + 1000.0 * rng.uniform());
        const std::array<double, 3> place = {2.0 * rng.uniform() - 1.0, 2.0 * rng.uniform() - 1.0,
                                             2.0 * rng.uniform() - 1.0};
        const auto wanted = seenByQt(camera, pixels, place);
        const auto seen = SpaceProjection(camera, pixels).project(place);
        if (!wanted || !seen || std::hypot(wanted->x(), wanted->y()) > 1e4)
            continue;
        ++compared;
        EXPECT_NEAR(seen->pixel.x(), wanted->x(), 0.1) << round;
        EXPECT_NEAR(seen->pixel.y(), wanted->y(), 0.1) << round;
    }
    EXPECT_GT(compared, 250);
}

TEST(SpaceProjection, TheWholeCubeIsSeenAndItsAxesPointAsSaid) {
    Rng rng(5);
    for (int round = 0; round < 50; ++round) {
        SpaceCamera camera = randomCamera(rng);
        camera.zoom = 1.0;
        camera.centre = {};
        const QSizeF pixels(700.0, 300.0 + 600.0 * rng.uniform());
        const SpaceProjection seen(camera, pixels);
        for (int corner = 0; corner < 8; ++corner) {
            const auto at = seen.project(
                {(corner & 1) ? 1.0 : -1.0, (corner & 2) ? 1.0 : -1.0, (corner & 4) ? 1.0 : -1.0});
            ASSERT_TRUE(at);
            EXPECT_TRUE(QRectF(QPointF(), pixels).contains(at->pixel));
            EXPECT_GE(at->depth, seen.nearest());
            EXPECT_LE(at->depth, seen.farthest());
        }
    }
    const SpaceProjection front({0.0, 0.0, 1.0, {}}, QSizeF(400, 400));
    EXPECT_GT(front.project({0.5, 0, 0})->pixel.x(), 200.0);
    EXPECT_LT(front.project({0, 0, 0.5})->pixel.y(), 200.0);
    EXPECT_GT(front.project({0, 0.5, 0})->depth, front.project({0, -0.5, 0})->depth);
    const SpaceProjection top({0.0, 90.0, 1.0, {}}, QSizeF(400, 400));
    EXPECT_LT(top.project({0, 0.5, 0})->pixel.y(), 200.0);
    EXPECT_LT(top.project({0, 0, 0.5})->depth, top.project({0, 0, -0.5})->depth);
}

TEST(SpacePoints, ALassoHoldsWhatIsSeenInsideIt) {
    const Places places = placesOf(2000, 7);
    const SpacePoints points(places.x, places.y, places.z, false);
    Rng rng(9);
    for (int round = 0; round < 40; ++round) {
        const SpaceProjection seen(randomCamera(rng), QSizeF(800, 600));
        QPolygonF polygon; // crosses itself
        for (int corner = 0; corner < 3 + round; ++corner)
            polygon << QPointF(800 * rng.uniform(), 600 * rng.uniform());
        std::vector<std::int64_t> wanted;
        for (std::size_t i = 0; i < points.size(); ++i)
            if (const auto at = seen.project(points.place(i));
                at && polygon.containsPoint(at->pixel, Qt::OddEvenFill))
                wanted.push_back(points.row()[i]);
        std::sort(wanted.begin(), wanted.end());
        EXPECT_EQ(points.rowsWithin(polygon, seen), wanted) << round;
    }
}

TEST(SpacePoints, PickingTakesTheForemostDiscOrElseTheNearestPoint) {
    const Places places = placesOf(3000, 13);
    const SpacePoints points(places.x, places.y, places.z, false);
    Rng rng(17);
    int discs = 0, near = 0, none = 0;
    for (int round = 0; round < 1000; ++round) {
        const SpaceProjection seen(randomCamera(rng), QSizeF(800, 600));
        const QPointF at(800 * rng.uniform(), 600 * rng.uniform());
        const double disc = 3.0, radius = 10.0;
        // brute force: sort all by (touched, depth) and by distance
        struct Candidate {
            double distance, depth;
            std::size_t i;
        };
        std::vector<Candidate> all;
        for (std::size_t i = 0; i < points.size(); ++i)
            if (const auto p = seen.project(points.place(i)))
                all.push_back({std::hypot(p->pixel.x() - at.x(), p->pixel.y() - at.y()), p->depth, i});
        std::vector<Candidate> touched;
        std::copy_if(all.begin(), all.end(), std::back_inserter(touched),
                     [&](auto& c) { return c.distance <= disc; });
        const auto found = points.pick(at, seen, disc, radius);
        if (!touched.empty()) {
            ++discs;
            const auto front = std::min_element(touched.begin(), touched.end(),
                                                [](auto& a, auto& b) { return a.depth < b.depth; });
            ASSERT_TRUE(found);
            EXPECT_EQ(*found, front->i);
            continue;
        }
        const auto nearest = std::min_element(all.begin(), all.end(),
                                              [](auto& a, auto& b) { return a.distance < b.distance; });
        if (nearest != all.end() && nearest->distance <= radius) {
            ++near;
            ASSERT_TRUE(found);
            EXPECT_EQ(*found, nearest->i);
        } else {
            ++none;
            EXPECT_FALSE(found);
        }
    }
    EXPECT_GT(discs, 20);
    EXPECT_GT(near, 20);
    EXPECT_GT(none, 20);
}

class SpaceViewTest : public testing::Test {
protected:
    void SetUp() override {
        const Places places = placesOf(500, 21);
        SpacePicture picture;
        picture.points = std::make_shared<const SpacePoints>(places.x, places.y, places.z, false);
        picture.labels = {"a", "b", "c"};
        view_.resize(640, 480);
        view_.setPicture(picture);
        view_.show();
    }
    SpaceView view_;
};

TEST_F(SpaceViewTest, WithoutOpenGLItSaysSoAndSelectsAllTheSame) {
    view_.grab();
    EXPECT_TRUE(view_.failure().contains("OpenGL")) << view_.failure().toStdString();
    EXPECT_TRUE(view_.isComplete());
    qRegisterMetaType<penumbra::Combine>();
    std::vector<std::int64_t> picked;
    QObject::connect(&view_, &SpaceView::rowsPicked, &view_,
                     [&](const std::vector<std::int64_t>& rows, Combine) { picked = rows; });
    const std::int64_t row = view_.picture().points->row().front();
    QTest::mouseClick(&view_, Qt::LeftButton, {}, view_.placeOf(row)->toPoint());
    ASSERT_EQ(picked.size(), 1u);
    const QRectF box(200, 150, 200, 160);
    QTest::mousePress(&view_, Qt::LeftButton, Qt::ShiftModifier, box.topLeft().toPoint());
    QTest::mouseMove(&view_, box.bottomRight().toPoint());
    QTest::mouseRelease(&view_, Qt::LeftButton, Qt::ShiftModifier, box.bottomRight().toPoint());
    EXPECT_EQ(picked, view_.picture().points->rowsWithin(QPolygonF(box), view_.projection()));
    EXPECT_GT(picked.size(), 5u);
}

TEST_F(SpaceViewTest, TheHandTurnsShiftsAndZoomsAndTellsIt) {
    SpaceCamera told;
    QObject::connect(&view_, &SpaceView::cameraMoved, &view_,
                     [&](const SpaceCamera& camera) { told = camera; });
    view_.setCamera({10.0, 20.0, 1.0, {}});
    QTest::mousePress(&view_, Qt::LeftButton, {}, {300, 200});
    QTest::mouseMove(&view_, {350, 200});
    QTest::mouseRelease(&view_, Qt::LeftButton, {}, {350, 200});
    EXPECT_LT(told.azimuth, 10.0); // what is near goes along with the hand
    EXPECT_EQ(told.elevation, 20.0);
    const SpaceProjection before = view_.projection();
    const QPointF middle = before.project({0, 0, 0})->pixel;
    QTest::mousePress(&view_, Qt::RightButton, {}, {300, 200});
    QTest::mouseMove(&view_, {340, 230});
    QTest::mouseRelease(&view_, Qt::RightButton, {}, {340, 230});
    const QPointF after = view_.projection().project({0, 0, 0})->pixel;
    EXPECT_NEAR(after.x() - middle.x(), 40.0, 1.0);
    EXPECT_NEAR(after.y() - middle.y(), 30.0, 1.0);
    QTest::keyClick(&view_, Qt::Key_Plus);
    EXPECT_EQ(told.zoom, 1.25);
    QTest::keyClick(&view_, Qt::Key_0);
    EXPECT_TRUE(told == SpaceCamera());
    QTest::keyClick(&view_, Qt::Key_Up);
    EXPECT_EQ(told.elevation, SpaceCamera().elevation + 10.0);
}
