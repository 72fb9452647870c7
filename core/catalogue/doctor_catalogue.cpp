#include "core/base/text.h"
#include "core/catalogue/doctor_checks.h"
#include "core/catalogue/redshift_names.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace penumbra::doctor {

namespace {

constexpr std::size_t fewestCalibrationRows = 10; // a study refuses fewer
constexpr std::size_t comfortableRows = 100;      // of calibration and of test
constexpr std::size_t quantileBins = 10;          // the study's default

constexpr auto train = static_cast<std::uint8_t>(Split::Train);
constexpr auto calibration = static_cast<std::uint8_t>(Split::Calibration);
constexpr auto test = static_cast<std::uint8_t>(Split::Test);

Finding& add(Report& report, Severity severity, const std::string& kind, const std::string& where,
             std::size_t count, const std::string& what, const std::string& advice) {
    Finding finding;
    finding.severity = severity;
    finding.kind = kind;
    finding.where = where;
    finding.count = count;
    finding.what = what;
    finding.advice = advice;
    report.findings.push_back(std::move(finding));
    return report.findings.back();
}

void tellRepeats(Report& report, const Repeats& found, const std::string& kind, const std::string& where,
                 const std::string& what, Severity within) {
    if (found.across > 0)
        add(report, Severity::Serious, kind, where, found.repeats,
            counted(found.repeats, "row repeats", "rows repeat") + " " + what + "; " +
                counted(found.across, "of them lies", "of them lie") +
                " in more than one of training, calibration and test: the test has seen them",
            "Keep all rows of one object in one split, or drop the repeats, and import again.")
            .rows = found.rows;
    else if (found.repeats > 0)
        add(report, within, kind, where, found.repeats,
            counted(found.repeats, "row repeats", "rows repeat") + " " + what,
            kind == "duplicate-id"
                ? "A drawn split keeps all rows of one object_id together, so the test has not seen them. If "
                  "they are different galaxies, import again with another --id; else drop the repeats, which "
                  "count as galaxies of their own."
                : "Only rows of one object_id are kept together when a split is drawn: if these are one "
                  "object under several ids, drop the repeats first.")
            .rows = found.rows;
}

template <typename Values>
std::vector<std::vector<std::int64_t>> groupsIn(const Values& values) {
    return groupsOfEqual(values.size(), [&](std::int64_t a, std::int64_t b) {
        return values[static_cast<std::size_t>(a)] < values[static_cast<std::size_t>(b)];
    });
}

/// The edges of quantile bins that coincide: each loses one bin.
std::size_t emptyQuantileBins(const std::vector<double>& sorted) {
    std::set<double> edges;
    for (std::size_t k = 1; k < quantileBins; ++k)
        edges.insert(sorted[k * sorted.size() / quantileBins]);
    edges.erase(sorted.front()); // nothing lies below it
    return quantileBins - 1 - edges.size();
}

bool isDimensionless(const std::string& name) {
    const std::string key = lowered(name);
    return isRedshiftName(name) || key.starts_with("z_") || key.ends_with("_z") || key.starts_with("zspec") ||
           key.starts_with("zphot") || key.find("redshift") != std::string::npos || key.starts_with("log") ||
           key.find("sersic") != std::string::npos || key.find("prob") != std::string::npos ||
           key.find("class") != std::string::npos || key.find("flag") != std::string::npos;
}

void lookAtLabels(const Catalogue& catalogue, const Target& target, Report& report) {
    const std::string where = "target " + target.name;
    std::array<std::size_t, 3> labelled{}, rows{};
    std::size_t missing = 0;
    std::vector<std::int64_t> examples;
    for (std::size_t row = 0; row < target.values.size(); ++row) {
        const bool has = std::isfinite(target.values[row]);
        missing += has ? 0 : 1;
        if (!has && examples.size() < exampleRows)
            examples.push_back(static_cast<std::int64_t>(row));
        if (!catalogue.split.empty()) {
            ++rows[catalogue.split[row]];
            labelled[catalogue.split[row]] += has ? 1 : 0;
        }
    }
    if (missing == 0)
        return;
    const double share = static_cast<double>(missing) / static_cast<double>(target.values.size());
    std::string what =
        counted(missing, "row has", "rows have") + " no label (" + formatReal(100.0 * share, 3) + " %)";
    bool uneven = false;
    if (!catalogue.split.empty()) {
        what += ": labelled are " + countText(labelled[train]) + " training, " +
                countText(labelled[calibration]) + " calibration, " + countText(labelled[test]) +
                " test rows";
        uneven = (rows[calibration] > 0 && labelled[calibration] < fewestCalibrationRows) ||
                 (rows[test] > 0 && labelled[test] == 0);
    }
    add(report,
        uneven        ? Severity::Serious
        : share > 0.5 ? Severity::Warning
                      : Severity::Note,
        "missing-label", where, missing, what,
        "Such rows are left out for this target only. If labels are missing for faint or odd objects, "
        "coverage "
        "holds for those that have one.")
        .rows = examples;
}

void lookAtTies(const Target& target, Report& report) {
    std::vector<double> sorted;
    for (const double value : target.values)
        if (std::isfinite(value))
            sorted.push_back(value);
    if (sorted.size() < quantileBins)
        return;
    std::sort(sorted.begin(), sorted.end());
    if (sorted.front() == sorted.back())
        return; // told as constant
    const std::size_t empty = emptyQuantileBins(sorted);
    if (empty == 0)
        return;
    std::size_t most = 0;
    double commonest = 0.0;
    for (std::size_t first = 0; first < sorted.size();) {
        const auto last =
            static_cast<std::size_t>(std::upper_bound(sorted.begin() + static_cast<std::ptrdiff_t>(first),
                                                      sorted.end(), sorted[first]) -
                                     sorted.begin());
        if (last - first > most) {
            most = last - first;
            commonest = sorted[first];
        }
        first = last;
    }
    Finding& finding =
        add(report, Severity::Warning, "ties", "target " + target.name, most,
            "ties: the value " + codeText(commonest) + " fills " + countText(most) + " rows, so that " +
                std::to_string(empty) + " of " + std::to_string(quantileBins) + " quantile bins are empty",
            "Choose equal-width bins, your own edges or fewer bins. An interval covers its ends, so tied "
            "labels can make a conformal interval cover more than asked; with --ends open they can make it "
            "cover less.");
    for (std::size_t row = 0; row < target.values.size() && finding.rows.size() < exampleRows; ++row)
        if (target.values[row] == commonest)
            finding.rows.push_back(static_cast<std::int64_t>(row));
}

/// Quoted variance beside that of the labels: errors as large as the whole scatter leave nothing to learn.
void compareWithLabels(const Target& target, Report& report) {
    double n = 0.0, sum = 0.0, squares = 0.0, variance = 0.0;
    for (std::size_t row = 0; row < target.errors.size(); ++row) {
        const double label = target.values[row], error = target.errors[row];
        if (!std::isfinite(label) || !(error > 0.0) || !std::isfinite(error))
            continue;
        const double before = n > 0.0 ? sum / n : label; // Welford's update: labels may be far from 0
        ++n;
        sum += label;
        squares += (label - before) * (label - sum / n);
        variance += error * error;
    }
    if (n < 2.0 || !(squares > 0.0))
        return;
    const double share = variance / squares;
    const bool all = share >= 1.0;
    add(report, all ? Severity::Warning : Severity::Note, "label-errors", "target " + target.name,
        static_cast<std::size_t>(n),
        "the mean variance quoted as errors is " + formatReal(100.0 * share, 3) +
            " % of the labels' variance" + (all ? ": errors as large as the whole scatter" : ""),
        all ? "Check that the errors are one sigma in the labels' own unit (not variances, not in dex)."
            : "A study tells how large it is beside the residuals; coverage is of labels, not of truths.");
}

void lookAtErrors(const Target& target, Report& report) {
    std::size_t bad = 0;
    std::vector<std::int64_t> rows;
    for (std::size_t row = 0; row < target.errors.size(); ++row)
        if (std::isfinite(target.values[row]) && !(target.errors[row] > 0.0)) {
            ++bad;
            if (rows.size() < exampleRows)
                rows.push_back(static_cast<std::int64_t>(row));
        }
    if (bad > 0)
        add(report, Severity::Warning, "bad-error", "target " + target.name, bad,
            counted(bad, "labelled row has", "labelled rows have") +
                " an error that is zero, negative or missing",
            "One-sigma errors are positive; a zero usually means \"not measured\".")
            .rows = rows;
    compareWithLabels(target, report);
    std::vector<double> sorted;
    std::copy_if(target.errors.begin(), target.errors.end(), std::back_inserter(sorted), [](double error) {
        return error > 0.0 && std::isfinite(error);
    }); // the others are told above
    std::sort(sorted.begin(), sorted.end());
    for (const SuspectedCode& code : findCodes(sorted, false))
        add(report, code.severity, "missing-code", "target " + target.name, code.count,
            "errors: " + code.what,
            "If so, mask the code before the import: left in, it is taken for a size of an error.");
}

} // namespace

