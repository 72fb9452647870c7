#include "core/report/figure_spec.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::report {

namespace {

using nlohmann::json;

double realFromJson(const json& value, const std::string& key) {
    if (value.is_null())
        return std::numeric_limits<double>::quiet_NaN();
    if (value == "inf")
        return std::numeric_limits<double>::infinity();
    if (value == "-inf")
        return -std::numeric_limits<double>::infinity();
    if (!value.is_number())
        throw Error("figure: '" + key + "' must hold numbers, null, \"inf\" or \"-inf\", found " +
                    shortJsonText(value));
    return value.get<double>();
}

json realsToJson(const std::vector<double>& values) {
    json out = json::array();
    for (const double value : values)
        out.push_back(jsonReal(value));
    return out;
}

/// Reads optional keys of one object and says which key was wrong.
class ObjectReader {
public:
    ObjectReader(const json& object, std::string name) : object_(object), name_(std::move(name)) {
        if (!object_.is_object())
            throw Error("figure: " + name_ + " must be a JSON object, found " + object_.type_name());
    }

    template <typename T>
    void read(const char* key, T& out) const {
        const auto found = object_.find(key);
        if (found == object_.end())
            return;
        try {
            found->get_to(out);
        } catch (const json::exception& problem) {
            throw Error("figure: " + name_ + "." + key + ": " + problem.what());
        }
    }
    void readReal(const char* key, double& out) const {
        const auto found = object_.find(key);
        if (found != object_.end())
            out = realFromJson(*found, name_ + "." + key);
    }
    void readReals(const char* key, std::vector<double>& out) const {
        for (const json& value : list(key))
            out.push_back(realFromJson(value, name_ + "." + key));
    }
    json list(const char* key) const {
        const auto found = object_.find(key);
        if (found == object_.end())
            return json::array();
        if (!found->is_array())
            throw Error("figure: " + name_ + "." + key + " must be a list, found " + found->type_name());
        return *found;
    }

private:
    const json& object_;
    std::string name_;
};

const std::vector<std::string>& kindNames() {
    static const std::vector<std::string> names{"points",   "line",    "band",   "bars",
                                                "heat map", "picture", "violin", "cells"};
    return names;
}

json axisToJson(const Axis& axis) {
    return {{"label", axis.label},           {"low", jsonReal(axis.low)},
            {"high", jsonReal(axis.high)},   {"logarithmic", axis.logarithmic},
            {"percent", axis.percent},       {"tick_positions", realsToJson(axis.tickPositions)},
            {"tick_labels", axis.tickLabels}};
}

Axis axisFromJson(const json& object, const std::string& name) {
    const ObjectReader reader(object, name);
    Axis axis;
    reader.read("label", axis.label);
    reader.readReal("low", axis.low);
    reader.readReal("high", axis.high);
    reader.read("logarithmic", axis.logarithmic);
    reader.read("percent", axis.percent);
    reader.readReals("tick_positions", axis.tickPositions);
    reader.read("tick_labels", axis.tickLabels);
    return axis;
}

json seriesToJson(const Series& series) {
    json out{{"kind", kindNames()[static_cast<std::size_t>(series.kind)]},
             {"name", series.name},
             {"method", series.method},
             {"x_is_interval", series.xIsInterval},
             {"joined", series.joined},
             {"palette_index", series.paletteIndex},
             {"oracle_band", series.oracleBand},
             {"label", series.label},
             {"row", series.row}};
    const std::pair<const char*, const std::vector<double>*> columns[] = {
        {"x", &series.x},          {"y", &series.y},        {"y_low", &series.yLow},
        {"y_high", &series.yHigh}, {"x_low", &series.xLow}, {"x_high", &series.xHigh},
        {"n", &series.n},          {"z", &series.z}};
    for (const auto& [key, values] : columns)
        out[key] = realsToJson(*values);
    if (!series.galaxies.empty())
        out["galaxies"] = series.galaxies;
    if (series.kind == Series::Kind::Picture) {
        out["rgb"] = series.rgb;
        out["pixels_across"] = series.pixelsAcross;
        out["pixels_down"] = series.pixelsDown;
        out["pixel_scale_arcsec"] = series.pixelScaleArcsec;
    }
    if (series.kind == Series::Kind::Cells) {
        out["corners"] = series.corners;
        out["corners_x"] = realsToJson(series.cornersX);
        out["corners_y"] = realsToJson(series.cornersY);
        out["z_scale"] = realsToJson(series.zScale);
    }
    return out;
}

Series seriesFromJson(const json& object) {
    const ObjectReader reader(object, "series");
    Series series;
    std::string kind = "points";
    reader.read("kind", kind);
    std::size_t index = 0;
    while (index < kindNames().size() && kindNames()[index] != kind)
        ++index;
    if (index == kindNames().size())
        throw Error("figure: series.kind '" + kind + "' is not one of " + joinText(kindNames(), ", "));
    series.kind = static_cast<Series::Kind>(index);
    reader.read("name", series.name);
    reader.read("method", series.method);
    reader.read("x_is_interval", series.xIsInterval);
    reader.read("joined", series.joined);
    reader.read("palette_index", series.paletteIndex);
    reader.read("oracle_band", series.oracleBand);
    reader.read("label", series.label);
    reader.read("row", series.row);
    reader.read("galaxies", series.galaxies);
    reader.readReals("x", series.x);
    reader.readReals("y", series.y);
    reader.readReals("y_low", series.yLow);
    reader.readReals("y_high", series.yHigh);
    reader.readReals("x_low", series.xLow);
    reader.readReals("x_high", series.xHigh);
    reader.readReals("n", series.n);
    reader.readReals("z", series.z);
    reader.read("corners", series.corners);
    reader.readReals("corners_x", series.cornersX);
    reader.readReals("corners_y", series.cornersY);
    reader.readReals("z_scale", series.zScale);
    if (series.cornersX.size() != series.corners * series.x.size() ||
        series.cornersY.size() != series.cornersX.size())
        throw Error("figure: series.corners_x and corners_y hold " + std::to_string(series.cornersX.size()) +
                    " and " + std::to_string(series.cornersY.size()) + " numbers, but " +
                    std::to_string(series.x.size()) + " cells have " + std::to_string(series.corners) +
                    " corners each");
    reader.read("rgb", series.rgb);
    reader.read("pixels_across", series.pixelsAcross);
    reader.read("pixels_down", series.pixelsDown);
    reader.readReal("pixel_scale_arcsec", series.pixelScaleArcsec);
    if (series.rgb.size() != 3 * series.pixelsAcross * series.pixelsDown)
        throw Error("figure: series.rgb holds " + std::to_string(series.rgb.size()) + " numbers, but " +
                    std::to_string(series.pixelsAcross) + " x " + std::to_string(series.pixelsDown) +
                    " pixels need three each");
    return series;
}

json panelToJson(const Panel& panel) {
    json out{{"letter", panel.letter},
             {"title", panel.title},
             {"heading", panel.heading},
             {"x", axisToJson(panel.x)},
             {"y", axisToJson(panel.y)},
             {"dodge", panel.dodge},
             {"bare", panel.bare},
             {"width_share", panel.widthShare},
             {"equal_scales", panel.equalScales},
             {"empty_message", panel.emptyMessage},
             {"series", json::array()},
             {"lines", json::array()},
             {"counts", json::array()}};
    for (const Series& series : panel.series)
        out["series"].push_back(seriesToJson(series));
    for (const ReferenceLine& line : panel.lines)
        out["lines"].push_back(
            {{"horizontal", line.horizontal}, {"value", jsonReal(line.value)}, {"label", line.label}});
    for (const auto& [x, text] : panel.counts)
        out["counts"].push_back({{"x", jsonReal(x)}, {"text", text}});
    return out;
}

Panel panelFromJson(const json& object) {
    const ObjectReader reader(object, "panel");
    Panel panel;
    reader.read("letter", panel.letter);
    reader.read("title", panel.title);
    reader.read("heading", panel.heading);
    if (object.contains("x"))
        panel.x = axisFromJson(object.at("x"), "panel.x");
    if (object.contains("y"))
        panel.y = axisFromJson(object.at("y"), "panel.y");
    reader.read("dodge", panel.dodge);
    reader.read("bare", panel.bare);
    reader.readReal("width_share", panel.widthShare);
    reader.read("equal_scales", panel.equalScales);
    reader.read("empty_message", panel.emptyMessage);
    for (const json& series : reader.list("series"))
        panel.series.push_back(seriesFromJson(series));
    for (const json& entry : reader.list("lines")) {
        const ObjectReader lineReader(entry, "line");
        ReferenceLine line;
        lineReader.read("horizontal", line.horizontal);
        lineReader.readReal("value", line.value);
        lineReader.read("label", line.label);
        panel.lines.push_back(line);
    }
    for (const json& entry : reader.list("counts")) {
        const ObjectReader countReader(entry, "count");
        std::pair<double, std::string> count{std::numeric_limits<double>::quiet_NaN(), ""};
        countReader.readReal("x", count.first);
        countReader.read("text", count.second);
        panel.counts.push_back(count);
    }
    return panel;
}

} // namespace

