// Columns whose values must lie in a range, or in an order, by what they are: positions, pairs of quantiles.

#include "core/base/text.h"
#include "core/catalogue/doctor_checks.h"
#include "core/catalogue/doctor_identity.h"
#include "core/catalogue/prediction.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>

namespace penumbra::doctor {

namespace {

/// Counts rows that are wrong in one way, with examples and the most extreme value.
struct Outside {
    std::size_t count = 0;
    std::vector<std::int64_t> rows;
    double worst = 0.0;

    void add(std::size_t row, double value, double limit) {
        if (count++ == 0 || std::abs(value - limit) > std::abs(worst - limit))
            worst = value;
        if (rows.size() < exampleRows)
            rows.push_back(static_cast<std::int64_t>(row));
    }
};

void tell(Report& report, Severity severity, const std::string& column, const Outside& outside,
          const std::string& what, const std::string& advice) {
    if (outside.count == 0)
        return;
    Finding finding;
    finding.severity = severity;
    finding.kind = "position-range";
    finding.where = "column " + column;
    finding.column = column;
    finding.count = outside.count;
    finding.rows = outside.rows;
    finding.what = what;
    finding.advice = advice;
    report.findings.push_back(std::move(finding));
}

std::string rowsHave(std::size_t n) {
    return counted(n, "row has", "rows have");
}

/// A name around its last number: "mag_q0.05" is "mag_q", 0.05, "".
struct NumberedName {
    std::string before, after;
    double number = 0.0;
};

std::optional<NumberedName> numberedName(const std::string& name) {
    const auto isPart = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.'; };
    std::size_t end = name.size();
    while (end > 0 && !isPart(name[end - 1]))
        --end;
    std::size_t begin = end;
    while (begin > 0 && isPart(name[begin - 1]))
        --begin;
    const auto number =
        begin < end ? parseReal(std::string_view(name).substr(begin, end - begin)) : std::nullopt;
    if (!number)
        return std::nullopt;
    return NumberedName{name.substr(0, begin), name.substr(end), *number};
}

/// q05 and q95, z160 and z840, p2.5 and p97.5, q0.16 and q0.84: numbers that sum to 100, 1000 or 1.
bool areQuantilesOfOne(const NumberedName& low, const NumberedName& high) {
    const double sum = low.number + high.number;
    static constexpr std::array wholes = {1.0, 100.0, 1000.0};
    const bool whole = std::any_of(wholes.begin(), wholes.end(),
                                   [sum](double all) { return std::abs(sum - all) < 1e-9 * all; });
    return whole && low.number < high.number && low.before == high.before && low.after == high.after &&
           !low.before.empty();
}

/// True where `word` stands in the name with no letter or digit of another word around it.
std::size_t wordIn(const std::string& name, const std::string& word) {
    const auto joins = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
    for (auto at = name.find(word); at != std::string::npos; at = name.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !joins(name[at - 1])) && (end == name.size() || !joins(name[end])))
            return at;
    }
    return std::string::npos;
}

/// The name that the upper bound would have, for each pair of words that the lower one may use.
std::vector<std::string> upperNames(const std::string& lower) {
    static constexpr std::pair<const char*, const char*> anywhere[] = {{"lower", "upper"}, {"low", "high"},
                                                                       {"minus", "plus"},  {"l68", "u68"},
                                                                       {"l95", "u95"},     {"l99", "u99"}};
    static constexpr std::pair<const char*, const char*> words[] = {
        {"lo", "hi"}, {"lo", "up"}, {"lower", "upper"}, {"inf", "sup"}, {"zmin", "zmax"}, {"min68", "max68"}};
    std::vector<std::string> names;
    const auto add = [&](std::size_t at, const std::string& from, const char* to) {
        if (at != std::string::npos)
            names.push_back(lower.substr(0, at) + to + lower.substr(at + from.size()));
    };
    for (const auto& [low, high] : anywhere)
        add(lower.find(low), low, high);
    for (const auto& [low, high] : words)
        add(wordIn(lower, low), low, high);
    return names;
}

