#include "gui/pages/start_screen.h"

#include "core/io/table_reader.h"
#include "gui/icons/icons.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace penumbra::gui {

StartScreen::StartScreen(bool sampleFound, bool simulatedFound, QWidget* parent)
    : QWidget(parent), title_(new QLabel(tr("Penumbra"), this)), back_(new QPushButton(this)),
      open_(new QPushButton(tr("Open file…"), this)),
      sample_(new QPushButton(tr("Try the SDSS sample"), this)),
      simulated_(new QPushButton(tr("Try simulated galaxies"), this)),
      recentHeading_(new QLabel(tr("Recent files"), this)) {
    setObjectName("startScreen");
    QFont big = title_->font();
    big.setPointSizeF(2.0 * big.pointSizeF());
    title_->setFont(big);
    auto* purpose =
        new QLabel(tr("Decide which error bar to trust. Train and calibrate every uncertainty method on "
                      "your galaxies, and see where each one covers what it promises, and where it does "
                      "not."),
                   this);
    purpose->setWordWrap(true);
    auto* drop = new QLabel(
        tr("Open a catalogue or a study, or drop one here. A table (%1) can be looked at and imported.")
            .arg(QString::fromStdString(io::readableFormats())),
        this);
    drop->setWordWrap(true);
    drop->setProperty("secondary", true);
    auto* sampleHelp =
        new QLabel(sampleFound ? tr("10,000 SDSS galaxies; one click runs a quick study of their "
                                    "redshifts with all nine methods, in under a minute.")
                               : tr("The sample was not found beside the program. It belongs in "
                                    "share/penumbra, or sample_data of the source tree."),
                   this);
    sampleHelp->setWordWrap(true);
    sampleHelp->setProperty("secondary", true);
    auto* simulatedHelp =
        new QLabel(tr("2,000 mock galaxies whose true intervals are known, 60 of them with images and "
                      "spectra: what a perfect error bar would score stands beside every method."),
                   this);
    simulatedHelp->setWordWrap(true);
    simulatedHelp->setProperty("secondary", true);
    simulated_->setObjectName("startSimulated");
    simulated_->setEnabled(simulatedFound);
    simulated_->setAutoDefault(true);
    open_->setObjectName("startOpen");
    open_->setIconSize({16, 16});
    sample_->setObjectName("startSample");
    sample_->setEnabled(sampleFound);
    sample_->setDefault(true);
    sample_->setAutoDefault(true);
    QFont bold = recentHeading_->font();
    bold.setBold(true);
    recentHeading_->setFont(bold);

    auto* column = new QVBoxLayout;
    column->setSpacing(8);
    back_->setObjectName("startBack");
    back_->hide();
    auto* top = new QHBoxLayout;
    top->addWidget(title_);
    top->addStretch(1);
    top->addWidget(back_);
    column->addLayout(top);
    column->addWidget(purpose);
    column->addSpacing(16);
    const auto addChoice = [&](QPushButton* button, QLabel* help) {
        auto* row = new QHBoxLayout;
        button->setMinimumWidth(190);
        button->setMinimumHeight(32);
        row->setSpacing(16);
        row->addWidget(button, 0, Qt::AlignTop);
        row->addWidget(help, 1);
        column->addLayout(row);
    };
    addChoice(sample_, sampleHelp);
    addChoice(simulated_, simulatedHelp);
    addChoice(open_, drop);
    column->addSpacing(16);
    column->addWidget(recentHeading_);
    recent_ = new QVBoxLayout;
    column->addLayout(recent_);
    auto* box = new QWidget(this);
    box->setLayout(column);
    box->setFixedWidth(620);
    auto* across = new QHBoxLayout;
    across->addStretch(1);
    across->addWidget(box);
    across->addStretch(1);
    auto* layout = new QVBoxLayout(this);
    layout->addStretch(2);
    layout->addLayout(across);
    layout->addStretch(3);
    connect(back_, &QPushButton::clicked, this, &StartScreen::backWanted);
    connect(open_, &QPushButton::clicked, this, &StartScreen::openWanted);
    connect(sample_, &QPushButton::clicked, this, &StartScreen::sampleWanted);
    connect(simulated_, &QPushButton::clicked, this, &StartScreen::simulatedWanted);
}

void StartScreen::setTheme(const Theme& theme) {
    theme_ = theme;
    open_->setIcon(themedIcon("open", theme));
    sample_->setIcon(sample_->isEnabled() ? tintedIcon("run", theme.dark ? theme.window : theme.page)
                                          : themedIcon("run", theme));
    simulated_->setIcon(themedIcon("run", theme));
    for (QPushButton* button : recentBox_ ? recentBox_->findChildren<QPushButton*>() : QList<QPushButton*>())
        button->setIcon(themedIcon("recent", theme));
}

void StartScreen::setOpenFile(const QString& name) {
    back_->setVisible(!name.isEmpty());
    back_->setText(tr("&Back to %1").arg(fontMetrics().elidedText(name, Qt::ElideMiddle, 240)));
    back_->setToolTip(name);
}

void StartScreen::setRecentFiles(const QStringList& paths) {
    if (recentBox_) {
        recentBox_->hide(); // perhaps one of its buttons was just pressed
        recentBox_->deleteLater();
    }
    recentBox_ = new QWidget(this);
    auto* lines = new QVBoxLayout(recentBox_);
    lines->setContentsMargins(0, 0, 0, 0);
    lines->setSpacing(0);
    for (const QString& path : paths) {
        auto* button = new QPushButton(fontMetrics().elidedText(path, Qt::ElideMiddle, 540), recentBox_);
        button->setFlat(true);
        button->setObjectName("recent_" + QFileInfo(path).fileName());
        button->setToolTip(path);
        button->setStyleSheet("text-align: left;");
        lines->addWidget(button);
        connect(button, &QPushButton::clicked, this, [this, path] { Q_EMIT fileWanted(path); });
    }
    recent_->addWidget(recentBox_);
    recentHeading_->setVisible(!paths.isEmpty());
    setTheme(theme_);
}

} // namespace penumbra::gui
