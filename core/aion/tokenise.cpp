// Measurements to token ids, and back.

#include "core/aion/model_impl.h"
#include "core/aion/token_collector_impl.h"
#include "core/base/error.h"
#include "core/nn/tensors.h"

#include <algorithm>
#include <cmath>

namespace penumbra::aion {

namespace {

void scalars(const Model::Impl& model, const ScalarInput& input, Collector& collector) {
    const Modality& kind = modality(input.name);
    if (!kind.isScalar())
        throw UsageError(input.name + " is not a scalar.");
    const ScalarCodec& codec = model.scalar(kind);
    const std::size_t count = rowsOf(input.rows, collector.batch.rowCount, input.name);
    checkSize(input.values.size(), count, input.name);
    ModalityTokens& tokens = collector.of(kind);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t row = input.rows.empty() ? i : input.rows[i];
        if (std::isnan(input.values[i])) {
            collector.problem(row, kind.key, "no value (NaN)");
            continue;
        }
        const std::int32_t token = codec.encode(input.values[i]);
        Collector::set(tokens, row, {&token, 1});
    }
}

void images(const Model::Impl& model, const ImageInput& input, Collector& collector,
            const RunContext& context) {
    const Modality& kind = modality(input.key);
    constexpr auto side = static_cast<std::size_t>(ImageCodecConfig::imagePixels);
    if (kind.kind != ModalityKind::Image)
        throw UsageError(input.key + " is not an image.");
    const ImageCodec& codec = model.imageCodec();
    if (input.bands.empty())
        throw Error(input.key + ": no bands are named.");
    for (std::size_t b = 0; b < input.bands.size(); ++b) {
        imageBand(input.bands[b]);
        if (std::find(input.bands.begin(), input.bands.begin() + static_cast<std::ptrdiff_t>(b),
                      input.bands[b]) != input.bands.begin() + static_cast<std::ptrdiff_t>(b))
            throw Error(input.key + ": band " + input.bands[b] + " is given twice.");
    }
    if (input.height < side || input.width < side)
        throw Error(input.key + ": images of " + std::to_string(input.height) + " x " +
                    std::to_string(input.width) +
                    " pixels are too small; AION reads the central 96 x 96 pixels. Make larger cutouts.");
    const std::size_t count = rowsOf(input.rows, collector.batch.rowCount, input.key);
    const std::size_t pixels = input.bands.size() * input.height * input.width,
                      small = input.bands.size() * side * side;
    checkSize(input.flux.size(), count * pixels, input.key);
    ModalityTokens& tokens = collector.of(kind);
    model.forPieces(count, 1, context, [&](std::size_t begin, std::size_t end) {
        std::vector<float> compressed;
        std::vector<std::size_t> rows;
        for (std::size_t i = begin; i < end; ++i) {
            const std::size_t row = input.rows.empty() ? i : input.rows[i];
            const auto one = compressImage(std::span(input.flux).subspan(i * pixels, pixels), input.bands,
                                           input.height, input.width, codec.config());
            const auto bad = static_cast<std::size_t>(
                std::count_if(one.begin(), one.end(), [](float v) { return std::isnan(v); }));
            if (bad > 0) {
                collector.problem(row, kind.key, countText(bad, small, "pixels are NaN"));
                continue;
            }
            rows.push_back(row);
            compressed.insert(compressed.end(), one.begin(), one.end());
        }
        if (rows.empty())
            return;
        const auto n = static_cast<std::int64_t>(rows.size()),
                   bands = static_cast<std::int64_t>(input.bands.size());
        const auto ids = codec.tokens(codec.latent(
            nn::viewOf(compressed, {n, bands, ImageCodecConfig::imagePixels, ImageCodecConfig::imagePixels}),
            input.bands));
        for (std::size_t i = 0; i < rows.size(); ++i)
            Collector::set(tokens, rows[i], std::span(ids).subspan(i * kind.tokens, kind.tokens));
    });
}

/// Spectra of one length end in pixels without a wavelength (-1 in the Multimodal Universe); left in, they
/// would make every pixel 0.
std::span<const float> withoutPadding(std::span<const float> wavelength) {
    while (!wavelength.empty() && wavelength.back() <= 0.0F)
        wavelength = wavelength.first(wavelength.size() - 1);
    return wavelength;
}

/// What makes wavelengths useless for interpolation; empty: nothing.
std::string wavelengthProblem(std::span<const float> wavelength) {
    for (std::size_t i = 0; i < wavelength.size(); ++i) {
        if (!std::isfinite(wavelength[i]))
            return "wavelength of pixel " + std::to_string(i) + " is not a number";
        if (i > 0 && wavelength[i] <= wavelength[i - 1])
            return "wavelengths do not increase at pixel " + std::to_string(i) +
                   (wavelength[i] == wavelength[i - 1] ? " (the same value twice)" : "");
    }
    return {};
}

void spectra(const Model::Impl& model, const SpectrumInput& input, Collector& collector,
             const RunContext& context) {
    const Modality& kind = modality(input.key);
    if (kind.kind != ModalityKind::Spectrum)
        throw UsageError(input.key + " is not a spectrum.");
    const SpectrumCodec& codec = model.spectrumCodec();
    const std::size_t count = rowsOf(input.rows, collector.batch.rowCount, input.key), pixels = input.pixels;
    if (pixels < 2)
        throw Error(input.key + ": spectra of " + std::to_string(pixels) + " pixels cannot be interpolated.");
    checkSize(input.flux.size(), count * pixels, input.key + " flux");
    checkSize(input.ivar.size(), count * pixels, input.key + " ivar");
    if (!input.mask.empty())
        checkSize(input.mask.size(), count * pixels, input.key + " mask");
    const bool shared = input.wavelength.size() == pixels;
    if (!shared)
        checkSize(input.wavelength.size(), count * pixels, input.key + " wavelength");
    ModalityTokens& tokens = collector.of(kind);
    const std::size_t grid = codec.grid().size();
    model.forPieces(count, 1, context, [&](std::size_t begin, std::size_t end) {
        std::vector<float> prepared;
        std::vector<std::size_t> rows;
        std::vector<std::int32_t> first;
        for (std::size_t i = begin; i < end; ++i) {
            const std::size_t row = input.rows.empty() ? i : input.rows[i];
            const auto part = [&](const auto& values) {
                return std::span(values).subspan(i * pixels, pixels);
            };
            std::span<const float> wavelength = shared ? std::span(input.wavelength) : part(input.wavelength);
            wavelength = withoutPadding(wavelength);
            const std::size_t used = wavelength.size();
            std::string problem =
                used < 2 ? "fewer than two pixels have a wavelength" : wavelengthProblem(wavelength);
            if (problem.empty() &&
                (wavelength.back() < codec.grid().front() || wavelength.front() > codec.grid().back()))
                problem = "no pixel lies between " + std::to_string(std::lround(codec.grid().front())) +
                          " and " + std::to_string(std::lround(codec.grid().back())) + " Angstrom";
            const auto flux = part(input.flux).first(used);
            if (problem.empty() &&
                std::none_of(flux.begin(), flux.end(), [](float v) { return std::isfinite(v); }))
                problem = "no pixel has a finite flux";
            if (!problem.empty()) {
                collector.problem(row, kind.key, problem);
                continue;
            }
            prepared.resize(prepared.size() + 2 * grid);
            const std::span<const std::uint8_t> mask =
                input.mask.empty() ? std::span<const std::uint8_t>() : part(input.mask).first(used);
            first.push_back(codec
                                .prepare(flux, part(input.ivar).first(used), mask, wavelength,
                                         std::span(prepared).last(2 * grid))
                                .normalizationToken);
            rows.push_back(row);
        }
        if (rows.empty())
            return;
        const at::Tensor latent = codec.latent(nn::viewOf(
            prepared, {static_cast<std::int64_t>(rows.size()), 2, static_cast<std::int64_t>(grid)}));
        const auto values = nn::toVector(latent);
        const std::size_t each = values.size() / rows.size();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::vector<std::int32_t> ids{first[i]};
            const auto bits = codec.quantizer().encode(std::span(values).subspan(i * each, each));
            ids.insert(ids.end(), bits.begin(), bits.end());
            Collector::set(tokens, rows[i], ids);
        }
    });
}

} // namespace

