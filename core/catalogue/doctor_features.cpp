#include "core/base/text.h"
#include "core/catalogue/doctor_checks.h"
#include "core/catalogue/feature_words.h"
#include "core/io/hdf5_file.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace penumbra::doctor {

namespace {

constexpr std::size_t blockFloats = 1 << 21; // 8 MiB per read
constexpr std::size_t sampledRows = 10'000;  // for codes, leaks and shifts
constexpr std::size_t sampledFloats = std::size_t{1} << 25;
constexpr std::size_t fewestForLeak = 50;
constexpr double leakXi = 0.98;        // y = f(x) up to noise of about half a per cent of y's range
constexpr double shiftDistance = 0.05; // smaller differences do not matter, however significant
constexpr std::size_t namedFeatures = 6;

/// The feature matrix, passed over once in blocks.
class FeatureLook {
public:
    FeatureLook(const Catalogue& catalogue, const FeatureInfo& info, Report& report,
                const RunContext& context)
        : catalogue_(catalogue), info_(info), report_(report), context_(context),
          file_(io::Hdf5File::openForReading(catalogue.path)), rows_(catalogue.rowCount), width_(info.width),
          names_(namesOf(info)), hashes_(rows_), minimum_(width_, std::numeric_limits<float>::infinity()),
          maximum_(width_, -std::numeric_limits<float>::infinity()), bad_(width_, 0) {
        const std::size_t most =
            std::clamp<std::size_t>(sampledFloats / std::max<std::size_t>(1, width_), 200, sampledRows);
        stride_ = std::max<std::size_t>(1, (rows_ + most - 1) / most);
    }

    void look() {
        pass();
        FeatureSummary summary{info_.name, width_, quarantined_, 0};
        for (std::size_t k = 0; k < width_; ++k)
            summary.constant += minimum_[k] == maximum_[k] ? 1 : 0;
        tellQuarantine();
        tellConstant(summary.constant);
        tellRepeatedRows();
        report_.features.push_back(summary);
        lookAtSample();
    }

private:
    static std::vector<std::string> namesOf(const FeatureInfo& info) {
        const auto found = info.attributes.find("columns");
        std::vector<std::string> names;
        if (found != info.attributes.end())
            names = splitText(found->second, ',');
        if (names.size() != info.width) { // none, or expressions with commas of their own
            names.clear();
            for (std::size_t k = 0; k < info.width; ++k)
                names.push_back("feature " + std::to_string(k));
        }
        return names;
    }

    Finding& tell(Severity severity, const std::string& kind, std::size_t count, const std::string& what,
                  const std::string& advice) {
        Finding finding;
        finding.severity = severity;
        finding.kind = kind;
        finding.where = featureWords(info_.name);
        finding.count = count;
        finding.what = what;
        finding.advice = advice;
        report_.findings.push_back(std::move(finding));
        return report_.findings.back();
    }

    void pass() {
        const std::string dataset = "/features/" + info_.name;
        const std::size_t blockRows = std::max<std::size_t>(1, blockFloats / width_);
        for (std::size_t first = 0; first < rows_; first += blockRows) {
            context_.step(0.7 * static_cast<double>(first) / static_cast<double>(rows_),
                          "looking at " + featureWords(info_.name));
            const auto block = file_.readFloats(dataset, {first, blockRows});
            for (std::size_t i = 0; i * width_ < block.size(); ++i)
                takeRow(first + i, std::span(block).subspan(i * width_, width_));
        }
    }

    void takeRow(std::size_t row, std::span<const float> values) {
        std::uint64_t hash = 0xcbf29ce484222325ULL; // FNV-1a over words
        std::size_t bad = 0, firstBad = 0;
        for (std::size_t k = 0; k < values.size(); ++k) {
            const float value = values[k];
            hash = (hash ^ std::bit_cast<std::uint32_t>(value)) * 0x100000001b3ULL;
            hash ^= hash >> 29;
            if (!std::isfinite(value)) {
                ++bad_[k];
                if (bad++ == 0)
                    firstBad = k;
                continue;
            }
            minimum_[k] = std::min(minimum_[k], value);
            maximum_[k] = std::max(maximum_[k], value);
        }
        hashes_[row] = hash;
        if (bad > 0) {
            hashes_[row] = 0x9e3779b97f4a7c15ULL * (row + 1); // equals no other row
            ++quarantined_;
            if (examples_.size() < exampleRows)
                examples_.push_back(static_cast<std::int64_t>(row));
            report_.quarantine.push_back(
                {static_cast<std::int64_t>(row),
                 featureWords(info_.name) + ": " + names_[firstBad] +
                     (bad > 1 ? " and " + std::to_string(bad - 1) + " more are" : " is") +
                     " NaN or infinite"});
        }
        if (row % stride_ == 0 && bad == 0) {
            sampleRows_.push_back(row);
            sample_.insert(sample_.end(), values.begin(), values.end());
        }
    }

