// The controls of the page: what they are, what they ask for, how they follow the state.
#include "core/base/text.h"
#include "gui/options/flow_layout.h"
#include "gui/pages/map_controls.h"
#include "gui/pages/name_completion.h"
#include "gui/pages/space_page.h"
#include "gui/state/space_command.h"
#include "gui/state/where.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <tuple>

namespace penumbra::gui {

namespace {

const std::string kColumns = "columns";
const std::string kRedshift = "redshift";

std::string text(const QString& string) {
    return string.trimmed().toStdString();
}

QDoubleSpinBox* spinBox(QWidget* parent, const QString& name, const QString& help, double low, double high,
                        double step) {
    auto* box = new QDoubleSpinBox(parent);
    box->setAccessibleName(name);
    box->setToolTip(help);
    box->setRange(low, high);
    box->setSingleStep(step);
    box->setKeyboardTracking(false);
    box->setFocusPolicy(Qt::StrongFocus);
    return box;
}

} // namespace

SpacePage::SpacePage(MapList& maps, JobBridge& bridge, QWidget* parent)
    : Page(parent), maps_(maps), latest_(bridge, tr("Draw the space"), this), positions_(new QComboBox(this)),
      colour_(new QComboBox(this)), views_(new QComboBox(this)), x_(new QLineEdit(this)),
      y_(new QLineEdit(this)), z_(new QLineEdit(this)),
      size_(spinBox(this, tr("Size of points"), tr("Diameter in pixels; lowest: as suits their number"), 0.0,
                    40.0, 1.0)),
      opacity_(spinBox(this, tr("Opacity"), tr("Lower shows what lies behind"), 0.05, 1.0, 0.05)),
      low_(new QLineEdit(this)), high_(new QLineEdit(this)), make_(new QPushButton(tr("Make a map"), this)),
      stop_(new QPushButton(tr("Stop"), this)), save_(new QPushButton(tr("Save picture"), this)),
      message_(new QLabel(this)), view_(new SpaceView(this)) {
    setObjectName("page_space");
    build();
    connectControls();
}

void SpacePage::build() {
    positions_->setObjectName("spacePositions");
    positions_->setAccessibleName(tr("Positions"));
    positions_->setToolTip(
        tr("Where the points stand: a map of the features, position and redshift, or three columns"));
    positions_->setMinimumWidth(180);
    for (const auto& [edit, name, hint] : {std::tuple{x_, "spaceX", tr("first: a column or formula")},
                                           std::tuple{y_, "spaceY", tr("second: a column or formula")},
                                           std::tuple{z_, "spaceZ", tr("third: a column or formula")}}) {
        edit->setObjectName(name);
        edit->setAccessibleName(hint);
        edit->setPlaceholderText(hint);
        edit->setMinimumWidth(130);
    }
    colour_->setObjectName("spaceColour");
    colour_->setAccessibleName(tr("Colour"));
    colour_->setEditable(true);
    colour_->setInsertPolicy(QComboBox::NoInsert);
    colour_->setMinimumWidth(190);
    colour_->lineEdit()->setPlaceholderText(tr("one colour"));
    colour_->setToolTip(tr("As on the map: a column, what a method says of a galaxy, or a formula of them"));
    views_->setObjectName("spaceViews");
    views_->setAccessibleName(tr("View"));
    views_->setToolTip(tr("From where it is looked at"));
    views_->setPlaceholderText(tr("by hand"));
    for (const auto& [key, words] :
         {std::pair{"corner", tr("From a corner")}, std::pair{"front", tr("From the front")},
          std::pair{"side", tr("From the side")}, std::pair{"top", tr("From above")}})
        views_->addItem(words, QString(key));
    make_->setObjectName("makeSpaceMap");
    make_->setToolTip(
        tr("Arranges the galaxies in three dimensions so that those with like features are near each other"));
    stop_->setVisible(false);
    buildLook();
    save_->setObjectName("saveSpacePicture");
    save_->setToolTip(tr("What is seen, as a PNG file"));
    message_->setWordWrap(true);
    message_->setProperty("secondary", true);
    message_->hide();
    view_->setObjectName("space_view");
    view_->setAccessibleName(tr("Galaxies in three dimensions"));
    auto* strip = new QWidget(this);
    auto* flow = new FlowLayout(strip);
    const auto labelled = [&](const QString& words, QWidget* widget) {
        auto* label = new QLabel(words, strip);
        label->setBuddy(widget);
        flow->addWidget(label);
        flow->addWidget(widget);
    };
    labelled(tr("Positions"), positions_);
    for (QLineEdit* edit : {x_, y_, z_})
        flow->addWidget(edit);
    flow->addWidget(make_);
    flow->addWidget(stop_);
    labelled(tr("Colour"), colour_);
    labelled(tr("Size"), size_);
    labelled(tr("Opacity"), opacity_);
    labelled(tr("Colours from"), low_);
    labelled(tr("to"), high_);
    labelled(tr("View"), views_);
    flow->addWidget(save_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(8);
    layout->addWidget(strip);
    layout->addWidget(message_);
    layout->addWidget(view_, 1);
}

void SpacePage::buildLook() {
    size_->setObjectName("spaceSize");
    size_->setDecimals(0);
    size_->setSpecialValueText(tr("auto"));
    opacity_->setObjectName("spaceOpacity");
    low_->setObjectName("spaceLow");
    high_->setObjectName("spaceHigh");
    for (QLineEdit* edit : {low_, high_}) {
        edit->setMaximumWidth(72);
        edit->setPlaceholderText(tr("auto"));
        edit->setToolTip(tr("Ends of the scale of colours; empty: as suits the values"));
    }
    low_->setAccessibleName(tr("Colours from"));
    high_->setAccessibleName(tr("Colours to"));
}

void SpacePage::connectControls() {
    connect(positions_, &QComboBox::activated, this, [this] {
        const std::string key = positions_->currentData().toString().toStdString();
        if (key == kColumns)
            wantColumns();
        else
            Q_EMIT wanted({"space", {key}});
    });
    for (QLineEdit* edit : {x_, y_, z_})
        connect(edit, &QLineEdit::editingFinished, this, &SpacePage::wantColumns);
    const auto wantColour = [this] {
        const std::string expression = text(colour_->currentText());
        if (expression != state().cloud.colour)
            Q_EMIT wanted({"colour", {expression.empty() ? "none" : expression}});
    };
    connect(colour_, &QComboBox::activated, this, wantColour);
    connect(colour_->lineEdit(), &QLineEdit::editingFinished, this, wantColour);
    connect(size_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        Q_EMIT wanted({"space", {"size", value > 0.0 ? formatFixed(value, 0) : "auto"}});
    });
    connect(opacity_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        Q_EMIT wanted({"space", {"opacity", formatFixed(value, 2)}});
    });
    const auto wantRange = [this] {
        const std::string low = text(low_->text()), high = text(high_->text());
        const auto range = state().space.range;
        if (low.empty() && high.empty()) {
            if (range)
                Q_EMIT wanted({"space", {"range", "auto"}});
        } else if (!low.empty() && !high.empty() &&
                   (!range || shortestReal(range->first) != low || shortestReal(range->second) != high)) {
            Q_EMIT wanted({"space", {"range", low, high}});
        }
    };
    for (QLineEdit* edit : {low_, high_})
        connect(edit, &QLineEdit::editingFinished, this, wantRange);
    connect(views_, &QComboBox::activated, this, [this] {
        Q_EMIT wanted({"camera", {views_->currentData().toString().toStdString()}});
    });
    connect(view_, &SpaceView::rowsPicked, this, &Page::rowsPicked);
    connect(view_, &SpaceView::hovered, this, &SpacePage::hover);
    connect(view_, &SpaceView::cameraMoved, this, [this](const SpaceCamera& camera) {
        SpaceChoices space = state().space;
        space.azimuth = camera.azimuth;
        space.elevation = camera.elevation;
        space.zoom = camera.zoom;
        space.centre = camera.centre;
        Q_EMIT cameraMoved(cameraCommand(space));
    });
    connect(view_, &SpaceView::lookEdited, this, [this](const OverlayEdit& edit) {
        if (edit.size)
            Q_EMIT wanted({"space", {"size", formatFixed(*edit.size, 0)}});
        if (edit.opacity)
            Q_EMIT wanted({"space", {"opacity", formatFixed(*edit.opacity, 2)}});
        if (edit.range)
            Q_EMIT wanted(
                {"space", {"range", formatReal(edit.range->first, 4), formatReal(edit.range->second, 4)}});
    });
    connect(save_, &QPushButton::clicked, this, &SpacePage::pictureWanted);
    connect(stop_, &QPushButton::clicked, this, [this] { maps_.stop(3); });
    connect(&maps_, &MapList::makingChanged, this, [this](std::size_t dims, bool running) {
        if (dims != 3)
            return;
        stop_->setVisible(running);
        make_->setEnabled(!running);
        if (running)
            tell({});
    });
    connect(&maps_, &MapList::changed, this, [this] {
        offeredFor_.clear();
        refresh();
    });
    connect(&maps_, &MapList::came, this, [this](const std::string& name, std::size_t dims) {
        if (dims == 3 && this->state().space.positions != name)
            Q_EMIT wanted({"space", {name}});
    });
    view_->setShapeText([this](const std::vector<std::int64_t>& rows) {
        counts_ = selectionCounts(state(), counts_, {});
        return coverageLines(counts_.get(), rows, spaceShowsOutcome(state()));
    });
}