TokenBatch Model::tokenise(const GalaxyBatch& batch, const RunContext& context) const {
    TokenBatch tokens;
    tokens.rowCount = batch.rowCount;
    Collector collector{tokens, {}};
    for (const ScalarInput& input : batch.scalars)
        scalars(*impl_, input, collector);
    tokeniseLists(*impl_, batch, collector, context);
    for (const ImageInput& input : batch.images)
        images(*impl_, input, collector, context);
    for (const SpectrumInput& input : batch.spectra)
        spectra(*impl_, input, collector, context);
    for (ModalityTokens& part : tokens.modalities)
        if (std::all_of(part.drop.begin(), part.drop.end(), [](std::uint8_t drop) { return drop == 0; }))
            part.drop.clear();
    std::sort(tokens.problems.begin(), tokens.problems.end(), [](const RowProblem& a, const RowProblem& b) {
        return a.row < b.row || (a.row == b.row && a.modality < b.modality);
    });
    return tokens;
}

std::vector<float> Model::reconstructScalar(const ModalityTokens& tokens) const {
    const Modality& kind = modality(tokens.key);
    if (!kind.isScalar())
        throw UsageError(tokens.key + " is not a scalar.");
    const ScalarCodec& codec = impl_->scalar(kind);
    std::vector<float> values;
    for (const std::int32_t id : tokens.ids)
        values.push_back(codec.decode(std::min(id, static_cast<std::int32_t>(codec.size()) - 1)));
    return values;
}

