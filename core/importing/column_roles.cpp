#include "core/importing/column_roles.h"

#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

namespace penumbra::workflow {

namespace {

using Words = std::initializer_list<std::string_view>;

bool contains(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

bool containsAny(std::string_view text, Words words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return contains(text, word); });
}

bool endsWithAny(std::string_view text, Words words) {
    return std::any_of(words.begin(), words.end(),
                       [&](std::string_view word) { return text.ends_with(word); });
}

/// "Z_PHOT" as "zphot".
std::string bare(const std::string& name) {
    std::string key = lowered(name);
    std::erase_if(key, [](char c) { return c == '_' || c == '-' || c == '.' || c == ' '; });
    return key;
}

bool isErrorName(const std::string& name) {
    const std::string key = lowered(name);
    return key.starts_with("e.") || key.starts_with("e_") || key.starts_with("err") ||
           key.starts_with("sig") ||
           endsWithAny(key, {"err", "error", "_sd", "_std", "_ivar", "_msig", "_sigma", "_unc"}) ||
           contains(key, "err_") || contains(key, "_err");
}

bool isId(const std::string& key) {
    return isOneOf(key, {"id", "objid", "obj_id", "object_id", "targetid", "target_id", "specobjid",
                         "source_id", "sourceid", "galaxy_id", "nr", "index"});
}

bool isName(const std::string& key) {
    return isOneOf(key, {"name", "designation", "object", "objname", "obj_name", "object_name", "source_name",
                         "iauname", "iau_name", "galaxy", "main_id"});
}

bool isRa(const std::string& key) {
    return isOneOf(key, {"ra", "raj2000", "_raj2000", "ra_j2000", "ra_deg", "radeg", "ra_icrs", "plug_ra",
                         "alpha_j2000", "right_ascension", "rightascension"}) ||
           key.ends_with("_ra");
}

bool isDec(const std::string& key) {
    return isOneOf(key, {"dec", "decl", "dej2000", "_dej2000", "decj2000", "dec_j2000", "dec_deg", "decdeg",
                         "dedeg", "de_icrs", "dec_icrs", "plug_dec", "delta_j2000", "declination"}) ||
           key.ends_with("_dec");
}

bool liesWithin(const io::ColumnFacts& column, double low, double high) {
    return column.isNumber() && column.low >= low && column.high <= high;
}

/// A redshift that a code predicted, by what such columns are called: BPZ's Z_B, ANNz's, TPZ's ...
bool isOfPhotometricRedshift(const std::string& key) {
    return containsAny(key, {"zphot", "photz", "photoz", "photredshift", "photometricredshift"}) ||
           isOneOf(key, {"zb", "zbmin", "zbmax", "zml", "zmc", "zbest", "zpeak", "zbpz", "zannz", "ztpz",
                         "zgpz", "zdnf", "zeazy", "zlephare", "zpdf", "zmean", "zmode", "zpz", "pz"}) ||
           key.starts_with("zpdf");
}

Role roleOfPrediction(const std::string& name, const std::string& key) {
    if (endsWithAny(key, {"min", "low", "lower", "lo", "l68", "l95", "q05", "q16", "p05", "p16", "inf"}))
        return Role::PredictedLower;
    if (endsWithAny(key, {"max", "high", "upper", "hi", "u68", "u95", "q84", "q95", "p84", "p95", "sup"}))
        return Role::PredictedUpper;
    if (isErrorName(name) || containsAny(key, {"err", "std", "sigma", "unc"}))
        return Role::PredictedError;
    return Role::Prediction;
}

bool isRedshift(const std::string& key) {
    return isOneOf(key, {"z", "zs", "zspec", "specz", "redshift", "ztrue", "truez", "mcz", "zcmb", "zhelio"});
}

/// Codes for "missing" such as -99 aside: no magnitude is as low, no redshift as high.
bool mayBeRedshift(const io::ColumnFacts& column) {
    const bool fitsBelow = (column.low > -1.0 && column.low < 5.0) || column.low <= -9.0;
    const bool fitsAbove = column.high < 13.0 || column.high == 99.0 || column.high == 999.0;
    return fitsBelow && fitsAbove;
}

bool isRedshiftError(const std::string& key) {
    return isOneOf(key, {"zerr", "zerror", "errz", "ez", "dz", "sigz", "sigmaz", "zspecerr", "speczerr",
                         "ezspec", "redshifterr", "redshifterror"});
}

bool isQualityFlag(const std::string& key) {
    return isOneOf(key, {"zwarn", "zwarning", "zflag", "zquality", "qz", "deltachi2"});
}

bool isQuantity(const std::string& key) {
    return isOneOf(key, {"logmstar", "logmass", "logm", "logsfr", "logssfr", "logage", "metallicity", "y",
                         "target", "label"});
}

/// A handful of whole numbers that come again and again tell kinds apart; they measure nothing.
bool isCoded(const io::ColumnFacts& column, std::size_t rows) {
    const std::string key = lowered(column.name);
    if (column.different > 0 && isOneOf(key, {"class", "spclass", "subclass", "type", "morphology"}))
        return true;
    return column.different > 0 && column.different <= 12 && rows >= 10 * column.different;
}

constexpr std::array<std::string_view, 16> bands = {"fuv", "nuv", "u", "g",  "r",  "i",  "z",  "y",
                                                    "j",   "h",   "k", "w1", "w2", "w3", "w4", "ks"};

bool isBand(std::string_view word) {
    return std::find(bands.begin(), bands.end(), word) != bands.end();
}

/// "gmag": a band glued to the word; nothing else.
std::string gluedBand(const std::string& key) {
    for (const std::string_view word : {"mag", "flux"}) {
        if (key.ends_with(word) && isBand(key.substr(0, key.size() - word.size())))
            return key.substr(0, key.size() - word.size());
        if (key.starts_with(word) && isBand(key.substr(word.size())))
            return key.substr(word.size());
    }
    return {};
}

bool isMagnitudeName(const std::string& key) {
    return containsAny(key, {"mag", "dered"});
}

Role roleInBand(const io::ColumnFacts& column, const BandName& name) {
    const std::string key = lowered(column.name);
    if (containsAny(key, {"ivar"}))
        return Role::InverseVariance;
    if (isErrorName(column.name) || containsAny(key, {"err", "snr", "extinction", "ebv", "psfsize", "depth"}))
        return Role::Number;
    if (contains(key, "flux"))
        return Role::Flux;
    const bool bareLetter = name.system == "*";
    const bool high = column.high > 5.0 && (!bareLetter || column.low > 5.0 || column.low < -50.0);
    return (isMagnitudeName(key) || bareLetter) && high ? Role::Magnitude : Role::Number;
}

} // namespace

