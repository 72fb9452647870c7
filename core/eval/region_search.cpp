#include "core/eval/region_search.h"

#include "core/base/error.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>
#include <tuple>

namespace penumbra {

namespace {

/// A bit a searched row.
using Bits = std::vector<std::uint64_t>;

std::size_t countOfBoth(const Bits& a, const Bits& b) {
    std::size_t count = 0;
    for (std::size_t w = 0; w < a.size(); ++w)
        count += static_cast<std::size_t>(std::popcount(a[w] & b[w]));
    return count;
}

Bits both(const Bits& a, const Bits& b) {
    Bits out(a.size());
    for (std::size_t w = 0; w < a.size(); ++w)
        out[w] = a[w] & b[w];
    return out;
}

/// Numpy's default quantiles of the finite values at 1/(cuts+1), 2/(cuts+1) ..., each once, ascending.
std::vector<double> innerQuantiles(std::vector<double> values, int cuts) {
    std::erase_if(values, [](double v) { return !std::isfinite(v); });
    std::sort(values.begin(), values.end());
    std::vector<double> thresholds;
    for (int c = 1; c <= cuts && !values.empty(); ++c) {
        const double position = static_cast<double>(values.size() - 1) * c / (cuts + 1);
        const auto below = static_cast<std::size_t>(position);
        const double fraction = position - static_cast<double>(below);
        const double low = values[below], high = values[std::min(below + 1, values.size() - 1)];
        // numpy's own order of operations: the same last digits
        const double value =
            fraction >= 0.5 ? high - (high - low) * (1.0 - fraction) : low + (high - low) * fraction;
        if (thresholds.empty() || value != thresholds.back())
            thresholds.push_back(value);
    }
    return thresholds;
}

struct Node {
    std::vector<std::size_t> conditions; ///< ascending indices
    Bits rows;
    double score = 0.0;
    std::size_t count = 0, misses = 0;
};

bool isBetter(const Node& a, const Node& b) {
    return std::forward_as_tuple(-a.score, b.count, a.conditions) <
           std::forward_as_tuple(-b.score, a.count, b.conditions);
}

class Search {
public:
    Search(const std::vector<RegionColumn>& columns, std::span<const std::uint8_t> missed,
           std::span<const std::uint8_t> searched, const RegionSearchOptions& options)
        : options_(options) {
        for (std::size_t row = 0; row < searched.size(); ++row)
            if (searched[row])
                rows_.push_back(row);
        missed_ = bitsWhere([&](std::size_t row) { return missed[row] != 0; });
        fewest_ = std::max(options.fewestRows,
                           static_cast<std::size_t>(
                               std::ceil(options.fewestShare * static_cast<double>(rows_.size()) - 1e-9)));
        for (std::size_t c = 0; c < columns.size(); ++c)
            addConditions(columns[c], c);
    }

    std::vector<RegionCandidate> run(const RunContext& context) {
        Node all;
        all.rows = bitsWhere([](std::size_t) { return true; });
        all.count = rows_.size();
        std::vector<Node> parents = {std::move(all)}, pool;
        for (std::size_t level = 0; level < options_.depth && !parents.empty(); ++level) {
            parents = bestChildren(parents, context);
            pool.insert(pool.end(), parents.begin(), parents.end());
        }
        std::stable_sort(pool.begin(), pool.end(), [](const Node& a, const Node& b) {
            return std::make_tuple(-a.score, a.conditions.size(), b.count) <
                   std::make_tuple(-b.score, b.conditions.size(), a.count);
        });
        return kept(pool);
    }

private:
    template <typename Where>
    Bits bitsWhere(Where where) const {
        Bits bits((rows_.size() + 63) / 64, 0);
        for (std::size_t i = 0; i < rows_.size(); ++i)
            if (where(rows_[i]))
                bits[i / 64] |= std::uint64_t{1} << (i % 64);
        return bits;
    }

    void addCondition(const RegionColumn& column, RegionCondition condition) {
        Bits bits = bitsWhere([&](std::size_t row) { return satisfies(condition, column.values[row]); });
        conditions_.push_back(condition);
        bits_.push_back(std::move(bits));
    }

    void addConditions(const RegionColumn& column, std::size_t index) {
        using Op = RegionCondition::Op;
        if (!column.categories.empty()) {
            for (std::size_t c = 0; c < column.categories.size(); ++c)
                addCondition(column, {index, Op::Equals, static_cast<double>(c)});
            return;
        }
        std::vector<double> values;
        for (const std::size_t row : rows_)
            values.push_back(column.values[row]);
        for (const double threshold : innerQuantiles(std::move(values), options_.cuts))
            for (const Op op : {Op::Above, Op::AtMost})
                addCondition(column, {index, op, threshold});
    }

