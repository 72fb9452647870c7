#include "gui/inspector/galaxy_panel.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/modalities.h"
#include "core/report/galaxy_figures.h"
#include "gui/inspector/interval_figure.h"
#include "gui/plots/figure_view.h"

#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

namespace {

QString line(const QString& name, const QString& value) {
    return QStringLiteral("<tr><td style='padding-right:12px'>%1</td><td>%2</td></tr>")
        .arg(name.toHtmlEscaped(), value.toHtmlEscaped());
}

QString valueText(double value, const std::string& unit) {
    if (std::isnan(value))
        return QObject::tr("no label");
    const bool single = static_cast<double>(static_cast<float>(value)) == value; // digits that it has
    const std::string number = formatReal(value, single ? 7 : 10);
    return QString::fromStdString(unit.empty() ? number : number + " " + unit);
}

/// Cutout and spectrum; no panels where the galaxy has neither.
report::FigureSpec dataFigure(const Catalogue& catalogue, std::size_t row) {
    report::FigureSpec figure;
    figure.kind = "galaxies";
    try {
        const ModalityReader reader(catalogue);
        figure.panels = report::galaxyPanels(reader.cutout(row), reader.spectrum(row), {},
                                             report::redshiftOf(catalogue, row));
        for (report::Panel& panel : figure.panels)
            if (!panel.y.label.empty())
                panel.y.label = "flux"; // the unit does not fit here
    } catch (const Error& error) {      // the file may have gone since; the numbers are still shown
        report::Panel panel;
        panel.emptyMessage = error.what();
        figure.panels = {panel};
    }
    return figure;
}

} // namespace

GalaxyPanel::GalaxyPanel(JobBridge& bridge, QWidget* parent)
    : QWidget(parent), title_(new QLabel(this)), facts_(new QLabel(this)), empty_(new QLabel(this)),
      data_(new FigureView(this)), view_(new FigureView(this)),
      reading_(bridge, tr("Read a galaxy"), this, jobs::Lane::Io) {
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(8);
    QFont bold = title_->font();
    bold.setBold(true);
    title_->setFont(bold);
    title_->setObjectName("galaxyTitle");
    title_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    title_->setWordWrap(true);
    facts_->setObjectName("galaxyFacts");
    facts_->setTextFormat(Qt::RichText);
    facts_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    facts_->setWordWrap(true);
    empty_->setObjectName("galaxyEmpty");
    empty_->setWordWrap(true);
    empty_->setAlignment(Qt::AlignTop);
    view_->setObjectName("galaxyIntervals");
    view_->setAccessibleName(tr("Intervals of the selected galaxy"));
    view_->setMinimumHeight(160);
    layout->addWidget(title_);
    layout->addWidget(facts_);
    layout->addWidget(empty_);
    data_->setObjectName("galaxyData");
    data_->setAccessibleName(tr("Cutout and spectrum of the selected galaxy"));
    data_->setMinimumHeight(250);
    data_->setVisible(false);
    layout->addWidget(data_);
    layout->addWidget(view_, 1);
    layout->addStretch(0);
    show(nullptr, {}, {}, nullptr, -1);
}

void GalaxyPanel::show(const std::shared_ptr<const Study>& study, const std::string& target,
                       const std::vector<std::string>& methods,
                       const std::shared_ptr<const Catalogue>& catalogue, std::int64_t catalogueRow) {
    const bool some = study && catalogueRow >= 0 && !target.empty();
    title_->setVisible(some);
    facts_->setVisible(some);
    view_->setVisible(some);
    empty_->setVisible(!some);
    showData(some ? catalogue : nullptr, catalogueRow);
    if (!some) {
        empty_->setText(
            study ? tr("Select a galaxy in the table below, or click its point in a plot, to see every "
                       "method's interval for it.")
                  : tr("Run a study, then select a galaxy to see every method's interval for it."));
        return;
    }
    showFacts(*study, catalogue.get(), catalogueRow);
    view_->setFigure(intervalFigure(*study, target, methods, catalogueRow));
}

/// One galaxy is some 200 kB of a file that may lie far away: read where it is shown, once. The former
/// galaxy's pictures go at once.
void GalaxyPanel::showData(const std::shared_ptr<const Catalogue>& catalogue, std::int64_t row) {
    if (catalogue == readFrom_ && row == readRow_)
        return;
    readFrom_ = catalogue;
    readRow_ = row;
    reading_.abandon();
    data_->setVisible(false);
    const auto index = static_cast<std::size_t>(row);
    if (!catalogue || index >= catalogue->rowCount)
        return;
    reading_.request([this, catalogue, index](RunContext&) -> Delivery {
        return [this, figure = dataFigure(*catalogue, index)] {
            data_->setVisible(!figure.panels.empty());
            data_->setFigure(figure);
        };
    });
}

void GalaxyPanel::showFacts(const Study& study, const Catalogue* catalogue, std::int64_t row) {
    const auto index = static_cast<std::size_t>(row);
    const bool known = catalogue && index < catalogue->rowCount;
    title_->setText(known ? QString::fromStdString(catalogue->idText(index)) : tr("Row %1").arg(row));
    QString table = "<table>" + line(tr("catalogue row"), QString::number(row));
    if (known && index < catalogue->ra.size() && index < catalogue->dec.size())
        table += line(tr("RA, Dec"), QString::fromStdString(formatFixed(catalogue->ra[index], 5) + "°, " +
                                                            formatFixed(catalogue->dec[index], 5) + "°"));
    for (const TargetStudy& target : study.targets) {
        const std::ptrdiff_t at = testIndexOf(target, row);
        if (at >= 0) {
            table += line(QString::fromStdString("true " + target.name),
                          valueText(target.testTruth()[static_cast<std::size_t>(at)], target.unit));
            continue;
        }
        const auto& rows = target.heldOut.rows;
        const auto held = std::find(rows.begin(), rows.end(), row);
        if (held == rows.end())
            continue;
        const auto heldIndex = static_cast<std::size_t>(held - rows.begin());
        table += line(QString::fromStdString("true " + target.name),
                      valueText(target.heldOut.truth[heldIndex], target.unit));
        if (const auto mean = target.heldOut.signals.find("mean"); mean != target.heldOut.signals.end())
            table += line(QString::fromStdString("predicted " + target.name),
                          valueText(mean->second(static_cast<Eigen::Index>(heldIndex), 0), target.unit));
    }
    facts_->setText(table + "</table>");
}

void GalaxyPanel::setTheme(const Theme& theme) {
    data_->setTheme(theme);
    view_->setTheme(theme);
}

const report::FigureSpec& GalaxyPanel::figure() const {
    return view_->figure();
}

} // namespace penumbra::gui
