#include "core/report/galaxy_columns.h"

#include "core/base/text.h"
#include "core/catalogue/redshift_names.h"
#include "penumbra_version.h"

#include <algorithm>
#include <array>

namespace penumbra::report {

namespace {

struct Quantity {
    const char* ucd;
    std::vector<std::string> words; ///< whole words of a target's name that tell it
};

const std::vector<Quantity>& quantities() {
    static const std::vector<Quantity> known = {
        {"src.redshift", redshiftNames()},
        {"phys.mass", {"mass", "logmass", "mstar", "smass", "logmstar"}},
        {"phys.SFR", {"sfr", "ssfr", "logsfr"}},
        {"time.age", {"age", "mwa", "tage"}},
        {"phys.abund.Z", {"metallicity", "met", "logzsol", "zmw"}},
        {"phys.veloc.dispersion", {"sigma", "veldisp", "vdisp"}},
        {"phot.mag", {"mag", "magnitude"}},
        {"phot.flux", {"flux"}}};
    return known;
}

std::vector<std::string> wordsOf(std::string_view name) {
    std::vector<std::string> words = {""};
    for (const char c : lowered(name)) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            words.back() += c;
        else
            words.emplace_back();
    }
    return words;
}

} // namespace

std::string quantityUcd(std::string_view target) {
    const std::vector<std::string> words = wordsOf(target);
    for (const Quantity& quantity : quantities())
        for (const std::string& word : words)
            if (std::find(quantity.words.begin(), quantity.words.end(), word) != quantity.words.end())
                return quantity.ucd;
    return "stat.value";
}

std::span<const GalaxyPart> galaxyParts() {
    static constexpr GalaxyPart parts[] = {
        {"|error|", "distance of the prediction from the truth", IntervalPart::Error, false, true},
        {"low", "lower end of every method's interval", IntervalPart::Lower, true, true},
        {"high", "upper end of every method's interval", IntervalPart::Upper, true, true},
        {"width", "width of every method's interval", IntervalPart::Width, true, false},
        {"error/width", "|error| over the width: the worst misses are largest", IntervalPart::ErrorPerWidth,
         true, false},
        {"covers", "whether every method's interval holds the truth", IntervalPart::Covered, true, true}};
    return parts;
}

const GalaxyPart* findGalaxyPart(std::string_view word) {
    for (const GalaxyPart& part : galaxyParts())
        if (word == part.word)
            return &part;
    return nullptr;
}

std::vector<std::string> usualGalaxyColumns() {
    std::vector<std::string> words;
    for (const GalaxyPart& part : galaxyParts())
        if (part.usual)
            words.emplace_back(part.word);
    return words;
}

io::Column intervalColumn(IntervalPart part, const std::string& name, const std::string& target,
                          const std::string& unit) {
    struct Words {
        const char* description;
        const char* ucd;
        bool isQuantity;
    };
    static constexpr std::array<Words, 9> words = {{
        {"true value (the label)", "", true},
        {"predicted value", ";meta.modelled", true},
        {"lower end of the interval", ";stat.min", true},
        {"upper end of the interval", ";stat.max", true},
        {"upper minus lower end, 0 where they cross", ";stat.interval", true},
        {"1: the interval holds the truth, 0: it does not", "meta.code", false},
        {"effective number of calibration galaxies behind the interval", "meta.number", false},
        {"distance of the prediction from the true value", ";stat.error", true},
        {"distance of the prediction from the true value over the interval's width", "stat.value", false},
    }};
    const Words& own = words[static_cast<std::size_t>(part)];
    io::Column column;
    column.name = name;
    column.description = own.description;
    if (!target.empty() && own.isQuantity)
        column.description += std::string(" of ") + target;
    column.unit = own.isQuantity ? unit : "";
    column.ucd = own.isQuantity ? quantityUcd(target) + own.ucd : own.ucd;
    if (part == IntervalPart::Covered)
        column.values = std::vector<std::int64_t>();
    else
        column.values = std::vector<double>();
    return column;
}

io::Column identityColumn(const io::Column* objectId) {
    io::Column column;
    column.name = "object_id";
    column.description = "identity of the galaxy in its catalogue";
    column.ucd = "meta.id;meta.main";
    column.values = std::vector<std::string>();
    if (objectId && std::holds_alternative<std::vector<std::int64_t>>(objectId->values))
        column.values = std::vector<std::int64_t>();
    else if (objectId && std::holds_alternative<std::vector<std::uint64_t>>(objectId->values))
        column.values = std::vector<std::uint64_t>();
    return column;
}

io::TableMeta provenanceOf(const Study& study, const std::string& studyPath, const std::string& title) {
    std::vector<std::string> targets;
    for (const TargetStudy& target : study.targets)
        targets.push_back(target.name);
    const std::vector<std::pair<std::string, std::string>> all = {
        {"study", studyPath},
        {"catalogue", study.cataloguePath},
        {"catalogue_hash", study.catalogueHash},
        {"features", study.featuresName},
        {"target", joinText(targets, ",")},
        {"method", joinText(study.methods, ",")},
        {"alpha", shortestReal(study.alpha)},
        {"seed", std::to_string(study.seed)},
        {"study_version", study.version},
        {"version", std::string("Penumbra ") + versionText}};
    io::TableMeta meta;
    meta.title = title;
    for (const auto& [name, value] : all)
        if (!value.empty())
            meta.values.emplace_back(name, value);
    return meta;
}

} // namespace penumbra::report