std::size_t placeOfBand(const std::string& band) {
    return static_cast<std::size_t>(std::find(bands.begin(), bands.end(), band) - bands.begin());
}

BandName bandOf(const std::string& name) {
    const std::string key = lowered(name);
    if (const std::string glued = gluedBand(key); !glued.empty())
        return {glued, key.starts_with(glued) ? "*" + key.substr(glued.size())
                                              : key.substr(0, key.size() - glued.size()) + "*"};
    std::size_t begin = 0;
    while (begin <= key.size()) {
        const std::size_t end = std::min(key.find_first_of("_.", begin), key.size());
        if (isBand(key.substr(begin, end - begin)))
            return {key.substr(begin, end - begin), key.substr(0, begin) + "*" + key.substr(end)};
        begin = end + 1;
    }
    return {};
}

Role roleOf(const io::ColumnFacts& column, std::size_t rows) {
    const std::string key = lowered(column.name), name = bare(column.name);
    if (isId(key))
        return Role::Identity;
    if (isName(key))
        return Role::ObjectName;
    if (isOneOf(key, {"split", "role"}))
        return Role::Split;
    if (isRa(key))
        return liesWithin(column, -180.0, 360.0) ? Role::RightAscension : Role::Unknown;
    if (isDec(key))
        return liesWithin(column, -90.0, 90.0) ? Role::Declination : Role::Unknown;
    if (!column.isNumber())
        return isCoded(column, rows) ? Role::Code : Role::Unknown;
    if (column.isVector())
        return Role::Numbers;
    if (isQualityFlag(name))
        return Role::QualityFlag;
    if (isOfPhotometricRedshift(name))
        return roleOfPrediction(column.name, name);
    if (isRedshiftError(name))
        return Role::RedshiftError;
    if (isCoded(column, rows))
        return Role::Code;
    if (isRedshift(name) && mayBeRedshift(column))
        return Role::Redshift;
    if (isQuantity(name))
        return Role::Quantity;
    const BandName band = bandOf(column.name);
    return band.band.empty() ? Role::Number : roleInBand(column, band);
}

std::vector<Role> rolesOf(const std::vector<io::ColumnFacts>& columns, std::size_t rows) {
    std::vector<Role> roles;
    for (const io::ColumnFacts& column : columns)
        roles.push_back(roleOf(column, rows));
    return roles;
}

} // namespace penumbra::workflow
