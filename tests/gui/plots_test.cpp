#include "core/base/error.h"
#include "core/report/figures.h"
#include "gui/plots/figure_export.h"
#include "gui/plots/figure_view.h"
#include "gui/plots/qcp.h"
#include "gui/style/theme.h"
#include "tests/core/report/made_up_study.h"

#include <QApplication>
#include <QFile>
#include <QImage>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>
#include <algorithm>
#include <gtest/gtest.h>
#include <limits>
#include <set>

using namespace penumbra;
using namespace penumbra::gui;

namespace {

const Study& study() {
    static const Study made = samples::madeUpStudy(samples::nineMethods(), 3000);
    return made;
}

report::FigureSpec figureOf(const report::FigureKind& kind, const std::vector<std::string>& methods = {}) {
    OptionSet options;
    kind.options(options);
    if (options.contains("methods") && !methods.empty())
        options.set("methods", OptionValue(methods));
    return kind.make({study(), nullptr}, options);
}

QByteArray contentsOf(const QString& path) {
    QFile file(path);
    EXPECT_TRUE(file.open(QIODevice::ReadOnly)) << path.toStdString();
    return file.readAll();
}

/// Output of a poppler tool, or nothing where poppler-utils is not installed.
QString poppler(const QString& tool, const QStringList& arguments) {
    const QString program = QStandardPaths::findExecutable(tool);
    if (program.isEmpty())
        return QString();
    QProcess process;
    process.start(program, arguments);
    EXPECT_TRUE(process.waitForFinished(20000) && process.exitCode() == 0) << tool.toStdString();
    return QString::fromUtf8(process.readAllStandardOutput());
}

std::size_t coloursIn(const QImage& image) {
    std::set<QRgb> colours;
    for (int y = 0; y < image.height(); y += 2)
        for (int x = 0; x < image.width(); x += 2)
            colours.insert(image.pixel(x, y));
    return colours.size();
}

class FigureFile : public ::testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        ASSERT_TRUE(folder_.isValid());
        figure_ = figureOf(report::findFigure(GetParam()));
    }
    QString write(const char* format) {
        const QString path = folder_.filePath(QStringLiteral("figure.") + QLatin1String(format));
        exportFigure(figure_, path.toStdString(), format);
        return path;
    }
    QTemporaryDir folder_;
    report::FigureSpec figure_;
};

} // namespace

TEST_P(FigureFile, PdfHasItsSizeItsFontsAndItsRecipe) {
    const QString path = write("pdf");
    const QByteArray pdf = contentsOf(path);
    ASSERT_TRUE(pdf.startsWith("%PDF-"));
    const QRegularExpression box(QStringLiteral(R"(/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+))"));
    const auto match = box.match(QString::fromLatin1(pdf));
    ASSERT_TRUE(match.hasMatch());
    EXPECT_NEAR(match.captured(1).toDouble() * 25.4 / 72.0, figure_.widthMm, 0.1);
    EXPECT_NEAR(match.captured(2).toDouble() * 25.4 / 72.0, figure_.heightMm, 0.1);
    EXPECT_FALSE(pdf.contains("/Type3"));
    EXPECT_TRUE(pdf.contains("/FontFile2")) << "a TrueType font is embedded";
    EXPECT_TRUE(pdf.contains("penumbra_version")) << "the recipe in the XMP packet";
    const QString fonts = poppler(QStringLiteral("pdffonts"), {path});
    if (!fonts.isEmpty()) {
        EXPECT_TRUE(fonts.contains(QStringLiteral("TrueType"))) << fonts.toStdString();
        EXPECT_FALSE(fonts.contains(QStringLiteral("Type 3"))) << fonts.toStdString();
        // columns: name type encoding emb sub uni object; the first yes or no says whether it is embedded
        const QRegularExpression notEmbedded(QStringLiteral(R"(\S\s+no\s+(yes|no)\s+(yes|no)\s+\d+)"));
        EXPECT_FALSE(fonts.contains(notEmbedded)) << fonts.toStdString();
        const QString words = poppler(QStringLiteral("pdftotext"), {path, QStringLiteral("-")});
        EXPECT_FALSE(words.simplified().isEmpty()) << "text stays text";
        const QString attached = folder_.filePath(QStringLiteral("recipe.json"));
        poppler(QStringLiteral("pdfdetach"), {QStringLiteral("-savefile"), QStringLiteral("recipe.json"),
                                              QStringLiteral("-o"), attached, path});
        EXPECT_EQ(contentsOf(attached).toStdString(), figure_.recipeJson);
    }
}

