#include "core/encoding/galaxy_generation.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/encoding/aion_encoder.h"
#include "core/encoding/generate_options.h"
#include "core/encoding/options.h"
#include "core/encoding/run.h"
#include "core/eval/bootstrap.h"
#include "core/eval/evaluate.h"
#include "core/nn/device_choice.h"
#include "core/report/galaxy_figures.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

std::vector<std::vector<float>> drawnBands(const std::vector<std::vector<float>>& draws) {
    const std::size_t width = draws.front().size();
    std::vector<std::vector<float>> bands(std::size(bandLevels), std::vector<float>(width));
    std::vector<double> sorted(draws.size());
    for (std::size_t v = 0; v < width; ++v) {
        for (std::size_t d = 0; d < draws.size(); ++d)
            sorted[d] = static_cast<double>(draws[d][v]);
        std::sort(sorted.begin(), sorted.end());
        for (std::size_t b = 0; b < bands.size(); ++b)
            bands[b][v] = static_cast<float>(quantileOfSorted(sorted, bandLevels[b]));
    }
    return bands;
}

GalaxyGenerator::GalaxyGenerator(const OptionSet& options, RunContext& context) {
    const aion::ModelDescription description = chosenModel(options, context.slice(0.0, 0.05));
    randomLabel_ = description.randomLabel;
    plan_ =
        planEncode(chosenInputs(options, context.slice(0.05, 0.1)), aboutAion(description), options, context);
    plan_.batchRows = 1;
    const GenerateChoice choice = generateChoice(options, plan_, description);
    context.device = nn::openedDevice(machineChoice(options).device, context);
    device_ = context.device;
    context.step(0.1, "loading the model");
    generator_ = std::make_unique<TargetGenerator>(plan_, description, choice, context.quiet());
    for (const GenerateTarget& target : generator_->targets())
        measured_.push_back(
            target.bins ? nullptr
                        : std::make_unique<MeasuredTargets>(*generator_, plan_, target, context.quiet()));
}

GalaxyGenerator::~GalaxyGenerator() = default;

std::string GalaxyGenerator::conditions() const {
    std::vector<std::string> names;
    for (const std::string& name : plan_.modalities())
        names.push_back(name.starts_with("tok_") ? name.substr(4) : name);
    return joinText(names, ", ");
}

aion::TokenBatch GalaxyGenerator::tokensOf(std::size_t row, const RunContext& context) const {
    const std::vector<std::size_t> rows{row};
    BlockReader reader(plan_, {{0, rows}}, 1);
    const auto block = reader.next();
    std::vector<GalaxyStatus> statuses;
    const auto batches = prepareBatches(plan_, *block, statuses);
    if (!statuses.front().encoded || batches.empty())
        throw Error("Galaxy " + plan_.inputs.catalogue.idText(row) +
                    " lacks what the model is to look at: " + statuses.front().problem);
    aion::TokenBatch tokens = generator_->model().tokenise(batches.front().galaxies, context);
    noteProblems(plan_, batches.front(), tokens.problems, statuses);
    if (!statuses.front().encoded)
        throw Error("Galaxy " + plan_.inputs.catalogue.idText(row) +
                    " cannot be used: " + statuses.front().problem);
    return tokens;
}

/// A column or target of its name; of the redshift whatever the catalogue has.
double GalaxyGenerator::truthOf(const GenerateTarget& target, std::size_t row) const {
    const Catalogue& catalogue = plan_.inputs.catalogue;
    const std::string name(target.modality->codec);
    if (target.modality->key == "tok_z")
        return report::redshiftOf(catalogue, row);
    if (const io::Column* column = catalogue.columns.find(name);
        column != nullptr && column->isNumeric() && column->width == 1)
        return column->asReal(row);
    for (const Target& one : catalogue.targets)
        if (lowered(one.name) == lowered(name))
            return one.values[row];
    return std::nan("");
}

