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

/// Runs the model over batches: exact posteriors of one-token targets, draws of the others.
class TargetGenerator {
public:
    TargetGenerator(const EncodePlan& plan, const aion::ModelDescription& description, GenerateChoice choice,
                    const RunContext& context);

    /// Columns and features as the rows hold them: NAME_mean, NAME_spread, NAME_qLEVEL and the matrix
    /// NAME_posterior of one-token targets; NAME_median, _p16, _p84 and the draws themselves of others.
    RunOutput output() const;
    EncodedBatch operator()(const aion::GalaxyBatch& batch, const RunContext& context) const;

private:
    struct Target {
        const aion::Modality* modality;
        std::string name;                            ///< of its columns: "aion_z"
        std::shared_ptr<const aion::TokenBins> bins; ///< one-token targets
        std::size_t values = 0;                      ///< decoded numbers of a draw
        std::vector<float> wavelength;               ///< spectra
        std::vector<aion::GenerationStep> steps;
    };
    void posterior(const Target& target, const aion::TokenBatch& tokens, const RunContext& context,
                   MatrixF& rows, Eigen::Index& column, Eigen::Index& feature) const;
    void drawn(const Target& target, const aion::TokenBatch& tokens,
               const std::vector<std::uint64_t>& numbers, const RunContext& context, MatrixF& rows,
               Eigen::Index& feature) const;
    std::vector<float> decoded(const Target& target, const aion::ModalityTokens& tokens,
                               const RunContext& context) const;

    GenerateChoice choice_;
    aion::Model model_;
    std::vector<Target> targets_;
    std::vector<std::uint64_t> seeds_; ///< of the draws
    std::string randomLabel_, weights_;
};

/// "q05" of 0.05, "q975" of 0.975.
std::string quantileName(double level);

} // namespace penumbra::workflow
