#include "core/study/local.h"

#include "core/base/text.h"
#include "core/uq/local_conditional.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

constexpr double sameAlpha = 1e-12;
constexpr double tellableShare = 0.01;

std::vector<double> gridWith(double alpha) {
    std::vector<double> alphas;
    for (int percent = 1; percent <= 99; ++percent)
        alphas.push_back(percent / 100.0);
    const auto near = [&](double other) { return std::abs(other - alpha) < sameAlpha; };
    if (std::none_of(alphas.begin(), alphas.end(), near))
        alphas.insert(std::lower_bound(alphas.begin(), alphas.end(), alpha), alpha);
    return alphas;
}

std::shared_ptr<const LocalGrid> gridOf(const std::vector<double>& alphas, const MatrixD& quantiles,
                                        const std::vector<double>& effective) {
    auto grid = std::make_shared<LocalGrid>();
    grid->alphas = alphas;
    grid->quantiles.assign(quantiles.data(), quantiles.data() + quantiles.size());
    grid->effective = effective;
    return grid;
}

double medianEffective(const Prediction& prediction) {
    std::vector<double> values = prediction.effective;
    if (values.empty())
        return 0.0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

} // namespace

void fillLocalGrids(TargetStudy& target, const std::vector<std::string>& methods, double alpha,
                    const OptionSet& options, const RunContext& context) {
    using Space = uq::Signal::Space;
    const auto evidence = uq::makeEvidence(target.name, target.unit, target.heldOut);
    for (const Space space : {Space::Net, Space::Aion}) {
        std::vector<std::string> own;
        bool scaled = false;
        for (const std::string& id : methods)
            if (const uq::LocalMethod* local = uq::localMethod(id); local && local->space == space) {
                own.push_back(id);
                scaled |= local->scaled;
            }
        if (own.empty())
            continue;
        context.step(space == Space::Net ? 0.0 : 0.5,
                     target.name + ": local quantiles of " + joinText(own, " and "));
        const RunContext quiet = context.quiet();
        const std::vector<double> alphas = gridWith(alpha);
        const uq::LocalConditionalPass pass(evidence, space, scaled, uq::localPrecision(options));
        const lvd::LocalQuantiles found = pass.quantiles(alphas, quiet);
        for (const std::string& id : own)
            target.local[id] =
                gridOf(alphas, found.quantiles[uq::localMethod(id)->scaled ? 1 : 0], found.effectiveNumber);
    }
}

bool knowsQuantilesAt(const TargetStudy& target, const std::string& method, double alpha) {
    const auto found = target.local.find(method);
    return found != target.local.end() &&
           std::any_of(found->second->alphas.begin(), found->second->alphas.end(),
                       [&](double known) { return std::abs(known - alpha) < sameAlpha; });
}

std::unique_ptr<Prediction> predictionFromGrid(const TargetStudy& target, const uq::UqMethod& method,
                                               const uq::Evidence& evidence, double alpha) {
    const auto found = target.local.find(method.info().id);
    if (found == target.local.end() || found->second->effective.size() != evidence.testIndex.size())
        return nullptr;
    const LocalGrid& grid = *found->second;
    for (std::size_t a = 0; a < grid.alphas.size(); ++a) {
        if (std::abs(grid.alphas[a] - alpha) >= sameAlpha)
            continue;
        std::vector<double> quantile(grid.effective.size());
        for (std::size_t row = 0; row < quantile.size(); ++row)
            quantile[row] = grid.quantiles[row * grid.alphas.size() + a];
        return std::make_unique<Prediction>(
            uq::localPrediction(method, evidence, alpha, quantile, grid.effective));
    }
    return nullptr;
}

std::vector<std::string> infiniteLocalNotes(const Study& study) {
    std::vector<std::string> notes;
    const bool guarded = std::any_of(study.kernels.begin(), study.kernels.end(),
                                     [](const KernelFacts& kernel) { return kernel.guardRows > 0; });
    for (const TargetStudy& target : study.targets)
        for (const Prediction& prediction : target.predictions) {
            if (!uq::localMethod(prediction.method))
                continue;
            std::size_t infinite = 0;
            for (std::size_t i = 0; i < prediction.lower.size(); ++i)
                infinite += !std::isfinite(prediction.upper[i] - prediction.lower[i]);
            const auto rows = static_cast<double>(prediction.lower.size());
            if (static_cast<double>(infinite) <= tellableShare * rows)
                continue;
            notes.push_back(target.name + ", " + prediction.method + ": " +
                            withThousands(static_cast<long long>(infinite)) + " of " +
                            withThousands(static_cast<long long>(prediction.lower.size())) + " intervals (" +
                            formatFixed(100.0 * static_cast<double>(infinite) / rows, 1) +
                            " %) are infinite at alpha " + shortestReal(prediction.alpha) +
                            ": too few calibration galaxies resemble these (kernel mass "
                            "below (1-alpha)/alpha = " +
                            formatReal(lvd::massNeeded(prediction.alpha), 3) + "; median effective number " +
                            aboutCount(medianEffective(prediction)) +
                            "). They count as covered, which flatters the coverage; mean widths are of the "
                            "finite ones. What "
                            "helps: " +
                            (guarded ? "a smaller guard-share, " : "the guard (metric-guard on), ") +
                            "a smaller metric-learning-rate, more calibration rows, a larger alpha.");
        }
    return notes;
}

} // namespace penumbra::workflow