json toJson(const FigureSpec& figure) {
    json out{{"kind", figure.kind},        {"caption", figure.caption},    {"columns", figure.columns},
             {"width_mm", figure.widthMm}, {"height_mm", figure.heightMm}, {"shared_axes", figure.sharedAxes},
             {"panels", json::array()}};
    for (const Panel& panel : figure.panels)
        out["panels"].push_back(panelToJson(panel));
    const json recipe = json::parse(figure.recipeJson, nullptr, false);
    if (recipe.is_discarded())
        out["recipe"] = figure.recipeJson;
    else
        out["recipe"] = recipe;
    return out;
}

FigureSpec figureFromJson(const json& object) {
    const ObjectReader reader(object, "figure");
    FigureSpec figure;
    reader.read("kind", figure.kind);
    reader.read("caption", figure.caption);
    reader.read("columns", figure.columns);
    reader.read("shared_axes", figure.sharedAxes);
    reader.readReal("width_mm", figure.widthMm);
    reader.readReal("height_mm", figure.heightMm);
    for (const json& panel : reader.list("panels"))
        figure.panels.push_back(panelFromJson(panel));
    if (object.contains("recipe")) {
        const json& recipe = object.at("recipe");
        figure.recipeJson = recipe.is_string() ? recipe.get<std::string>() : jsonText(recipe);
    }
    return figure;
}

} // namespace penumbra::report