TEST_P(FigureFile, SvgIsWellFormedCarriesFontAndRecipe) {
    const QByteArray svg = contentsOf(write("svg"));
    QXmlStreamReader reader(svg);
    QString recipe, style;
    QString width;
    while (!reader.atEnd()) {
        reader.readNext();
        if (!reader.isStartElement())
            continue;
        if (reader.name() == QLatin1String("svg"))
            width = reader.attributes().value(QStringLiteral("width")).toString();
        if (reader.name() == QLatin1String("metadata"))
            recipe = reader.readElementText();
        else if (reader.name() == QLatin1String("style"))
            style = reader.readElementText();
    }
    EXPECT_FALSE(reader.hasError()) << reader.errorString().toStdString();
    EXPECT_TRUE(width.endsWith(QStringLiteral("mm")));
    EXPECT_NEAR(width.chopped(2).toDouble(), figure_.widthMm, 0.1);
    EXPECT_EQ(recipe.toStdString(), figure_.recipeJson);
    EXPECT_TRUE(style.contains(QStringLiteral("@font-face")));
    EXPECT_TRUE(svg.contains("<text")) << "text stays text";
    EXPECT_TRUE(QSvgRenderer(svg).isValid());
}

TEST_P(FigureFile, PngHasItsSizeAndRecipeAndShowsSomething) {
    const QString path = write("png");
    const QImage image(path);
    EXPECT_EQ(image.width(), static_cast<int>(std::lround(figure_.widthMm / 25.4 * 300)));
    EXPECT_EQ(image.height(), static_cast<int>(std::lround(figure_.heightMm / 25.4 * 300)));
    EXPECT_NEAR(image.dotsPerMeterX() * 0.0254, 300, 0.5);
    EXPECT_EQ(image.text(QStringLiteral("Recipe")).toStdString(), figure_.recipeJson);
    EXPECT_GT(coloursIn(image), 20u);
}

TEST_P(FigureFile, CsvAndJsonAreTheDataAsTheyStand) {
    EXPECT_EQ(contentsOf(write("csv")).toStdString(), report::toCsv(figure_));
    EXPECT_TRUE(contentsOf(write("json")).startsWith("{"));
}

TEST_P(FigureFile, TheViewDrawsItInBothThemes) {
    FigureView view;
    view.resize(900, 600);
    view.setFigure(figure_);
    for (const Theme* theme : {&lightTheme(), &darkTheme()}) {
        view.setTheme(*theme);
        view.show();
        ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
        const QImage image = view.toImage();
        EXPECT_EQ(image.pixelColor(0, 0), theme->page);
        EXPECT_GT(coloursIn(image), 20u);
    }
}

