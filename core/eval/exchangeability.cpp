#include "core/eval/exchangeability.h"

#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/statistics.h"
#include "core/base/text.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace penumbra {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t fewestRows = 20;
constexpr Eigen::Index folds = 5;
constexpr Eigen::Index mostWithSquares = 100; ///< columns up to which their squares are added
// embeddings: still below two seconds
constexpr std::size_t wideRows = 1000, widePermutations = 499;
bool isWide(Eigen::Index columns) {
    return columns > 2 * mostWithSquares;
}
constexpr double ridge = 0.01; ///< times the number of rows, on columns of unit variance

std::vector<std::size_t> drawnRows(std::span<const std::uint8_t> group, std::uint8_t which, std::size_t most,
                                   Rng& rng) {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < group.size(); ++i)
        if (group[i] == which)
            rows.push_back(i);
    if (rows.size() <= most)
        return rows;
    for (std::size_t i = 0; i < most; ++i)
        std::swap(rows[i], rows[i + static_cast<std::size_t>(rng.below(rows.size() - i))]);
    rows.resize(most);
    return rows;
}

/// Phi^-1 of the average ranks, 0 where missing: no column dominates by its unit or its outliers.
Eigen::VectorXd normalScores(const std::vector<double>& values) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::isnan(values[i]))
            order.push_back(i);
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    Eigen::VectorXd scores = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(values.size()));
    const auto n = static_cast<double>(order.size());
    for (std::size_t i = 0; i < order.size();) {
        std::size_t past = i;
        while (past < order.size() && values[order[past]] == values[order[i]])
            ++past;
        const double score = normalQuantile(0.5 * static_cast<double>(i + past) / n);
        for (; i < past; ++i)
            scores[static_cast<Eigen::Index>(order[i])] = score;
    }
    return scores;
}

/// Columns of zero mean and unit variance; constant ones are dropped.
Eigen::MatrixXd designOf(std::vector<Eigen::VectorXd> columns) {
    std::vector<Eigen::VectorXd> kept;
    for (Eigen::VectorXd& column : columns) {
        column.array() -= column.mean();
        const double deviation = std::sqrt(column.squaredNorm() / static_cast<double>(column.size()));
        if (deviation > 1e-9) // of normal scores and flags, whatever the unit: constant but for rounding
            kept.push_back(column / deviation);
    }
    Eigen::MatrixXd design(columns.empty() ? 0 : columns.front().size(),
                           static_cast<Eigen::Index>(kept.size()));
    for (std::size_t c = 0; c < kept.size(); ++c)
        design.col(static_cast<Eigen::Index>(c)) = kept[c];
    return design;
}

std::vector<Eigen::VectorXd> classifierInputs(const std::vector<NamedColumn>& columns,
                                              const MatrixF& features, const std::vector<std::size_t>& rows) {
    std::vector<Eigen::VectorXd> inputs;
    const auto add = [&](const std::vector<double>& values) {
        const auto missing =
            std::count_if(values.begin(), values.end(), [](double v) { return std::isnan(v); });
        inputs.push_back(normalScores(values));
        if (missing > 0) {
            Eigen::VectorXd flag(static_cast<Eigen::Index>(values.size()));
            for (std::size_t i = 0; i < values.size(); ++i)
                flag[static_cast<Eigen::Index>(i)] = std::isnan(values[i]) ? 1.0 : 0.0;
            inputs.push_back(flag);
        }
    };
    std::vector<double> values(rows.size());
    for (const NamedColumn& column : columns) {
        for (std::size_t i = 0; i < rows.size(); ++i)
            values[i] = column.values[rows[i]];
        add(values);
    }
    for (Eigen::Index c = 0; c < features.cols(); ++c) {
        for (std::size_t i = 0; i < rows.size(); ++i)
            values[i] = static_cast<double>(features(static_cast<Eigen::Index>(rows[i]), c));
        add(values);
    }
    return inputs;
}

std::vector<Eigen::VectorXd> withSquares(std::vector<Eigen::VectorXd> inputs) {
    if (static_cast<Eigen::Index>(inputs.size()) <= mostWithSquares) {
        const std::size_t plain = inputs.size();
        for (std::size_t c = 0; c < plain; ++c)
            inputs.push_back(inputs[c].cwiseAbs2());
    }
    return inputs;
}

