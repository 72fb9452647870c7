#include "core/catalogue/doctor_tokens.h"

#include "core/base/text.h"

#include <cmath>

namespace penumbra::doctor {

namespace {

/// AION-1's modalities of several tokens; every other key or column is one.
struct TokenCount {
    const char* begins;
    std::size_t tokens;
};
constexpr TokenCount severalTokens[] = {
    {"tok_image", 576}, {"tok_spectrum", 273}, {"tok_segmap", 144}, {"tok_xp", 55}};

std::size_t tokensOf(const std::string& modality) {
    for (const TokenCount& known : severalTokens)
        if (modality.starts_with(known.begins))
            return known.tokens;
    return 1;
}

/// A count in one of these attributes; 0: none.
std::size_t countIn(const FeatureInfo& info, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (const auto found = info.attributes.find(name); found != info.attributes.end())
            if (const auto value = parseReal(found->second); value && *value >= 1.0 && std::isfinite(*value))
                return static_cast<std::size_t>(*value);
    return 0;
}

} // namespace

void examineTokens(const FeatureInfo& info, Report& report) {
    const std::size_t seen = countIn(info, {"encoder_tokens", "num_encoder_tokens"});
    const auto modalities = info.attributes.find("modalities");
    if (seen == 0 || modalities == info.attributes.end())
        return;
    std::size_t all = 0;
    for (const std::string& modality : splitText(modalities->second, ','))
        all += tokensOf(std::string(trimmed(modality)));
    if (seen >= all)
        return;
    Finding finding;
    finding.severity = Severity::Warning;
    finding.kind = "few-tokens";
    finding.where = "features " + info.name;
    finding.what = "The encoder saw " + std::to_string(seen) + " of the " + std::to_string(all) +
                   " tokens that " + modalities->second + " have: parts of the galaxies were cut off.";
    finding.advice = "Encode again with all tokens (penumbra-cli encode does; the package's encode() needs "
                     "num_encoder_tokens=" +
                     std::to_string(all) + ").";
    report.findings.push_back(std::move(finding));
}

} // namespace penumbra::doctor