INSTANTIATE_TEST_SUITE_P(all, FigureFile, ::testing::ValuesIn([] {
                             std::vector<std::string> ids;
                             for (const report::FigureKind& kind : report::allFigures())
                                 ids.push_back(kind.id);
                             return ids;
                         }()),
                         [](const auto& entry) {
                             std::string name = entry.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST(FigureExport, EmptyFiguresAndUnknownFormats) {
    QTemporaryDir folder;
    const auto empty = report::findFigure("comparison");
    OptionSet options;
    empty.options(options);
    const auto figure = empty.make({Study(), nullptr}, options);
    const std::string path = folder.filePath(QStringLiteral("empty.pdf")).toStdString();
    exportFigure(figure, path, "pdf");
    EXPECT_TRUE(contentsOf(QString::fromStdString(path)).startsWith("%PDF-"));
    EXPECT_THROW(exportFigure(figure, path, "gif"), UsageError);
    EXPECT_THROW(exportFigure(figure, "/nowhere/at/all/figure.png", "png"), Error);
}

namespace {
/// The texts of an SVG file, one a line.
QString textsOf(const QByteArray& svg) {
    QXmlStreamReader reader(svg);
    QString texts;
    while (!reader.atEnd())
        if (reader.readNext() == QXmlStreamReader::StartElement && reader.name() == QLatin1String("text"))
            texts += reader.readElementText(QXmlStreamReader::IncludeChildElements) + QLatin1Char('\n');
    return texts;
}

QString drawnTexts(double low, double high) {
    report::FigureSpec figure;
    report::Panel panel;
    panel.x.label = panel.y.label = "y";
    report::Series series;
    series.x = series.y = {low, 0.5 * (low + high), high};
    panel.series = {series};
    figure.panels = {panel};
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("f.svg"));
    exportFigure(figure, path.toStdString(), "svg");
    return textsOf(contentsOf(path));
}
} // namespace

TEST(FigureExport, IgnoresTheLocale) {
    const QString here = drawnTexts(0.1, 0.45);
    ASSERT_TRUE(here.contains(QStringLiteral("0.2"))) << here.toStdString();
    const QLocale before;
    QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
    const QString there = drawnTexts(0.1, 0.45);
    QLocale::setDefault(before);
    EXPECT_EQ(there, here);
}

TEST(FigureExport, TicksTellNumbersFarFromOneApart) {
    for (const auto& [low, high] :
         {std::pair{1.1e-17, 3.4e-17}, {59000.0, 59000.00001}, {1.0e9, 1.0e9 + 3.0}, {2.0e10, 5.0e10}}) {
        QStringList ticks;
        for (const QString& text : drawnTexts(low, high).split(QLatin1Char('\n'), Qt::SkipEmptyParts))
            if (!ticks.isEmpty() && ticks.back().endsWith(QStringLiteral("·10")))
                ticks.back() += text; // the exponent is a text of its own
            else if (text != QLatin1String("y"))
                ticks += text;
        QStringList different = ticks;
        different.removeDuplicates();
        EXPECT_GE(different.size(), 3) << low << ": " << ticks.join(QLatin1Char('|')).toStdString();
        EXPECT_GE(2 * different.size(), ticks.size()) // x and y have the same ones
            << low << ": " << ticks.join(QLatin1Char('|')).toStdString();
    }
}

TEST(FigureExport, DenseScattersAreOnePicture) {
    Study dense = samples::madeUpStudy({"CQR"}, 20000);
    dense.scores.clear();
    const auto& kind = report::findFigure("prediction-vs-truth");
    OptionSet options;
    kind.options(options);
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("dense.pdf"));
    exportFigure(kind.make({dense, nullptr}, options), path.toStdString(), "pdf");
    const QByteArray pdf = contentsOf(path);
    EXPECT_TRUE(pdf.contains("/Subtype /Image"));
    EXPECT_LT(pdf.size(), 6'000'000);
}

TEST(FigureView, HoverFindsAPointAndAClickNamesItsRow) {
    report::FigureSpec figure;
    report::Panel panel;
    panel.x.label = panel.y.label = "z";
    panel.x.low = panel.y.low = 0.0;
    panel.x.high = panel.y.high = 1.0;
    report::Series series;
    series.x = {0.5};
    series.y = {0.5};
    series.row = {42};
    panel.series = {series};
    figure.panels = {panel};
    FigureView view;
    view.resize(500, 400);
    view.setFigure(figure);
    view.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
    const QImage image = view.toImage();
    // The one point is the one dot in the middle of the frame: find it by its colour.
    QPoint dot;
    for (int y = 60; y < image.height() - 60 && dot.isNull(); ++y)
        for (int x = 80; x < image.width() - 40 && dot.isNull(); ++x)
            if (image.pixelColor(x, y) == lightTheme().secondaryText)
                dot = QPoint(x, y);
    ASSERT_FALSE(dot.isNull());
    qint64 row = -1;
    QObject::connect(&view, &FigureView::rowsPicked, &view,
                     [&](const std::vector<std::int64_t>& rows, Combine) { row = rows.at(0); });
    QWidget* plot = view.childAt(dot);
    ASSERT_NE(plot, nullptr);
    QTest::mouseClick(plot, Qt::LeftButton, Qt::NoModifier, dot);
    EXPECT_EQ(row, 42);
    row = -1;
    QTest::mouseClick(plot, Qt::LeftButton, Qt::NoModifier, dot + QPoint(60, 40));
    EXPECT_EQ(row, -1);
}

