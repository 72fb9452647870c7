#include "core/encoding/measured_targets.h"

#include "core/base/text.h"
#include "core/encoding/lists.h"
#include "core/encoding/one_galaxy.h"
#include "core/encoding/run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace penumbra::workflow {

namespace {

using aion::ModalityKind;

constexpr float notMeasured = std::numeric_limits<float>::quiet_NaN();

bool isGood(const ObservedSpectrum& spectrum, std::size_t i) {
    return (spectrum.bad.empty() || spectrum.bad[i] == 0) && std::isfinite(spectrum.flux[i]) &&
           (spectrum.ivar.empty() || spectrum.ivar[i] > 0.0F);
}

/// Between neighbouring good pixels; NaN elsewhere.
std::vector<float> onGrid(const ObservedSpectrum& spectrum, std::span<const float> grid) {
    std::vector<float> values(grid.size(), notMeasured);
    const auto& x = spectrum.wavelength;
    for (std::size_t i = 0; i < grid.size(); ++i) {
        const auto at = std::lower_bound(x.begin(), x.end(), grid[i]);
        if (at == x.end() || (at == x.begin() && *at != grid[i]))
            continue;
        const auto right = static_cast<std::size_t>(at - x.begin()), left = right == 0 ? 0 : right - 1;
        if (!isGood(spectrum, left) || !isGood(spectrum, right))
            continue;
        const float width = x[right] - x[left], share = width > 0.0F ? (grid[i] - x[left]) / width : 0.0F;
        values[i] = spectrum.flux[left] + share * (spectrum.flux[right] - spectrum.flux[left]);
    }
    return values;
}

/// In the order of the target's bands; NaN for one that the cutout lacks.
std::vector<float> inBands(const Cutout& cutout, const std::vector<std::string>& bands) {
    const std::size_t pixels = cutout.width * cutout.height;
    std::vector<float> values(bands.size() * pixels, notMeasured);
    for (std::size_t b = 0; b < bands.size(); ++b)
        for (std::size_t c = 0; c < cutout.bands.size(); ++c)
            if (cutout.bands[c] == bands[b])
                std::copy_n(cutout.flux.begin() + static_cast<std::ptrdiff_t>(c * pixels), pixels,
                            values.begin() + static_cast<std::ptrdiff_t>(b * pixels));
    return values;
}

/// Share of the values in the band, ends included; NaN where none was measured.
double shareInside(std::span<const float> low, std::span<const float> high, std::span<const float> values) {
    std::size_t inside = 0, measured = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i]) || !std::isfinite(low[i]))
            continue;
        ++measured;
        inside += values[i] >= low[i] && values[i] <= high[i] ? 1 : 0;
    }
    return measured == 0 ? std::nan("") : static_cast<double>(inside) / static_cast<double>(measured);
}

struct MeanAndError {
    double mean = std::nan(""), error = std::nan("");
};
MeanAndError meanOf(const std::vector<double>& shares) {
    MeanAndError result;
    const auto n = static_cast<double>(shares.size());
    double sum = 0.0, squares = 0.0;
    for (const double share : shares)
        sum += share;
    for (const double share : shares)
        squares += (share - sum / n) * (share - sum / n);
    if (!shares.empty())
        result.mean = sum / n;
    if (shares.size() > 1)
        result.error = std::sqrt(squares / (n - 1.0) / n);
    return result;
}

std::string shareText(double mean, double error) {
    return formatReal(100.0 * mean, 3) +
           (std::isnan(error) ? std::string() : " ± " + formatReal(100.0 * error, 2)) + " %";
}

} // namespace

MeasuredTargets::MeasuredTargets(const TargetGenerator& generator, const EncodePlan& plan,
                                 const GenerateTarget& target, const RunContext& context)
    : generator_(generator), plan_(plan), target_(target), pixels_(plan.inputs, cropPixels) {
    if (target.modality->kind == ModalityKind::ScalarList) {
        std::vector<std::string> notes;
        for (EncodeList& list : storedXpLists(plan.inputs, notes, context))
            if (list.key == target.modality->key &&
                static_cast<std::size_t>(list.values.cols()) == target.values)
                list_ = std::move(list.values);
    }
    // Other surveys' spectra are no measurement of this one's.
    const bool spectra = target.modality->kind == ModalityKind::Spectrum &&
                         target.modality->key == "tok_spectrum_" + plan.spectrograph;
    const auto stored = [](const std::vector<StoredRow>& rows) {
        return std::any_of(rows.begin(), rows.end(), [](const StoredRow& at) { return at.present(); });
    };
    any_ = list_.size() > 0 || (spectra && stored(plan.inputs.spectra)) ||
           (target.modality->kind == ModalityKind::Image && stored(plan.inputs.images));
}

