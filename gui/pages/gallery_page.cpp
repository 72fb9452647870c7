#include "gui/pages/gallery_page.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/report/cutout_picture.h"
#include "gui/options/flow_layout.h"
#include "gui/pages/map_work.h"
#include "gui/state/where.h"

#include <QComboBox>
#include <QCompleter>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra::gui {

namespace {

constexpr std::size_t kReadAtOnce = 24; ///< cutouts, so that the first are there soon
const char* const kWorstMisses = "|error| / width";

/// Catalogue rows in order, and what they were sorted by.
struct Arranged {
    std::vector<std::int64_t> rows;
    std::vector<double> values;
    std::size_t asked = 0;  ///< galaxies, with an image or without
    std::size_t images = 0; ///< in the catalogue
};

/// Of the rows that have an image, sorted; what has no value comes last.
Arranged arranged(const ViewState& state, const RowMask& wanted, const std::vector<std::int64_t>& withImage) {
    Arranged out;
    out.asked = wanted.count();
    out.images = withImage.size();
    for (const std::int64_t row : withImage)
        if (wanted.contains(row))
            out.rows.push_back(row);
    const GalaxyOrder& order = state.inspector.order;
    if (order.expression.empty())
        return out;
    const std::vector<double> values = valuesOf(order.expression, state).values;
    const auto key = [&](std::int64_t row) { return values[static_cast<std::size_t>(row)]; };
    std::stable_sort(out.rows.begin(), out.rows.end(), [&](std::int64_t a, std::int64_t b) {
        const double x = key(a), y = key(b);
        if (std::isnan(x) || std::isnan(y))
            return !std::isnan(x) && std::isnan(y);
        return order.descending ? y < x : x < y;
    });
    for (const std::int64_t row : out.rows)
        out.values.push_back(key(row));
    return out;
}

QImage imageOf(const report::Series& picture) {
    const int across = static_cast<int>(picture.pixelsAcross), down = static_cast<int>(picture.pixelsDown);
    return QImage(picture.rgb.data(), across, down, 3 * across, QImage::Format_RGB888).copy();
}

QString sentenceOf(const Arranged& found, bool ofSelection, const GalaxyOrder& order) {
    QString text =
        ofSelection
            ? QObject::tr("%L1 of %L2 selected galaxies have an image")
                  .arg(found.rows.size())
                  .arg(found.asked)
            : QObject::tr("%L1 of %L2 galaxies have an image").arg(found.rows.size()).arg(found.asked);
    if (!order.expression.empty())
        text += (order.descending ? QObject::tr(" · sorted by %1, largest first")
                                  : QObject::tr(" · sorted by %1, smallest first"))
                    .arg(QString::fromStdString(order.expression));
    return text;
}

} // namespace

GalleryPage::GalleryPage(JobBridge& bridge, QWidget* parent)
    : Page(parent), arranging_(bridge, tr("Arrange the gallery"), this, jobs::Lane::Io),
      reading_(bridge, tr("Read cutouts"), this, jobs::Lane::Io), order_(new QComboBox(this)),
      of_(new QComboBox(this)), direction_(new QToolButton(this)),
      worst_(new QPushButton(tr("Worst misses first"), this)), heading_(new QLabel(this)),
      view_(new GalleryView(this)) {
    setObjectName("page_gallery");
    build();
    connectControls();
}