/// Area under the ROC curve of scores against labels +-1; ties count half.
double areaUnderCurve(const Eigen::VectorXd& score, const Eigen::VectorXd& label) {
    std::vector<Eigen::Index> order(static_cast<std::size_t>(score.size()));
    std::iota(order.begin(), order.end(), Eigen::Index{0});
    std::sort(order.begin(), order.end(),
              [&](Eigen::Index a, Eigen::Index b) { return score[a] < score[b]; });
    double ranks = 0.0, positive = 0.0;
    for (std::size_t i = 0; i < order.size();) {
        std::size_t past = i;
        while (past < order.size() && score[order[past]] == score[order[i]])
            ++past;
        const double shared = 0.5 * static_cast<double>(i + 1 + past);
        for (; i < past; ++i)
            if (label[order[i]] > 0.0) {
                ranks += shared;
                positive += 1.0;
            }
    }
    const double negative = static_cast<double>(order.size()) - positive;
    return (ranks - 0.5 * positive * (positive + 1.0)) / (positive * negative);
}

/// Out-of-fold predictions of ridge least squares for many label columns at once: row i is in fold i mod
/// folds of a shuffled order, so the factorisations serve all permutations.
Eigen::MatrixXd outOfFold(const Eigen::MatrixXd& inputs, const Eigen::MatrixXd& labels,
                          const RunContext& context) {
    const Eigen::Index n = inputs.rows(), d = inputs.cols();
    Eigen::MatrixXd out(n, labels.cols());
    for (Eigen::Index fold = 0; fold < folds; ++fold) {
        context.checkStop();
        std::vector<Eigen::Index> inside, outside;
        for (Eigen::Index i = 0; i < n; ++i)
            (i % folds == fold ? inside : outside).push_back(i);
        const Eigen::MatrixXd train = inputs(outside, Eigen::all);
        Eigen::MatrixXd gram = Eigen::MatrixXd::Zero(d, d);
        gram.selfadjointView<Eigen::Lower>().rankUpdate(train.transpose());
        gram.diagonal().array() += ridge * static_cast<double>(train.rows());
        const Eigen::LLT<Eigen::MatrixXd, Eigen::Lower> factor(gram);
        const Eigen::MatrixXd weights = factor.solve(train.transpose() * labels(outside, Eigen::all));
        out(inside, Eigen::all) = inputs(inside, Eigen::all) * weights;
    }
    return out;
}

void classify(ExchangeabilityTest& test, const Eigen::MatrixXd& inputs, const Eigen::VectorXd& label,
              const ExchangeabilityOptions& options, Rng& rng, const RunContext& context) {
    if (inputs.cols() == 0)
        return;
    const Eigen::Index n = label.size();
    const auto permutations = static_cast<Eigen::Index>(
        isWide(inputs.cols()) ? std::min(options.permutations, widePermutations) : options.permutations);
    Eigen::MatrixXd labels(n, permutations + 1);
    for (Eigen::Index c = 0; c <= permutations; ++c) {
        labels.col(c) = label;
        if (c > 0) // the first are the labels themselves
            for (Eigen::Index i = n - 1; i > 0; --i)
                std::swap(labels(i, c),
                          labels(static_cast<Eigen::Index>(rng.below(static_cast<std::uint64_t>(i) + 1)), c));
    }
    const Eigen::MatrixXd scores = outOfFold(inputs, labels, context);
    test.auc = areaUnderCurve(scores.col(0), labels.col(0));
    std::size_t atLeast = 0;
    for (Eigen::Index c = 1; c <= permutations; ++c)
        atLeast += areaUnderCurve(scores.col(c), labels.col(c)) >= test.auc ? 1 : 0;
    test.p = (1.0 + static_cast<double>(atLeast)) / (1.0 + static_cast<double>(permutations));
}

/// One-sided p of an area under the curve by Mann & Whitney's normal limit; scores hold no ties worth the
/// name.
double areaP(double area, double positive, double negative) {
    const double error = std::sqrt((positive + negative + 1.0) / (12.0 * positive * negative));
    return 0.5 * std::erfc((area - 0.5) / error / std::sqrt(2.0));
}

/// Each half of the rows is judged by a network that learned from the other.
void classifyByNetwork(ExchangeabilityTest& test, const Eigen::MatrixXd& inputs, const Eigen::VectorXd& label,
                       const GroupLearner& network, const RunContext& context) {
    if (inputs.cols() == 0)
        return;
    const Eigen::Index n = label.size();
    MatrixD labels = MatrixD::Constant(n, 2, nan);
    for (Eigen::Index i = 0; i < n; ++i)
        labels(i, i % 2) = label[i];
    const MatrixD scores = network(inputs.cast<float>(), labels, context);
    double area = 0.0, smallest = 1.0;
    for (Eigen::Index half = 0; half < 2; ++half) {
        std::vector<Eigen::Index> judged;
        for (Eigen::Index i = 1 - half; i < n; i += 2)
            judged.push_back(i);
        const Eigen::VectorXd score = scores(judged, half), own = label(judged);
        const auto positive = static_cast<double>((own.array() > 0.0).count());
        const double negative = static_cast<double>(own.size()) - positive;
        const double found = areaUnderCurve(score, own);
        area += 0.5 * found;
        smallest = std::min(smallest, areaP(found, positive, negative));
    }
    test.networkAuc = area;
    test.networkP = std::min(1.0, 2.0 * smallest);
}

