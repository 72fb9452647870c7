#include "gui/state/script.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <QSocketNotifier>
#include <QTimer>

#include <array>
#include <unistd.h>
#include <utility>

namespace penumbra::gui {

namespace {
constexpr int stepMs = 5;
}

Script::Script(AppState& state, Host& host, Rests rests, QObject* parent)
    : QObject(parent), state_(state), host_(host), rests_(std::move(rests)), timer_(new QTimer(this)) {
    timer_->setInterval(stepMs);
    connect(timer_, &QTimer::timeout, this, &Script::step);
}

void Script::addLine(std::string line) {
    lines_.push_back(std::move(line));
}

void Script::endOfLines() {
    complete_ = true;
}

void Script::start(Rest first) {
    waitingFor_ = first;
    timer_->start();
}

void Script::readFrom(int descriptor) {
    input_ = new QSocketNotifier(descriptor, QSocketNotifier::Read, this);
    connect(input_, &QSocketNotifier::activated, this, [this, descriptor] { readMore(descriptor); });
}

void Script::readMore(int descriptor) {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::read(descriptor, bytes.data(), bytes.size());
    if (count > 0)
        partial_.append(bytes.data(), static_cast<std::size_t>(count));
    for (auto end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n')) {
        addLine(partial_.substr(0, end));
        partial_.erase(0, end + 1);
    }
    if (count > 0)
        return;
    input_->setEnabled(false);
    if (!partial_.empty())
        addLine(std::exchange(partial_, std::string()));
    endOfLines();
}

bool Script::rests(Rest rest) const {
    if (!state_.quiet())
        return false;
    switch (rest) {
    case Rest::Screen:
        return rests_.screen();
    case Rest::File:
    case Rest::Written:
        return rests_.files();
    case Rest::All:
        return rests_.all();
    default:
        return true;
    }
}

/// One command a step at most, so that the window answers between them. A command may turn the event loop
/// (a screenshot): its own step goes on first.
void Script::step() {
    if (over_ || busy_)
        return;
    const bool timeIsOver =
        waitSeconds_ >= 0.0 && static_cast<double>(waiting_.elapsed()) >= 1000.0 * waitSeconds_;
    if (!timeIsOver && !rests(waitingFor_))
        return;
    waitingFor_ = Rest::Nothing;
    waitSeconds_ = -1.0;
    if (lines_.empty()) {
        if (complete_)
            finish();
        return;
    }
    busy_ = true;
    runNext();
    busy_ = false;
}

void Script::runNext() {
    const int number = lineNumber_ + 1;
    try {
        const Command command = parseCommand(lines_.front());
        const Rest rest = command.verb.empty() ? Rest::Nothing : findCommandKind(command.verb).rest;
        if ((rest == Rest::Screen || rest == Rest::Written) && !rests(Rest::Screen))
            return; // the line's turn comes
        lineNumber_ = number;
        lines_.pop_front();
        waitingFor_ = rest == Rest::Screen ? Rest::Nothing : rest;
        waiting_.start();
        if (command.verb.empty())
            return;
        state_.apply(command);
        if (command.verb == "quit") {
            finish();
            return;
        }
        if (command.verb == "wait" && !command.words.empty())
            waitSeconds_ = parseReal(command.words[0]).value_or(-1.0);
    } catch (const UsageError& error) {
        lineNumber_ = number;
        fail(QString::fromUtf8(error.what()), 2);
    } catch (const Error& error) {
        lineNumber_ = number;
        fail(QString::fromUtf8(error.what()), 1);
    }
}

void Script::finish() {
    if (std::exchange(over_, true))
        return;
    timer_->stop();
    Q_EMIT ended(0, {});
}

void Script::fail(const QString& error, int exitCode) {
    if (std::exchange(over_, true))
        return;
    timer_->stop();
    const bool before = lineNumber_ == 0; // the file that was opened before the first line
    Q_EMIT ended(exitCode, before ? error : QStringLiteral("line %1: %2").arg(lineNumber_).arg(error));
}

} // namespace penumbra::gui
