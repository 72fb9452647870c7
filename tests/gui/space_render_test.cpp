// The bridge between Qt and VTK: what is drawn is read back and compared with where it should stand.
#include "core/base/rng.h"
#include "gui/cloud/cloud_raster.h"
#include "gui/gl/gl_stage.h"
#include "gui/space3d/space_view.h"
#include "tests/gui/gui_test_support.h"

#include <QOffscreenSurface>
#include <QOpenGLExtraFunctions>
#include <QTest>

#include <cmath>
#include <gtest/gtest.h>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

constexpr QRgb page = 0xFF102030, line = 0xFF405060;

class StageTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(GlThread::whyNot().isEmpty())
            << "These tests need a display with OpenGL: xvfb-run -a " << GlThread::whyNot().toStdString();
        QSurfaceFormat format;
        format.setVersion(3, 3);
        format.setProfile(QSurfaceFormat::CoreProfile);
        surface_.setFormat(format);
        surface_.create();
        stage_ = std::make_unique<GlStage>(surface_);
        ASSERT_TRUE(stage_->failure().isEmpty()) << stage_->failure().toStdString();
    }
    QOffscreenSurface surface_;
    std::unique_ptr<GlStage> stage_;
};

class SceneTest : public StageTest {
protected:
    void SetUp() override {
        StageTest::SetUp();
        if (HasFatalFailure())
            return;
        stage_->begin(pixels_);
        scene_ = makeSpaceScene();
        scene_->setLook({5.0, 1.0, page, line});
    }
    void TearDown() override {
        if (stage_ && stage_->failure().isEmpty())
            stage_->begin(pixels_);
        scene_.reset();
    }
    void setPoints(const std::vector<std::array<double, 3>>& at) {
        std::vector<double> x, y, z;
        for (const auto& place : at) {
            x.push_back(place[0]);
            y.push_back(place[1]);
            z.push_back(place[2]);
        }
        points_ = std::make_shared<const SpacePoints>(x, y, z, false);
        scene_->setPoints(points_);
    }
    QImage draw(std::size_t most = 1u << 30) {
        stage_->begin(pixels_);
        scene_->setView(camera_, pixels_);
        std::size_t shown = scene_->drawFirst(most);
        while (shown < points_->size())
            shown = scene_->drawMore();
        EXPECT_TRUE(scene_->failure().isEmpty()) << scene_->failure().toStdString();
        scene_->copyTo(stage_->framebuffer());
        return stage_->picture();
    }
    QRgb colourAt(const QImage& picture, const std::array<double, 3>& unit) const {
        const QPointF at = SpaceProjection(camera_, pixels_).project(unit)->pixel;
        return picture.pixel(static_cast<int>(std::floor(at.x())), static_cast<int>(std::floor(at.y())));
    }
    const QSize pixels_{500, 380};
    SpaceCamera camera_;
    std::unique_ptr<SpaceScene> scene_;
    std::shared_ptr<const SpacePoints> points_;
};

std::vector<std::array<double, 3>> manyPlaces(std::size_t count) {
    Rng rng(4);
    std::vector<std::array<double, 3>> at;
    for (std::size_t i = 0; i < count; ++i)
        at.push_back({rng.normal(), rng.normal(), rng.normal()});
    return at;
}

/// Pixels that differ by more than a step or two of rounding.
int differing(const QImage& a, const QImage& b) {
    int count = 0;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x) {
            const QRgb p = a.pixel(x, y), q = b.pixel(x, y);
            count += std::abs(qRed(p) - qRed(q)) + std::abs(qGreen(p) - qGreen(q)) +
                         std::abs(qBlue(p) - qBlue(q)) >
                     6;
        }
    return count;
}

} // namespace

