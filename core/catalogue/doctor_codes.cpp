#include "core/base/text.h"
#include "core/catalogue/doctor_checks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace penumbra::doctor {

namespace {

/// Values that surveys write for "not measured". 0 and -1 are judged apart: they are often honest.
constexpr std::array knownCodes = {-1e30, -1e20,  -99999.0, -9999.0, -9998.0, -999.0, -99.99,
                                   -99.9, -99.0,  -9.99,    -9.0,    99.0,    99.9,   99.99,
                                   999.0, 9999.0, 99999.0,  1e20,    1e30,    9.99,   -999.9,
                                   999.9, 9998.0, -99.5,    99.5,    -98.0,   98.0,   -9999.9};

struct Run {
    double value = 0.0;
    std::size_t count = 0;
};

std::vector<Run> runsOf(std::span<const double> sorted) {
    std::vector<Run> runs;
    for (const double value : sorted) {
        if (runs.empty() || runs.back().value != value)
            runs.push_back({value, 0});
        ++runs.back().count;
    }
    return runs;
}

bool isKnownCode(double value) {
    return std::any_of(knownCodes.begin(), knownCodes.end(), [value](double code) {
        return std::abs(value - code) <= std::abs(code) * 1e-6; // float32 columns hold the nearest float
    });
}

/// The values that are no suspects: their range, and how often the commonest of them repeats.
struct Bulk {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    double quartileWidth = 0.0;
    double smallestTypical = 0.0; ///< 1 % quantile
    double median = 0.0;
    std::size_t size = 0;
    std::size_t commonest = 0;
    double width() const { return high - low; }
    double gapTo(double value) const { return value < low ? low - value : value > high ? value - high : 0.0; }
};

template <typename IsBulk>
Bulk bulkOf(const std::vector<Run>& runs, IsBulk isBulk) {
    Bulk bulk;
    for (const Run& run : runs)
        if (isBulk(run)) {
            bulk.low = std::min(bulk.low, run.value);
            bulk.high = std::max(bulk.high, run.value);
            bulk.size += run.count;
            bulk.commonest = std::max(bulk.commonest, run.count);
        }
    std::size_t passed = 0;
    double lowerQuartile = 0.0, upperQuartile = 0.0;
    const auto reaches = [&](const Run& run, double fraction) {
        const double rank = fraction * static_cast<double>(bulk.size);
        return static_cast<double>(passed) <= rank && static_cast<double>(passed + run.count) > rank;
    };
    for (const Run& run : runs) {
        if (!isBulk(run))
            continue;
        if (reaches(run, 0.01))
            bulk.smallestTypical = run.value;
        if (reaches(run, 0.25))
            lowerQuartile = run.value;
        if (reaches(run, 0.5))
            bulk.median = run.value;
        if (reaches(run, 0.75))
            upperQuartile = run.value;
        passed += run.count;
    }
    bulk.quartileWidth = upperQuartile - lowerQuartile;
    return bulk;
}

/// A measured quantity rarely repeats one value in 0.5 % of the rows while no other value repeats so often.
bool isSpike(const Run& run, const Bulk& bulk, std::size_t rows) {
    return run.count >= std::max<std::size_t>(3, rows / 200) && run.count >= 10 * bulk.commonest;
}

SuspectedCode code(const Run& run, Severity severity, const std::string& why) {
    SuspectedCode found;
    found.low = found.high = run.value;
    found.count = run.count;
    found.severity = severity;
    found.what = "the value " + codeText(run.value) + " occurs " + counted(run.count, "time", "times") + why;
    return found;
}

class CodeSearch {
public:
    CodeSearch(std::span<const double> sorted, bool integral)
        : rows_(sorted.size()), integral_(integral), runs_(runsOf(sorted)), suspect_(runs_.size(), false) {}