bool isScalarNumber(const io::Column& column) {
    return column.isNumeric() && column.width == 1;
}

/// q05 and q95: two names that differ only in the words, or the numbers, for low and high.
const io::Column* partnerOf(const io::Table& table, const std::string& name) {
    const std::string key = lowered(name);
    const std::vector<std::string> wanted = upperNames(key);
    const auto low = numberedName(key);
    for (const auto& column : table.columns) {
        if (!isScalarNumber(column))
            continue;
        const std::string other = lowered(column.name);
        if (std::find(wanted.begin(), wanted.end(), other) != wanted.end())
            return &column;
        if (const auto high = low ? numberedName(other) : std::nullopt;
            high && areQuantilesOfOne(*low, *high))
            return &column;
    }
    return nullptr;
}

struct Crossings : Outside {
    std::size_t known = 0; ///< rows with both
};

Crossings crossings(const io::Column& lower, const io::Column& upper) {
    const std::vector<double> low = lower.asReals(), high = upper.asReals();
    Crossings crossed;
    for (std::size_t row = 0; row < low.size(); ++row) {
        crossed.known += !std::isnan(low[row]) && !std::isnan(high[row]);
        if (low[row] > high[row])
            crossed.add(row, low[row] - high[row], 0.0);
    }
    return crossed;
}

/// z_q16 is of target z: the words of the target stand in the column's name.
bool namesTarget(const std::string& column, const std::string& target) {
    return wordIn(lowered(column), lowered(target)) != std::string::npos;
}

/// Two quantile columns and the share that their names leave outside.
struct QuantilePair {
    const io::Column *lower, *upper;
    double named;
};

/// Labels of rows that the code which made the columns should not have seen: calibration and test.
void compareWithLabels(const QuantilePair& pair, const Target& target, const std::vector<std::uint8_t>& split,
                       Report& report) {
    constexpr double fewest = 100.0, errors = 4.0; // four standard errors: one pair in 16,000 by chance
    constexpr double tellable = 0.05;
    const std::vector<double> low = pair.lower->asReals(), high = pair.upper->asReals();
    double n = 0.0, outside = 0.0;
    for (std::size_t row = 0; row < low.size(); ++row) {
        const bool trained = !split.empty() && split[row] == static_cast<std::uint8_t>(Split::Train);
        const double label = target.values[row];
        if (trained || !std::isfinite(label) || !std::isfinite(low[row]) || !std::isfinite(high[row]))
            continue;
        ++n;
        outside += covers(low[row], label, high[row], Ends::Closed) ? 0.0 : 1.0;
    }
    const double share = outside / n, difference = std::abs(share - pair.named);
    if (n < fewest || difference < tellable ||
        difference < errors * std::sqrt(pair.named * (1.0 - pair.named) / n))
        return;
    Finding finding;
    finding.severity = Severity::Warning;
    finding.kind = "quantile-level";
    finding.where = "columns " + pair.lower->name + ", " + pair.upper->name;
    finding.column = pair.lower->name;
    finding.count = static_cast<std::size_t>(outside);
    finding.what = formatFixed(100.0 * share, 1) + " % of " + countText(static_cast<std::size_t>(n)) +
                   " labels of " + target.name + " lie outside, where their names promise " +
                   formatFixed(100.0 * pair.named, 1) + " %";
    finding.advice = "Quantiles of another quantity or level, or badly calibrated ones: a study with "
                     "--quantile-columns shows them as they are and corrected.";
    report.findings.push_back(std::move(finding));
}

} // namespace

bool isErrorSize(const std::string& name) {
    const std::string key = lowered(name);
    for (const char* other : {"flag", "code", "mask", "signal", "signif"})
        if (key.find(other) != std::string::npos)
            return false;
    const bool vizier =
        key.starts_with("e_") && key.size() > 2 && std::isalpha(static_cast<unsigned char>(key[2])) != 0;
    return vizier || key.find("err") != std::string::npos || key.find("sigma") != std::string::npos ||
           key.find("uncert") != std::string::npos || key.starts_with("sig") || key.ends_with("_sig") ||
           key.ends_with("_std") || key.ends_with("_unc");
}

