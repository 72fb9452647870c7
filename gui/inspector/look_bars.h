#pragma once

#include "core/report/galaxy_looks.h"
#include "gui/state/command.h"

#include <QWidget>

class QCheckBox;
class QComboBox;

namespace penumbra::gui {

/// Bands, stretch and scale of cutouts, in a line.
class CutoutBar : public QWidget {
    Q_OBJECT
public:
    explicit CutoutBar(QWidget* parent = nullptr);
    void show(const report::CutoutLook& look, const std::vector<std::string>& bands);
    using QWidget::show;

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command);

private:
    QComboBox *bands_, *stretch_, *limits_;
};

/// How spectra are shown, in a line or two.
class SpectrumBar : public QWidget {
    Q_OBJECT
public:
    explicit SpectrumBar(QWidget* parent = nullptr);
    void show(const report::SpectrumLook& look);
    using QWidget::show;

Q_SIGNALS:
    void wanted(const penumbra::gui::Command& command);

private:
    QComboBox *average_, *wavelength_, *lines_;
    QCheckBox *allLines_, *errors_, *masked_;
};

} // namespace penumbra::gui
