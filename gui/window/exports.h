#pragma once

#include <QObject>
#include <QString>

class QActionGroup;
class QWidget;

namespace penumbra::gui {

class AppState;
class WindowParts;
class Workbench;

/// Figures, tables and galaxies as files; errors go to the message bar.
class Exports : public QObject {
    Q_OBJECT
public:
    Exports(QWidget& window, AppState& state, Workbench& workbench, WindowParts& parts);
    void figureTo(const QString& path, const QString& format); ///< pdf, svg, png, csv
    void tableTo(const QString& path, const QString& format);  ///< tex, md, csv
    void galaxiesTo(const QString& path);                      ///< by the ending, in the background
    void writeFigure(const QString& path,
                     const QString& format); ///< of the page in front, for paper. @throws Error
    void askFigure(const QString& format);
    void askTable(const QString& format);
    void askGalaxies();
    void copyTable();
    void copyFigure();
    QActionGroup* paperSizes() const { return paperSize_; } ///< one-column, two-columns

private:
    QWidget& window_;
    AppState& state_;
    Workbench& workbench_;
    WindowParts& parts_;
    QActionGroup* paperSize_;
};

} // namespace penumbra::gui