TEST_F(StageTest, APictureStandsUprightAndInItsColours) {
    QOpenGLExtraFunctions& gl = stage_->gl();
    stage_->begin({40, 30});
    gl.glClearColor(1.0f, 0.5f, 0.0f, 1.0f);
    gl.glClear(GL_COLOR_BUFFER_BIT);
    gl.glEnable(GL_SCISSOR_TEST);
    gl.glScissor(0, 0, 10, 10); // OpenGL counts from the lower left
    gl.glClearColor(0.0f, 0.0f, 1.0f, 1.0f);
    gl.glClear(GL_COLOR_BUFFER_BIT);
    gl.glDisable(GL_SCISSOR_TEST);
    const QImage picture = stage_->picture();
    EXPECT_EQ(picture.size(), QSize(40, 30));
    EXPECT_EQ(picture.pixelColor(2, 27), QColor(0, 0, 255));
    EXPECT_NEAR(picture.pixelColor(2, 2).green(), 128, 1);
    EXPECT_EQ(picture.pixelColor(30, 27).red(), 255);
}

TEST(GlStage, KnowsProcessorsInTheGuiseOfGraphicsCards) {
    for (const char* name : {"llvmpipe (LLVM 15.0.6, 256 bits)", "softpipe", "Software Rasterizer"})
        EXPECT_TRUE(isSoftwareRenderer(name));
    for (const char* name : {"NVIDIA H100 PCIe/PCIe/SSE2", "Mesa Intel(R) UHD Graphics 620 (KBL GT2)",
                             "AMD Radeon RX 6600 (navi23, LLVM 15.0.6, DRM 3.49)"})
        EXPECT_FALSE(isSoftwareRenderer(name));
}

TEST_F(SceneTest, PointsStandWhereTheCameraSeesThem) {
    std::vector<std::array<double, 3>> corners = {{-1.2, -1.2, -1.2}, {1.2, 1.2, 1.2}}; // on the box's edges
    for (int i = 0; i < 8; ++i)
        corners.push_back({(i & 1) ? 1.0 : -1.0, (i & 2) ? 1.0 : -1.0, (i & 4) ? 1.0 : -1.0});
    corners.push_back({0.3, -0.2, 0.6});
    setPoints(corners);
    std::vector<QRgb> colours;
    for (std::size_t i = 0; i < points_->size(); ++i)
        colours.push_back(qRgb(250, static_cast<int>(20 * i + 40), 90));
    scene_->setColours(colours);
    Rng rng(3);
    for (int round = 0; round < 12; ++round) {
        camera_ = {360.0 * rng.uniform(), 160.0 * rng.uniform() - 80.0, 0.9, {0.1, 0.0, 0.0}};
        const QImage picture = draw();
        const SpaceProjection seen(camera_, pixels_);
        for (std::size_t i = 0; i < points_->size(); ++i) {
            bool hidden = points_->row()[i] < 2; // or by a nearer one
            const auto at = seen.project(points_->place(i));
            for (std::size_t j = 0; j < points_->size(); ++j) {
                const auto other = seen.project(points_->place(j));
                hidden = hidden || (j != i && other->depth < at->depth &&
                                    std::hypot(other->pixel.x() - at->pixel.x(),
                                               other->pixel.y() - at->pixel.y()) < 8.0);
            }
            if (!hidden) {
                EXPECT_EQ(colourAt(picture, points_->place(i)), colours[i]) << round << ' ' << i;
            }
        }
        EXPECT_EQ(picture.pixel(1, 1), page);
    }
}

