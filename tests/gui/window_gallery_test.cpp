// Single galaxies in the window: gallery, walking, likeness, neighbours.
#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "gui/cloud/cloud_view.h"
#include "gui/inspector/gallery_view.h"
#include "gui/pages/gallery_page.h"
#include "gui/pages/map_page.h"
#include "gui/panels/explanation_panel.h"
#include "gui/plots/figure_view.h"
#include "gui/state/commands.h"
#include "gui/state/where.h"
#include "tests/gui/window_fixture.h"

#include <QCheckBox>
#include <QComboBox>
#include <QPushButton>
#include <QTabWidget>
#include <QTableWidget>

#include <algorithm>

using namespace penumbra;
using namespace penumbra::gui;
using namespace penumbra::gui::test;

namespace {

constexpr std::size_t kWithImage = 700; ///< the first rows of 900

class GalleryPageTest : public WindowTest {
protected:
    void start(bool images) {
        if (images) {
            auto file = io::Hdf5File::openForUpdate(catalogue_);
            std::vector<float> flux(kWithImage * 3 * 4 * 4);
            std::vector<std::int64_t> rows;
            for (std::size_t i = 0; i < flux.size(); ++i)
                flux[i] = 0.001F * static_cast<float>(i % 97);
            for (std::size_t row = 0; row < kWithImage; ++row)
                rows.push_back(static_cast<std::int64_t>(row));
            file.writeFloats("/images/flux", flux, {kWithImage, 3, 4, 4});
            file.writeIntegers("/images/rows", rows);
            file.setAttribute("/images", "bands", std::vector<std::string>{"DES-G", "DES-R", "DES-Z"});
            file.close();
        }
        ASSERT_TRUE(openMade());
        configure(3, {"VanillaSplit", "LCAion"});
        window_->files().run();
        ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
        part<QTabWidget>("pages")->setCurrentWidget(part<GalleryPage>("page_gallery"));
        view_ = part<GalleryView>("galleryView");
        rest();
    }
    void rest() {
        ASSERT_TRUE(waitUntil([&] {
            return window_->appState().quiet() && !window_->bridge().redraws() && !window_->bridge().busy();
        }));
    }
    void apply(const std::string& line) {
        window_->appState().apply(parseCommand(line));
        rest();
    }
    const ViewState& now() { return window_->state(); }
    const std::vector<std::int64_t>& shown() { return view_->contents().rows; }
    GalleryView* view_ = nullptr;
};

} // namespace

TEST_F(GalleryPageTest, SaysThatThereAreNoImages) {
    start(false);
    EXPECT_TRUE(shown().empty());
    EXPECT_TRUE(view_->accessibleDescription().contains("no images"))
        << view_->accessibleDescription().toStdString();
}

TEST_F(GalleryPageTest, ShowsWhatHasAnImageSortedByAnything) {
    start(true);
    const RowMask tested = now().shownRows();
    std::vector<std::int64_t> expected;
    for (const std::int64_t row : tested.rows())
        if (row < static_cast<std::int64_t>(kWithImage))
            expected.push_back(row);
    EXPECT_EQ(shown(), expected);
    ASSERT_TRUE(waitUntil([&] { return view_->hasPicture(shown().front()); }));
    EXPECT_FALSE(view_->hasPicture(shown().back())) << "out of sight";

    part<QPushButton>("worstMisses")->click();
    rest();
    const auto worst = valuesOf("abs(error) / width(VanillaSplit)", now()).values;
    ASSERT_EQ(shown().size(), expected.size());
    for (std::size_t i = 1; i < shown().size(); ++i)
        EXPECT_GE(worst[static_cast<std::size_t>(shown()[i - 1])],
                  worst[static_cast<std::size_t>(shown()[i])]);

    apply("select where \"colour > 0\"");
    const RowMask chosen = now().selection.rows;
    EXPECT_LT(shown().size(), expected.size());
    EXPECT_TRUE(std::all_of(shown().begin(), shown().end(), [&](auto row) { return chosen.contains(row); }));
    QTest::keyClick(view_, Qt::Key_Right);
    rest();
    EXPECT_EQ(now().selection.current, shown().front());
    QTest::keyClick(view_, Qt::Key_Right);
    rest();
    EXPECT_EQ(now().selection.current, shown()[1]);
    EXPECT_EQ(now().selection.rows, chosen) << "walking keeps the selection";
    apply("gallery all");
    EXPECT_EQ(shown().size(), expected.size());
    QTest::mouseClick(view_->viewport(), Qt::LeftButton, {}, view_->cellRect(0).center());
    rest();
    EXPECT_EQ(now().selection.rows.count(), 1U);
}

TEST_F(GalleryPageTest, AnotherLookReadsThePicturesAnew) {
    start(true);
    const std::int64_t first = shown().front();
    ASSERT_TRUE(waitUntil([&] { return view_->hasPicture(first); }));
    window_->appState().apply(parseCommand("cutout stretch linear"));
    ASSERT_TRUE(waitUntil([&] { return !view_->hasPicture(first); }));
    ASSERT_TRUE(waitUntil([&] { return view_->hasPicture(first); }));
}