    std::string listed(const std::vector<std::size_t>& features) const {
        std::vector<std::string> names;
        for (const std::size_t k : features)
            if (names.size() < namedFeatures)
                names.push_back(names_[k]);
        return joinText(names, ", ") + (features.size() > namedFeatures ? ", ..." : "");
    }

    void tellQuarantine() {
        if (quarantined_ == 0)
            return;
        std::vector<std::size_t> worst;
        for (std::size_t k = 0; k < width_; ++k)
            if (bad_[k] > 0)
                worst.push_back(k);
        std::stable_sort(worst.begin(), worst.end(),
                         [this](std::size_t a, std::size_t b) { return bad_[a] > bad_[b]; });
        const double share = static_cast<double>(quarantined_) / static_cast<double>(rows_);
        tell(share > 0.5 ? Severity::Serious : Severity::Warning, "quarantine", quarantined_,
             counted(quarantined_, "row holds", "rows hold") + " NaN or infinity and " +
                 (quarantined_ == 1 ? "goes" : "go") + " into quarantine (" + formatReal(100.0 * share, 3) +
                 " %): " + listed(worst),
             "They are never trained on and never scored. To keep them, import with --impute; that widens "
             "what is "
             "claimed, not what is known.")
            .rows = examples_;
    }

    void tellConstant(std::size_t constant) {
        if (constant == 0 || rows_ < 2)
            return;
        std::vector<std::size_t> which;
        for (std::size_t k = 0; k < width_; ++k)
            if (minimum_[k] == maximum_[k])
                which.push_back(k);
        tell(Severity::Warning, "constant", constant,
             countText(constant) + (constant == 1 ? " of them never changes: " : " of them never change: ") +
                 listed(which),
             "They do not tell galaxies apart; leave them out at the next import.");
    }

    void tellRepeatedRows() {
        if (width_ < 3)
            return; // a few rounded numbers coincide by chance
        const auto groups = groupsOfEqual(rows_, [this](std::int64_t a, std::int64_t b) {
            return hashes_[static_cast<std::size_t>(a)] < hashes_[static_cast<std::size_t>(b)];
        });
        std::size_t repeats = 0, across = 0;
        std::vector<std::int64_t> rows;
        for (const auto& group : groups) {
            if (group.size() * 2 > rows_)
                return; // nearly all rows are the same: told as constant
            repeats += group.size() - 1;
            const auto part = [this](std::int64_t row) {
                return catalogue_.split.empty() ? 0 : int{catalogue_.split[static_cast<std::size_t>(row)]};
            };
            const bool leaks = std::any_of(group.begin(), group.end(), [&](std::int64_t row) {
                return part(row) != part(group.front());
            });
            across += leaks ? 1 : 0;
            for (const std::int64_t row : group)
                if (rows.size() < exampleRows && (leaks || across == 0))
                    rows.push_back(row);
        }
        if (repeats == 0)
            return;
        tell(across > 0 ? Severity::Serious : Severity::Warning, "duplicate-features", repeats,
             counted(repeats, "row has", "rows have") + " exactly the features of another row" +
                 (across > 0
                      ? "; " + counted(across, "such group lies", "such groups lie") +
                            " in more than one of training, calibration and test: the test has seen them"
                      : ""),
             "Probably one object under several ids: drop the repeats, or keep them in one split.")
            .rows = rows;
    }

    std::vector<double> sampledColumn(std::size_t k) const {
        std::vector<double> values(sampleRows_.size());
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<double>(sample_[i * width_ + k]);
        return values;
    }