TEST(FigureView, AClickOnACellPicksItsGalaxies) {
    report::FigureSpec figure;
    report::Panel panel;
    panel.x.low = panel.y.low = 0.0;
    panel.x.high = panel.y.high = 1.0;
    report::Series cells; // the left half and a triangle in the upper right corner
    cells.kind = report::Series::Kind::Cells;
    cells.x = {0.25, 0.9};
    cells.y = {0.5, 0.9};
    cells.corners = 4;
    cells.cornersX = {0.0, 0.5, 0.5, 0.0, 1.0, 1.0, 0.8, 0.8};
    cells.cornersY = {0.0, 0.0, 1.0, 1.0, 0.8, 1.0, 1.0, 1.0};
    cells.z = {0.8, 0.9};
    cells.zScale = {0.8, 0.9, 1.0};
    cells.members = {{3, 5, 8}, {13}};
    cells.membersByOutcome = true;
    panel.series = {cells};
    figure.panels = {panel};
    FigureView view;
    view.resize(500, 400);
    view.setFigure(figure);
    view.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
    auto* plot = view.findChild<QCustomPlot*>();
    ASSERT_NE(plot, nullptr);
    const auto* axes = plot->axisRects().at(0);
    const auto at = [&](double x, double y) {
        return QPoint(static_cast<int>(axes->axis(QCPAxis::atBottom)->coordToPixel(x)),
                      static_cast<int>(axes->axis(QCPAxis::atLeft)->coordToPixel(y)));
    };
    std::vector<std::int64_t> picked;
    bool byOutcome = false;
    Combine how = Combine::Replace;
    QObject::connect(&view, &FigureView::membersPicked, &view,
                     [&](const std::vector<std::int64_t>& rows, bool outcome, Combine combine) {
                         picked = rows;
                         byOutcome = outcome;
                         how = combine;
                     });
    QTest::mouseClick(plot, Qt::LeftButton, Qt::NoModifier, at(0.3, 0.9));
    EXPECT_EQ(picked, (std::vector<std::int64_t>{3, 5, 8}));
    EXPECT_TRUE(byOutcome);
    EXPECT_EQ(how, Combine::Replace);
    QTest::mouseClick(plot, Qt::LeftButton, Qt::ControlModifier, at(0.97, 0.95));
    EXPECT_EQ(picked, (std::vector<std::int64_t>{13}));
    EXPECT_EQ(how, Combine::Toggle);
    picked.clear();
    QTest::mouseClick(plot, Qt::LeftButton, Qt::NoModifier, at(0.7, 0.3));
    EXPECT_TRUE(picked.empty()) << "no cell is there";
}

TEST(FigureView, ASelectedGalaxyIsRingedInThisAndTheNextFigure) {
    report::FigureSpec figure;
    report::Panel panel;
    report::Series series;
    series.x = {0.2, 0.5, 0.8};
    series.y = {0.2, 0.5, 0.8};
    series.row = {41, 42, 43};
    panel.series = {series};
    figure.panels = {panel};
    FigureView view;
    view.resize(500, 400);
    view.setFigure(figure);
    view.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
    const QImage plain = view.toImage();
    view.markRows({}, 7); // not drawn here
    EXPECT_EQ(view.toImage(), plain);
    view.markRows({}, 42);
    const QImage ringed = view.toImage();
    EXPECT_NE(ringed, plain);
    view.setFigure(figure);
    EXPECT_EQ(view.toImage(), ringed);
    view.markRows({}, -1);
    EXPECT_EQ(view.toImage(), plain);
}

namespace {

/// Ten by ten points with rows 0 to 99, from (0, 0) row by row, on axes from -0.5 to 9.5.
report::FigureSpec gridOfRows() {
    report::FigureSpec figure;
    report::Panel panel;
    panel.x.label = panel.y.label = "z";
    panel.x.low = panel.y.low = -0.5;
    panel.x.high = panel.y.high = 9.5;
    report::Series series;
    for (int i = 0; i < 100; ++i) {
        series.x.push_back(i % 10);
        series.y.push_back(i / 10);
        series.row.push_back(i);
    }
    panel.series = {series};
    figure.panels = {panel};
    return figure;
}

QPoint pixelOf(const QCustomPlot& plot, double x, double y) {
    const QCPAxisRect& axes = *plot.axisRects().at(0);
    return {static_cast<int>(axes.axis(QCPAxis::atBottom)->coordToPixel(x)),
            static_cast<int>(axes.axis(QCPAxis::atLeft)->coordToPixel(y))};
}

} // namespace

