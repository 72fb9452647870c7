#include "gui/inspector/look_bars.h"

#include "gui/options/flow_layout.h"

#include <QCheckBox>
#include <QComboBox>

namespace penumbra::gui {

namespace {

QComboBox* addBox(QWidget* bar, const char* name, const QString& title, const QString& tip) {
    auto* box = new QComboBox(bar);
    box->setObjectName(name);
    box->setAccessibleName(title);
    box->setToolTip(tip);
    bar->layout()->addWidget(box);
    return box;
}

/// Words of a command stand behind the entries.
std::string chosen(const QComboBox* box) {
    return box->currentData().toString().toStdString();
}

void choose(QComboBox* box, const std::string& word) {
    box->setCurrentIndex(std::max(0, box->findData(QString::fromStdString(word))));
}

std::string linesWord(const report::SpectrumLook& look) {
    return look.trueLines        ? (look.predictedLines ? "both" : "true")
           : look.predictedLines ? "predicted"
                                 : "none";
}

} // namespace

CutoutBar::CutoutBar(QWidget* parent) : QWidget(parent) {
    new FlowLayout(this, 4);
    bands_ = addBox(this, "cutoutBands", tr("Bands"), tr("Which bands of the image are shown"));
    stretch_ = addBox(this, "cutoutStretch", tr("Stretch"), tr("How brightness becomes grey or colour"));
    limits_ = addBox(this, "cutoutScale", tr("Scale"),
                     tr("What is black and what is white: the same for all galaxies, as in the Legacy Survey "
                        "viewer, or by this galaxy's own pixels"));
    for (const std::string& name : report::stretchNames())
        stretch_->addItem(QString::fromStdString(name), QString::fromStdString(name));
    limits_->addItem(tr("survey's scale"), "survey");
    limits_->addItem(tr("min to max"), "minmax");
    limits_->addItem(tr("99.5 %"), "99.5%");
    limits_->addItem(tr("98 %"), "98%");
    for (const auto& [box, what] :
         {std::pair{bands_, "bands"}, std::pair{stretch_, "stretch"}, std::pair{limits_, "scale"}})
        connect(box, &QComboBox::activated, this, [this, box = box, what = what] {
            Q_EMIT wanted({"cutout", {what, chosen(box)}});
        });
}

void CutoutBar::show(const report::CutoutLook& look, const std::vector<std::string>& bands) {
    if (bands_->count() != static_cast<int>(bands.size()) + 1 ||
        (!bands.empty() && bands_->findData(QString::fromStdString(bands.back())) < 0)) {
        bands_->clear();
        bands_->addItem(tr("colour"), "colour");
        for (const std::string& band : bands)
            bands_->addItem(QString::fromStdString(band), QString::fromStdString(band));
    }
    choose(bands_, look.band.empty() ? "colour" : look.band);
    choose(stretch_, report::nameOf(look.stretch));
    choose(limits_, report::nameOf(look.limits));
}

SpectrumBar::SpectrumBar(QWidget* parent)
    : QWidget(parent), allLines_(new QCheckBox(tr("all"), this)), errors_(new QCheckBox(tr("errors"), this)),
      masked_(new QCheckBox(tr("masked"), this)) {
    new FlowLayout(this, 4);
    average_ = addBox(this, "spectrumAverage", tr("Pixels averaged"),
                      tr("Neighbouring pixels averaged with inverse-variance weights"));
    average_->addItem(tr("smoothed to fit"), "automatic");
    average_->addItem(tr("every pixel"), "1");
    for (const int pixels : {3, 5, 11, 25, 51})
        average_->addItem(tr("%1 pixels").arg(pixels), QString::number(pixels));
    wavelength_ = addBox(this, "spectrumWavelength", tr("Wavelength"),
                         tr("Observed, or at rest by the true redshift (else the predicted one)"));
    wavelength_->addItem(tr("observed"), "observed");
    wavelength_->addItem(tr("at rest"), "rest");
    lines_ = addBox(this, "spectrumLines", tr("Lines"),
                    tr("Marks of spectral lines at the true redshift (with names) and at the predicted one"));
    lines_->addItem(tr("lines: true and predicted z"), "both");
    lines_->addItem(tr("lines: true z"), "true");
    lines_->addItem(tr("lines: predicted z"), "predicted");
    lines_->addItem(tr("no lines"), "none");
    allLines_->setObjectName("spectrumAllLines");
    allLines_->setToolTip(tr("All lines of the list, not only the strongest"));
    errors_->setObjectName("spectrumErrors");
    errors_->setToolTip(tr("One standard error about the flux"));
    masked_->setObjectName("spectrumMasked");
    masked_->setToolTip(tr("Where pixels are masked, and what they hold"));
    for (QCheckBox* box : {allLines_, errors_, masked_})
        layout()->addWidget(box);
    connect(average_, &QComboBox::activated, this, [this] {
        Q_EMIT wanted({"spectrum", {"average", chosen(average_)}});
    });
    connect(wavelength_, &QComboBox::activated, this, [this] {
        Q_EMIT wanted({"spectrum", {"wavelength", chosen(wavelength_)}});
    });
    const auto wantLines = [this] {
        Q_EMIT wanted({"spectrum", {"lines", chosen(lines_), allLines_->isChecked() ? "all" : "main"}});
    };
    connect(lines_, &QComboBox::activated, this, wantLines);
    connect(allLines_, &QCheckBox::clicked, this, wantLines);
    for (const auto& [box, what] : {std::pair{errors_, "errors"}, std::pair{masked_, "masked"}})
        connect(box, &QCheckBox::clicked, this, [this, what = what](bool on) {
            Q_EMIT wanted({"spectrum", {what, on ? "on" : "off"}});
        });
}

void SpectrumBar::show(const report::SpectrumLook& look) {
    const std::string average = look.average == 0 ? "automatic" : std::to_string(look.average);
    if (average_->findData(QString::fromStdString(average)) < 0) // another number, by a command
        average_->addItem(tr("%1 pixels").arg(look.average), QString::number(look.average));
    choose(average_, average);
    choose(wavelength_, look.rest ? "rest" : "observed");
    choose(lines_, linesWord(look));
    allLines_->setChecked(look.allLines);
    errors_->setChecked(look.errors);
    masked_->setChecked(look.masked);
}

} // namespace penumbra::gui