std::string pText(double p) {
    return p < 1e-4 ? "p < 0.0001" : "p = " + formatFixed(p, p < 0.01 ? 4 : 2);
}

} // namespace

double kolmogorovSmirnovDistance(std::vector<double> first, std::vector<double> second) {
    for (auto* values : {&first, &second}) {
        std::erase_if(*values, [](double v) { return std::isnan(v); });
        std::sort(values->begin(), values->end());
    }
    if (first.empty() || second.empty())
        return nan;
    double distance = 0.0;
    for (std::size_t i = 0, j = 0; i < first.size() && j < second.size();) {
        const double value = std::min(first[i], second[j]);
        while (i < first.size() && first[i] <= value)
            ++i;
        while (j < second.size() && second[j] <= value)
            ++j;
        distance = std::max(distance, std::abs(static_cast<double>(i) / static_cast<double>(first.size()) -
                                               static_cast<double>(j) / static_cast<double>(second.size())));
    }
    return distance;
}

double kolmogorovSmirnovP(double distance, std::size_t first, std::size_t second) {
    if (std::isnan(distance) || first == 0 || second == 0)
        return nan;
    const auto n = static_cast<double>(first), m = static_cast<double>(second);
    const double root = std::sqrt(n * m / (n + m));
    const double lambda = (root + 0.12 + 0.11 / root) * distance;
    if (lambda < 0.2)
        return 1.0;
    double p = 0.0, sign = 1.0;
    for (int k = 1; k < 200; ++k) {
        const double term = std::exp(-2.0 * k * k * lambda * lambda);
        p += 2.0 * sign * term;
        sign = -sign;
        if (term < 1e-18)
            break;
    }
    return std::clamp(p, 0.0, 1.0);
}

std::vector<double> benjaminiHochberg(std::span<const double> p) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < p.size(); ++i)
        if (!std::isnan(p[i]))
            order.push_back(i);
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] > p[b]; });
    std::vector<double> adjusted(p.size(), nan);
    double smallest = 1.0;
    for (std::size_t k = 0; k < order.size(); ++k) {
        const auto rank = static_cast<double>(order.size() - k);
        smallest = std::min(smallest, p[order[k]] * static_cast<double>(order.size()) / rank);
        adjusted[order[k]] = smallest;
    }
    return adjusted;
}

double ExchangeabilityTest::familyP() const {
    double ofColumns = nan;
    for (const Column& column : columns)
        ofColumns = std::fmin(ofColumns, column.p * static_cast<double>(columns.size()));
    double smallest = nan, tried = 0.0;
    for (const double own : {p, networkP, ofColumns}) {
        smallest = std::fmin(smallest, own); // of a number and NaN the number
        tried += std::isnan(own) ? 0.0 : 1.0;
    }
    return std::fmin(1.0, smallest * tried);
}

bool ExchangeabilityTest::differ() const {
    return familyP() <= level;
}