    void lookAtSample() {
        if (sampleRows_.size() < 3)
            return;
        std::map<double, Suspects> codes;
        Shift worstShift;
        std::vector<SampledLabels> labels;
        for (const Target& target : catalogue_.targets) {
            SampledLabels sampled;
            for (const std::size_t row : sampleRows_)
                sampled.values.push_back(target.values[row]);
            sampled.ranks = ranksOf(sampled.values);
            labels.push_back(std::move(sampled));
        }
        for (std::size_t k = 0; k < width_; ++k) {
            context_.step(0.7 + 0.3 * static_cast<double>(k) / static_cast<double>(width_),
                          "looking at " + featureWords(info_.name));
            if (minimum_[k] >= maximum_[k])
                continue;
            const auto values = sampledColumn(k);
            std::vector<std::uint32_t> order(values.size());
            std::iota(order.begin(), order.end(), 0U);
            // Ties in an order of chance: a file sorted by its target must not look like a leak.
            std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
                return values[a] != values[b] ? values[a] < values[b] : a * 2654435761U < b * 2654435761U;
            });
            lookForCodes(k, values, order, codes);
            lookForShift(k, values, worstShift);
            for (std::size_t t = 0; t < labels.size(); ++t)
                lookForLeak(k, values, order, catalogue_.targets[t].name, labels[t]);
        }
        tellCodes(codes);
        tellShift(worstShift);
    }

    struct Suspects {
        std::vector<std::size_t> features;
        std::size_t cells = 0; ///< of the sample
        std::vector<std::int64_t> rows;
        Severity severity = Severity::Warning;
    };

    void lookForCodes(std::size_t k, const std::vector<double>& values,
                      const std::vector<std::uint32_t>& order, std::map<double, Suspects>& codes) {
        std::vector<double> sorted(values.size());
        bool integral = true;
        for (std::size_t i = 0; i < order.size(); ++i) {
            sorted[i] = values[order[i]];
            integral = integral && sorted[i] == std::floor(sorted[i]);
        }
        for (const SuspectedCode& code : findCodes(sorted, integral)) {
            if (code.severity == Severity::Note || (code.arguable && !isPhotometric(names_[k])))
                continue; // rectified embeddings hold honest zeros
            Suspects& suspects = codes[code.low];
            suspects.features.push_back(k);
            suspects.cells += code.count;
            for (std::size_t i = 0; i < values.size() && suspects.rows.size() < exampleRows; ++i)
                if (values[i] >= code.low && values[i] <= code.high)
                    suspects.rows.push_back(static_cast<std::int64_t>(sampleRows_[i]));
        }
    }

    void tellCodes(const std::map<double, Suspects>& codes) {
        for (const auto& [value, suspects] : codes) {
            const bool whole = stride_ == 1;
            tell(Severity::Serious, "missing-code", suspects.cells,
                 "the value " + codeText(value) + " stands apart in " +
                     counted(suspects.features.size(), "feature", "features") + " (" +
                     listed(suspects.features) + "), " + countText(suspects.cells) + " times" +
                     (whole ? "" : " in a sample of " + countText(sampleRows_.size()) + " rows") +
                     ": a code for missing?",
                 "Networks take it for a measurement. Import again with --missing=" + codeText(value) + ".")
                .rows = suspects.rows;
        }
    }

    struct SampledLabels {
        std::vector<double> values;
        Ranks ranks;
    };

    void lookForLeak(std::size_t k, const std::vector<double>& values,
                     const std::vector<std::uint32_t>& order, const std::string& target,
                     const SampledLabels& labels) {
        const std::size_t n = labels.ranks.count;
        if (n < fewestForLeak || labels.ranks.spread <= 0.0)
            return;
        bool identical = true;
        for (std::size_t i = 0; i < values.size() && identical; ++i)
            identical = std::isnan(labels.values[i]) ||
                        static_cast<float>(labels.values[i]) == static_cast<float>(values[i]);
        const double xi = identical ? 1.0 : rankCorrelationXi(order, labels.ranks);
        if (xi <= leakXi * (1.0 - 3.0 / static_cast<double>(n)))
            return;
        Finding& finding = tell(
            Severity::Serious, "leak", n,
            "target " + target + (identical ? " is identical to " : " is a function of ") + names_[k] +
                (identical ? ""
                           : " alone (rank correlation xi = " + formatFixed(xi, 3) + ", 1 is certainty)"),
            "The answer is among the inputs: every score of this target is worthless. Leave the feature "
            "out.");
        finding.column = names_[k];
    }

    struct Shift {
        TwoSample sample;
        std::size_t feature = 0, shifted = 0;
    };

    std::uint8_t referenceSplit() const {
        const bool calibrated = std::count(catalogue_.split.begin(), catalogue_.split.end(),
                                           static_cast<std::uint8_t>(Split::Calibration)) > 0;
        return static_cast<std::uint8_t>(calibrated ? Split::Calibration : Split::Train);
    }

    void lookForShift(std::size_t k, const std::vector<double>& values, Shift& worst) {
        if (catalogue_.split.empty())
            return;
        std::vector<double> reference, test;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const std::uint8_t part = catalogue_.split[sampleRows_[i]];
            if (part == static_cast<std::uint8_t>(Split::Test))
                test.push_back(values[i]);
            else if (part == reference_)
                reference.push_back(values[i]);
        }
        const TwoSample found = kolmogorovSmirnov(std::move(reference), std::move(test));
        const double level = 1e-3 / static_cast<double>(width_); // Bonferroni
        if (found.p > level || found.distance < shiftDistance)
            return;
        if (worst.shifted++ == 0 || found.distance > worst.sample.distance) {
            worst.sample = found;
            worst.feature = k;
        }
    }

    void tellShift(const Shift& worst) {
        if (worst.shifted == 0)
            return;
        const std::string reference =
            reference_ == static_cast<std::uint8_t>(Split::Calibration) ? "calibration" : "training";
        Finding& finding = tell(
            Severity::Warning, "shift", worst.shifted,
            reference + " and test rows differ in " + counted(worst.shifted, "feature", "features") +
                ", most in " + names_[worst.feature] + " (Kolmogorov-Smirnov distance " +
                formatReal(worst.sample.distance, 2) + ", p = " + formatReal(worst.sample.p, 1) + ")",
            "Conformal coverage is promised for exchangeable rows only. Draw a split of your own (--split "
            "draw), or read coverage as what happens under this shift.");
        finding.column = names_[worst.feature];
    }

    const Catalogue& catalogue_;
    const FeatureInfo& info_;
    Report& report_;
    const RunContext& context_;
    io::Hdf5File file_;
    std::size_t rows_, width_, stride_ = 1, quarantined_ = 0;
    std::vector<std::string> names_;
    std::vector<std::uint64_t> hashes_;    ///< [N]
    std::vector<float> minimum_, maximum_; ///< [D], of finite values
    std::vector<std::size_t> bad_;         ///< [D], rows
    std::vector<std::size_t> sampleRows_;  ///< catalogue rows of the sample
    std::vector<float> sample_;            ///< [rows of the sample, D]
    std::vector<std::int64_t> examples_;
    std::uint8_t reference_ = referenceSplit();
};

} // namespace

