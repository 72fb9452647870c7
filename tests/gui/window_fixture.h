#pragma once

#include "gui/options/option_form.h"
#include "gui/window/main_window.h"
#include "tests/gui/gui_test_support.h"

#include <QLabel>
#include <QSettings>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <gtest/gtest.h>

namespace penumbra::gui::test {

inline constexpr int studyLimitMs = 120000;

class WindowTest : public testing::Test {
protected:
    void SetUp() override {
        catalogue_ = writeMadeCatalogue(folder_.path().toStdString());
        QSettings().remove("dark"); // as another test may have left it
        window_ = std::make_unique<MainWindow>(catalogue_);
        window_->resize(1280, 800);
        window_->show();
        ASSERT_TRUE(QTest::qWaitForWindowExposed(window_.get()));
    }
    void TearDown() override {
        window_->workbench().cancelRun();
        window_.reset();
    }

    template <typename T>
    T* part(const char* name) {
        return child<T>(*window_, name);
    }
    QString message() {
        return part<QLabel>("messageText")->isVisible() ? part<QLabel>("messageText")->text() : "";
    }
    bool openMade() {
        window_->files().open(QString::fromStdString(catalogue_));
        return waitUntil(
            [&] { return window_->workbench().catalogue() != nullptr && window_->appState().quiet(); });
    }
    void setOption(const char* name, const OptionValue& value) {
        part<OptionForm>("studyForm")->setValue(name, value);
    }
    /// A study of a second or so, unless epochs says otherwise.
    void configure(std::int64_t epochs, const std::vector<std::string>& methods) {
        setOption("targets", std::vector<std::string>{"z"});
        setOption("methods", methods);
        setOption("epochs", epochs);
        setOption("residual-epochs", std::int64_t{20});
        setOption("width", std::int64_t{16});
        setOption("bootstrap", std::int64_t{50});
        setOption("threads", std::int64_t{1});
    }
    bool finished() const {
        return !window_->workbench().running() && window_->workbench().study() != nullptr &&
               window_->appState().quiet() && !window_->bridge().redraws();
    }
    /// Opens the made catalogue and waits for a study of VanillaSplit and MADSplit.
    void runMade() {
        ASSERT_TRUE(openMade());
        configure(3, {"VanillaSplit", "MADSplit"});
        window_->files().run();
        ASSERT_TRUE(waitUntil([&] { return finished(); }, studyLimitMs));
    }
    QAbstractItemModel* compareModel() { return part<QTableView>("compareTable")->model(); }
    bool compareHas(const QString& method) {
        for (int r = 0; r < compareModel()->rowCount(); ++r)
            if (compareModel()->index(r, 0).data().toString() == method)
                return true;
        return false;
    }

    QTemporaryDir folder_;
    std::string catalogue_;
    std::unique_ptr<MainWindow> window_;
};

} // namespace penumbra::gui::test
