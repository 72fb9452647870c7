// Milliseconds of what a user does with the table of test galaxies: showing it, paging, dragging the scroll
// bar, jumping to a galaxy, sorting. bench_table [rows] [methods]; runs on the offscreen platform unless told
// otherwise.
#include "bench/measure.h"
#include "core/base/rng.h"
#include "gui/models/galaxy_model.h"

#include <QApplication>
#include <QHeaderView>
#include <QScrollBar>
#include <QTableView>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>

using namespace penumbra;
using namespace penumbra::bench;

namespace {

std::shared_ptr<const Study> studyOf(std::size_t rows, int methods) {
    auto study = std::make_shared<Study>();
    TargetStudy target;
    target.name = "z";
    Rng rng(1);
    MatrixD mean(static_cast<Eigen::Index>(rows), 1);
    for (std::size_t i = 0; i < rows; ++i) {
        target.heldOut.rows.push_back(static_cast<std::int64_t>(i));
        target.heldOut.isTest.push_back(1);
        target.heldOut.truth.push_back(rng.normal());
        mean(static_cast<Eigen::Index>(i), 0) = rng.normal();
    }
    target.heldOut.signals["mean"] = mean;
    for (int m = 0; m < methods; ++m) {
        Prediction prediction;
        prediction.method = "method " + std::to_string(m + 1);
        prediction.target = target.name;
        for (std::size_t i = 0; i < rows; ++i) {
            prediction.mean.push_back(mean(static_cast<Eigen::Index>(i), 0));
            prediction.lower.push_back(prediction.mean.back() - rng.uniform());
            prediction.upper.push_back(prediction.mean.back() + rng.uniform());
        }
        study->methods.push_back(prediction.method);
        target.predictions.push_back(std::move(prediction));
    }
    study->targets.push_back(std::move(target));
    return study;
}

/// Each action, with all painting it causes.
void timed(const char* what, int count, const std::function<void(int)>& action) {
    std::vector<double> milliseconds;
    for (int i = 0; i < count; ++i) {
        const auto begin = Clock::now();
        action(i);
        QApplication::processEvents();
        milliseconds.push_back(1e3 * secondsSince(begin));
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    std::printf("%-42s median %7.2f ms, longest %7.2f ms (%d times)\n", what,
                milliseconds[milliseconds.size() / 2], milliseconds.back(), count);
}

} // namespace

int main(int argc, char** argv) {
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    const auto argument = [&](int i, int standard) { return argc > i ? std::atoi(argv[i]) : standard; };
    const int rows = argument(1, 1000000), methods = argument(2, 9);
    const auto study = studyOf(static_cast<std::size_t>(rows), methods);
    gui::GalaxyModel model;
    QTableView view;
    view.setModel(&model);
    view.setShowGrid(false);
    view.setWordWrap(false);
    view.setSortingEnabled(true);
    view.verticalHeader()->hide();
    view.verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    view.horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
    view.horizontalHeader()->setResizeContentsPrecision(50);
    view.resize(1400, 500);
    view.show();
    std::printf("%d rows, %d methods\n", rows, methods);
    timed("show the study", 1, [&](int) {
        model.show(study, "z", study->methods, nullptr);
        view.resizeColumnsToContents();
    });
    QScrollBar& bar = *view.verticalScrollBar();
    timed("page down", 300, [&](int) { bar.triggerAction(QAbstractSlider::SliderPageStepAdd); });
    timed("drag the scroll bar anywhere", 300, [&](int i) {
        bar.setValue(static_cast<int>(static_cast<double>(bar.maximum()) * ((i * 37) % 300) / 300.0));
    });
    timed("jump to a galaxy", 50, [&](int i) {
        const int row = model.modelRowOf(static_cast<std::int64_t>(i) * (rows / 51));
        view.selectRow(row);
        view.scrollTo(model.index(row, 0));
    });
    timed("sort by another column", 6, [&](int i) { view.sortByColumn(1 + i, Qt::AscendingOrder); });
    std::printf("peak memory %.0f MB\n", peakMegabytes());
}