void GalleryPage::build() {
    order_->setObjectName("galleryOrder");
    order_->setAccessibleName(tr("Sorted by"));
    order_->setEditable(true);
    order_->setInsertPolicy(QComboBox::NoInsert);
    order_->setMinimumWidth(200);
    order_->lineEdit()->setPlaceholderText(tr("as in the file"));
    order_->setToolTip(tr("A column, what a method says of a galaxy, or a formula of them"));
    direction_->setObjectName("galleryDirection");
    direction_->setCheckable(true);
    direction_->setArrowType(Qt::UpArrow);
    direction_->setToolTip(tr("Largest first"));
    direction_->setAccessibleName(tr("Largest first"));
    worst_->setObjectName("worstMisses");
    worst_->setToolTip(tr("By how many widths of its interval a galaxy is missed: %1").arg(kWorstMisses));
    of_->setObjectName("galleryOf");
    of_->setAccessibleName(tr("Galaxies"));
    of_->addItem(tr("of the selection"), "selection");
    of_->addItem(tr("of all galaxies shown"), "all");
    heading_->setObjectName("galleryHeading");
    heading_->setProperty("secondary", true);
    heading_->setWordWrap(true);
    view_->setObjectName("galleryView");
    view_->setAccessibleName(tr("Gallery of cutouts"));
    auto* strip = new QWidget(this);
    auto* flow = new FlowLayout(strip);
    auto* label = new QLabel(tr("Sorted by"), strip);
    label->setBuddy(order_);
    for (QWidget* widget : std::initializer_list<QWidget*>{label, order_, direction_, worst_, of_})
        flow->addWidget(widget);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(8);
    layout->addWidget(strip);
    layout->addWidget(heading_);
    layout->addWidget(view_, 1);
}

void GalleryPage::connectControls() {
    connect(order_, &QComboBox::activated, this, [this] { wantOrder(direction_->isChecked()); });
    connect(order_->lineEdit(), &QLineEdit::editingFinished, this,
            [this] { wantOrder(direction_->isChecked()); });
    connect(direction_, &QToolButton::clicked, this, &GalleryPage::wantOrder);
    connect(worst_, &QPushButton::clicked, this, [this] {
        Q_EMIT wanted({"order", {kWorstMisses, "descending"}});
    });
    connect(of_, &QComboBox::activated, this, [this] {
        Q_EMIT wanted({"gallery", {of_->currentData().toString().toStdString()}});
    });
    connect(view_, &GalleryView::picturesWanted, this, &GalleryPage::read);
    connect(view_, &GalleryView::rowPicked, this, [this](qint64 row, Combine how) {
        // Inside a gallery of the selection a click looks at a galaxy and keeps the others.
        if (how == Combine::Replace && arrangedFor_.contains(row) && !arrangedOfAll_)
            Q_EMIT view_->lookedAt(row);
        else
            Q_EMIT rowsPicked({row}, how);
    });
    connect(view_, &GalleryView::lookedAt, this, [this](qint64 row) {
        Command look{"current", {state().nameOf(row)}};
        look.current = row; // the id may be that of other rows, too
        Q_EMIT wanted(look);
    });
}

void GalleryPage::wantOrder(bool descending) {
    const std::string expression = order_->currentText().trimmed().toStdString();
    if (expression == state().inspector.order.expression && descending == state().inspector.order.descending)
        return;
    Command order{"order", {expression.empty() ? "file" : expression}};
    if (descending)
        order.words.emplace_back("descending");
    Q_EMIT wanted(order);
}

void GalleryPage::setTheme(const Theme& theme) {
    view_->setTheme(theme);
}

void GalleryPage::forgetChoices() {
    arranging_.abandon();
    reading_.abandon();
    reader_.reset();
    readerOf_.reset();
    view_->forgetPictures();
    view_->setContents({});
}

void GalleryPage::showSelection(const ViewState& state) {
    view_->markRows(state.selection.rows, state.selection.current);
    const bool ofAll = state.inspector.galleryOfAll || state.selection.rows.count() < 2;
    const bool stays = ofAll ? arrangedOfAll_ : !arrangedOfAll_ && state.selection.rows == arrangedFor_;
    if (!stays)
        setState(state); // other galaxies: worked out while the page is seen
}

void GalleryPage::tell(const QString& sentence) {
    heading_->setText(sentence);
    heading_->setVisible(!sentence.isEmpty());
}