bool MeasuredTargets::has(std::size_t row) const {
    if (!any_)
        return false;
    switch (target_.modality->kind) {
    case ModalityKind::Spectrum:
        return plan_.inputs.spectra[row].present();
    case ModalityKind::Image:
        return plan_.inputs.images[row].present();
    default:
        return list_.row(static_cast<Eigen::Index>(row)).allFinite();
    }
}

MeasuredTarget MeasuredTargets::of(std::size_t row, const RunContext& context) {
    if (!has(row))
        return {};
    switch (target_.modality->kind) {
    case ModalityKind::Spectrum:
        return ofSpectrum(row, context);
    case ModalityKind::Image:
        return ofImage(row, context);
    default:
        return ofList(row, context);
    }
}

/// Empty where the tokenizer could not use it.
std::vector<float> MeasuredTargets::kept(const aion::GalaxyBatch& batch, const RunContext& context) const {
    const aion::TokenBatch tokens = generator_.model().tokenise(batch, context);
    if (tokens.modalities.empty() || !tokens.problems.empty())
        return {};
    return valuesOf(generator_.model(), target_, tokens.modalities.front(), context);
}

MeasuredTarget MeasuredTargets::ofSpectrum(std::size_t row, const RunContext& context) {
    const ObservedSpectrum spectrum = pixels_.spectra(std::array{row}).front();
    if (!problemOf(spectrum).empty())
        return {};
    return {onGrid(spectrum, target_.wavelength), kept(batchOf(spectrum, target_.modality->key), context)};
}

MeasuredTarget MeasuredTargets::ofImage(std::size_t row, const RunContext& context) {
    const Cutout cutout = pixels_.images(std::array{row}).front();
    const bool hsc = target_.modality->key == "tok_image_hsc";
    if (!problemOf(cutout, cropPixels).empty() || isHsc(cutout.bands.front()) != hsc)
        return {};
    return {inBands(cutout, target_.bands), kept(batchOf(cutout, target_.modality->key), context)};
}

MeasuredTarget MeasuredTargets::ofList(std::size_t row, const RunContext& context) {
    const auto values = list_.row(static_cast<Eigen::Index>(row));
    const std::vector<float> observed(values.data(), values.data() + values.size());
    return {observed, kept(batchOf(observed, target_.modality->key), context)};
}

std::string BandCoverage::text() const {
    return "the 16 to 84 % band of " + std::to_string(draws) + " draws holds " + shareText(kept, keptError) +
           " of what AION's tokens keep of the measurement (" + shareText(observed, observedError) +
           " of the measurement with its noise), over " + withThousands(static_cast<long long>(galaxies)) +
           (galaxies == 1 ? " galaxy" : " galaxies") + "; of perfect draws " +
           formatReal(100.0 * expected(), 3) + " %";
}

void BandCounter::add(std::span<const float> low, std::span<const float> high,
                      const MeasuredTarget& measured) {
    if (!measured.present())
        return;
    const double kept = shareInside(low, high, measured.kept),
                 observed = shareInside(low, high, measured.observed);
    if (!std::isnan(kept))
        kept_.push_back(kept);
    if (!std::isnan(observed))
        observed_.push_back(observed);
}

BandCoverage BandCounter::coverage(std::size_t draws) const {
    const MeanAndError kept = meanOf(kept_), observed = meanOf(observed_);
    return {kept_.size(), draws, kept.mean, kept.error, observed.mean, observed.error};
}

std::map<std::string, BandCoverage> bandCoverages(const TargetGenerator& generator, const EncodePlan& plan,
                                                  const io::RecordFile& blocks, const RunContext& context) {
    std::map<std::string, BandCoverage> found;
    const RunOutput output = generator.output();
    for (const GenerateTarget& target : generator.targets()) {
        if (target.bins)
            continue;
        MeasuredTargets measured(generator, plan, target, context.quiet());
        if (!measured.any())
            continue;
        std::size_t median = output.columns.size(); // where the target's numbers begin in a row
        for (const PooledFeatures& features : output.features) {
            if (features.name == target.name + bandNames[0])
                break;
            median += features.width;
        }
        BandCounter counter;
        for (std::size_t block = 0; block < plan.blockCount(); ++block) {
            context.step(static_cast<double>(block) / static_cast<double>(plan.blockCount()),
                         "measuring how often the bands hold the truth");
            const EncodedBlock finished = blockFromBytes(blocks.read(block));
            const auto rows = plan.blockRowsOf(block);
            for (std::size_t i = 0; i < rows.size(); ++i) {
                const float* low =
                    finished.features.row(static_cast<Eigen::Index>(i)).data() + median + target.values;
                if (std::isfinite(*low))
                    counter.add({low, target.values}, {low + target.values, target.values},
                                measured.of(rows[i], context.quiet()));
            }
        }
        if (const BandCoverage coverage = counter.coverage(generator.choice().draws); coverage.galaxies > 0)
            found[target.name] = coverage;
    }
    return found;
}

} // namespace penumbra::workflow