GeneratedTarget GalaxyGenerator::generated(std::size_t target, std::size_t row,
                                           const aion::TokenBatch& tokens, const RunContext& context) const {
    GeneratedTarget result;
    result.kind = &generator_->targets()[target];
    if (result.kind->bins) {
        result.posterior = generator_->posteriors(*result.kind, tokens, context).front();
        result.truth = truthOf(*result.kind, row);
        return result;
    }
    result.draws = generator_->draws(*result.kind, tokens, {row}, context).values;
    result.measured = measured_[target]->of(row, context.quiet());
    return result;
}

GeneratedGalaxy GalaxyGenerator::of(std::size_t row, const RunContext& outer) const {
    RunContext context = outer;
    context.device = device_;
    GeneratedGalaxy galaxy;
    galaxy.id = plan_.inputs.catalogue.idText(row);
    const aion::TokenBatch tokens = tokensOf(row, context);
    for (std::size_t t = 0; t < generator_->targets().size(); ++t) {
        context.step(static_cast<double>(t) / static_cast<double>(generator_->targets().size()),
                     "generating " + generator_->targets()[t].name);
        galaxy.targets.push_back(generated(t, row, tokens, context.quiet()));
    }
    return galaxy;
}

std::vector<std::size_t> GalaxyGenerator::galaxiesWith(std::size_t target, std::size_t wanted) const {
    const GenerateTarget& kind = generator_->targets()[target];
    Rng rng(generator_->choice().seed, 0xC07E);
    std::vector<std::size_t> rows;
    for (const std::size_t at : rng.permutation(plan_.rows.size())) {
        const std::size_t row = plan_.rows[at];
        if (rows.size() == wanted)
            break;
        if (kind.bins ? std::isfinite(truthOf(kind, row)) : measured_[target]->has(row))
            rows.push_back(row);
    }
    return rows;
}

std::vector<GalaxyGenerator::Coverage> GalaxyGenerator::measure(std::size_t galaxies,
                                                                const RunContext& outer) const {
    RunContext context = outer;
    context.device = device_;
    std::vector<Coverage> all;
    for (std::size_t t = 0; t < generator_->targets().size(); ++t) {
        const GenerateTarget& kind = generator_->targets()[t];
        const auto rows = galaxiesWith(t, galaxies);
        BandCounter counter;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            context.step(
                (static_cast<double>(t) + static_cast<double>(i) / static_cast<double>(rows.size())) /
                    static_cast<double>(generator_->targets().size()),
                "galaxy " + std::to_string(i + 1) + " of " + std::to_string(rows.size()));
            const aion::TokenBatch tokens = tokensOf(rows[i], context);
            const GeneratedTarget one = generated(t, rows[i], tokens, context.quiet());
            if (one.posterior) { // a band of one value
                const auto scaled =
                    static_cast<float>(kind.bins->logarithmic ? std::log(one.truth) : one.truth);
                const auto low = static_cast<float>(one.posterior->quantile(bandLevels[1])),
                           high = static_cast<float>(one.posterior->quantile(bandLevels[2]));
                counter.add({&low, 1}, {&high, 1}, {{scaled}, {scaled}});
                continue;
            }
            const auto bands = drawnBands(one.draws);
            counter.add(bands[1], bands[2], one.measured);
        }
        all.push_back({std::string(kind.modality->codec), counter.coverage(generator_->choice().draws),
                       kind.bins != nullptr});
    }
    return all;
}

std::string GalaxyGenerator::Coverage::text() const {
    if (band.galaxies == 0)
        return target + ": the catalogue has no galaxy with the truth to compare with.";
    if (!ofPosteriors)
        return target + ": " + band.text() + ".";
    const auto percent = [](double share) { return formatReal(100.0 * share, 3); };
    const auto inside = static_cast<std::size_t>(std::lround(band.kept * static_cast<double>(band.galaxies)));
    const Interval range = wilson(inside, band.galaxies);
    return target + ": 16 to 84 % of the posterior holds the catalogue's value for " + percent(band.kept) +
           " % [" + percent(range.low) + ", " + percent(range.high) + "] of " +
           withThousands(static_cast<long long>(band.galaxies)) +
           (band.galaxies == 1 ? " galaxy" : " galaxies") + "; it ought to be 68 %.";
}

} // namespace penumbra::workflow
