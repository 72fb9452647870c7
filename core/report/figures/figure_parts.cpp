#include "core/report/figures/figure_parts.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/eval/metric_roles.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace penumbra::report {

namespace {

constexpr double kOneColumnMm = 88.0; // A&A
constexpr double kTwoColumnsMm = 180.0;

std::string recipeOf(const Study& study, const std::string& kind, const OptionSet& options) {
    nlohmann::json recipe{{"figure", kind},
                          {"figure_options", options.toJson()},
                          {"catalogue", study.cataloguePath},
                          {"catalogue_hash", study.catalogueHash},
                          {"alpha", study.alpha},
                          {"seed", study.seed},
                          {"penumbra_version", study.version}};
    const auto studyOptions = nlohmann::json::parse(study.optionsJson, nullptr, false);
    if (!studyOptions.is_discarded())
        recipe["study_options"] = studyOptions;
    return jsonText(recipe, 2);
}

} // namespace

void describeTargetOptions(OptionSet& options) {
    options.text("target", "", "The target to draw; empty takes the study's first.").in("Figure");
    options.textList("methods", {}, "Methods to draw, in the study's order; empty draws all.").in("Figure");
    describeSizeOptions(options);
}

void describeSizeOptions(OptionSet& options) {
    options
        .choice("size", "auto", {"auto", "one-column", "two-columns"},
                "Width on the page: 88 mm, 180 mm, or as what is drawn asks for.")
        .in("Figure");
    options
        .text("width", "",
              "Width on the page in mm or in, such as 88mm or 3.5in; overrules size. Empty: as size says.")
        .in("Figure");
}

double pageWidthMm(const std::string& text) {
    const bool inches = text.ends_with("in");
    const std::size_t unit = inches || text.ends_with("mm") ? 2 : 0;
    const auto number = parseReal(trimmed(std::string_view(text).substr(0, text.size() - unit)));
    const double width = number ? *number * (inches ? 25.4 : 1.0) : 0.0;
    if (!(width >= 30.0 && width <= 1000.0))
        throw UsageError("The width '" + text +
                         "' is no width of a page: give 30 to 1000 mm, such as 88mm or "
                         "3.5in.");
    return width;
}

FigureSpec startFigure(const std::string& kind, const FigureInput& input, const OptionSet& options,
                       bool preferWide) {
    FigureSpec figure;
    figure.kind = kind;
    const std::string size = options.contains("size") ? options.getText("size") : "auto";
    const std::string width = options.contains("width") ? options.getText("width") : "";
    const bool wide = size == "two-columns" || (size == "auto" && preferWide);
    figure.widthMm = !width.empty() ? pageWidthMm(width) : wide ? kTwoColumnsMm : kOneColumnMm;
    figure.heightMm = figure.widthMm > 120.0 ? 80.0 : 66.0;
    figure.recipeJson = recipeOf(input.study, kind, options);
    return figure;
}

FigureSpec emptyFigure(FigureSpec figure, const std::string& message) {
    figure.panels.assign(1, Panel());
    figure.panels[0].emptyMessage = message;
    figure.columns = 1;
    return figure;
}

const TargetStudy* chosenTarget(const FigureInput& input, const OptionSet& options) {
    const std::string& name = options.getText("target");
    if (!name.empty())
        return &input.study.target(name);
    return input.study.targets.empty() ? nullptr : &input.study.targets.front();
}

std::vector<const Prediction*> chosenPredictions(const TargetStudy& target, const OptionSet& options) {
    const auto& wanted = options.getTextList("methods");
    for (const std::string& method : wanted)
        if (target.prediction(method) == nullptr) {
            std::vector<std::string> known;
            for (const Prediction& prediction : target.predictions)
                known.push_back(prediction.method);
            throw UsageError("methods: target '" + target.name + "' has no predictions of '" + method +
                             "'; it has: " + (known.empty() ? "none" : joinText(known, ", ")));
        }
    std::vector<const Prediction*> chosen;
    for (const Prediction& prediction : target.predictions)
        if (wanted.empty() || std::find(wanted.begin(), wanted.end(), prediction.method) != wanted.end())
            chosen.push_back(&prediction);
    return chosen;
}

void shareRange(std::vector<Panel>& panels, double least, double most) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    const auto take = [&](const std::vector<double>& values) {
        for (const double value : values) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    };
    for (const Panel& panel : panels) {
        for (const Series& series : panel.series) {
            take(series.yLow);
            take(series.yHigh);
            if (series.yLow.empty())
                take(series.y);
        }
        for (const ReferenceLine& line : panel.lines)
            if (line.horizontal)
                take({line.value});
    }
    if (!(high > low))
        return;
    const double margin = 0.04 * (high - low);
    for (Panel& panel : panels) {
        panel.y.low = std::max(low - margin, least);
        panel.y.high = std::min(high + margin, most);
    }
}

void arrangePanels(FigureSpec& figure, bool sharedAxes) {
    const auto count = static_cast<int>(figure.panels.size());
    figure.sharedAxes = sharedAxes;
    figure.columns = figure.widthMm > 120.0 ? (count == 4 ? 2 : 3) : sharedAxes ? 2 : 1;
    figure.columns = std::min(figure.columns, std::max(count, 1));
    figure.heightMm = 12.0 + 45.0 * ((count + figure.columns - 1) / figure.columns);
}