ImageInput Model::reconstructImage(const ModalityTokens& tokens, std::span<const std::string> bands,
                                   const RunContext& context) const {
    const ImageCodec& codec = impl_->imageCodec();
    constexpr auto side = static_cast<std::size_t>(ImageCodecConfig::imagePixels);
    if (!impl_->options.reconstruction)
        throw UsageError("reconstructing images needs the codec's decoder, which was not loaded.");
    const Modality& kind = modality(tokens.key);
    ImageInput image;
    image.key = tokens.key;
    image.bands.assign(bands.begin(), bands.end());
    image.height = image.width = side;
    const std::size_t each = bands.size() * side * side, count = tokens.ids.size() / kind.tokens;
    checkSize(tokens.ids.size(), count * kind.tokens, tokens.key);
    image.flux.resize(count * each);
    impl_->forPieces(count, 1, context, [&](std::size_t begin, std::size_t end) {
        const auto part = codec.reconstruct(
            std::span(tokens.ids).subspan(begin * kind.tokens, (end - begin) * kind.tokens), bands);
        std::copy(part.begin(), part.end(), image.flux.begin() + static_cast<std::ptrdiff_t>(begin * each));
    });
    return image;
}

SpectrumReconstruction Model::reconstructSpectrum(const ModalityTokens& tokens,
                                                  std::span<const float> wavelength,
                                                  const RunContext& context) const {
    const SpectrumCodec& codec = impl_->spectrumCodec();
    if (!impl_->options.reconstruction)
        throw UsageError("reconstructing spectra needs the codec's decoder, which was not loaded.");
    const std::size_t each = modality(tokens.key).tokens, count = tokens.ids.size() / each,
                      grid = codec.grid().size();
    checkSize(tokens.ids.size(), count * each, tokens.key);
    SpectrumReconstruction result;
    const bool own = wavelength.empty();
    if (own)
        wavelength = codec.grid();
    result.wavelength.assign(wavelength.begin(), wavelength.end());
    const bool perRow = count > 1 && wavelength.size() % count == 0 && !own &&
                        wavelength.size() / count > 1 && !wavelengthProblem(wavelength).empty();
    result.pixels = perRow ? wavelength.size() / count : wavelength.size();
    result.flux.resize(count * result.pixels);
    result.mask.resize(count * result.pixels);
    impl_->forPieces(count, 1, context, [&](std::size_t begin, std::size_t end) {
        std::vector<float> codes;
        for (std::size_t r = begin; r < end; ++r) {
            const auto one = codec.quantizer().decode(std::span(tokens.ids).subspan(r * each + 1, each - 1));
            codes.insert(codes.end(), one.begin(), one.end());
        }
        const at::Tensor expanded = codec.expand(floatTensor(
            codes,
            {static_cast<std::int64_t>(end - begin), static_cast<std::int64_t>(codec.quantizer().channels()),
             static_cast<std::int64_t>(each - 1)},
            at::kCPU));
        const auto values = nn::toVector(expanded);
        const auto channels = static_cast<std::size_t>(expanded.size(1));
        for (std::size_t r = begin; r < end; ++r) {
            const std::int32_t token = tokens.ids[r * each];
            if (token < 0 || static_cast<std::size_t>(token) >= codec.buckets().size())
                throw Error("spectrum normalisation token " + std::to_string(token) +
                            " is outside of the codec's buckets.");
            const float scale = SpectrumCodec::scaleOf(codec.buckets()[static_cast<std::size_t>(token)]);
            const auto at = wavelength.subspan(perRow ? r * result.pixels : 0, result.pixels);
            const std::span channel0 = std::span(values).subspan((r - begin) * channels * grid, grid);
            std::vector<float> flux(channel0.begin(), channel0.end()), logit(grid, -1.0F);
            if (channels == 2) {
                const auto channel1 = std::span(values).subspan(((r - begin) * channels + 1) * grid, grid);
                logit.assign(channel1.begin(), channel1.end());
            }
            if (!own) {
                std::vector<float> there(result.pixels), mask(result.pixels);
                interpolate(codec.grid(), flux, at, there);
                interpolate(codec.grid(), logit, at, mask);
                flux = std::move(there);
                logit = std::move(mask);
            }
            for (std::size_t i = 0; i < result.pixels; ++i) {
                result.flux[r * result.pixels + i] = (flux[i] + 1.0F) * scale;
                // sigmoid rounded half to even: above one half only
                result.mask[r * result.pixels + i] = logit[i] > 0.0F ? 1 : 0;
            }
        }
    });
    return result;
}

} // namespace penumbra::aion
