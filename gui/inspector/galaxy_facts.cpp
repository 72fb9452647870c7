#include "gui/inspector/galaxy_facts.h"

#include "core/base/text.h"
#include "core/report/number_text.h"
#include "gui/inspector/galaxy_pixels.h"
#include "gui/inspector/interval_figure.h"

#include <QObject>

#include <cmath>

namespace penumbra::gui {

namespace {

QString line(const QString& name, const QString& value) {
    return QStringLiteral("<tr><td style='padding-right:12px'>%1</td><td>%2</td></tr>")
        .arg(name.toHtmlEscaped(), value.toHtmlEscaped());
}

QString withUnit(const std::string& number, const std::string& unit) {
    return QString::fromStdString(unit.empty() ? number : number + " " + unit);
}

QString valueText(double value, const std::string& unit) {
    if (std::isnan(value))
        return QObject::tr("no label");
    const bool single = static_cast<double>(static_cast<float>(value)) == value; // digits that it has
    return withUnit(formatReal(value, single ? 7 : 10), unit);
}

bool isRowOf(const Catalogue* catalogue, std::int64_t row) {
    return catalogue != nullptr && row >= 0 && static_cast<std::size_t>(row) < catalogue->rowCount;
}

/// Of a column; vectors and missing values are said to be that.
QString cellText(const io::Column& column, std::size_t row) {
    if (column.width > 1)
        return QObject::tr("%1 numbers").arg(column.width);
    if (column.isMissing(row))
        return QObject::tr("missing");
    if (!column.isNumeric() || column.isInteger())
        return withUnit(column.asText(row), column.unit);
    const bool single = std::holds_alternative<std::vector<float>>(column.values);
    return withUnit(formatReal(column.asReal(row), single ? 7 : 10), column.unit);
}

/// One method's line among those of a target.
QString intervalLine(const Prediction& prediction, std::size_t at, double truth) {
    const double lower = prediction.lower[at], upper = prediction.upper[at];
    const double width = intervalWidth(lower, upper);
    const double step = std::isfinite(width) && width > 0.0 ? width : std::abs(truth);
    const bool misses = !std::isnan(truth) && !covers(prediction, at, truth);
    const QString centre =
        at < prediction.mean.size() ? endText(prediction.mean[at], step) : QStringLiteral("–");
    // Lines break between centre and interval alone.
    return QStringLiteral("<tr><td style='padding-right:8px'>%1</td><td>%2 [%3,&nbsp;%4] %5</td></tr>")
        .arg(QString::fromStdString(prediction.method).toHtmlEscaped(), centre, endText(lower, step),
             endText(upper, step), misses ? QObject::tr("<b>misses</b>") : QString());
}

} // namespace

QString endText(double value, double step) {
    if (std::isinf(value))
        return value > 0.0 ? QStringLiteral("∞") : QStringLiteral("−∞");
    if (std::isnan(value))
        return QStringLiteral("–");
    return QString::fromStdString(report::textBeside(value, step, 3));
}

QString factsOf(const Study& study, const Catalogue* catalogue, std::int64_t row) {
    const bool known = isRowOf(catalogue, row);
    const auto index = static_cast<std::size_t>(row);
    QString table = "<table>" + line(QObject::tr("catalogue row"), QString::number(row));
    if (known && index < catalogue->ra.size() && index < catalogue->dec.size())
        table +=
            line(QObject::tr("RA, Dec"), QString::fromStdString(formatFixed(catalogue->ra[index], 5) + "°, " +
                                                                formatFixed(catalogue->dec[index], 5) + "°"));
    for (const TargetStudy& target : study.targets) {
        const auto truth = truthFor(target, row);
        if (!truth)
            continue;
        table += line(QString::fromStdString("true " + target.name), valueText(*truth, target.unit));
        if (const double predicted = basePredictionFor(target, row); std::isfinite(predicted))
            table += line(QString::fromStdString("predicted " + target.name),
                          withUnit(formatReal(predicted, 5), target.unit));
    }
    return table + "</table>";
}

QString intervalNumbers(const Study& study, const std::vector<std::string>& methods, std::int64_t row) {
    QString text;
    for (const TargetStudy& target : study.targets) {
        const std::ptrdiff_t test = testIndexOf(target, row);
        if (test < 0)
            continue;
        const auto at = static_cast<std::size_t>(test);
        const double truth = target.testTruth()[at];
        QString lines;
        for (const std::string& method : methods)
            if (const Prediction* prediction = target.prediction(method))
                lines += intervalLine(*prediction, at, truth);
        if (lines.isEmpty())
            continue;
        text += QStringLiteral("<p style='margin-bottom:2px'><b>%1</b></p><table>%2</table>")
                    .arg(QString::fromStdString(target.axisLabel()).toHtmlEscaped(), lines);
    }
    return text;
}

QString catalogueNumbers(const Catalogue& catalogue,
                         const std::vector<std::pair<std::string, double>>& features, std::int64_t row) {
    if (!isRowOf(&catalogue, row))
        return {};
    QString lines;
    for (const auto& [name, value] : features)
        lines += line(QString::fromStdString(name), QString::fromStdString(formatReal(value, 7)));
    for (const io::Column& column : catalogue.columns.columns)
        if (static_cast<std::size_t>(row) < column.rows())
            lines +=
                line(QString::fromStdString(column.name), cellText(column, static_cast<std::size_t>(row)));
    return lines.isEmpty() ? QString() : "<table>" + lines + "</table>";
}

QString legacyViewerAddress(double ra, double dec) {
    if (!std::isfinite(ra) || !std::isfinite(dec))
        return {};
    return QStringLiteral("https://www.legacysurvey.org/viewer?ra=%1&dec=%2&layer=ls-dr10&zoom=16")
        .arg(QString::fromStdString(formatFixed(ra, 6)), QString::fromStdString(formatFixed(dec, 6)));
}

} // namespace penumbra::gui