LabelledRows labelledRows(const TargetStudy& target) {
    LabelledRows out;
    const std::vector<double> truth = target.testTruth();
    const std::vector<std::int64_t> rows = target.testRows();
    std::vector<double> base;
    if (target.heldOut.signals.count("mean") != 0)
        base = target.basePrediction();
    for (std::size_t i = 0; i < truth.size(); ++i) {
        if (!std::isfinite(truth[i]))
            continue;
        out.testIndex.push_back(i);
        out.catalogueRow.push_back(rows[i]);
        out.truth.push_back(truth[i]);
        if (!base.empty())
            out.base.push_back(base[i]);
    }
    return out;
}

Prediction onRows(const Prediction& prediction, const LabelledRows& rows, std::size_t testCount) {
    if (prediction.mean.size() != testCount || prediction.lower.size() != testCount ||
        prediction.upper.size() != testCount)
        throw Error("predictions of " + prediction.method + " for '" + prediction.target + "' hold " +
                    std::to_string(prediction.mean.size()) + " rows, but there are " +
                    std::to_string(testCount) + " test rows");
    Prediction out;
    out.method = prediction.method;
    out.target = prediction.target;
    out.unit = prediction.unit;
    out.alpha = prediction.alpha;
    out.note = prediction.note;
    out.ends = prediction.ends;
    for (const std::size_t i : rows.testIndex) {
        out.mean.push_back(prediction.mean[i]);
        out.lower.push_back(prediction.lower[i]);
        out.upper.push_back(prediction.upper[i]);
    }
    return out;
}

std::vector<Quantity> comparedQuantities(const TargetStudy& target) {
    std::vector<Quantity> quantities;
    for (const Stratum stratum : {Stratum::All, Stratum::Tail, Stratum::WorstTenth}) {
        const Metric& coverage = mainCoverage(stratum);
        quantities.push_back({coverage.id, coverage.title + ", %", true});
    }
    const Metric& width = mainWidth();
    quantities.push_back({width.id, width.title + (target.unit.empty() ? "" : ", " + target.unit), false});
    return quantities;
}

namespace {
std::string superscript(int power) {
    static const char* const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    std::string text;
    for (const char c : std::to_string(power))
        text += c == '-' ? "⁻" : digits[c - '0'];
    return text;
}
} // namespace

std::string printedUnit(const std::string& unit) {
    std::size_t at = 0;
    const auto number = [&](std::size_t mostDigits) { // a sign and digits; empty where there are none
        const std::size_t from = at, sign = at + (at < unit.size() && (unit[at] == '-' || unit[at] == '+'));
        std::size_t end = sign;
        while (end < unit.size() && std::isdigit(static_cast<unsigned char>(unit[end])))
            ++end;
        if (end == sign || end - sign > mostDigits)
            return std::string();
        at = end;
        return unit.substr(from, end - from);
    };
    std::string text;
    if (unit.starts_with("1e")) {
        at = 2;
        const std::string power = number(3);
        if (power.empty())
            return unit;
        text = "10" + superscript(std::stoi(power));
    }
    for (bool first = true; at < unit.size(); first = false) {
        const std::size_t between = at;
        while (at < unit.size() && (unit[at] == ' ' || unit[at] == '*' || unit[at] == '/'))
            ++at;
        const std::string operators = unit.substr(between, at - between);
        const std::size_t from = at;
        while (at < unit.size() && std::isalpha(static_cast<unsigned char>(unit[at])))
            ++at;
        const std::string name = unit.substr(from, at - from);
        if (name.empty() || (operators.empty() && !(first && text.empty())) ||
            operators.find("**") != std::string::npos)
            return unit;
        const bool caret = at < unit.size() && unit[at] == '^';
        at += caret;
        const std::string power = number(1);
        if ((caret && power.empty()) ||
            (at < unit.size() && std::isdigit(static_cast<unsigned char>(unit[at]))))
            return unit; // log10 is no power of a log
        const int exponent =
            (power.empty() ? 1 : std::stoi(power)) * (operators.find('/') == std::string::npos ? 1 : -1);
        text += (text.empty() ? "" : " ") + (name == "A" || name == "Angstrom" ? std::string("Å") : name) +
                (exponent == 1 ? std::string() : superscript(exponent));
    }
    return text;
}

std::string percentText(double fraction) {
    const double percent = 100.0 * fraction;
    const double rounded = std::round(percent);
    return (std::abs(percent - rounded) < 1e-6 ? formatFixed(rounded, 0) : formatReal(percent, 4)) + " %";
}

ReferenceLine nominalLine(double alpha, bool horizontal) {
    return {horizontal, 1.0 - alpha, "nominal " + percentText(1.0 - alpha)};
}

Series perfectBand(bool exact) {
    Series band;
    band.kind = Series::Kind::Band;
    band.name = exact ? kExactName : kOracleName;
    band.oracleBand = !exact;
    band.paletteIndex = exact ? 0 : -1;
    return band;
}

bool exactBandParts(const Score& score) {
    constexpr double visible = 0.005;
    return std::abs(score.exactLow - score.oracleLow) >= visible ||
           std::abs(score.exactHigh - score.oracleHigh) >= visible;
}

std::string panelLetter(std::size_t index, std::size_t panels) {
    return panels < 2 || index > 25 ? std::string() : std::string(1, static_cast<char>('a' + index));
}

std::string predictedLabel(const TargetStudy& target) {
    std::string label = target.axisLabel();
    for (const std::string measured : {"spectroscopic ", "measured ", "true "})
        if (label.starts_with(measured))
            label.erase(0, measured.size());
    return "predicted " + label;
}

} // namespace penumbra::report