    bool hasLike(const Node& node, std::size_t condition) const {
        return std::any_of(node.conditions.begin(), node.conditions.end(), [&](std::size_t c) {
            return conditions_[c].column == conditions_[condition].column &&
                   conditions_[c].op == conditions_[condition].op;
        });
    }

    /// Rounded, so that sums in another order rank alike.
    double scoreOf(std::size_t misses, std::size_t count) const {
        const auto n = static_cast<double>(count);
        const double z = (static_cast<double>(misses) - n * options_.alpha) /
                         std::sqrt(n * options_.alpha * (1.0 - options_.alpha));
        return std::round(z * 1e9) / 1e9;
    }

    std::vector<Node> bestChildren(const std::vector<Node>& parents, const RunContext& context) const {
        std::vector<Node> children;
        std::set<std::vector<std::size_t>> seen;
        for (const Node& parent : parents) {
            context.checkStop();
            const Bits missedHere = both(parent.rows, missed_);
            for (std::size_t c = 0; c < conditions_.size(); ++c) {
                if (hasLike(parent, c))
                    continue;
                const std::size_t count = countOfBoth(parent.rows, bits_[c]);
                if (count < fewest_ || count >= parent.count)
                    continue;
                Node child;
                child.conditions = parent.conditions;
                child.conditions.insert(std::upper_bound(child.conditions.begin(), child.conditions.end(), c),
                                        c);
                if (!seen.insert(child.conditions).second)
                    continue;
                child.count = count;
                child.misses = countOfBoth(missedHere, bits_[c]);
                child.score = scoreOf(child.misses, count);
                children.push_back(std::move(child));
            }
        }
        const std::size_t best = std::min(options_.beam, children.size());
        std::partial_sort(children.begin(), children.begin() + static_cast<std::ptrdiff_t>(best),
                          children.end(), isBetter);
        children.resize(best);
        for (Node& child : children) {
            child.rows = bits_[child.conditions.front()];
            for (std::size_t i = 1; i < child.conditions.size(); ++i)
                child.rows = both(child.rows, bits_[child.conditions[i]]);
        }
        return children;
    }

    std::vector<RegionCandidate> kept(const std::vector<Node>& pool) const {
        std::vector<RegionCandidate> candidates;
        std::vector<const Node*> chosen;
        for (const Node& node : pool) {
            if (candidates.size() >= options_.keep || node.score <= 0.0)
                break;
            const auto overlaps = [&](const Node* other) {
                const auto shared = static_cast<double>(countOfBoth(node.rows, other->rows));
                return shared / (static_cast<double>(node.count + other->count) - shared) >
                       options_.mostJaccard;
            };
            if (std::any_of(chosen.begin(), chosen.end(), overlaps))
                continue;
            chosen.push_back(&node);
            RegionCandidate candidate;
            for (const std::size_t c : node.conditions)
                candidate.conditions.push_back(conditions_[c]);
            candidate.score = node.score;
            candidate.rows = node.count;
            candidate.misses = node.misses;
            candidates.push_back(std::move(candidate));
        }
        return candidates;
    }

    const RegionSearchOptions& options_;
    std::vector<std::size_t> rows_;
    Bits missed_;
    std::size_t fewest_ = 0;
    std::vector<RegionCondition> conditions_;
    std::vector<Bits> bits_; ///< by condition
};

} // namespace

bool satisfies(const RegionCondition& condition, double value) {
    using Op = RegionCondition::Op;
    return condition.op == Op::Above    ? value > condition.value
           : condition.op == Op::AtMost ? value <= condition.value
                                        : value == condition.value;
}

std::vector<RegionCandidate> searchRegions(const std::vector<RegionColumn>& columns,
                                           std::span<const std::uint8_t> missed,
                                           std::span<const std::uint8_t> searched,
                                           const RegionSearchOptions& options, const RunContext& context) {
    if (missed.size() != searched.size())
        throw Error("There are " + std::to_string(missed.size()) + " rows with an outcome, but " +
                    std::to_string(searched.size()) + " with a role");
    for (const RegionColumn& column : columns)
        if (column.values.size() != missed.size())
            throw Error("Column '" + column.name + "' has " + std::to_string(column.values.size()) +
                        " rows, but there are " + std::to_string(missed.size()));
    return Search(columns, missed, searched, options).run(context);
}

std::vector<std::uint8_t> rowsInRegion(const std::vector<RegionColumn>& columns,
                                       std::span<const RegionCondition> conditions) {
    std::vector<std::uint8_t> inside(columns.empty() ? 0 : columns.front().values.size(), 1);
    for (const RegionCondition& condition : conditions)
        for (std::size_t row = 0; row < inside.size(); ++row)
            if (!satisfies(condition, columns[condition.column].values[row]))
                inside[row] = 0;
    return inside;
}

} // namespace penumbra
