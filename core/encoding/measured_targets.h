#pragma once

#include "core/catalogue/pixel_reader.h"
#include "core/encoding/generate_targets.h"
#include "core/io/record_file.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// What the catalogue itself holds of a galaxy's target of several tokens, on the grid of its draws.
struct MeasuredTarget {
    std::vector<float> observed; ///< [values] noise included; NaN: masked or not measured
    std::vector<float> kept;     ///< [values] what its own tokens stand for: what draws are draws of

    bool present() const { return !kept.empty(); }
};

/// Finds them. Nothing is found where the input holds no such measurement (`any` is false).
class MeasuredTargets {
public:
    /// @param generator, plan must outlive this @param target of several tokens, of the generator
    MeasuredTargets(const TargetGenerator& generator, const EncodePlan& plan, const GenerateTarget& target,
                    const RunContext& context);
    bool any() const { return any_; }
    bool has(std::size_t row) const; ///< of the catalogue; its pixels may still be unusable
    MeasuredTarget of(std::size_t row, const RunContext& context);

private:
    MeasuredTarget ofSpectrum(std::size_t row, const RunContext& context);
    MeasuredTarget ofImage(std::size_t row, const RunContext& context);
    MeasuredTarget ofList(std::size_t row, const RunContext& context);
    std::vector<float> kept(const aion::GalaxyBatch& batch, const RunContext& context) const;

    const TargetGenerator& generator_;
    const EncodePlan& plan_;
    const GenerateTarget& target_;
    PixelReader pixels_;
    MatrixF list_; ///< Gaia's coefficients of the target
    bool any_ = false;
};

/// How often values measured lie in the 16 to 84 % band of the draws, pointwise: the mean over galaxies of
/// the share of their values, with its standard error (values of one galaxy are not independent).
struct BandCoverage {
    std::size_t galaxies = 0, draws = 0;
    double kept = 0.0, keptError = 0.0;         ///< of what the tokens of the measurement stand for
    double observed = 0.0, observedError = 0.0; ///< of the measurement with its noise
    double expected() const { return expectedBandCoverage(draws); }
    std::string text() const; ///< one line
};

/// Counts galaxies.
class BandCounter {
public:
    void add(std::span<const float> low, std::span<const float> high, const MeasuredTarget& measured);
    BandCoverage coverage(std::size_t draws) const;

private:
    std::vector<double> kept_, observed_; ///< shares, of each galaxy
};

/// Of every target of several tokens that the catalogue has measurements of, over the galaxies of a finished
/// run, by the target's name.
std::map<std::string, BandCoverage> bandCoverages(const TargetGenerator& generator, const EncodePlan& plan,
                                                  const io::RecordFile& blocks, const RunContext& context);

} // namespace penumbra::workflow