    std::vector<SuspectedCode> run() {
        if (rows_ < 3 || runs_.size() < 2)
            return {};
        lookForKnown();
        const bool measured = !integral_ && runs_.size() >= 10 && 20 * runs_.size() >= rows_; // else: classes
        if (!integral_ && runs_.size() >= 10) {
            lookForZero();
            lookForMinusOne();
        }
        lookForFarRuns();
        if (measured)
            lookForClusters();
        return std::move(found_);
    }

private:
    static bool isKnown(const Run& run) { return isKnownCode(run.value); }
    static bool isJudgedApart(const Run& run) { return run.value == 0.0 || run.value == -1.0; }

    Bulk bulkWithout(double apart = std::numeric_limits<double>::quiet_NaN()) const {
        return bulkOf(runs_, [&](const Run& run) {
            return !suspect_[static_cast<std::size_t>(&run - runs_.data())] && run.value != apart;
        });
    }

    void suspect(std::size_t i, Severity severity, const std::string& why, bool arguable = false) {
        suspect_[i] = true;
        found_.push_back(code(runs_[i], severity, why));
        found_.back().arguable = arguable;
    }

    void lookForKnown() {
        Bulk bulk = bulkOf(runs_, [&](const Run& run) { return !isKnown(run) && !isJudgedApart(run); });
        if (bulk.size == 0)
            bulk = bulkOf(runs_, [](const Run& run) { return !isKnown(run); });
        if (bulk.size == 0)
            return;
        for (std::size_t i = 0; i < runs_.size(); ++i) {
            const Run& run = runs_[i];
            if (!isKnown(run))
                continue;
            const double gap = bulk.gapTo(run.value);
            // Far off by the bulk's width; or, for measured values, by its quartiles, if it repeats.
            const bool apart = integral_
                                   ? gap > bulk.width() && gap > 5.0
                                   : gap > bulk.width() || (run.count >= 3 && gap > 0.5 * bulk.width()) ||
                                         (run.count >= 3 && gap > 3.0 * bulk.quartileWidth &&
                                          run.count >= 5 * bulk.commonest);
            if (apart || (!integral_ && isSpike(run, bulk, rows_)))
                suspect(i, Severity::Warning, ": a code for missing?");
        }
    }

    std::size_t indexOf(double value) const {
        const auto at = std::lower_bound(runs_.begin(), runs_.end(), value,
                                         [](const Run& run, double v) { return run.value < v; });
        return at != runs_.end() && at->value == value ? static_cast<std::size_t>(at - runs_.begin())
                                                       : runs_.size();
    }

    /// Zeros are honest in a quantity that reaches down to zero; far below the smallest value they are no
    /// measurement.
    void lookForZero() {
        const std::size_t at = indexOf(0.0);
        if (at == runs_.size())
            return;
        const Bulk bulk = bulkWithout(0.0);
        if (bulk.size == 0 || !isSpike(runs_[at], bulk, rows_)) {
            if (bulk.size > 0 && runs_[at].count >= 3 && bulk.gapTo(0.0) > 0.5 * bulk.width())
                suspect(at, Severity::Warning, ": a code for missing?");
            return;
        }
        const double nearest = std::abs(bulk.low > 0.0 ? bulk.smallestTypical : bulk.high);
        const bool oneSided = bulk.low > 0.0 || bulk.high < 0.0;
        if (oneSided && nearest > 0.05 * std::abs(bulk.median))
            suspect(at, Severity::Warning, ", far from all other values: a code for missing?", true);
        else if (!oneSided && 20 * runs_[at].count > rows_)
            suspect(at, Severity::Note,
                    " exactly, among values of both signs that never repeat: honest zeros, or not measured?");
    }

    void lookForMinusOne() {
        const std::size_t at = indexOf(-1.0);
        if (at == runs_.size())
            return;
        const Bulk bulk = bulkWithout(-1.0);
        const Run& run = runs_[at];
        if (bulk.size > 0 && (isSpike(run, bulk, rows_) ||
                              (run.count >= 3 && bulk.low >= 0.0 && bulk.gapTo(-1.0) > 0.5 * bulk.width())))
            suspect(at, Severity::Warning, ": a code for missing?");
    }

