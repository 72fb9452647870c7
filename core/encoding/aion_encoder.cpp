#include "core/encoding/aion_encoder.h"

#include "core/aion/modality.h"
#include "core/aion/model.h"
#include "core/base/fingerprint.h"
#include "core/base/text.h"
#include "core/encoding/choices.h"
#include "core/encoding/options.h"
#include "core/io/safetensors.h"
#include "core/nn/tf32_scope.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

std::string featureBase(const aion::ModelDescription& model) {
    std::string base = lowered(model.sizeName);
    std::replace(base.begin(), base.end(), '-', '_');
    if (!base.starts_with("aion"))
        base = "aion_" + base;
    return model.randomLabel.empty() ? base : base + "_random";
}

/// Codecs may come from another folder than the transformer: each has a hash of its own beside the joint one.
void addHashes(const aion::ModelDescription& model, std::map<std::string, std::string>& provenance) {
    const auto file = model.folder / "model.safetensors";
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
        return; // a description that was not read from a folder
    provenance["transformer_hash"] = io::SafetensorsFile(file).fingerprint();
    std::string codecs;
    for (const aion::CodecState& state : model.codecs)
        if (state.problem.empty())
            codecs += io::SafetensorsFile(model.codecFolder / state.name / "model.safetensors").fingerprint();
    provenance["codecs_hash"] = hashText(codecs);
}

class AionEncoder final : public GalaxyEncoder {
public:
    AionEncoder(const aion::ModelDescription& description, const EncoderAbout& about,
                const aion::LoadOptions& load, aion::EncoderOutput output, bool codecTf32,
                const RunContext& context)
        : model_(aion::Model::load(description, load, context)), about_(about), codecTf32_(codecTf32) {
        encode_.output = output;
    }
    const EncoderAbout& about() const override { return about_; }

    EncodedTokens tokens(const aion::GalaxyBatch& batch, const RunContext& context) const override {
        aion::TokenBatch ids = tokenise(batch, context);
        return {model_.encode(ids, encode_, context), std::move(ids.problems)};
    }

    /// On the device: the sequences never leave it.
    EncodedBatch pooled(const aion::GalaxyBatch& batch, const EncoderPooling& pooling,
                        const RunContext& context) const override {
        aion::TokenBatch tokens = tokenise(batch, context);
        aion::PoolOptions wanted;
        wanted.mean =
            std::find(pooling.poolings.begin(), pooling.poolings.end(), "mean") != pooling.poolings.end();
        wanted.attentive = pooling.attentive;
        const aion::Pooled pooled = model_.encodePooled(tokens, encode_, wanted, context);
        EncodedBatch encoded;
        encoded.problems = std::move(tokens.problems);
        const auto width = static_cast<Eigen::Index>(about_.width);
        encoded.features.resize(static_cast<Eigen::Index>(batch.rowCount),
                                width * static_cast<Eigen::Index>(pooling.poolings.size()));
        for (std::size_t p = 0; p < pooling.poolings.size(); ++p)
            encoded.features.middleCols(static_cast<Eigen::Index>(p) * width, width) =
                pooling.poolings[p] == "mean" ? pooled.mean : pooled.attentive;
        return encoded;
    }

private:
    /// Where asked for, a GPU may round the codecs' products and convolutions; a CPU has no such.
    aion::TokenBatch tokenise(const aion::GalaxyBatch& batch, const RunContext& context) const {
        const nn::Tf32Scope scope(codecTf32_);
        return model_.tokenise(batch, context);
    }

    aion::Model model_;
    EncoderAbout about_;
    bool codecTf32_;
    aion::EncodeOptions encode_;
};

class AionSource final : public EncoderSource {
public:
    explicit AionSource(aion::ModelDescription description)
        : description_(std::move(description)), about_(aboutAion(description_)) {}
    const EncoderAbout& about() const override { return about_; }

    std::unique_ptr<GalaxyEncoder> open(const std::vector<std::string>& modalities, const OptionSet& options,
                                        const RunContext& context) const override {
        const EncodeChoices chosen = encodeChoices(options);
        aion::LoadOptions load;
        load.modalities = modalities;
        load.precision =
            chosen.precision == "bfloat16" ? aion::Precision::BFloat16 : aion::Precision::Float32;
        return std::make_unique<AionEncoder>(description_, about_, load,
                                             chosen.output == "raw" ? aion::EncoderOutput::Raw
                                                                    : aion::EncoderOutput::Context,
                                             chosen.codecPrecision == "tf32", context);
    }

private:
    aion::ModelDescription description_;
    EncoderAbout about_;
};

std::unique_ptr<EncoderSource> findAion(const OptionSet& options, const RunContext& context) {
    return std::make_unique<AionSource>(chosenModel(options, context));
}

} // namespace

EncoderAbout aboutAion(const aion::ModelDescription& model) {
    EncoderAbout about;
    about.name = featureBase(model);
    about.where = "the model in " + model.folder.string();
    about.fingerprint = model.fingerprint;
    about.warning = model.randomLabel;
    about.width = static_cast<std::size_t>(model.config.dim);
    about.modalities = model.usableModalities();
    for (const aion::Modality& kind : aion::allModalities())
        for (const aion::CodecState& state : model.codecs)
            if (state.name == kind.codec && !state.problem.empty())
                about.problems[std::string(kind.key)] = state.problem;
    about.provenance = {{"source", model.sizeName + (model.randomLabel.empty() ? "" : ", RANDOM WEIGHTS")},
                        {"weights_hash", model.fingerprint}};
    addHashes(model, about.provenance);
    if (!model.randomLabel.empty())
        about.provenance["random_weights"] = model.randomLabel;
    about.notes = model.notes;
    return about;
}

EncoderKind aionEncoder() {
    return {"aion", "AION-1 (B, L or XL) from its published folder", findAion};
}

} // namespace penumbra::workflow