void SpacePage::wantColumns() {
    const SpaceChoices& space = state().space;
    const bool redshift = space.positions == kRedshift && positions_->currentData().toString() != "columns";
    const std::string x = text(x_->text()), y = text(y_->text()), z = text(z_->text());
    if (redshift) {
        if (z != space.z && !z.empty())
            Q_EMIT wanted({"space", {kRedshift, z}});
    } else if (space.positions != kColumns || space.x != x || space.y != y || space.z != z) {
        Q_EMIT wanted({"space", {kColumns, x, y, z}});
    }
}

void SpacePage::offer(const ViewState& state) {
    positions_->clear();
    for (const std::string& name : maps_.names(3))
        positions_->addItem(QString::fromStdString(name), QString::fromStdString(name));
    if (state.catalogue && !state.catalogue->ra.empty())
        positions_->addItem(tr("Position and redshift"), QString::fromStdString(kRedshift));
    positions_->addItem(tr("Three columns"), QString::fromStdString(kColumns));
    offerMaps(*make_, state, maps_, 3, "space", [this](const Command& command) { Q_EMIT wanted(command); });
    const QStringList names = offerColourings(*colour_, state);
    for (QLineEdit* edit : {x_, y_, z_, colour_->lineEdit()})
        completeWith(edit, names);
}