TEST(FigureView, ShiftDrawsARectangleOrALassoAboutGalaxies) {
    FigureView view;
    view.resize(600, 600);
    view.setFigure(gridOfRows());
    view.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
    view.toImage();
    auto* plot = view.findChild<QCustomPlot*>();
    ASSERT_NE(plot, nullptr);
    const QCPRange before = plot->axisRects().at(0)->axis(QCPAxis::atBottom)->range();
    std::vector<std::int64_t> picked;
    std::vector<Combine> how;
    QObject::connect(&view, &FigureView::rowsPicked, &view,
                     [&](const std::vector<std::int64_t>& rows, Combine combine) {
                         picked = rows;
                         how.push_back(combine);
                     });
    const auto drag = [&](const std::vector<QPoint>& path, Qt::KeyboardModifiers modifiers) {
        const auto send = [&](QEvent::Type type, const QPoint& at) {
            const bool moves = type == QEvent::MouseMove, up = type == QEvent::MouseButtonRelease;
            QMouseEvent event(type, QPointF(at), QPointF(plot->mapToGlobal(at)),
                              moves ? Qt::NoButton : Qt::LeftButton,
                              up ? Qt::MouseButtons() : Qt::MouseButtons(Qt::LeftButton), modifiers);
            QApplication::sendEvent(plot, &event);
        };
        send(QEvent::MouseButtonPress, path.front());
        for (const QPoint& at : path)
            send(QEvent::MouseMove, at);
        send(QEvent::MouseButtonRelease, path.back());
    };
    const auto at = [&](double x, double y) { return pixelOf(*plot, x, y); };
    drag({at(2.5, 1.5), at(4.5, 3.5)}, Qt::ShiftModifier);
    EXPECT_EQ(picked, (std::vector<std::int64_t>{23, 24, 33, 34}));
    drag({at(4.5, 3.5), at(2.5, 1.5)}, Qt::ShiftModifier | Qt::AltModifier); // from the other corner
    EXPECT_EQ(picked, (std::vector<std::int64_t>{23, 24, 33, 34}));
    // A lasso in the shape of an L about (0,0), (0,1), (1,0) leaves (1,1) out.
    drag({at(-0.4, -0.4), at(1.4, -0.4), at(1.4, 0.4), at(0.4, 0.4), at(0.4, 1.4), at(-0.4, 1.4)},
         Qt::ShiftModifier | Qt::ControlModifier);
    EXPECT_EQ(picked, (std::vector<std::int64_t>{0, 1, 10}));
    EXPECT_EQ(how, (std::vector<Combine>{Combine::Replace, Combine::Add, Combine::Replace}));
    EXPECT_EQ(plot->axisRects().at(0)->axis(QCPAxis::atBottom)->range(), before) << "the plot stays";
    QTest::mouseClick(plot, Qt::LeftButton, Qt::ControlModifier, at(7, 7));
    EXPECT_EQ(picked, std::vector<std::int64_t>{77});
    EXPECT_EQ(how.back(), Combine::Toggle);
    drag({at(2.5, 1.5), at(4.5, 3.5)}, Qt::NoModifier);
    EXPECT_EQ(how.size(), 4U) << "without Shift the plot is moved";
    EXPECT_NE(plot->axisRects().at(0)->axis(QCPAxis::atBottom)->range(), before);
}

TEST(FigureView, SelectedGalaxiesStandOut) {
    FigureView view;
    view.resize(500, 400);
    view.setFigure(gridOfRows());
    view.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
    const QImage plain = view.toImage();
    const std::vector<std::int64_t> some = {1, 2, 50}, absent = {150, 151};
    view.markRows(RowMask::of(200, absent), -1);
    EXPECT_EQ(view.toImage(), plain) << "none of them is drawn here";
    view.markRows(RowMask::of(200, some), -1);
    const QImage marked = view.toImage();
    EXPECT_NE(marked, plain);
    view.setFigure(gridOfRows());
    EXPECT_EQ(view.toImage(), marked);
    view.markRows(RowMask::none(200), -1);
    EXPECT_EQ(view.toImage(), plain);
}