ExchangeabilityTest testExchangeability(const std::vector<NamedColumn>& columns, const MatrixF& features,
                                        std::span<const std::uint8_t> group, const std::string& first,
                                        const std::string& second, const ExchangeabilityOptions& options,
                                        const RunContext& context) {
    for (const NamedColumn& column : columns)
        if (column.values.size() != group.size())
            throw Error("Column '" + column.name + "' has " + std::to_string(column.values.size()) +
                        " rows, but there are " + std::to_string(group.size()));
    if (features.cols() > 0 && static_cast<std::size_t>(features.rows()) != group.size())
        throw Error("The features have " + std::to_string(features.rows()) + " rows, but there are " +
                    std::to_string(group.size()));
    ExchangeabilityTest test;
    test.first = first;
    test.second = second;
    test.level = options.level;
    Rng rng(options.seed);
    const std::size_t most = isWide(features.cols() + static_cast<Eigen::Index>(columns.size()))
                                 ? std::min(options.rowsPerGroup, wideRows)
                                 : options.rowsPerGroup;
    const auto rowsOfFirst = drawnRows(group, 0, most, rng);
    const auto rowsOfSecond = drawnRows(group, 1, most, rng);
    test.firstRows = rowsOfFirst.size();
    test.secondRows = rowsOfSecond.size();
    if (std::min(test.firstRows, test.secondRows) < fewestRows)
        return test;
    std::vector<double> p;
    for (const NamedColumn& column : columns) {
        context.checkStop();
        std::vector<double> a, b;
        for (const std::size_t row : rowsOfFirst)
            if (!std::isnan(column.values[row]))
                a.push_back(column.values[row]);
        for (const std::size_t row : rowsOfSecond)
            if (!std::isnan(column.values[row]))
                b.push_back(column.values[row]);
        ExchangeabilityTest::Column entry;
        entry.name = column.name;
        entry.distance = kolmogorovSmirnovDistance(a, b);
        entry.p = kolmogorovSmirnovP(entry.distance, a.size(), b.size());
        if (std::isnan(entry.p))
            continue;
        p.push_back(entry.p);
        test.columns.push_back(std::move(entry));
    }
    const auto adjusted = benjaminiHochberg(p);
    for (std::size_t c = 0; c < test.columns.size(); ++c)
        test.columns[c].adjustedP = adjusted[c];
    std::stable_sort(test.columns.begin(), test.columns.end(), [](const auto& a, const auto& b) {
        return a.adjustedP != b.adjustedP ? a.adjustedP < b.adjustedP : a.distance > b.distance;
    });
    std::vector<std::size_t> rows = rowsOfFirst;
    rows.insert(rows.end(), rowsOfSecond.begin(), rowsOfSecond.end());
    std::vector<std::size_t> shuffled;
    Eigen::VectorXd label(static_cast<Eigen::Index>(rows.size()));
    for (const std::size_t i : rng.permutation(rows.size())) {
        label[static_cast<Eigen::Index>(shuffled.size())] = i < rowsOfFirst.size() ? -1.0 : 1.0;
        shuffled.push_back(rows[i]);
    }
    label.array() -= label.mean();
    auto inputs = classifierInputs(columns, features, shuffled);
    const Eigen::MatrixXd plain = designOf(inputs);
    classify(test, designOf(withSquares(std::move(inputs))), label, options, rng, context);
    if (options.network)
        classifyByNetwork(test, plain, label, options.network, context);
    return test;
}

std::string inWords(const ExchangeabilityTest& test) {
    const std::string both = test.first + " and " + test.second;
    if (std::isnan(test.auc) && test.columns.empty())
        return both + ": too few rows (" + withThousands(static_cast<std::int64_t>(test.firstRows)) +
               " and " + withThousands(static_cast<std::int64_t>(test.secondRows)) + ") to compare.";
    std::vector<std::string> tried;
    if (!std::isnan(test.auc))
        tried.push_back("a linear classifier (AUC " + formatFixed(test.auc, 3) + ", " + pText(test.p) + ")");
    if (!std::isnan(test.networkP))
        tried.push_back("a small network (AUC " + formatFixed(test.networkAuc, 3) + ", " +
                        pText(test.networkP) + ")");
    const std::string classifiers = joinText(tried, ", ");
    if (!test.columns.empty())
        tried.push_back(test.columns.size() == 1
                            ? "column " + test.columns.front().name
                            : withThousands(static_cast<std::int64_t>(test.columns.size())) + " columns");
    const std::string rows = withThousands(static_cast<std::int64_t>(test.firstRows)) + " and " +
                             withThousands(static_cast<std::int64_t>(test.secondRows)) + " galaxies";
    if (!test.differ())
        return both + ": no difference found by " + joinText(tried, ", ") + "; " + rows + ".";
    std::vector<std::string> named;
    for (const auto& column : test.columns) {
        if (column.adjustedP >= test.level || named.size() == 3)
            break;
        named.push_back(column.name + " (KS " + formatFixed(column.distance, 3) + ", " +
                        pText(column.adjustedP) + ")");
    }
    const auto total = std::count_if(test.columns.begin(), test.columns.end(),
                                     [&](const auto& column) { return column.adjustedP < test.level; });
    std::string where = named.empty() ? "no single column shows it" : "most in " + joinText(named, ", ");
    if (total > 3)
        where += " and " + std::to_string(total - 3) + " more";
    const bool guarantee = test.first == "calibration" || test.second == "calibration";
    const bool ofNew = test.second == "new";
    const bool ofTest = test.first == "test" || test.second == "test" || ofNew;
    return both + " differ (p " +
           (test.familyP() < 1e-4 ? "< 0.0001" : "= " + formatReal(test.familyP(), 2)) +
           " for all that was tried): " + where + (classifiers.empty() ? "" : "; " + classifiers) + "; " +
           rows + ". " +
           (guarantee && ofTest ? std::string("Coverage guarantees do not carry over to these ") +
                                      (ofNew ? "new galaxies." : "test galaxies.")
                                : "Guarantees need calibration and test galaxies to be alike, not these; but "
                                  "predictions are less sure on galaxies unlike those trained on.");
}

} // namespace penumbra
