#pragma once

#include "core/aion/generate.h"
#include "core/aion/modality.h"
#include "core/encoding/output.h"
#include "core/encoding/run.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

/// What generate is to find out, and how.
struct GenerateChoice {
    std::vector<std::string> targets; ///< token keys
    std::vector<double> levels;       ///< of the quantiles stored of one-token targets
    std::size_t draws = 50, steps = 32;
    aion::Scheme scheme = aion::Scheme::Roar;
    double temperature = 1.0;
    std::uint64_t seed = 0;
};

/// Token keys of what a user names: "z", "FLUX_G", "tok_spectrum_desi", "xp_bp".
/// @throws UsageError for what the model cannot generate, or looks at already
std::vector<std::string> generateTargets(const std::vector<std::string>& names, const EncodePlan& plan,
                                         const aion::ModelDescription& model);

/// A target as it is generated: its bins where it is one token, else what its draws are made of.
struct GenerateTarget {
    const aion::Modality* modality = nullptr;
    std::string name;                            ///< of its columns: "aion_z"
    std::shared_ptr<const aion::TokenBins> bins; ///< one-token targets
    std::size_t values = 0;                      ///< decoded numbers of a draw
    std::vector<float> wavelength;               ///< spectra, Angstrom
    std::vector<std::string> bands;              ///< images, as the values have them: [band, y, x]
    std::vector<aion::GenerationStep> steps;
};

/// Numbers that the tokens of a target of several stand for, [rows, values].
std::vector<float> valuesOf(const aion::Model& model, const GenerateTarget& target,
                            const aion::ModalityTokens& tokens, const RunContext& context);

/// Draws of one target, [draws][rows, values]; tokens of galaxies that nothing was known of are dropped.
struct TargetDraws {
    std::vector<aion::ModalityTokens> tokens;
    std::vector<std::vector<float>> values;
};

/// Levels of the three numbers that are stored of every value drawn, and what their features' names end in.
inline constexpr double bandLevels[] = {0.5, 0.16, 0.84};
inline constexpr const char* bandNames[] = {"_median", "_p16", "_p84"};
/// Share of values inside the band of so many draws if these are as probable as the truth: 0.68 at most, less
/// for few.
double expectedBandCoverage(std::size_t draws);

/// Runs the model over batches: exact posteriors of one-token targets, draws of the others.
class TargetGenerator {
public:
    TargetGenerator(const EncodePlan& plan, const aion::ModelDescription& description, GenerateChoice choice,
                    const RunContext& context);

    /// Columns and features as the rows hold them: NAME_mean, NAME_spread, NAME_qLEVEL and the matrix
    /// NAME_posterior of one-token targets; NAME_median, _p16, _p84 and the draws themselves of others.
    RunOutput output() const;
    EncodedBatch operator()(const aion::GalaxyBatch& batch, const RunContext& context) const;

    const aion::Model& model() const { return model_; }
    const GenerateChoice& choice() const { return choice_; }
    const std::vector<GenerateTarget>& targets() const { return targets_; }
    /// Of each row. @param target one token
    std::vector<aion::TokenPosterior> posteriors(const GenerateTarget& target, const aion::TokenBatch& tokens,
                                                 const RunContext& context) const;
    /// @param target several tokens @param numbers of the galaxies, [rows]
    TargetDraws draws(const GenerateTarget& target, const aion::TokenBatch& tokens,
                      const std::vector<std::uint64_t>& numbers, const RunContext& context) const;

private:
    void addPosterior(const GenerateTarget& target, const aion::TokenBatch& tokens, const RunContext& context,
                      MatrixF& rows, Eigen::Index& column, Eigen::Index& feature) const;
    void addDraws(const GenerateTarget& target, const aion::TokenBatch& tokens,
                  const std::vector<std::uint64_t>& numbers, const RunContext& context, MatrixF& rows,
                  Eigen::Index& feature) const;

    GenerateChoice choice_;
    aion::Model model_;
    std::vector<GenerateTarget> targets_;
    std::vector<std::uint64_t> seeds_; ///< of the draws
    std::string randomLabel_, weights_;
};

/// "q05" of 0.05, "q975" of 0.975.
std::string quantileName(double level);

} // namespace penumbra::workflow
