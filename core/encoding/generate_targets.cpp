#include "core/encoding/generate_targets.h"

#include "core/aion/modality.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/bootstrap.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

using aion::ModalityKind;

bool holds(const std::vector<std::string>& list, std::string_view key) {
    return std::find(list.begin(), list.end(), key) != list.end();
}

bool canGenerate(const aion::Modality& kind, const aion::ModelDescription& model) {
    if (!holds(model.config.domainsOut, kind.key))
        return false;
    if (kind.isScalar())
        return true;
    // What one step draws must be told to the next; objects are not drawn by position.
    return !kind.isSequence() && holds(model.config.domainsIn, kind.key);
}

const aion::Modality* namedTarget(const std::string& name) {
    const std::string small = lowered(name);
    for (const aion::Modality& kind : aion::allModalities())
        if (small == kind.key ||
            small == std::string(kind.key).substr(std::min<std::size_t>(4, kind.key.size())) ||
            small == lowered(kind.codec))
            return &kind;
    return nullptr;
}

std::string columnBase(const aion::Modality& kind, bool random) {
    const bool shared = kind.kind == ModalityKind::Spectrum || kind.kind == ModalityKind::Image;
    std::string base = "aion_" + lowered(shared ? kind.key.substr(4) : kind.codec); // surveys share a codec
    return random ? base + "_random" : base;
}

std::string edgesText(const std::vector<double>& edges) {
    std::vector<std::string> texts;
    for (const double edge : edges)
        texts.push_back(formatReal(edge, 9));
    return joinText(texts, ",");
}

constexpr std::size_t pixelsAcross = 96; // of decoded images and maps

std::vector<std::string> bandsOf(const aion::Modality& kind) {
    if (kind.key == "tok_image_hsc")
        return {"HSC-G", "HSC-R", "HSC-I", "HSC-Z", "HSC-Y"};
    return {"DES-G", "DES-R", "DES-I", "DES-Z"};
}

/// What a draw of a target of several tokens is made of.
void describeValues(GenerateTarget& target, const aion::Model& model, const RunContext& context) {
    const std::string key(target.modality->key);
    target.values = target.modality->tokens;
    switch (target.modality->kind) {
    case ModalityKind::Spectrum:
        target.wavelength =
            model.reconstructSpectrum({key, target.modality->tokens, {}, {}}, {}, context).wavelength;
        target.values = target.wavelength.size();
        break;
    case ModalityKind::Image:
        target.bands = bandsOf(*target.modality);
        target.values = target.bands.size() * pixelsAcross * pixelsAcross;
        break;
    case ModalityKind::Field:
        target.values = pixelsAcross * pixelsAcross;
        break;
    default:
        break;
    }
}

} // namespace

double expectedBandCoverage(std::size_t draws) {
    // The ends lie between order statistics; the truth is as likely in each of the draws + 1 gaps.
    const auto n = static_cast<double>(draws);
    return (bandLevels[2] - bandLevels[1]) * (n - 1.0) / (n + 1.0);
}

std::vector<float> valuesOf(const aion::Model& model, const GenerateTarget& target,
                            const aion::ModalityTokens& tokens, const RunContext& context) {
    switch (target.modality->kind) {
    case ModalityKind::Spectrum:
        return model.reconstructSpectrum(tokens, {}, context).flux;
    case ModalityKind::Image:
        return model.reconstructImage(tokens, target.bands, context).flux;
    case ModalityKind::Field:
        return model.reconstructField(tokens, context).values;
    default:
        return model.reconstructList(tokens);
    }
}

std::string quantileName(double level) {
    std::string digits = formatReal(level, 6);
    digits = digits.starts_with("0.") ? digits.substr(2) : digits;
    if (digits.size() == 1)
        digits += "0";
    return "q" + digits;
}

std::vector<std::string> generateTargets(const std::vector<std::string>& names, const EncodePlan& plan,
                                         const aion::ModelDescription& model) {
    std::vector<std::string> known, keys;
    for (const aion::Modality& kind : aion::allModalities())
        if (canGenerate(kind, model))
            known.emplace_back(kind.key);
    std::vector<std::string> given;
    for (const std::string& name : plan.modalities())
        given.emplace_back(aion::modality(name).key);
    for (const std::string& name : names) {
        const aion::Modality* kind = namedTarget(name);
        if (kind == nullptr || !canGenerate(*kind, model))
            throw UsageError("--target '" + name + "' is nothing that the model in " + model.folder.string() +
                             " can generate here; it can generate " + joinText(known, ", "));
        if (holds(given, kind->key))
            throw UsageError("--target " + name +
                             " is among --modalities: the model would be told what it is asked. Leave it out "
                             "of one of them");
        if (!holds(keys, kind->key))
            keys.emplace_back(kind->key);
    }
    if (keys.empty())
        throw UsageError("--target names nothing; the model can generate " + joinText(known, ", "));
    return keys;
}