    /// A repeated value at either end, further off than all others are wide: 99.82 is a code, too.
    void lookForFarRuns() {
        for (int round = 0; round < 4; ++round) {
            const std::size_t before = found_.size();
            for (const bool top : {false, true}) {
                const auto end = endRun(top);
                if (end == runs_.size())
                    return;
                const Run& run = runs_[end];
                const Bulk bulk = bulkWithout(run.value);
                if (bulk.size < rows_ / 2 || run.count < std::max<std::size_t>(3, rows_ / 1000))
                    continue;
                const double gap = bulk.gapTo(run.value);
                const bool far = integral_ ? gap > 3.0 * bulk.width() && std::abs(run.value) >= 90.0
                                           : gap > bulk.width() && (run.count >= 10 * bulk.commonest ||
                                                                    std::abs(run.value) >= 9.0);
                if (far && bulk.width() > 0.0)
                    suspect(end, Severity::Warning, ", far from all others: a code for missing?");
            }
            if (found_.size() == before)
                return;
        }
    }

    std::size_t endRun(bool top) const {
        for (std::size_t k = 0; k < runs_.size(); ++k) {
            const std::size_t i = top ? runs_.size() - 1 - k : k;
            if (!suspect_[i])
                return i;
        }
        return runs_.size();
    }

    /// Codes that arithmetic moved: 99 minus an extinction becomes 98.7 ... 99.
    void lookForClusters() {
        std::vector<std::size_t> left;
        for (std::size_t i = 0; i < runs_.size(); ++i)
            if (!suspect_[i])
                left.push_back(i);
        std::size_t all = 0, cut = 0;
        double widest = 0.0;
        for (std::size_t k = 0; k < left.size(); ++k) {
            all += runs_[left[k]].count;
            if (k > 0 && runs_[left[k]].value - runs_[left[k - 1]].value > widest) {
                widest = runs_[left[k]].value - runs_[left[k - 1]].value;
                cut = k;
            }
        }
        if (cut == 0)
            return;
        std::size_t below = 0;
        for (std::size_t k = 0; k < cut; ++k)
            below += runs_[left[k]].count;
        const bool top = 2 * below > all;
        const std::size_t first = top ? cut : 0, last = top ? left.size() - 1 : cut - 1;
        const std::size_t count = top ? all - below : below;
        const double width = runs_[left[last]].value - runs_[left[first]].value;
        const double otherWidth = top ? runs_[left[cut - 1]].value - runs_[left.front()].value
                                      : runs_[left.back()].value - runs_[left[cut]].value;
        if (count < std::max<std::size_t>(3, rows_ / 1000) || widest < 2.0 * otherWidth ||
            width > 0.2 * widest || otherWidth <= 0.0)
            return;
        SuspectedCode found;
        found.low = runs_[left[first]].value;
        found.high = runs_[left[last]].value;
        found.count = count;
        found.what = countText(count) + " values between " + formatReal(found.low, 5) + " and " +
                     formatReal(found.high, 5) +
                     " stand apart from all others: codes for missing to which something was added?";
        found_.push_back(std::move(found));
    }

    std::size_t rows_;
    bool integral_;
    std::vector<Run> runs_;
    std::vector<bool> suspect_;
    std::vector<SuspectedCode> found_;
};

} // namespace

std::string codeText(double value) {
    const auto single = static_cast<float>(value);
    if (static_cast<double>(single) != value)
        return shortestReal(value);
    for (int digits = 1; digits <= 9; ++digits) { // the float's own shortest text
        const std::string text = formatReal(value, digits);
        if (const auto back = parseReal(text); back && static_cast<float>(*back) == single)
            return shortestReal(*back);
    }
    return shortestReal(value);
}

bool isPhotometric(const std::string& name) {
    const std::string key = lowered(name);
    for (const char* word : {"mag", "flux", "ivar", "err", "sig", "_ext"})
        if (key.find(word) != std::string::npos)
            return true;
    return false;
}

std::vector<SuspectedCode> findCodes(std::span<const double> sorted, bool integral) {
    return CodeSearch(sorted, integral).run();
}

} // namespace penumbra::doctor