/// The controls as the state has them.
void SpacePage::follow(const ViewState& state) {
    maps_.read();
    const std::string offered =
        state.path.string() + state.target + ' ' + joinText(state.finishedMethods(), ",");
    if (offered != offeredFor_) {
        offeredFor_ = offered;
        offer(state);
    }
    const auto places = placesOf(state.space);
    const std::string key = places ? places->name : state.space.positions == kRedshift ? kRedshift : kColumns;
    positions_->setCurrentIndex(positions_->findData(QString::fromStdString(key)));
    for (QLineEdit* edit : {x_, y_})
        edit->setVisible(key == kColumns);
    z_->setVisible(key == kColumns || key == kRedshift);
    z_->setPlaceholderText(key == kRedshift ? tr("redshift: a column or formula")
                                            : tr("third: a column or formula"));
    x_->setText(QString::fromStdString(state.space.x));
    y_->setText(QString::fromStdString(state.space.y));
    z_->setText(QString::fromStdString(state.space.z));
    colour_->setEditText(QString::fromStdString(state.cloud.colour));
    followLook(state.space);
}

void SpacePage::followLook(const SpaceChoices& space) {
    for (const auto& [box, value] : {std::pair{size_, space.size}, std::pair{opacity_, space.opacity}}) {
        const QSignalBlocker quiet(box);
        box->setValue(value);
    }
    low_->setText(space.range ? QString::fromStdString(shortestReal(space.range->first)) : QString());
    high_->setText(space.range ? QString::fromStdString(shortestReal(space.range->second)) : QString());
    int preset = -1;
    for (int i = 0; i < views_->count(); ++i) {
        const auto camera = presetCamera(views_->itemData(i).toString().toStdString());
        if (camera && camera->first == space.azimuth && camera->second == space.elevation)
            preset = i;
    }
    views_->setCurrentIndex(preset);
    view_->setCamera(cameraOf(space));
    view_->setLook(space.size, space.opacity);
}

} // namespace penumbra::gui