TargetGenerator::TargetGenerator(const EncodePlan& plan, const aion::ModelDescription& description,
                                 GenerateChoice choice, const RunContext& context)
    : choice_(std::move(choice)), model_([&] {
          aion::LoadOptions load;
          load.modalities = plan.modalities();
          load.decoder = true;
          load.targets = choice_.targets;
          for (const std::string& key : choice_.targets)
              if (aion::modality(key).tokens > 1)
                  load.modalities.push_back(key);
          return aion::Model::load(description, load, context);
      }()),
      randomLabel_(description.randomLabel), weights_(description.fingerprint) {
    for (std::size_t d = 0; d < choice_.draws; ++d)
        seeds_.push_back(aion::seedOfDraw(choice_.seed, d));
    for (const std::string& key : choice_.targets) {
        GenerateTarget target;
        target.modality = &aion::modality(key);
        target.name = columnBase(*target.modality, !randomLabel_.empty());
        if (target.modality->isScalar()) {
            target.bins = std::make_shared<const aion::TokenBins>(model_.scalarBins(key));
        } else {
            describeValues(target, model_, context);
            aion::TargetPlan steps;
            steps.target = key;
            steps.scheme = choice_.scheme;
            steps.steps = choice_.steps;
            steps.schedule = aion::TokenSchedule::Cosine; // MaskGIT's; the random order is always linear
            steps.temperature.temperature = choice_.temperature;
            target.steps = aion::planSteps(steps);
        }
        targets_.push_back(std::move(target));
    }
}

RunOutput TargetGenerator::output() const {
    RunOutput output;
    output.status = "aion_generated";
    for (const GenerateTarget& target : targets_) {
        const std::string what(target.modality->codec);
        std::map<std::string, std::string> about{
            {"source", "AION-1's own decoder" + std::string(randomLabel_.empty() ? "" : ", RANDOM WEIGHTS")},
            {"target", std::string(target.modality->key)},
            {"weights_hash", weights_}};
        if (!randomLabel_.empty())
            about["random_weights"] = randomLabel_;
        if (target.bins) {
            output.columns.push_back({target.name + "_mean", "", "mean of AION's posterior of " + what});
            output.columns.push_back(
                {target.name + "_spread", "", "standard deviation of AION's posterior of " + what});
            for (const double level : choice_.levels)
                output.columns.push_back({target.name + "_" + quantileName(level), "",
                                          formatReal(level, 6) + " quantile of AION's posterior of " + what});
            about["bins"] = target.bins->logarithmic ? "upper edges, natural logarithm of " + what
                                                     : "upper edges of " + what;
            about["bin_upper_edges"] = edgesText(target.bins->upper);
            about["bin_lowest_edge"] = formatReal(target.bins->lower.front(), 9);
            output.features.push_back({target.name + "_posterior", about, target.bins->size()});
            continue;
        }
        about["draws"] = std::to_string(choice_.draws);
        about["seed"] = std::to_string(choice_.seed);
        about["steps"] = std::to_string(target.steps.size());
        about["scheme"] = choice_.scheme == aion::Scheme::Roar ? "roar" : "maskgit";
        about["temperature"] = formatReal(choice_.temperature, 6);
        about["caveat"] = "draws are plausible samples, no calibrated joint posterior; correlations between "
                          "tokens may be too weak";
        if (!target.wavelength.empty())
            about["wavelength"] = formatReal(static_cast<double>(target.wavelength.front()), 9) + " to " +
                                  formatReal(static_cast<double>(target.wavelength.back()), 9) +
                                  " Angstrom, equal steps";
        if (!target.bands.empty())
            about["bands"] = joinText(target.bands, ",");
        if (target.modality->kind == ModalityKind::Image || target.modality->kind == ModalityKind::Field)
            about["pixels"] = "values are [" + std::string(target.bands.empty() ? "" : "band, ") +
                              "y, x] of 96 x 96 pixels" +
                              (target.bands.empty() ? ", in 0..1" : ", nanomaggies");
        for (const char* band : bandNames)
            output.features.push_back({target.name + band, about, target.values});
        about["layout"] =
            "draw after draw, token ids of " + std::to_string(target.modality->tokens) + " each";
        output.features.push_back({target.name + "_tokens", about, choice_.draws * target.modality->tokens});
    }
    return output;
}

