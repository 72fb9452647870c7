#include "core/base/error.h"
#include "core/base/text.h"
#include "core/report/figures/figure_parts.h"

namespace penumbra::report {

namespace {

Registry<FigureKind>& registry() {
    static Registry<FigureKind> figures({
        coverageByBinFigure(),
        widthByBinFigure(),
        comparisonFigure(),
        predictionVsTruthFigure(),
        residualsFigure(),
        stabilityFigure(),
        trainingFigure(),
        coverageVsAlphaFigure(),
        pitHistogramFigure(),
        pitQqFigure(),
        coverageCellsFigure(),
        ksMapFigure(),
    });
    return figures;
}

} // namespace

std::span<const FigureKind> allFigures() {
    return registry().all();
}

Added addFigure(FigureKind kind) {
    return registry().add(std::move(kind));
}

std::span<const GalaxyFigureKind> galaxyFigures() {
    static const GalaxyFigureKind figures[] = {galaxiesFigure()};
    return figures;
}

const FigureKind& findFigure(const std::string& id) {
    std::vector<std::string> names;
    for (const FigureKind& figure : allFigures()) {
        if (figure.id == id)
            return figure;
        names.push_back(figure.id);
    }
    throw UsageError("there is no figure '" + id + "'; the kinds are: " + joinText(names, ", "));
}

} // namespace penumbra::report
