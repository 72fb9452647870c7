#include "gui/plots/figure_export.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "gui/plots/figure_painter.h"
#include "gui/plots/pdf_page_box.h"
#include "gui/plots/qcp.h"
#include "gui/plots/subset_font.h"
#include "penumbra_version.h"

#include <QApplication>
#include <QBuffer>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

namespace penumbra::gui {

namespace {

constexpr double kPointsPerMm = 72.0 / 25.4;
constexpr double kUnitsPerPoint = 10.0; // QCustomPlot lays out in integers: a tenth of a point is fine enough
constexpr int kPdfDpi = 1200;
constexpr int kPngDpi = 300;

/// A figure laid out at its final size, ready to be drawn anywhere.
class Canvas {
public:
    Canvas(const report::FigureSpec& figure, bool transparent)
        : size_(static_cast<int>(std::lround(figure.widthMm * kPointsPerMm * kUnitsPerPoint)),
                static_cast<int>(std::lround(figure.heightMm * kPointsPerMm * kUnitsPerPoint))),
          painter_(plot_) {
        painter_.build(figure, FigureLook{lightTheme(), kUnitsPerPoint, figureFontFamily()});
        painter_.layoutFor(size_);
        if (transparent)
            plot_.setBackground(QBrush(Qt::NoBrush));
    }
    QSize size() const { return size_; }
    void drawOn(QCPPainter& painter) { plot_.toPainter(&painter, size_.width(), size_.height()); }

private:
    QSize size_;
    QCustomPlot plot_;
    FigurePainter painter_; // after plot_: destroyed before it
};

QString titleOf(const report::FigureSpec& figure) {
    return QString::fromStdString(figure.caption.empty() ? figure.kind : figure.caption);
}

QString creator() {
    return QStringLiteral("Penumbra ") + QLatin1String(versionText);
}

QByteArray xmpOf(const report::FigureSpec& figure) {
    const QString text = QStringLiteral(R"(<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">%1</rdf:li></rdf:Alt></dc:title>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">%2</rdf:li></rdf:Alt></dc:description>
   <xmp:CreatorTool>%3</xmp:CreatorTool>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>)");
    return text
        .arg(titleOf(figure).toHtmlEscaped(), QString::fromStdString(figure.recipeJson).toHtmlEscaped(),
             creator())
        .toUtf8();
}

QByteArray pdfOf(const report::FigureSpec& figure) {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    {
        QPdfWriter writer(&buffer);
        writer.setResolution(kPdfDpi);
        writer.setPageSize(QPageSize(QSizeF(figure.widthMm, figure.heightMm), QPageSize::Millimeter,
                                     QString(), QPageSize::ExactMatch));
        writer.setPageMargins(QMarginsF());
        writer.setTitle(titleOf(figure));
        writer.setCreator(creator());
        writer.setDocumentXmpMetadata(xmpOf(figure));
        writer.addFileAttachment(QStringLiteral("recipe.json"), QByteArray::fromStdString(figure.recipeJson),
                                 QStringLiteral("application/json"));
        writer.addFileAttachment(QStringLiteral("data.csv"), QByteArray::fromStdString(report::toCsv(figure)),
                                 QStringLiteral("text/csv"));
        Canvas canvas(figure, true);
        QCPPainter painter;
        if (!painter.begin(&writer))
            throw Error("the PDF could not be begun");
        painter.setMode(QCPPainter::pmVectorized);
        painter.setRenderHint(QPainter::LosslessImageRendering); // else dense scatters become JPEG
        painter.scale(kPdfDpi / 72.0 / kUnitsPerPoint, kPdfDpi / 72.0 / kUnitsPerPoint);
        canvas.drawOn(painter);
    }
    QByteArray pdf = buffer.data();
    setPageBox(pdf, figure.widthMm * kPointsPerMm, figure.heightMm * kPointsPerMm);
    return pdf;
}

/// Qt embeds no font: the signs in use go in as a base64 @font-face, and text stays text.
QString fontFaceOf(const QString& svg) {
    std::set<QChar> signs(svg.begin(), svg.end());
    QString text;
    for (const QChar sign : signs)
        text += sign;
    QFont font(figureFontFamily());
    font.setPixelSize(64);
    const QByteArray subset = subsetFont(QRawFont::fromFont(font), text);
    if (subset.isEmpty())
        return QString();
    return QStringLiteral("<style>@font-face{font-family:'%1';src:url(data:font/ttf;base64,%2) "
                          "format('truetype');}</style>\n")
        .arg(figureFontFamily(), QString::fromLatin1(subset.toBase64()));
}

QByteArray svgOf(const report::FigureSpec& figure) {
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    Canvas canvas(figure, true);
    {
        QSvgGenerator generator;
        generator.setOutputDevice(&buffer);
        generator.setResolution(static_cast<int>(72 * kUnitsPerPoint));
        generator.setSize(canvas.size());
        generator.setViewBox(QRect(QPoint(0, 0), canvas.size()));
        generator.setTitle(titleOf(figure).toHtmlEscaped()); // Qt writes it as it is
        generator.setDescription(creator());
        QCPPainter painter;
        if (!painter.begin(&generator))
            throw Error("the SVG could not be begun");
        painter.setMode(QCPPainter::pmVectorized);
        canvas.drawOn(painter);
    }
    QString svg = QString::fromUtf8(buffer.data());
    const auto tag = svg.indexOf(QStringLiteral("<svg"));
    const auto tagEnd = svg.indexOf(QLatin1Char('>'), tag);
    const auto defs = svg.indexOf(QStringLiteral("<defs>"));
    if (tag < 0 || tagEnd < 0 || defs < tagEnd)
        throw Error("the SVG written by Qt has no header to complete");
    svg.insert(defs, fontFaceOf(svg) + QStringLiteral("<metadata id=\"penumbra-recipe\">%1</metadata>\n")
                                           .arg(QString::fromStdString(figure.recipeJson).toHtmlEscaped()));
    return svg.toUtf8();
}

QByteArray pngOf(const report::FigureSpec& figure) {
    Canvas canvas(figure, false);
    const QSize pixels(static_cast<int>(std::lround(figure.widthMm / 25.4 * kPngDpi)),
                       static_cast<int>(std::lround(figure.heightMm / 25.4 * kPngDpi)));
    QImage image(pixels, QImage::Format_RGB32);
    image.fill(lightTheme().page);
    {
        QCPPainter painter;
        if (!painter.begin(&image))
            throw Error("a picture of " + std::to_string(pixels.width()) + " x " +
                        std::to_string(pixels.height()) + " pixels could not be made");
        painter.setRenderHint(QPainter::TextAntialiasing);
        const double scale = kPngDpi / 72.0 / kUnitsPerPoint;
        painter.scale(scale, scale);
        canvas.drawOn(painter);
    }
    image.setDotsPerMeterX(static_cast<int>(std::lround(kPngDpi / 0.0254)));
    image.setDotsPerMeterY(static_cast<int>(std::lround(kPngDpi / 0.0254)));
    image.setText(QStringLiteral("Title"), titleOf(figure));
    image.setText(QStringLiteral("Software"), creator());
    image.setText(QStringLiteral("Recipe"), QString::fromStdString(figure.recipeJson));
    QBuffer buffer;
    buffer.open(QIODevice::WriteOnly);
    if (!image.save(&buffer, "PNG"))
        throw Error("the PNG could not be encoded");
    return buffer.data();
}

} // namespace

void exportFigure(const report::FigureSpec& figure, const std::string& path, const std::string& format) {
    if (format == "csv") {
        writeFileAtomically(path, report::toCsv(figure));
        return;
    }
    if (format == "json") {
        writeFileAtomically(path, jsonText(report::toJson(figure), 1) + "\n");
        return;
    }
    QByteArray (*const draw)(const report::FigureSpec&) = format == "pdf"   ? pdfOf
                                                          : format == "svg" ? svgOf
                                                          : format == "png" ? pngOf
                                                                            : nullptr;
    if (draw == nullptr)
        throw UsageError("figure format: pdf, svg, png, csv or json, found '" + format + "'");
    if (qobject_cast<QApplication*>(QCoreApplication::instance()) == nullptr)
        throw Error("drawing a figure needs a QApplication (platform 'offscreen' is enough)");
    const QByteArray bytes = draw(figure);
    writeFileAtomically(path, std::string_view(bytes.constData(), static_cast<std::size_t>(bytes.size())));
}

} // namespace penumbra::gui