EncodedBatch TargetGenerator::operator()(const aion::GalaxyBatch& batch, const RunContext& context) const {
    aion::TokenBatch tokens = model_.tokenise(batch, context);
    EncodedBatch result;
    result.problems = std::move(tokens.problems);
    const RunOutput layout = output();
    result.features = MatrixF::Constant(static_cast<Eigen::Index>(batch.rowCount),
                                        static_cast<Eigen::Index>(layout.numbers()),
                                        std::numeric_limits<float>::quiet_NaN());
    Eigen::Index column = 0, feature = static_cast<Eigen::Index>(layout.columns.size());
    for (const GenerateTarget& target : targets_)
        if (target.bins)
            addPosterior(target, tokens, context, result.features, column, feature);
        else
            addDraws(target, tokens, batch.numbers, context, result.features, feature);
    return result;
}

std::vector<aion::TokenPosterior> TargetGenerator::posteriors(const GenerateTarget& target,
                                                              const aion::TokenBatch& tokens,
                                                              const RunContext& context) const {
    const std::vector<std::string> one{std::string(target.modality->key)};
    const aion::Logits logits = model_.logits(tokens, one, {}, context).at(0);
    std::vector<aion::TokenPosterior> all;
    for (std::size_t r = 0; r < logits.rowCount; ++r)
        all.emplace_back(target.bins,
                         std::span(logits.values).subspan(r * logits.vocabulary, logits.vocabulary));
    return all;
}

TargetDraws TargetGenerator::draws(const GenerateTarget& target, const aion::TokenBatch& tokens,
                                   const std::vector<std::uint64_t>& numbers,
                                   const RunContext& context) const {
    TargetDraws draws;
    draws.tokens =
        aion::generateDraws(model_, tokens, target.steps, seeds_, numbers, aion::TokenFilter{}, context);
    for (const aion::ModalityTokens& draw : draws.tokens)
        draws.values.push_back(valuesOf(model_, target, draw, context));
    return draws;
}

void TargetGenerator::addPosterior(const GenerateTarget& target, const aion::TokenBatch& tokens,
                                   const RunContext& context, MatrixF& rows, Eigen::Index& column,
                                   Eigen::Index& feature) const {
    const auto posteriors = this->posteriors(target, tokens, context);
    for (std::size_t r = 0; r < posteriors.size(); ++r) {
        const aion::TokenPosterior& p = posteriors[r];
        const auto row = static_cast<Eigen::Index>(r);
        Eigen::Index at = column;
        rows(row, at++) = static_cast<float>(p.mean());
        rows(row, at++) = static_cast<float>(p.spread());
        for (const double level : choice_.levels) {
            const double q = p.quantile(level);
            rows(row, at++) = static_cast<float>(target.bins->logarithmic ? std::exp(q) : q);
        }
        for (std::size_t k = 0; k < target.bins->size(); ++k)
            rows(row, feature + static_cast<Eigen::Index>(k)) = static_cast<float>(p.probability()[k]);
    }
    column += 2 + static_cast<Eigen::Index>(choice_.levels.size());
    feature += static_cast<Eigen::Index>(target.bins->size());
}

void TargetGenerator::addDraws(const GenerateTarget& target, const aion::TokenBatch& tokens,
                               const std::vector<std::uint64_t>& numbers, const RunContext& context,
                               MatrixF& rows, Eigen::Index& feature) const {
    const TargetDraws drawn = draws(target, tokens, numbers, context);
    const std::size_t width = target.values, each = target.modality->tokens, count = drawn.tokens.size();
    std::vector<double> sorted(count);
    for (std::size_t r = 0; r < tokens.rowCount; ++r) {
        if (drawn.tokens.front().drop[r * each] != 0)
            continue; // nothing was known of this galaxy
        const auto row = static_cast<Eigen::Index>(r);
        for (std::size_t v = 0; v < width; ++v) {
            for (std::size_t d = 0; d < count; ++d)
                sorted[d] = static_cast<double>(drawn.values[d][r * width + v]);
            std::sort(sorted.begin(), sorted.end());
            for (std::size_t b = 0; b < std::size(bandLevels); ++b)
                rows(row, feature + static_cast<Eigen::Index>(b * width + v)) =
                    static_cast<float>(quantileOfSorted(sorted, bandLevels[b]));
        }
        const auto first = feature + static_cast<Eigen::Index>(std::size(bandLevels) * width);
        for (std::size_t d = 0; d < count; ++d)
            for (std::size_t t = 0; t < each; ++t)
                rows(row, first + static_cast<Eigen::Index>(d * each + t)) =
                    static_cast<float>(drawn.tokens[d].ids[r * each + t]);
    }
    feature += static_cast<Eigen::Index>(std::size(bandLevels) * width + count * each);
}

} // namespace penumbra::workflow
