#pragma once

#include "gui/state/command.h"
#include "gui/state/view_state.h"

#include <QElapsedTimer>
#include <QObject>
#include <QPointer>

#include <functional>
#include <vector>

namespace penumbra::gui {

class Host;

/// What of the state has changed.
enum class Part : unsigned {
    File = 1,    ///< another one was opened
    Study = 2,   ///< another one is shown, or the same at another alpha
    Running = 4, ///< a study began or ended to be made
    Target = 8,
    Methods = 16, ///< which are ticked
    Alpha = 32,   ///< asked for; the study follows
    Condition = 64,
    Page = 128,
    Theme = 256,
    Selection = 512,
    Subsets = 1024,
    History = 2048,
    Cloud = 4096,     ///< positions and colours of the map and its second view
    Inspector = 8192, ///< how single galaxies are shown, their order, likeness to examples
    Space = 16384,    ///< positions, camera and look of the cloud in three dimensions
};
using Parts = unsigned;
constexpr Parts operator|(Part a, Part b) {
    return static_cast<Parts>(a) | static_cast<Parts>(b);
}
constexpr Parts operator|(Parts a, Part b) {
    return a | static_cast<Parts>(b);
}
constexpr bool has(Parts parts, Part part) {
    return (parts & static_cast<Parts>(part)) != 0;
}
inline constexpr Parts allParts = 32767;
/// What a page works its contents out from.
inline constexpr Parts pageParts =
    Part::File | Part::Study | Part::Running | Part::Target | Part::Methods | Part::Condition;

/// The one store of what the window shows. Everything that shows some of it watches that; everything that
/// changes it does so by apply(), and so by a command that has words. A change can be undone.
class AppState : public QObject {
    Q_OBJECT
public:
    explicit AppState(QObject* parent = nullptr);
    const ViewState& now() const { return now_; }

    /// Whether a change may become one with the former of its kind, made a moment ago: a slider that moves.
    enum class Merge { Never, Allowed };
    /// @throws UsageError for what is no command; Error where it cannot be done. Then nothing has changed.
    void apply(const Command& command, Merge merge = Merge::Never);
    /// Does what commands such as `open` ask for; null (the beginning): those fail.
    void setHost(Host* host) { host_ = host; }

    /// Calls `show` with what has changed, at most once in a turn of the event loop, while `viewer` lives,
    /// in the order in which viewers came.
    using Show = std::function<void(const ViewState& now, Parts changed)>;
    void watch(Parts parts, QObject* viewer, Show show);
    bool quiet() const { return pending_ == 0; } ///< all viewers know of all changes

    struct Entry {
        Command command;
        Choices before, after;
    };
    const std::vector<Entry>& history() const { return history_; }
    std::size_t done() const { return done_; } ///< entries of the history that are in force; undo lessens it
    void undo();                               ///< @throws Error where nothing was done
    void redo();                               ///< @throws Error where nothing was undone

    // From the workbench: what is opened and made. Not the user's choices, and not undone.
    /// Choices made for a former file are forgotten, page and theme aside, and so is the history.
    void takeFile(const std::filesystem::path& path, std::shared_ptr<const Catalogue> catalogue);
    void takeStudy(std::shared_ptr<const Study> study);
    void takeRunning(bool running);
    void takeAlpha(double alpha);           ///< that of a study opened or run
    void takePage(const std::string& page); ///< turned by what happens: no step of the user's
    /// Choices kept with a session, or by the last window; the history begins anew.
    void takeChoices(const Choices& choices);

    /// For commands alone: the next choices, by the command that is applied.
    void change(const Choices& next, const Command& command);

Q_SIGNALS:
    void changed(unsigned parts);

private:
    void move(const Choices& next);
    void settle(ViewState& state) const;
    void note(Parts parts);
    void tell();
    struct Watcher {
        Parts parts;
        QPointer<QObject> viewer;
        Show show;
    };
    ViewState now_;
    std::vector<Entry> history_;
    std::size_t done_ = 0;
    std::vector<Watcher> watchers_;
    Parts pending_ = 0;
    bool telling_ = false; ///< tell() has been asked for
    Merge merge_ = Merge::Never;
    bool lastMayMerge_ = false;
    QElapsedTimer sinceLast_;
    Host* host_ = nullptr;
};

} // namespace penumbra::gui