TEST(FigureView, AnEndWithoutBoundIsAnArrowAtTheEdge) {
    FigureView view;
    view.resize(400, 300);
    const auto drawn = [&](double low, double high) {
        report::FigureSpec figure;
        report::Panel panel;
        panel.x.low = 0.0;
        panel.x.high = 10.0;
        panel.y.low = -1.0;
        panel.y.high = 1.0;
        report::Series series;
        series.method = "CQR";
        series.xIsInterval = true;
        series.x = {5.0};
        series.y = {0.0};
        series.xLow = {low};
        series.xHigh = {high};
        panel.series = {series};
        figure.panels = {panel};
        view.setFigure(figure);
        return view.toImage();
    };
    const double infinite = std::numeric_limits<double>::infinity();
    const auto changed = [](const QImage& a, const QImage& b) {
        std::vector<int> columns;
        for (int y = 0; y < a.height(); ++y)
            for (int x = 0; x < a.width(); ++x)
                if (a.pixel(x, y) != b.pixel(x, y))
                    columns.push_back(x);
        return columns;
    };
    drawn(0.0, 10.0); // the first figure of a view settles its layout
    const QImage bounded = drawn(0.0, 10.0);
    const auto left = changed(bounded, drawn(-infinite, 10.0)),
               right = changed(bounded, drawn(0.0, infinite));
    ASSERT_GT(left.size(), 8U);
    ASSERT_GT(right.size(), 8U);
    EXPECT_LT(*std::max_element(left.begin(), left.end()), bounded.width() / 2);
    EXPECT_GT(*std::min_element(right.begin(), right.end()), bounded.width() / 2);
}

TEST(FigureView, SaysWhatIsMissing) {
    FigureView view;
    view.resize(400, 300);
    view.setEmptyMessage(QStringLiteral("Run a study to see its coverage."));
    view.show();
    ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
    EXPECT_GT(coloursIn(view.toImage()), 2u);
}

TEST(Theme, MethodsStandOutOnThePageInBothThemes) {
    std::vector<std::string> ids = samples::nineMethods();
    for (const char* other :
         {"photo-z of A", "B", "my method", "gpz", "bpz", "flow", "knn", "x1", "x2", "x3"})
        ids.push_back(other);
    for (const Theme* theme : {&lightTheme(), &darkTheme()})
        for (const std::string& id : ids)
            EXPECT_GE(contrastRatio(methodStyle(QString::fromStdString(id), *theme).color, theme->page), 3.0)
                << id << (theme->dark ? " dark" : " light");
}

TEST(Theme, TextCanBeReadInBothThemes) {
    for (const Theme* theme : {&lightTheme(), &darkTheme()})
        for (const QColor& ground : {theme->window, theme->page, theme->raised}) {
            EXPECT_GE(contrastRatio(theme->text, ground), 7.0);
            EXPECT_GE(contrastRatio(theme->secondaryText, ground), 4.5);
            for (const QColor& sign : {theme->warning, theme->error, theme->good, theme->accent})
                EXPECT_GE(contrastRatio(sign, ground), 4.0);
        }
}

TEST(Theme, MethodsAreToldApartWithoutColour) {
    std::set<std::pair<int, int>> looks;
    for (const std::string& id : samples::nineMethods()) {
        const MethodStyle style = methodStyle(QString::fromStdString(id), lightTheme());
        EXPECT_TRUE(looks.insert({static_cast<int>(style.marker), static_cast<int>(style.dash)}).second)
            << id;
    }
    const auto first = methodStyle(QStringLiteral("bpz"), lightTheme());
    EXPECT_EQ(first.color, methodStyle(QStringLiteral("bpz"), lightTheme()).color);
}

TEST(Theme, EveryColourOfTheStyleSheetIsFilledIn) {
    EXPECT_FALSE(styleSheetOf(lightTheme()).contains(QLatin1Char('@')));
    EXPECT_NE(styleSheetOf(lightTheme()), styleSheetOf(darkTheme()));
}
