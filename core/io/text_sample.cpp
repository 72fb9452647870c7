#include "core/io/text_sample.h"

#include "core/base/text.h"
#include "core/io/text_lines.h"

#include <algorithm>
#include <array>

namespace penumbra::io {

namespace {

constexpr std::size_t sampleLines = 1000;
constexpr std::size_t sampleBytes = std::size_t{8} << 20;

/// Letters of units as papers, VizieR, FITS and spreadsheets write them, in lower case.
bool isUnitWord(std::string_view word) {
    return isOneOf(word, {"deg",      "degree",    "degrees",     "arcsec", "arcseconds", "arcmin", "mas",
                          "uas",      "rad",       "hms",         "dms",    "hourangle",  "mag",    "mags",
                          "abmag",    "vegamag",   "dex",         "jy",     "mjy",        "ujy",    "njy",
                          "nmgy",     "nanomaggy", "nanomaggies", "maggy",  "maggies",    "count",  "counts",
                          "ct",       "adu",       "electron",    "photon", "km",         "m",      "cm",
                          "mm",       "nm",        "um",          "micron", "microns",    "a",      "aa",
                          "angstrom", "angstroms", "s",           "sec",    "min",        "h",      "hr",
                          "d",        "day",       "days",        "yr",     "myr",        "gyr",    "mpc",
                          "kpc",      "pc",        "ly",          "hz",     "mhz",        "ghz",    "ev",
                          "kev",      "w",         "erg",         "ergs",   "j",          "k",      "kelvin",
                          "g",        "kg",        "solmass",     "msun",   "m_sun",      "sollum", "lsun",
                          "l_sun",    "solrad",    "rsun",        "pix",    "pixel",      "pixels", "percent",
                          "sr",       "au",        "mjd",         "jd",     "bar",        "pa",     "v",
                          "t",        "gauss"});
}

/// "deg", "km/s", "1e-17 erg/s/cm2": all of its words are units or stand between them.
bool isUnit(std::string_view cell) {
    std::size_t known = 0;
    const std::string text = lowered(cell);
    for (std::size_t at = 0; at < text.size();) {
        const auto isLetter = [&](std::size_t i) {
            return (text[i] >= 'a' && text[i] <= 'z') || text[i] == '_';
        };
        if (!isLetter(at)) {
            ++at;
            continue;
        }
        std::size_t end = at;
        while (end < text.size() && isLetter(end)) {
            ++end;
        }
        const std::string_view word = std::string_view(text).substr(at, end - at);
        const bool exponent = word == "e" && at > 0;
        if (isUnitWord(word)) {
            ++known;
        } else if (!exponent && !isOneOf(word, {"log", "per", "h", "x"})) {
            return false;
        }
        at = end;
    }
    return known > 0 || text == "%" || text == "\"" || text == "'";
}

bool isBracketed(std::string_view cell) {
    return cell.size() >= 2 &&
           ((cell.front() == '[' && cell.back() == ']') || (cell.front() == '(' && cell.back() == ')') ||
            (cell.front() == '{' && cell.back() == '}'));
}

bool isNoUnit(std::string_view cell) {
    return isMissingWord(cell) ||
           isOneOf(lowered(cell), {"unitless", "dimensionless", "[]", "()", "[-]", "[---]"});
}

bool isTypeWord(std::string_view cell) {
    const std::string word = lowered(trimmed(cell));
    if (isOneOf(word,
                {"int",  "integer", "int16",   "int32",  "int64",   "uint8",   "uint16",  "uint32", "uint64",
                 "long", "short",   "float",   "double", "real",    "float32", "float64", "char",   "string",
                 "str",  "bool",    "boolean", "text",   "varchar", "object",  "bigint",  "numeric"})) {
        return true;
    }
    return word.size() >= 2 && std::string_view("ifeda").find(word.front()) != std::string_view::npos &&
           word.find_first_not_of("0123456789.", 1) == std::string::npos && word[1] != '.';
}

} // namespace

TextSample readTextSample(const std::filesystem::path& path) {
    TextSample sample{path, {}, false};
    TextLines lines(path);
    std::string_view line;
    std::size_t counted = 0;
    while (counted < sampleLines && lines.bytesRead() < sampleBytes) {
        if (!lines.next(line)) {
            sample.whole = true;
            return sample;
        }
        counted += isCommentLine(line) ? 0 : 1;
        sample.lines.push_back({std::string(line), lines.lineNumber()});
    }
    return sample;
}

bool isBarLine(std::string_view line) {
    const std::string_view text = trimmed(line);
    return text.size() > 2 && text.front() == '|' && text.back() == '|';
}

bool isCommentLine(std::string_view line) {
    const std::string_view text = trimmed(line);
    return !text.empty() && text.front() == '#' && !startsWithSpreadsheetError(text);
}

bool isRuler(std::string_view line) {
    std::size_t run = 0, longest = 0;
    for (const char c : trimmed(line)) {
        if (std::string_view("-=+|: \t").find(c) == std::string_view::npos) {
            return false;
        }
        run = c == '-' || c == '=' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest >= 3;
}

std::string unitIn(std::string_view cell) {
    std::string_view unit = trimmed(cell);
    if (isBracketed(unit) && unit.find_first_of("[](){}", 1) == unit.size() - 1) {
        unit = trimmed(unit.substr(1, unit.size() - 2));
    }
    if (unit.size() >= 2 && unit.front() == '"' && unit.back() == '"') {
        unit = unit.substr(1, unit.size() - 2);
    }
    return isNoUnit(unit) ? std::string() : std::string(unit);
}

bool looksLikeUnits(const std::vector<std::string>& cells) {
    std::size_t sure = 0;
    for (const std::string& cell : cells) {
        if (isNoUnit(cell)) {
            continue;
        }
        if (!isBracketed(cell) && !isUnit(cell)) {
            return false;
        }
        ++sure;
    }
    return sure > 0;
}

bool looksLikeTypes(const std::vector<std::string>& cells) {
    return !cells.empty() &&
           std::all_of(cells.begin(), cells.end(), [](const std::string& cell) { return isTypeWord(cell); });
}

} // namespace penumbra::io