TEST_F(SceneTest, TheNearerPointHidesTheOtherInWhateverPartItComes) {
    camera_ = {0.0, 0.0, 1.0, {}};
    auto at = manyPlaces(30000); // several parts
    for (auto& place : at)
        place[2] = std::abs(place[2]) + 0.5; // nothing near the line of sight below
    at.push_back({0.0, -3.9, -4.0});
    at.push_back({0.0, 3.9, -4.0});
    setPoints(at);
    std::vector<QRgb> colours(points_->size(), qRgb(200, 200, 200));
    std::array<double, 3> near{}, far{};
    for (std::size_t i = 0; i < points_->size(); ++i)
        if (points_->row()[i] >= 30000) {
            const bool isNear = points_->row()[i] == 30000;
            (isNear ? near : far) = points_->place(i);
            colours[i] = isNear ? qRgb(255, 0, 0) : qRgb(0, 0, 255);
        }
    scene_->setColours(colours);
    camera_.centre = {0.0, 0.0, near[2]}; // along the line through both
    const QImage picture = draw(1);
    EXPECT_EQ(colourAt(picture, far), qRgb(255, 0, 0));
    EXPECT_EQ(colourAt(picture, near), qRgb(255, 0, 0));
}

TEST_F(SceneTest, InPartsOrAtOnceThePictureIsTheSame) {
    setPoints(manyPlaces(260000));
    std::vector<QRgb> colours;
    for (std::size_t i = 0; i < points_->size(); ++i)
        colours.push_back(qRgb(static_cast<int>(i % 200) + 50, static_cast<int>(i % 130) + 50, 100));
    scene_->setColours(colours);
    scene_->setLook({2.0, 1.0, page, line});
    const QImage whole = draw(), parts = draw(1);
    EXPECT_EQ(differing(whole, parts), 0);
    stage_->begin(pixels_);
    const std::size_t shown = scene_->drawFirst(60000);
    EXPECT_LE(shown, 60000u);
    EXPECT_GE(shown, 25000u);
    scene_->copyTo(stage_->framebuffer());
    EXPECT_GT(differing(whole, stage_->picture()), 500) << "a part is no whole";
}

TEST_F(SceneTest, MarksStandOutInTheirColours) {
    setPoints({{-1, -1, -1}, {1, 1, 1}, {0, 0.2, 0.1}});
    scene_->setColours(std::vector<QRgb>(3, qRgb(120, 120, 120)));
    std::uint32_t middle = 0;
    for (std::size_t i = 0; i < 3; ++i)
        if (points_->row()[i] == 2)
            middle = static_cast<std::uint32_t>(i);
    scene_->setMarks({{{middle}, {qRgb(10, 220, 30)}, 4.0}});
    const QImage picture = draw();
    EXPECT_EQ(colourAt(picture, points_->place(middle)), qRgb(10, 220, 30));
    scene_->setMarks({});
    EXPECT_EQ(colourAt(draw(), points_->place(middle)), qRgb(120, 120, 120));
}

TEST_F(StageTest, TheViewDrawsAllPointsAndSaysHowManyUntilThen) {
    Rng rng(8);
    std::vector<double> x, y, z;
    for (int i = 0; i < 150000; ++i) {
        x.push_back(rng.normal());
        y.push_back(rng.normal());
        z.push_back(rng.normal());
    }
    SpacePicture picture;
    picture.points = std::make_shared<const SpacePoints>(x, y, z, false);
    picture.labels = {"a", "b", "c"};
    SpaceView view;
    view.resize(500, 400);
    view.setPicture(picture);
    view.show();
    EXPECT_FALSE(view.isComplete());
    ASSERT_TRUE(waitUntil([&] { return view.isComplete(); }));
    EXPECT_TRUE(view.failure().isEmpty()) << view.failure().toStdString();
    EXPECT_EQ(view.shown(), 150000u);
    const QImage before = view.grab().toImage();
    QTest::keyClick(&view, Qt::Key_Left);
    EXPECT_FALSE(view.isComplete());
    ASSERT_TRUE(waitUntil([&] { return view.isComplete(); }));
    EXPECT_GT(differing(before, view.grab().toImage()), 1000);
    const std::int64_t row = view.picture().points->row().front(); // its galaxy is ringed
    view.markRows(RowMask::none(150000), {}, row);
    ASSERT_TRUE(waitUntil([&] { return view.isComplete(); }));
}