void examineDeclinations(const std::string& name, std::span<const double> dec, Report& report) {
    Outside beyondPole;
    for (std::size_t row = 0; row < dec.size(); ++row)
        if (std::abs(dec[row]) > 90.0)
            beyondPole.add(row, dec[row], 0.0);
    tell(report, Severity::Serious, name, beyondPole,
         rowsHave(beyondPole.count) + " a declination beyond 90 degrees (the farthest " +
             codeText(beyondPole.worst) + ")",
         "Declinations lie between -90 and 90 degrees: are right ascension and declination exchanged, or is "
         "this "
         "a code for missing? Encoding, and matching on the sky, refuse such positions.");
}

void examineRightAscensions(const std::string& name, std::span<const double> ra, Report& report) {
    Outside negative, outside;
    for (std::size_t row = 0; row < ra.size(); ++row) {
        if (ra[row] < -180.0 || ra[row] > 360.0)
            outside.add(row, ra[row], 180.0);
        else if (ra[row] < 0.0)
            negative.add(row, ra[row], 180.0);
    }
    tell(report, Severity::Serious, name, outside,
         rowsHave(outside.count) + " a right ascension out of range, 0 to 360 degrees (the farthest " +
             codeText(outside.worst) + ")",
         "Right ascensions lie between 0 and 360 degrees: is this a code for missing, or another quantity?");
    tell(report, Severity::Note, name, negative,
         rowsHave(negative.count) + " a right ascension between -180 and 0 degrees",
         "Taken as they are, which is 360 degrees less; other tools may want 0 to 360.");
}

void examinePositions(const io::Table& table, Report& report) {
    for (const io::Column& column : table.columns) {
        if (!isScalarNumber(column))
            continue;
        if (isDeclination(column.name))
            examineDeclinations(column.name, column.asReals(), report);
        else if (isRightAscension(column.name))
            examineRightAscensions(column.name, column.asReals(), report);
    }
}

void examineBounds(const io::Table& table, Report& report) {
    for (const auto& lower : table.columns) {
        const io::Column* upper = isScalarNumber(lower) ? partnerOf(table, lower.name) : nullptr;
        if (upper == nullptr)
            continue;
        const Crossings crossed = crossings(lower, *upper);
        if (crossed.count == 0)
            continue;
        Finding finding;
        finding.count = crossed.count;
        finding.rows = crossed.rows;
        const bool most = 2 * crossed.count > crossed.known;
        finding.severity = most ? Severity::Serious : Severity::Warning;
        finding.kind = "crossed-bounds";
        finding.where = "columns " + lower.name + ", " + upper->name;
        finding.column = lower.name;
        finding.what = rowsHave(finding.count) + " its lower bound above the upper one";
        finding.advice =
            most ? "Most rows do: the two columns are the wrong way round, or bound different quantities. "
                   "Name " +
                       upper->name + " as the lower one, " + lower.name + " as the upper one."
                 : "Such an interval is empty and covers nothing; quantiles learned one by one may cross.";
        report.findings.push_back(std::move(finding));
    }
}

void examineQuantileLevels(const Catalogue& catalogue, Report& report) {
    for (const auto& lower : catalogue.columns.columns) {
        const auto low = isScalarNumber(lower) ? numberedName(lowered(lower.name)) : std::nullopt;
        const io::Column* upper = low ? partnerOf(catalogue.columns, lower.name) : nullptr;
        const auto high = upper != nullptr ? numberedName(lowered(upper->name)) : std::nullopt;
        if (!high || !areQuantilesOfOne(*low, *high))
            continue;
        if (const Crossings crossed = crossings(lower, *upper); 2 * crossed.count > crossed.known)
            continue; // told as crossed
        const double named = 2.0 * low->number / (low->number + high->number);
        for (const Target& target : catalogue.targets)
            if (catalogue.targets.size() == 1 || namesTarget(lower.name, target.name))
                compareWithLabels({&lower, upper, named}, target, catalogue.split, report);
    }
}

} // namespace penumbra::doctor
