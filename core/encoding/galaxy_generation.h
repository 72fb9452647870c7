#pragma once

#include "core/encoding/measured_targets.h"
#include "core/report/figure_spec.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// What must be said beside draws of several tokens (AION-1 paper, section 8.1).
inline constexpr const char* drawsCaveat =
    "Draws are plausible samples, not a calibrated joint posterior: correlations between tokens may be too "
    "weak. For science prefer a head trained on the embeddings.";

/// One target of one galaxy: the exact posterior of one token, or draws.
struct GeneratedTarget {
    const GenerateTarget* kind = nullptr; ///< of the generator that made it
    std::optional<aion::TokenPosterior> posterior;
    double truth = std::numeric_limits<double>::quiet_NaN(); ///< one token: in the catalogue, its own unit
    std::vector<std::vector<float>> draws;                   ///< [draws][values]
    MeasuredTarget measured;
};

/// What AION makes of one galaxy.
struct GeneratedGalaxy {
    std::string id;
    std::vector<GeneratedTarget> targets;
};

/// Keeps the model loaded and asks it of one galaxy after the other, by the options of `generate`. Const
/// calls one at a time.
class GalaxyGenerator {
public:
    /// Reads inputs and weights. @throws UsageError, Error as `generate` does
    GalaxyGenerator(const OptionSet& options, RunContext& context);
    ~GalaxyGenerator();
    GalaxyGenerator(const GalaxyGenerator&) = delete;
    GalaxyGenerator& operator=(const GalaxyGenerator&) = delete;

    const TargetGenerator& generator() const { return *generator_; }
    const Catalogue& catalogue() const { return plan_.inputs.catalogue; }
    const std::string& randomLabel() const { return randomLabel_; } ///< not empty: the weights are random
    std::string conditions() const; ///< what the model looks at: "FLUX_G, FLUX_R, image"

    /// @param row of the catalogue @throws Error in words where the galaxy lacks what the model looks at
    GeneratedGalaxy of(std::size_t row, const RunContext& context) const;

    /// Of galaxies drawn by the seed that have both what the model looks at and the target itself.
    struct Coverage {
        std::string target;        ///< "Z", "spectrum"
        BandCoverage band;         ///< several tokens; of one the share of galaxies is in `kept`
        bool ofPosteriors = false; ///< one token: 16 to 84 % of the exact posterior
        std::string text() const;
    };
    std::vector<Coverage> measure(std::size_t galaxies, const RunContext& context) const;

private:
    aion::TokenBatch tokensOf(std::size_t row, const RunContext& context) const;
    double truthOf(const GenerateTarget& target, std::size_t row) const;
    std::vector<std::size_t> galaxiesWith(std::size_t target, std::size_t wanted) const;
    GeneratedTarget generated(std::size_t target, std::size_t row, const aion::TokenBatch& tokens,
                              const RunContext& context) const;

    EncodePlan plan_;
    std::unique_ptr<TargetGenerator> generator_;
    std::vector<std::unique_ptr<MeasuredTargets>> measured_; ///< of each target; null: one token
    std::string randomLabel_, device_;
};

/// The density of a posterior with the catalogue's value; spectra and coefficients as median, band and single
/// draws beside the measurement and what the tokens keep of it; images and maps as pictures.
report::FigureSpec generatedFigure(const GeneratedTarget& target);
/// What is drawn, in a sentence or two: quantiles and PIT, or how often the band holds the measurement.
std::string generatedText(const GeneratedTarget& target);
/// The band of a target's draws, ascending values' quantiles at the levels of bandLevels, [3][values].
std::vector<std::vector<float>> drawnBands(const std::vector<std::vector<float>>& draws);

} // namespace penumbra::workflow
