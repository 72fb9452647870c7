#include "core/report/figures/pit_figure_parts.h"

#include "core/base/text.h"

#include <algorithm>
#include <cmath>

namespace penumbra::report {

namespace {

PitOptions pitOptions(const FigureInput& input, const OptionSet& options) {
    PitOptions pit;
    pit.kind = options.getText("values") == "conformal-p" ? PitKind::TwoSided : PitKind::Signed;
    pit.labelErrors = options.getText("label-errors") == "added" ? LabelErrors::Added : LabelErrors::Included;
    pit.seed = input.study.seed;
    return pit;
}

} // namespace

void describePitOptions(OptionSet& options) {
    describeTargetOptions(options);
    options
        .choice(
            "values", "pit", {"pit", "conformal-p"},
            "pit: probability integral transform of each method's predictive distribution, which sees bias. "
            "conformal-p: how many calibration galaxies have a larger score, blind to the side of the "
            "error, for every calibrated method.")
        .in("Figure");
    options
        .choice("label-errors", "included", {"included", "added"},
                "What the spread of Gaussian methods describes. included: labels as the catalogue has them. "
                "added: true values; the quoted errors of the labels are added in quadrature. Calibrated "
                "methods hold the labels' noise already.")
        .in("Figure");
}

PitFigure pitResults(const FigureInput& input, const OptionSet& options) {
    PitFigure out;
    out.target = chosenTarget(input, options);
    if (out.target == nullptr) {
        out.emptyMessage = "The study has no target yet. Run it to see its distributions.";
        return out;
    }
    const auto methods = chosenPredictions(*out.target, options);
    std::size_t labelled = 0;
    for (const Prediction* method : methods) {
        auto result = pitOf(*out.target, *method, pitOptions(input, options), {});
        if (!result) {
            out.without.push_back(method->method);
            continue;
        }
        labelled += result->values.size();
        if (!result->values.empty())
            out.results.push_back(std::move(*result));
        else
            out.without.push_back(method->method);
    }
    if (methods.empty())
        out.emptyMessage = "No method has made predictions of " + out.target->name + " yet.";
    else if (labelled == 0)
        out.emptyMessage =
            "No method of " + out.target->name +
            " has a predictive distribution of a galaxy with a true value: they take a spread, or "
            "calibration scores.";
    return out;
}

std::string pitSummary(const PitResult& result) {
    std::string text = "n = " + withThousands(static_cast<long long>(result.values.size()));
    if (std::isfinite(result.adP))
        text += result.adP < 0.001 ? ", AD p < 0.001" : ", AD p = " + formatReal(result.adP, 2);
    if (!result.words.empty())
        text += "; " + result.words;
    return text;
}

std::string pitCaption(const PitFigure& pit, const OptionSet& options) {
    std::string caption =
        options.getText("values") == "conformal-p"
            ? "Conformal p-values of " + pit.target->name + " on held-out galaxies."
            : "Probability integral transforms of " + pit.target->name + " on held-out galaxies.";
    caption += " AD: Anderson-Darling against uniform";
    const auto is = [&](const auto& what) {
        return std::any_of(pit.results.begin(), pit.results.end(), what);
    };
    if (is([](const PitResult& r) { return r.nCalibration > 0; }))
        caption += "; of calibrated methods by random orders of calibration and test galaxies, because one "
                   "calibration set makes their values depend on each other";
    caption += ".";
    for (const PitResult& result : pit.results) {
        if (!result.distribution.empty() && result.distribution.find(',') != std::string::npos)
            caption += " " + result.method + ": " + result.distribution + ".";
        const double expected = 0.001 * static_cast<double>(result.values.size());
        const auto most = std::max(result.lowest, result.highest);
        if (static_cast<double>(most) > 3.0 * expected + 3.0)
            caption += " " + result.method + " has " + std::to_string(result.lowest) +
                       " values below 0.001 and " + std::to_string(result.highest) + " above 0.999, where " +
                       formatReal(expected, 2) + " each are expected.";
        if (result.leftOut > 0)
            caption += " " + result.method + ": " + std::to_string(result.leftOut) +
                       " galaxies have no distribution.";
    }
    if (!pit.without.empty())
        caption += " Without a distribution: " + joinText(pit.without, ", ") + ".";
    return caption;
}

FigureSpec drawPit(const std::string& kind, const FigureInput& input, const OptionSet& options,
                   const std::function<Panel(const PitResult&)>& panelOf, const std::string& grey) {
    const PitFigure pit = pitResults(input, options);
    FigureSpec figure = startFigure(kind, input, options, pit.results.size() > 2);
    if (!pit.emptyMessage.empty())
        return emptyFigure(figure, pit.emptyMessage);
    for (const PitResult& result : pit.results) {
        figure.panels.push_back(panelOf(result));
        figure.panels.back().letter = panelLetter(figure.panels.size() - 1, pit.results.size());
    }
    arrangePanels(figure, false);
    figure.caption = pitCaption(pit, options) + " Grey: " + grey;
    return figure;
}

} // namespace penumbra::report
