#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/evaluate.h"

#include <algorithm>
#include <set>

namespace penumbra {

namespace {

/// Edges at value changes nearest to equal counts; fewer than asked for where ties leave no room.
std::vector<double> equalCountEdges(const std::vector<double>& sorted, int bins) {
    std::vector<double> edges = {sorted.front()};
    const std::size_t n = sorted.size();
    for (int b = 1; b < bins; ++b) {
        const std::size_t wanted = n * static_cast<std::size_t>(b) / static_cast<std::size_t>(bins);
        const auto run = std::equal_range(sorted.begin(), sorted.end(), sorted[wanted]);
        const auto first = static_cast<std::size_t>(run.first - sorted.begin());
        const auto past = static_cast<std::size_t>(run.second - sorted.begin());
        std::size_t cut = wanted - first <= past - wanted ? first : past;
        if (cut == 0)
            cut = past;
        if (cut == n)
            cut = first;
        if (cut > 0 && cut < n && sorted[cut] > edges.back())
            edges.push_back(sorted[cut]);
    }
    edges.push_back(sorted.back());
    return edges;
}

std::vector<double> equalWidthEdges(const std::vector<double>& sorted, int bins) {
    const auto finite = [](double v) { return std::isfinite(v); };
    const auto first = std::find_if(sorted.begin(), sorted.end(), finite);
    const auto last = std::find_if(sorted.rbegin(), sorted.rend(), finite);
    if (first == sorted.end())
        return {};
    if (*first == *last)
        return {*first, *last};
    std::vector<double> edges;
    for (int b = 0; b < bins; ++b)
        edges.push_back(*first + (*last - *first) * b / bins);
    edges.push_back(*last);
    return edges;
}

void checkEdges(const std::vector<double>& edges) {
    bool ascending = edges.size() >= 2;
    for (std::size_t i = 0; i + 1 < edges.size(); ++i)
        ascending = ascending && edges[i] < edges[i + 1];
    if (!ascending)
        throw UsageError("Bin edges must be at least two ascending numbers");
}

std::vector<double> chooseEdges(const std::vector<double>& sorted, const Binning& binning) {
    if (binning.kind == Binning::Kind::Edges) {
        checkEdges(binning.edges);
        return binning.edges;
    }
    if (binning.bins < 1)
        throw UsageError("The number of bins must be at least 1, but is " + std::to_string(binning.bins));
    if (sorted.empty())
        return {};
    return binning.kind == Binning::Kind::EqualCount ? equalCountEdges(sorted, binning.bins)
                                                     : equalWidthEdges(sorted, binning.bins);
}

/// Index of the bin that holds `value`, or -1. The last bin includes its upper edge.
int binOf(double value, const std::vector<double>& edges) {
    if (edges.size() < 2 || !(value >= edges.front() && value <= edges.back()))
        return -1;
    const auto above = std::upper_bound(edges.begin(), edges.end(), value);
    const auto bin = static_cast<int>(above - edges.begin()) - 1;
    return std::min(bin, static_cast<int>(edges.size()) - 2);
}

/// As few digits as tell the edges apart, three at least.
std::vector<std::string> edgeTexts(const std::vector<double>& edges) {
    const std::size_t different = std::set<double>(edges.begin(), edges.end()).size();
    std::vector<std::string> texts;
    for (int digits = 3; digits <= 17; ++digits) {
        texts.clear();
        for (const double edge : edges)
            texts.push_back(formatReal(edge, digits));
        if (std::set<std::string>(texts.begin(), texts.end()).size() == different)
            break;
    }
    return texts;
}

double medianOfSorted(const std::vector<double>& sorted) {
    const std::size_t half = sorted.size() / 2;
    if (sorted.size() % 2 == 1 || sorted[half - 1] == sorted[half])
        return sorted[half];
    return 0.5 * (sorted[half - 1] + sorted[half]);
}

} // namespace

Bins makeBins(std::span<const double> variable, const Binning& binning) {
    std::vector<double> sorted;
    std::copy_if(variable.begin(), variable.end(), std::back_inserter(sorted),
                 [](double v) { return !std::isnan(v); });
    std::sort(sorted.begin(), sorted.end());
    Bins bins;
    bins.missing = variable.size() - sorted.size();
    bins.edges = chooseEdges(sorted, binning);
    const std::size_t count = bins.edges.empty() ? 0 : bins.edges.size() - 1;
    bins.count.assign(count, 0);
    std::vector<std::vector<double>> inside(count);
    bins.binOfRow.reserve(variable.size());
    for (const double value : variable) {
        const int bin = binOf(value, bins.edges);
        bins.binOfRow.push_back(bin);
        if (bin < 0) {
            bins.outside += std::isnan(value) ? 0 : 1;
            continue;
        }
        ++bins.count[static_cast<std::size_t>(bin)];
        inside[static_cast<std::size_t>(bin)].push_back(value);
    }
    const std::vector<std::string> texts = edgeTexts(bins.edges);
    for (std::size_t b = 0; b < count; ++b) {
        std::sort(inside[b].begin(), inside[b].end());
        bins.centre.push_back(inside[b].empty() ? 0.5 * (bins.edges[b] + bins.edges[b + 1])
                                                : medianOfSorted(inside[b]));
        bins.label.push_back("[" + texts[b] + ", " + texts[b + 1] + (b + 1 == count ? "]" : ")"));
    }
    return bins;
}

} // namespace penumbra