Repeats repeatsIn(const std::vector<std::vector<std::int64_t>>& groups,
                  const std::vector<std::uint8_t>& split) {
    Repeats found;
    const auto isAcross = [&](const std::vector<std::int64_t>& group) {
        return !split.empty() && std::any_of(group.begin(), group.end(), [&](std::int64_t row) {
            return split[static_cast<std::size_t>(row)] != split[static_cast<std::size_t>(group.front())];
        });
    };
    for (const auto& group : groups) {
        found.repeats += group.size() - 1;
        found.across += isAcross(group) ? 1 : 0;
    }
    for (const auto& group : groups)
        if (found.across == 0 || isAcross(group))
            for (const std::int64_t row : group)
                if (found.rows.size() < exampleRows)
                    found.rows.push_back(row);
    return found;
}

void examineIds(const Catalogue& catalogue, Report& report) {
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&catalogue.objectId.values))
        tellRepeats(report, repeatsIn(groupsIn(*integers), catalogue.split), "duplicate-id", "object_id",
                    "an object_id already seen", Severity::Warning);
    else if (const auto* wide = std::get_if<std::vector<std::uint64_t>>(&catalogue.objectId.values))
        tellRepeats(report, repeatsIn(groupsIn(*wide), catalogue.split), "duplicate-id", "object_id",
                    "an object_id already seen", Severity::Warning);
    else if (const auto* texts = std::get_if<std::vector<std::string>>(&catalogue.objectId.values))
        tellRepeats(report, repeatsIn(groupsIn(*texts), catalogue.split), "duplicate-id", "object_id",
                    "an object_id already seen", Severity::Warning);
    examineRightAscensions("ra", catalogue.ra, report);
    examineDeclinations("dec", catalogue.dec, report);
    if (catalogue.ra.empty() || catalogue.dec.empty())
        return;
    const auto& ra = catalogue.ra;
    const auto& dec = catalogue.dec;
    auto groups = groupsOfEqual(catalogue.rowCount, [&](std::int64_t a, std::int64_t b) {
        const auto i = static_cast<std::size_t>(a), j = static_cast<std::size_t>(b);
        const auto key = [&](std::size_t k) { // NaN would break the order
            return std::isfinite(ra[k]) && std::isfinite(dec[k]) ? std::pair(ra[k], dec[k])
                                                                 : std::pair(1e9, static_cast<double>(k));
        };
        return key(i) < key(j);
    });
    tellRepeats(report, repeatsIn(groups, catalogue.split), "duplicate-position", "ra, dec",
                "the exact position of another row", Severity::Note);
}

