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
    /// All galaxies or those selected, by the ending, in the background.
    void galaxiesTo(const QString& path, bool selected = false);
    void writeTable(const QString& path, const QString& format); ///< of the comparison. @throws Error
    void writeFigure(const QString& path,
                     const QString& format); ///< of the page in front, for paper. @throws Error
    void askFigure(const QString& format);
    void askTable(const QString& format);
    void askGalaxies(bool selected = false);
    void copyTable();
    void copyFigure();
    QActionGroup* paperSizes() const { return paperSize_; } ///< one-column, two-columns

private:
    bool showsSpace() const;
    QString suggestedName() const; ///< "coverage-by-bin_z": of the page in front and the target
    QWidget& window_;
    AppState& state_;
    Workbench& workbench_;
    WindowParts& parts_;
    QActionGroup* paperSize_;
};

} // namespace penumbra::gui
