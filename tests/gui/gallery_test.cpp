// The grid of cutouts: what is seen of a hundred thousand galaxies, and walking through them.
#include "gui/inspector/gallery_view.h"
#include "tests/gui/gui_test_support.h"

#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <gtest/gtest.h>

#include <array>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

constexpr std::size_t kMany = 100000;

class Gallery : public testing::Test {
protected:
    void SetUp() override {
        view_.resize(700, 500);
        view_.show();
        ASSERT_TRUE(QTest::qWaitForWindowExposed(&view_));
        QObject::connect(&view_, &GalleryView::picturesWanted, &view_,
                         [this](const std::vector<std::int64_t>& rows) { wanted_.push_back(rows); });
        QObject::connect(&view_, &GalleryView::lookedAt, &view_, [this](qint64 row) {
            looked_.push_back(row);
            view_.markRows(RowMask::of(2 * kMany, std::array{static_cast<std::int64_t>(row)}), row);
        });
        GalleryContents contents;
        contents.rows.resize(kMany);
        for (std::size_t i = 0; i < kMany; ++i)
            contents.rows[i] = static_cast<std::int64_t>(2 * (kMany - 1 - i)); // not the catalogue's order
        contents.values.assign(kMany, 0.5);
        view_.setContents(std::move(contents));
    }
    void press(Qt::Key key) { QTest::keyClick(&view_, key); }
    std::int64_t rowAt(std::size_t place) { return view_.contents().rows[place]; }
    GalleryView view_;
    std::vector<std::vector<std::int64_t>> wanted_;
    std::vector<std::int64_t> looked_;
};

} // namespace

TEST_F(Gallery, AsksForThePicturesThatAreSeenAndForNoOthers) {
    ASSERT_TRUE(waitUntil([&] { return !wanted_.empty(); }));
    EXPECT_LT(wanted_.back().size(), 60U);
    EXPECT_EQ(wanted_.back().front(), rowAt(0));
    std::vector<std::pair<std::int64_t, QImage>> pictures;
    for (const std::int64_t row : wanted_.back())
        pictures.emplace_back(row, QImage(8, 8, QImage::Format_RGB888));
    wanted_.clear();
    view_.setPictures(pictures);
    QTest::qWait(100);
    EXPECT_TRUE(wanted_.empty()) << "all that is seen is there";
    view_.verticalScrollBar()->setValue(view_.verticalScrollBar()->maximum());
    ASSERT_TRUE(waitUntil([&] { return !wanted_.empty(); }));
    EXPECT_EQ(wanted_.back().back(), rowAt(kMany - 1));
    EXPECT_LT(wanted_.back().size(), 60U);
    view_.forgetPictures();
    EXPECT_FALSE(view_.hasPicture(rowAt(0)));
}

TEST_F(Gallery, ArrowsWalkInTheOrderShownAndStopAtTheEnds) {
    press(Qt::Key_Right);
    EXPECT_EQ(looked_.back(), rowAt(0)) << "the first where none is looked at";
    press(Qt::Key_Right);
    EXPECT_EQ(looked_.back(), rowAt(1));
    press(Qt::Key_Down);
    const auto line = static_cast<std::size_t>((rowAt(1) - looked_.back()) / 2);
    EXPECT_GT(line, 2U);
    press(Qt::Key_Up);
    EXPECT_EQ(looked_.back(), rowAt(1));
    const std::size_t steps = looked_.size();
    press(Qt::Key_Up);
    EXPECT_EQ(looked_.size(), steps) << "there is no line above";
    press(Qt::Key_End);
    EXPECT_EQ(looked_.back(), rowAt(kMany - 1));
    EXPECT_TRUE(view_.viewport()->rect().intersects(view_.cellRect(kMany - 1))) << "it is scrolled to";
    press(Qt::Key_Right);
    EXPECT_EQ(looked_.back(), rowAt(kMany - 1));
    press(Qt::Key_Home);
    EXPECT_EQ(looked_.back(), rowAt(0));
    press(Qt::Key_PageDown);
    EXPECT_EQ((rowAt(0) - looked_.back()) / 2 % static_cast<std::int64_t>(line), 0) << "whole lines";
}

TEST_F(Gallery, AClickPicksAndControlTogglesAndPlusEnlarges) {
    QSignalSpy picked(&view_, &GalleryView::rowPicked);
    QTest::mouseClick(view_.viewport(), Qt::LeftButton, {}, view_.cellRect(2).center());
    ASSERT_EQ(picked.size(), 1);
    EXPECT_EQ(picked[0][0].toLongLong(), rowAt(2));
    EXPECT_EQ(picked[0][1].value<Combine>(), Combine::Replace);
    QTest::mouseClick(view_.viewport(), Qt::LeftButton, Qt::ControlModifier, view_.cellRect(1).center());
    QTest::keyRelease(&view_, Qt::Key_Control);
    ASSERT_EQ(picked.size(), 2);
    EXPECT_EQ(picked[1][1].value<Combine>(), Combine::Toggle);
    const int before = view_.cellRect(0).width();
    press(Qt::Key_Plus);
    EXPECT_GT(view_.cellRect(0).width(), before);
}

TEST_F(Gallery, PicturesThatWereSeenLongAgoGiveWay) {
    QImage picture(4, 4, QImage::Format_RGB888);
    picture.fill(Qt::red);
    for (std::int64_t row = 0; row < 4000; ++row)
        view_.setPictures({{row, picture}});
    EXPECT_FALSE(view_.hasPicture(0));
    EXPECT_TRUE(view_.hasPicture(3999));
}
