#include "gui/inspector/galaxy_panel.h"

#include "core/base/text.h"
#include "gui/inspector/interval_figure.h"
#include "gui/plots/figure_view.h"

#include <QLabel>
#include <QVBoxLayout>

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
    const std::string number = formatReal(value, 5);
    return QString::fromStdString(unit.empty() ? number : number + " " + unit);
}

} // namespace

GalaxyPanel::GalaxyPanel(QWidget* parent)
    : QWidget(parent), title_(new QLabel(this)), facts_(new QLabel(this)), empty_(new QLabel(this)),
      view_(new FigureView(this)) {
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
        if (at >= 0)
            table += line(QString::fromStdString("true " + target.name),
                          valueText(target.testTruth()[static_cast<std::size_t>(at)], target.unit));
    }
    facts_->setText(table + "</table>");
}

void GalaxyPanel::setTheme(const Theme& theme) {
    view_->setTheme(theme);
}

const report::FigureSpec& GalaxyPanel::figure() const {
    return view_->figure();
}

} // namespace penumbra::gui
