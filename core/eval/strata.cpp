#include "core/eval/strata.h"

#include "core/base/text.h"
#include "core/catalogue/expression.h"
#include "core/eval/galaxy_expression.h"

#include <algorithm>
#include <cmath>

namespace penumbra {

namespace {

/// Ascending by key; ties keep their order, so that strata never depend on the sort.
void sortBy(std::vector<std::size_t>& rows, std::span<const double> key) {
    std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) { return key[a] < key[b]; });
}

std::string ofMethod(const char* word, const std::string& method) {
    return std::string(word).append("(").append(method).append(")");
}

std::string withMethod(std::string formula, const std::string& method) {
    static const std::string placeholder = "METHOD";
    for (std::size_t at = 0; (at = formula.find(placeholder, at)) != std::string::npos; at += method.size())
        formula.replace(at, placeholder.size(), method);
    return formula;
}

} // namespace

std::vector<std::size_t> tailRows(std::vector<std::size_t> rows, std::span<const double> key) {
    sortBy(rows, key);
    const auto tenth = static_cast<std::ptrdiff_t>(rows.size() / 10);
    rows.erase(rows.begin() + tenth, rows.end() - tenth);
    return rows;
}

std::vector<std::size_t> worstRows(std::vector<std::size_t> rows, std::span<const double> key) {
    sortBy(rows, key);
    const auto tenth = static_cast<std::ptrdiff_t>(rows.size() / 10);
    rows.erase(rows.begin(), rows.end() - tenth);
    return rows;
}

std::vector<std::size_t> stratumRows(Stratum stratum, std::vector<std::size_t> among,
                                     std::span<const double> truth, std::span<const double> error) {
    switch (stratum) {
    case Stratum::Tail:
        return tailRows(std::move(among), truth);
    case Stratum::WorstTenth:
        return worstRows(std::move(among), error);
    case Stratum::All:
        break;
    }
    return among;
}

std::string labelledFormula(const TargetStudy& target) {
    const std::vector<double> truth = target.testTruth();
    return std::all_of(truth.begin(), truth.end(), [](double y) { return std::isfinite(y); }) ? ""
                                                                                              : "labelled";
}

std::string bothFormulas(const std::string& first, const std::string& second) {
    return first.empty() ? second : second.empty() ? first : first + " and " + second;
}

std::string columnFormula(const std::string& column) {
    if (isGalaxyWord(column) || column.find('`') != std::string::npos)
        return "";
    try {
        const Expression plain(column);
        if (plain.isPlainColumn() && plain.columnNames() == std::vector<std::string>{column})
            return column;
    } catch (const Error&) { // a name with signs
    }
    return nameInExpression(column);
}

std::string binFormula(const std::string& variable, double low, double high, bool holdsHigh) {
    return shortestReal(low) + " <= " + variable + (holdsHigh ? " <= " : " < ") + shortestReal(high);
}

std::string binFormula(const std::string& variable, const Bins& bins, std::size_t bin) {
    return binFormula(variable, bins.edges[bin], bins.edges[bin + 1], bin + 1 == bins.size());
}

std::string galaxiesBehind(const Metric& metric, const Score& score, const std::string& labelled) {
    const bool finite = score.convention == "finite";
    std::string rows;
    switch (metric.stratum) {
    case Stratum::All:
        rows = finite ? std::string("isfinite(").append(ofMethod("width", score.method)).append(")") : "";
        break;
    case Stratum::Tail:
        rows = finite ? ofMethod("tail", score.method) : "tail";
        break;
    case Stratum::WorstTenth:
        if (score.stratum.find("own centre") != std::string::npos)
            return "";
        rows = finite ? ofMethod("worst_tenth", score.method) : "worst_tenth";
        break;
    }
    rows = bothFormulas(rows, withMethod(metric.counted, score.method));
    if (metric.stratum == Stratum::All)
        rows = bothFormulas(labelled, rows);
    return rows.empty() ? "labelled" : rows;
}

} // namespace penumbra