/// The controls as the state has them.
void GalleryPage::follow(const ViewState& state) {
    const std::string offered = state.path.string() + state.target + ' ' +
                                joinText(state.finishedMethods(), ",") + (state.likeness ? " like" : "");
    if (offered != offeredFor_) {
        offeredFor_ = offered;
        QStringList names{QString()};
        if (!state.finishedMethods().empty())
            names << kWorstMisses;
        if (state.likeness)
            names << QStringLiteral("similarity");
        for (const std::string& name : colourSuggestions(state))
            if (localCoverageMethod(name).empty()) // a colour of the map alone
                names << QString::fromStdString(name);
        order_->clear();
        order_->addItems(names);
    }
    const GalaxyOrder& order = state.inspector.order;
    order_->setEditText(QString::fromStdString(order.expression));
    direction_->setChecked(order.descending);
    direction_->setArrowType(order.descending ? Qt::DownArrow : Qt::UpArrow);
    worst_->setEnabled(!state.finishedMethods().empty());
    of_->setCurrentIndex(state.inspector.galleryOfAll ? 1 : 0);
}

void GalleryPage::update(const ViewState& state) {
    follow(state);
    if (state.catalogue != readerOf_) {
        reader_.reset();
        readerOf_ = state.catalogue;
        view_->forgetPictures();
    }
    if (state.inspector.looks.cutout != look_) {
        look_ = state.inspector.looks.cutout;
        reading_.abandon();
        view_->forgetPictures();
    }
    if (!state.catalogue || state.catalogue->images.count == 0) {
        arranging_.abandon();
        tell({});
        view_->setEmptyMessage(
            !state.catalogue ? tr("Open a catalogue with images to see its galaxies here.")
                             : tr("This catalogue has no images. A gallery needs cutouts under /images; "
                                  "the simulated sample has some."));
        view_->setContents({});
        return;
    }
    arrange(state);
}

void GalleryPage::arrange(const ViewState& state) {
    arrangedOfAll_ = state.inspector.galleryOfAll || state.selection.rows.count() < 2;
    arrangedFor_ = arrangedOfAll_ ? RowMask() : state.selection.rows;
    const RowMask wanted = arrangedOfAll_ ? state.shownRows() : state.selection.rows;
    arranging_.request(
        [this, state, wanted, reader = reader_,
         ofSelection = !arrangedOfAll_](RunContext&) mutable -> Delivery {
            if (!reader)
                reader = std::make_shared<const ModalityReader>(*state.catalogue);
            auto found = std::make_shared<Arranged>(arranged(state, wanted, reader->cutoutRows()));
            return [this, state, reader, found, ofSelection] {
                reader_ = reader;
                const GalaxyOrder& order = state.inspector.order;
                tell(sentenceOf(*found, ofSelection, order));
                view_->setEmptyMessage(
                    tr("None of these galaxies has an image; %L1 galaxies of the catalogue have one.")
                        .arg(found->images));
                view_->setContents({std::move(found->rows), std::move(found->values),
                                    QString::fromStdString(order.expression), [state](std::int64_t row) {
                                        return QString::fromStdString(state.nameOf(row));
                                    }});
                view_->markRows(this->state().selection.rows, this->state().selection.current);
            };
        },
        [this](const JobEnd& end) {
            if (end.failed()) {
                tell(end.error);
                view_->setContents({});
            }
        });
}

/// Of those that are seen, a few at once; the view asks for the rest.
void GalleryPage::read(const std::vector<std::int64_t>& rows) {
    if (!reader_)
        return;
    const std::vector<std::int64_t> some(
        rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), kReadAtOnce)));
    reading_.request(
        [this, reader = reader_, some, look = look_](RunContext& context) -> Delivery {
            std::vector<std::pair<std::int64_t, QImage>> pictures;
            for (const std::int64_t row : some) {
                context.checkStop();
                const auto cutout = reader->cutout(static_cast<std::size_t>(row));
                pictures.emplace_back(row, cutout ? imageOf(report::pictureOf(*cutout, look)) : QImage());
            }
            return [this, pictures = std::move(pictures)] { view_->setPictures(pictures); };
        },
        [this](const JobEnd& end) {
            if (end.failed())
                tell(end.error);
        });
}

} // namespace penumbra::gui
