#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace penumbra::report {

/// A figure as data: what to draw, never how. Drawn by gui/plots (screen and PDF/SVG/PNG) or written as CSV
/// or JSON.
struct Axis {
    std::string label;                                     ///< with unit: "stellar mass, log Msun"
    double low = std::numeric_limits<double>::quiet_NaN(); ///< NaN: fit to the data
    double high = std::numeric_limits<double>::quiet_NaN();
    bool logarithmic = false;
    bool percent = false;              ///< values are fractions, ticks shown in per cent
    std::vector<double> tickPositions; ///< empty: automatic
    std::vector<std::string> tickLabels;
};

struct Series {
    enum class Kind { Points, Line, Band, Bars, HeatMap, Picture, Violin, Cells };
    Kind kind = Kind::Points;
    std::string name;   ///< in the legend and as CSV column
    std::string method; ///< a method id: colour, marker and dash follow the house table; empty: neutral
    std::vector<double> x, y;
    std::vector<double> yLow, yHigh; ///< error bars of points; edges of a band
    std::vector<double> xLow, xHigh; ///< bin extents, for CSV and hover; a band steps over them; optional
    bool xIsInterval = false;        ///< xLow, xHigh are an interval of x: drawn as horizontal error bars
    std::vector<double> n;           ///< counts, for hover and labels; optional
    std::vector<std::string> label;  ///< per point, for hover and CSV; optional
    std::vector<std::int64_t> row;   ///< catalogue rows behind points, for linked selection; optional
    /// Per point, the galaxies that it stands for, as a formula (eval/galaxy_expression.h), "" where none
    /// says it: a click selects them; optional. One of each bin's own where xLow and xHigh are bins.
    std::vector<std::string> galaxies;
    /// Per point or cell, the catalogue rows that it stands for where no formula says them: a click selects
    /// them; for the window alone, not written to files. By outcome: their truth sorted them there.
    std::vector<std::vector<std::int64_t>> members = {};
    bool membersByOutcome = false;
    // Violin: x is a sample, y its place (one value); drawn as its density with median and quartiles
    // HeatMap: x, y are edges; z is row-major [y bins, x bins]
    std::vector<double> z;
    // Cells: x, y are the middles of polygons of `corners` corners each, filled by z from red through pale at
    // the middle of zScale to blue; without z outlined
    std::vector<double> cornersX, cornersY; // [cells x corners]
    std::size_t corners = 0;
    std::vector<double> zScale; // low, middle, high
    // Picture: pixels in red, green, blue, row by row from the top, in a panel that is `bare`
    std::vector<std::uint8_t> rgb;
    std::size_t pixelsAcross = 0, pixelsDown = 0;
    double pixelScaleArcsec = 0.0; ///< a bar of some arcsec is drawn; 0: none
    bool joined = false;           ///< points joined by a thin line in the method's dash
    int paletteIndex = -1;         ///< series that are no methods: place in the reserve colours; -1: neutral
    bool oracleBand = false;       ///< drawn as the pale grey band, labelled once
};

struct ReferenceLine {
    bool horizontal = true;
    double value = 0.0;
    std::string label; ///< "nominal 90 %"
};

/// One set of axes.
struct Panel {
    std::string letter;  ///< "a"; empty for a single panel
    std::string title;   ///< used as the caption's text, never drawn inside
    std::string heading; ///< a word above the axes, for small multiples: the method's name
    Axis x, y;
    std::vector<Series> series;
    std::vector<ReferenceLine> lines;
    std::vector<std::pair<double, std::string>>
        counts;         ///< n written along the top at x; x NaN: once for the panel
    bool dodge = false; ///< points of several series at one x are drawn side by side (the data keep their x)
    bool bare = false;  ///< no frame and no axes: a picture
    double widthShare = 1.0;  ///< width of this panel's column relative to the others
    bool equalScales = false; ///< x and y share one range (truth against prediction)
    std::string emptyMessage; ///< said instead of the axes when there is nothing to draw
};

struct FigureSpec {
    std::string kind; ///< id in the table of figures
    std::string caption;
    std::vector<Panel> panels; ///< left to right, wrapped at `columns`
    int columns = 1;
    bool sharedAxes =
        false;             ///< small multiples: one range for all panels, numbers along the outer frames only
    double widthMm = 88.0; ///< one column of A&A; two are 180
    double heightMm = 66.0;
    std::string recipeJson; ///< how to make it again: study, options, version; carried by exports
};

nlohmann::json toJson(const FigureSpec& figure);
FigureSpec figureFromJson(const nlohmann::json& json); ///< @throws Error
/// One tidy table: panel, series, method, x, x_low, x_high, y, y_low, y_high, n, label, row, z. A heat map
/// gives a line per cell; a reference line gives one line with x or y alone.
std::string toCsv(const FigureSpec& figure);

} // namespace penumbra::report
