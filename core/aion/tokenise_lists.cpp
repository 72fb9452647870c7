// Lists of numbers and maps to token ids, and back.

#include "core/aion/token_collector_impl.h"
#include "core/nn/tensors.h"

#include <cmath>

namespace penumbra::aion {

namespace {

constexpr std::int64_t side = FieldCodecConfig::fieldPixels;

void lists(const Model::Impl& model, const ListInput& input, Collector& collector) {
    const Modality* kind = nullptr;
    for (const Modality& row : allModalities())
        if (row.kind == ModalityKind::ScalarList && (row.codec == input.name || row.key == input.name))
            kind = &row;
    if (kind == nullptr)
        throw UsageError(input.name + " is not a list of numbers that AION reads.");
    const ScalarListCodec& codec = model.list(*kind);
    const std::size_t count = rowsOf(input.rows, collector.batch.rowCount, input.name);
    const std::size_t width = input.width == 0 ? codec.size() : input.width;
    if (width > codec.size())
        throw Error(input.name + ": " + std::to_string(width) + " numbers an object, but AION reads " +
                    std::to_string(codec.size()) + ".");
    checkSize(input.values.size(), count * width, input.name);
    ModalityTokens& tokens = collector.of(*kind);
    for (std::size_t i = 0; i < count; ++i) {
        const auto values = std::span(input.values).subspan(i * width, width);
        const std::size_t row = input.rows.empty() ? i : input.rows[i];
        const auto bad = static_cast<std::size_t>(
            std::count_if(values.begin(), values.end(), [](float v) { return std::isnan(v); }));
        if (bad > 0) {
            collector.problem(row, kind->key, countText(bad, width, "values are NaN"));
            continue;
        }
        std::vector<float> all(values.begin(), values.end());
        all.resize(codec.size(), 0.0F);
        Collector::set(tokens, row, codec.encode(all));
        const auto first = tokens.drop.begin() + static_cast<std::ptrdiff_t>(row * tokens.tokens);
        std::fill(first + static_cast<std::ptrdiff_t>(width),
                  first + static_cast<std::ptrdiff_t>(tokens.tokens), std::uint8_t{1});
    }
}

void fields(const Model::Impl& model, const FieldInput& input, Collector& collector,
            const RunContext& context) {
    const Modality& kind = modality(input.key);
    if (kind.kind != ModalityKind::Field)
        throw UsageError(input.key + " is not a map.");
    const FieldCodec& codec = model.fieldCodec();
    const std::size_t count = rowsOf(input.rows, collector.batch.rowCount, input.key),
                      pixels = input.height * input.width;
    checkSize(input.values.size(), count * pixels, input.key);
    ModalityTokens& tokens = collector.of(kind);
    model.forPieces(count, 4, context, [&](std::size_t begin, std::size_t end) {
        std::vector<float> cut;
        std::vector<std::size_t> rows;
        for (std::size_t i = begin; i < end; ++i) {
            const std::size_t row = input.rows.empty() ? i : input.rows[i];
            const auto one = FieldCodec::crop(std::span(input.values).subspan(i * pixels, pixels),
                                              input.height, input.width);
            const auto bad = static_cast<std::size_t>(
                std::count_if(one.begin(), one.end(), [](float v) { return !(v >= 0.0F && v <= 1.0F); }));
            if (bad > 0) {
                collector.problem(row, kind.key, countText(bad, one.size(), "pixels are not in 0..1"));
                continue;
            }
            rows.push_back(row);
            cut.insert(cut.end(), one.begin(), one.end());
        }
        if (rows.empty())
            return;
        const auto latent =
            nn::toVector(codec.latent(nn::viewOf(cut, {static_cast<std::int64_t>(rows.size()), side, side})));
        const std::size_t each = latent.size() / rows.size();
        for (std::size_t i = 0; i < rows.size(); ++i)
            Collector::set(tokens, rows[i],
                           codec.quantizer().encode(std::span(latent).subspan(i * each, each)));
    });
}

} // namespace

void tokeniseLists(const Model::Impl& model, const GalaxyBatch& batch, Collector& collector,
                   const RunContext& context) {
    for (const ListInput& input : batch.lists)
        lists(model, input, collector);
    for (const FieldInput& input : batch.fields)
        fields(model, input, collector, context);
}

TokenBins Model::scalarBins(const std::string& key) const {
    return binsOf(impl_->scalar(modality(key)));
}

std::vector<float> Model::reconstructList(const ModalityTokens& tokens) const {
    const Modality& kind = modality(tokens.key);
    if (kind.kind != ModalityKind::ScalarList)
        throw UsageError(tokens.key + " is not a list of numbers.");
    const ScalarListCodec& codec = impl_->list(kind);
    std::vector<float> values;
    for (std::size_t at = 0; at < tokens.ids.size(); at += codec.size()) {
        const auto one = codec.decode(std::span(tokens.ids).subspan(at, codec.size()));
        values.insert(values.end(), one.begin(), one.end());
    }
    return values;
}

FieldInput Model::reconstructField(const ModalityTokens& tokens, const RunContext& context) const {
    const FieldCodec& codec = impl_->fieldCodec();
    if (!impl_->options.reconstruction)
        throw UsageError("reconstructing maps needs the codec's decoder, which was not loaded.");
    const std::size_t each = modality(tokens.key).tokens, count = tokens.ids.size() / each;
    checkSize(tokens.ids.size(), count * each, tokens.key);
    FieldInput field;
    field.key = tokens.key;
    field.height = field.width = static_cast<std::size_t>(side);
    const std::size_t pixels = field.height * field.width;
    field.values.resize(count * pixels);
    impl_->forPieces(count, 4, context, [&](std::size_t begin, std::size_t end) {
        std::vector<float> codes;
        for (std::size_t r = begin; r < end; ++r) {
            const auto one = codec.quantizer().decode(std::span(tokens.ids).subspan(r * each, each));
            codes.insert(codes.end(), one.begin(), one.end());
        }
        const std::int64_t grid = codec.config().gridSide();
        const auto expanded = nn::toVector(
            codec.expand(floatTensor(codes,
                                     {static_cast<std::int64_t>(end - begin),
                                      static_cast<std::int64_t>(codec.quantizer().channels()), grid, grid},
                                     at::kCPU)));
        for (std::size_t i = 0; i < expanded.size(); ++i)
            field.values[begin * pixels + i] = FieldCodec::activate(expanded[i], codec.config().extension);
    });
    return field;
}

} // namespace penumbra::aion
