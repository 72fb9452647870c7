#pragma once

#include "gui/state/commands.h"

#include <QElapsedTimer>
#include <QObject>
#include <QString>

#include <deque>
#include <functional>
#include <string>

class QTimer;
class QSocketNotifier;

namespace penumbra::gui {

/// Runs commands one line after the other, as if the user gave them and waited for what they show. Nothing
/// is asked. The first that fails ends it.
class Script : public QObject {
    Q_OBJECT
public:
    /// How things stand around the state.
    struct Rests {
        std::function<bool()> screen; ///< what is shown is worked out
        std::function<bool()> files;  ///< no file is being opened or written
        std::function<bool()> all;    ///< nothing runs
    };
    Script(AppState& state, Host& host, Rests rests, QObject* parent = nullptr);
    void addLine(std::string line);
    void endOfLines(); ///< when those are done the script has ended
    /// Reads lines from an open file as they come, its end is the script's.
    void readFrom(int descriptor);
    void start(Rest first = Rest::Nothing); ///< once that has come to rest
    /// Work that a command began has failed: the script ends there.
    void fail(const QString& error, int exitCode = 1);

Q_SIGNALS:
    /// 0: done; 1: a command failed, 2: there is no such command; `error` names the line.
    void ended(int exitCode, const QString& error);

private:
    void step();
    void runNext();
    void finish();
    bool rests(Rest rest) const;
    void readMore(int descriptor);
    AppState& state_;
    Host& host_;
    Rests rests_;
    QTimer* timer_;
    QSocketNotifier* input_ = nullptr;
    std::string partial_; ///< of a line that has not come whole
    std::deque<std::string> lines_;
    bool complete_ = false, over_ = false, busy_ = false;
    int lineNumber_ = 0;
    Rest waitingFor_ = Rest::Nothing; ///< after the last command
    double waitSeconds_ = -1.0;       ///< at most; negative: as long as it takes
    QElapsedTimer waiting_;
};

} // namespace penumbra::gui