TEST_F(GalleryPageTest, WalksAlongTheTableInItsOrder) {
    start(false);
    apply("order \"|error|\" descending");
    const auto error = valuesOf("|error|", now()).values;
    apply("next");
    const std::int64_t worst = now().selection.current;
    for (const std::int64_t row : now().shownRows().rows())
        EXPECT_LE(error[static_cast<std::size_t>(row)], error[static_cast<std::size_t>(worst)]);
    apply("next");
    EXPECT_LE(error[static_cast<std::size_t>(now().selection.current)],
              error[static_cast<std::size_t>(worst)]);
    EXPECT_NE(now().selection.current, worst);
    apply("previous");
    apply("previous");
    EXPECT_EQ(now().selection.current, worst) << "it stops at the first";
    apply("select where \"colour > 0\"");
    const RowMask chosen = now().selection.rows;
    double last = 1e300;
    for (int step = 0; step < 5; ++step) {
        apply("next");
        ASSERT_TRUE(chosen.contains(now().selection.current));
        const double value = error[static_cast<std::size_t>(now().selection.current)];
        EXPECT_LE(value, last);
        last = value;
    }
    EXPECT_EQ(now().selection.rows, chosen);
}

TEST_F(GalleryPageTest, SimilarGalaxiesAreTheNearestByCosine) {
    start(false);
    apply("next");
    const std::int64_t example = now().selection.current;
    apply("similar 7");
    ASSERT_EQ(now().selection.rows.count(), 7U);
    EXPECT_FALSE(now().selection.rows.contains(example));
    // By brute force, from the file: less the mean, in units of the scatter.
    const Features features = loadFeatures(*now().catalogue, now().study->featuresName);
    Eigen::MatrixXd values = features.values.cast<double>();
    values.rowwise() -= values.colwise().mean().eval();
    for (Eigen::Index column = 0; column < values.cols(); ++column)
        values.col(column) /= values.col(column).norm();
    const auto cosine = [&](std::int64_t row) {
        const Eigen::VectorXd a = values.row(row), b = values.row(example);
        return a.dot(b) / (a.norm() * b.norm());
    };
    double least = 1.0;
    for (const std::int64_t row : now().selection.rows.rows())
        least = std::min(least, cosine(row));
    std::size_t better = 0;
    for (std::int64_t row = 0; row < static_cast<std::int64_t>(now().rowCount()); ++row)
        better += row != example && cosine(row) > least + 1e-9 ? 1 : 0;
    EXPECT_LE(better, 6U);
    EXPECT_NEAR(now().likeness->similarity[static_cast<std::size_t>(now().selection.current)],
                cosine(now().selection.current), 1e-6);
    EXPECT_EQ(rowsWhere("similarity > 2", now()).rows.count(), 0U);
    window_->appState().undo();
    rest();
    EXPECT_EQ(now().selection.current, example);
}

TEST_F(GalleryPageTest, NeighboursOfAnIntervalAreListedSelectedAndMarked) {
    start(false);
    apply("next");
    const std::int64_t current = now().selection.current;
    auto* table = part<QTableWidget>("explanationTable");
    ASSERT_TRUE(waitUntil([&] { return table->rowCount() > 0; }));
    const auto listed = [&] {
        std::vector<std::int64_t> rows;
        for (int row = 0; row < table->rowCount(); ++row)
            rows.push_back(table->item(row, 0)->data(Qt::UserRole).toLongLong());
        return rows;
    };
    const TargetStudy& target = *now().shownTarget();
    for (const std::int64_t row : listed()) {
        const auto at = std::find(target.heldOut.rows.begin(), target.heldOut.rows.end(), row);
        ASSERT_NE(at, target.heldOut.rows.end());
        EXPECT_EQ(target.heldOut.isTest[static_cast<std::size_t>(at - target.heldOut.rows.begin())], 0)
            << "a calibration galaxy";
    }
    apply("map pca");
    part<QTabWidget>("pages")->setCurrentWidget(part<MapPage>("page_map"));
    auto* map = part<CloudView>("cloud_map");
    ASSERT_TRUE(waitUntil([&] { return map->picture().points != nullptr; }));
    EXPECT_FALSE(map->links().any());
    part<QCheckBox>("explanationMarks")->click();
    rest();
    EXPECT_EQ(now().inspector.neighbours, "interval");
    EXPECT_TRUE(map->links().any());
    EXPECT_EQ(map->links().placed(), listed().size());

    auto* methods = part<QComboBox>("explanationMethod");
    methods->setCurrentIndex(methods->count() - 1);
    Q_EMIT methods->activated(methods->currentIndex());
    rest();
    EXPECT_EQ(now().inspector.neighbours, "nearest");
    ASSERT_EQ(listed().size(), 30U);
    EXPECT_EQ(map->links().placed(), 30U);
    const auto nearest = listed();
    part<QPushButton>("explanationSelect")->click();
    rest();
    EXPECT_EQ(now().selection.rows.count(), 31U);
    EXPECT_EQ(now().selection.current, current);
    EXPECT_TRUE(now().selection.rows.contains(nearest.front()));
    part<QCheckBox>("explanationMarks")->click();
    rest();
    EXPECT_EQ(now().inspector.neighbours, "");
    EXPECT_FALSE(map->links().any());
    EXPECT_THROW(window_->appState().apply(parseCommand("select worst")), Error)
        << "no local coverage is shown";
}