void examineSplit(const Catalogue& catalogue, Report& report) {
    if (catalogue.split.empty()) {
        if (catalogue.rowCount < 2 * comfortableRows)
            add(report, Severity::Warning, "small-split", "split", catalogue.rowCount,
                "only " + counted(catalogue.rowCount, "row", "rows") + " for training, calibration and test",
                "Coverage measured on a few dozen rows is known to ten per cent at best.");
        return;
    }
    std::array<std::size_t, 3> counts{};
    for (const auto s : catalogue.split)
        ++counts[s];
    const auto tell = [&](Severity severity, std::size_t n, const std::string& what,
                          const std::string& advice) {
        add(report, severity, "small-split", "split", n, what, advice);
    };
    if (counts[calibration] < fewestCalibrationRows)
        tell(Severity::Serious, counts[calibration],
             counted(counts[calibration], "calibration row", "calibration rows") +
                 "; a study needs ten or more",
             "Run the study with --split carve (takes them from the training rows) or --split draw.");
    else if (counts[calibration] < comfortableRows)
        tell(Severity::Warning, counts[calibration],
             countText(counts[calibration]) +
                 " calibration rows: 90 % intervals will cover 90 % give or take " +
                 formatReal(100.0 * std::sqrt(0.09 / static_cast<double>(counts[calibration])), 2) +
                 " points",
             "Give calibration a larger share.");
    if (counts[test] == 0)
        tell(Severity::Serious, 0, "no test rows",
             "Run the study with --split draw, or import a split with some.");
    else if (counts[test] < comfortableRows)
        tell(Severity::Warning, counts[test],
             countText(counts[test]) + " test rows: coverage will be known to " +
                 formatReal(196.0 * std::sqrt(0.09 / static_cast<double>(counts[test])), 2) +
                 " points (95 %), and bins of it not at all",
             "Give the test a larger share, or compare methods overall only.");
    if (counts[train] == 0 && !catalogue.features.empty())
        tell(Severity::Warning, 0, "no training rows",
             "Only predictions made elsewhere can be judged: --prediction-column.");
}

void examineTargets(const Catalogue& catalogue, Report& report) {
    for (const Target& target : catalogue.targets) {
        io::Column column;
        column.name = target.name;
        column.unit = target.unit;
        column.values = target.values;
        ExaminedColumn examined = examineColumn(column);
        report.targets.push_back(examined.summary);
        for (Finding& finding : examined.findings) {
            if (finding.kind == "missing")
                continue; // told with the splits below
            finding.where = "target " + target.name;
            if (finding.kind == "missing-code" && finding.severity == Severity::Warning)
                finding.severity = Severity::Serious; // it would be learned as a label
            if (finding.kind == "constant" || finding.kind == "empty-column")
                finding.severity = Severity::Serious;
            report.findings.push_back(std::move(finding));
        }
        lookAtLabels(catalogue, target, report);
        lookAtTies(target, report);
        lookAtErrors(target, report);
        if (target.unit.empty() && !isDimensionless(target.name))
            add(report, Severity::Note, "no-unit", "target " + target.name, 0, "no unit is given",
                "Give unit = \"...\" in the import mapping; axes and tables will carry it.");
    }
}

} // namespace penumbra::doctor
