#include "tests/gui/gui_test_support.h"

#include "core/base/rng.h"
#include "core/catalogue/matrix.h"

#include <QElapsedTimer>
#include <QTest>
#include <gtest/gtest.h>

#include <limits>
#include <mutex>

namespace penumbra::gui::test {

namespace {

std::mutex warningsMutex;
QStringList warnings;

void collect(QtMsgType type, const QMessageLogContext&, const QString& text) {
    if (type != QtWarningMsg && type != QtCriticalMsg && type != QtFatalMsg)
        return;
    // Said by the offscreen platform about itself (size hints, raise(), grabbing the keyboard).
    if (text.startsWith("This plugin does not support"))
        return;
    const std::lock_guard lock(warningsMutex);
    warnings << text;
}

class WarningListener : public testing::EmptyTestEventListener {
    void OnTestEnd(const testing::TestInfo&) override {
        const std::lock_guard lock(warningsMutex);
        for (const QString& text : warnings)
            ADD_FAILURE() << "Qt warned: " << text.toStdString();
        warnings.clear();
    }
};

} // namespace

void failOnQtWarnings() {
    qInstallMessageHandler(collect);
    testing::UnitTest::GetInstance()->listeners().Append(new WarningListener);
}

bool waitUntil(const std::function<bool()>& condition, int milliseconds) {
    QElapsedTimer clock;
    clock.start();
    while (!condition()) {
        if (clock.elapsed() > milliseconds)
            return false;
        QTest::qWait(5);
    }
    return true;
}

std::shared_ptr<Study> madeStudy(std::size_t rows, const std::vector<std::string>& methods) {
    Rng rng(7);
    auto study = std::make_shared<Study>();
    study->methods = methods;
    TargetStudy target;
    target.name = "z";
    target.unit = "";
    target.label = "redshift";
    MatrixD mean(static_cast<Eigen::Index>(rows), 1);
    for (std::size_t i = 0; i < rows; ++i) {
        target.heldOut.rows.push_back(static_cast<std::int64_t>(1000 + rows - 1 - i));
        target.heldOut.isTest.push_back(1);
        target.heldOut.truth.push_back(rng.uniform());
        mean(static_cast<Eigen::Index>(i), 0) = target.heldOut.truth.back() + 0.02 * rng.normal();
    }
    for (std::size_t m = 0; m < methods.size(); ++m) {
        Prediction prediction;
        prediction.method = methods[m];
        prediction.target = "z";
        for (std::size_t i = 0; i < rows; ++i) {
            const double half = 0.01 * static_cast<double>(m + 1) + 0.02 * rng.uniform();
            const double centre = mean(static_cast<Eigen::Index>(i), 0);
            prediction.mean.push_back(centre);
            prediction.lower.push_back(centre - half);
            prediction.upper.push_back(centre + half);
        }
        target.predictions.push_back(std::move(prediction));
    }
    target.heldOut.signals["mean"] = std::move(mean);
    study->targets.push_back(std::move(target));
    return study;
}

std::string writeMadeCatalogue(const std::string& folder, std::size_t rows) {
    Rng rng(3);
    Catalogue catalogue;
    catalogue.rowCount = rows;
    catalogue.objectId.name = "object_id";
    std::vector<std::int64_t> ids;
    Target z, mass;
    z.name = "z";
    z.label = "redshift";
    mass.name = "mass";
    mass.unit = "log Msun";
    MatrixF features(static_cast<Eigen::Index>(rows), 3);
    std::vector<double> colour;
    for (std::size_t i = 0; i < rows; ++i) {
        double sum = 0.0;
        for (Eigen::Index k = 0; k < 3; ++k) {
            features(static_cast<Eigen::Index>(i), k) = static_cast<float>(rng.normal());
            sum += static_cast<double>(features(static_cast<Eigen::Index>(i), k));
        }
        ids.push_back(static_cast<std::int64_t>((1LL << 60) + static_cast<std::int64_t>(i)));
        z.values.push_back(0.3 + 0.05 * sum + 0.02 * rng.normal());
        mass.values.push_back(i % 5 == 0 ? std::numeric_limits<double>::quiet_NaN() : 10.0 + 0.3 * sum);
        colour.push_back(static_cast<double>(features(static_cast<Eigen::Index>(i), 0)));
        catalogue.split.push_back(static_cast<std::uint8_t>(i % 3));
    }
    catalogue.objectId.values = ids;
    catalogue.targets = {z, mass};
    io::Column column;
    column.name = "colour";
    column.values = colour;
    catalogue.columns.columns.push_back(column);
    FeatureInfo info;
    info.name = "photometry";
    info.width = 3;
    catalogue.features.push_back(info);
    const std::string path = folder + "/made.h5";
    writeCatalogue(catalogue, {features}, path);
    return path;
}

} // namespace penumbra::gui::test