Ranks ranksOf(std::span<const double> y) {
    std::vector<double> sorted;
    for (const double value : y)
        if (!std::isnan(value))
            sorted.push_back(value);
    std::sort(sorted.begin(), sorted.end());
    Ranks ranks;
    ranks.count = sorted.size();
    for (const double value : y) {
        if (std::isnan(value)) {
            ranks.atMost.push_back(value);
            continue;
        }
        const auto [first, last] = std::equal_range(sorted.begin(), sorted.end(), value);
        ranks.atMost.push_back(static_cast<double>(last - sorted.begin()));
        const auto atLeast = static_cast<double>(sorted.end() - first);
        ranks.spread += atLeast * (static_cast<double>(ranks.count) - atLeast);
    }
    return ranks;
}

double rankCorrelationXi(std::span<const std::uint32_t> order, const Ranks& y) {
    if (y.spread <= 0.0)
        return 0.0;
    double steps = 0.0, before = std::numeric_limits<double>::quiet_NaN();
    for (const std::uint32_t i : order) {
        const double rank = y.atMost[i];
        if (std::isnan(rank))
            continue;
        if (!std::isnan(before))
            steps += std::abs(rank - before);
        before = rank;
    }
    return 1.0 - static_cast<double>(y.count) * steps / (2.0 * y.spread);
}

TwoSample kolmogorovSmirnov(std::vector<double> a, std::vector<double> b) {
    TwoSample out;
    if (a.size() < 10 || b.size() < 10)
        return out;
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    const auto na = static_cast<double>(a.size()), nb = static_cast<double>(b.size());
    for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
        const double value = std::min(a[i], b[j]);
        while (i < a.size() && a[i] == value)
            ++i;
        while (j < b.size() && b[j] == value)
            ++j;
        out.distance =
            std::max(out.distance, std::abs(static_cast<double>(i) / na - static_cast<double>(j) / nb));
    }
    const double root = std::sqrt(na * nb / (na + nb));
    const double lambda = (root + 0.12 + 0.11 / root) * out.distance;
    double p = 0.0;
    for (int k = 1; k <= 100; ++k)
        p += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * lambda * lambda);
    out.p = lambda < 0.2 ? 1.0 : std::clamp(p, 0.0, 1.0);
    return out;
}

void examineFeatures(const Catalogue& catalogue, const FeatureInfo& info, Report& report,
                     const RunContext& context) {
    FeatureLook(catalogue, info, report, context).look();
}

} // namespace penumbra::doctor
