#pragma once

#include "gui/documents/open_file.h"
#include "tests/gui/gui_test_support.h"

#include <QCoreApplication>
#include <QProcess>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace penumbra::gui::test {

using nlohmann::json;

inline constexpr int limitMs = 240000;

/// One run of the program; lines are sent as they are needed.
class Program {
public:
    Program(const QString& home, const QStringList& arguments) {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("XDG_DATA_HOME", home + "/data");
        environment.insert("XDG_CONFIG_HOME", home + "/config");
        environment.insert("OMP_WAIT_POLICY", "passive");
        if (!environment.contains("QT_QPA_PLATFORM"))
            environment.insert("QT_QPA_PLATFORM", "offscreen");
        process_.setProcessEnvironment(environment);
        process_.setWorkingDirectory(home);
        process_.start(QCoreApplication::applicationDirPath() + "/penumbra", arguments);
    }
    ~Program() {
        process_.kill();
        process_.waitForFinished();
    }
    void send(const QStringList& lines) { process_.write((lines.join('\n') + '\n').toUtf8()); }
    /// The next line of standard output; null where the program ends first.
    json line() {
        const bool came = waitUntil(
            [&] { return process_.canReadLine() || process_.state() == QProcess::NotRunning; }, limitMs);
        const std::string text = came && process_.canReadLine() ? process_.readLine().toStdString() : "null";
        return json::parse(text);
    }
    int end() {
        process_.closeWriteChannel();
        EXPECT_TRUE(waitUntil([&] { return process_.state() == QProcess::NotRunning; }, limitMs));
        return process_.exitStatus() == QProcess::NormalExit ? process_.exitCode() : -1;
    }
    void kill() { process_.kill(); }
    std::string said() { return process_.readAllStandardError().toStdString(); }
    std::string rest() { return process_.readAllStandardOutput().toStdString(); }

private:
    QProcess process_;
};

/// The sample that the program offers.
inline QString sample() {
    const auto folder = QCoreApplication::applicationDirPath().toStdString();
    return QString::fromStdString(findSample(folder).string());
}

} // namespace penumbra::gui::test
