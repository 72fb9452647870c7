// Is coverage the same everywhere? One number each, with its null.

#include "core/eval/coverage_risk.h"
#include "core/eval/grouped_coverage.h"
#include "core/eval/width_dependence.h"
#include "core/eval/worst_slab.h"
#include "tests/golden/diagnostics_support.h"

#include <Eigen/Core>
#include <cmath>

namespace penumbra {
namespace {

using namespace penumbra::golden;

/// What all checks of one case share.
struct Case {
    const io::Hdf5File& file;
    std::string group;
    double alpha;
    std::vector<std::uint8_t> covered;
    std::vector<double> widths;
    Eigen::MatrixXd x;

    Case(const io::Hdf5File& from, const std::string& name)
        : file(from), group("/" + name + "/"), alpha(from.realAttribute("/" + name, "alpha").value()) {
        for (const double c : real("covered"))
            covered.push_back(c != 0.0 ? 1 : 0);
        const auto lower = real("lower"), upper = real("upper"), flat = real("x");
        for (std::size_t i = 0; i < lower.size(); ++i)
            widths.push_back(upper[i] - lower[i]);
        const auto rows = static_cast<Eigen::Index>(lower.size());
        x = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
            flat.data(), rows, static_cast<Eigen::Index>(flat.size()) / rows);
    }
    std::vector<double> real(const std::string& name) const { return file.readReals(group + name); }
    double number(const std::string& name) const { return scalar(file, group + name); }
};

template <typename Check>
void forCases(Check check) {
    forDiagnosticsFiles("conditional", [&](const io::Hdf5File& file) {
        for (const std::string& name : groupsIn(file, "/")) {
            SCOPED_TRACE(name);
            check(Case(file, name));
        }
    });
}

std::vector<double> coveragesOf(const GroupedCoverage& found) {
    std::vector<double> out;
    for (std::size_t g = 0; g < found.n.size(); ++g)
        out.push_back(found.group(g));
    return out;
}

TEST(DiagnosticsConditional, Groups) {
    forCases([](const Case& c) {
        const CoveragePromise promise{c.alpha, 0};
        const auto byWidth = groupedCoverage(c.covered, groupsBySize(c.widths, 10), promise, 1);
        expectClose(coveragesOf(byWidth), c.real("ssc_by_bin"), closedForm, "size-stratified");
        if (c.file.isDataset(c.group + "ssc_mapie_10"))
            expectClose(coveragesOf(byWidth), c.real("ssc_mapie_10"), closedForm, "size-stratified, MAPIE");
        std::vector<int> groups;
        for (const double g : c.real("groups"))
            groups.push_back(static_cast<int>(g));
        const auto byColumn = groupedCoverage(c.covered, groups, promise, 1);
        expectClose({byColumn.n.begin(), byColumn.n.end()}, c.real("group_n"), 0.0, "rows");
        expectClose(coveragesOf(byColumn), c.real("group_coverage"), closedForm, "coverages");
        expectClose(byColumn.lowest, c.number("fsc"), closedForm, "feature-stratified");
        expectClose(byColumn.lowestP, c.number("fsc_p"), ofProbabilities, "its p");
        expectClose(byColumn.gap, c.number("covgap"), closedForm, "gap");
        expectClose(byColumn.gapWeighted, c.number("covgap_weighted"), closedForm, "gap, weighted");
        expectClose(byColumn.gapByChance, c.number("covgap_expected"), ofProbabilities, "gap by chance");
        expectClose(byColumn.gapWeightedByChance, c.number("covgap_weighted_expected"), ofProbabilities,
                    "weighted gap by chance");
    });
}

TEST(DiagnosticsConditional, WidthAndCoverage) {
    forCases([](const Case& c) {
        std::vector<double> finite;
        std::vector<std::uint8_t> covered;
        for (std::size_t i = 0; i < c.widths.size(); ++i)
            if (std::isfinite(c.widths[i])) {
                finite.push_back(c.widths[i]);
                covered.push_back(c.covered[i]);
            }
        const double raw = independenceCriterion(finite, covered);
        expectClose(raw, c.number("hsic"), 1e-10, "HSIC");
        if (c.file.isDataset(c.group + "hsic_mapie"))
            expectClose(std::sqrt(raw), c.number("hsic_mapie"), 1e-10, "MAPIE's root");
        expectClose(widthCorrelation(finite, covered), c.number("pearson"), closedForm, "Pearson");
        const auto found = widthDependence(c.widths, c.covered, 0, 1, {});
        const bool none = std::isnan(c.number("hsic_standardised"));
        if (found.oneWidth)
            EXPECT_TRUE(none || std::abs(c.number("hsic_standardised")) < 1e-10);
        else
            for (const char* name : {"hsic_standardised", "hsic_closed_form"})
                expectClose(found.hsic, c.number(name), 1e-10, name);
        const auto flat = c.real("permutations");
        std::vector<std::vector<std::size_t>> orders;
        for (std::size_t from = 0; from < flat.size(); from += finite.size()) {
            auto& order = orders.emplace_back();
            for (std::size_t i = 0; i < finite.size(); ++i)
                order.push_back(static_cast<std::size_t>(flat[from + i]));
        }
        ASSERT_FALSE(orders.empty());
        double mean = 0.0, squares = 0.0;
        for (const double w : finite)
            mean += w / static_cast<double>(finite.size());
        for (const double w : finite)
            squares += (w - mean) * (w - mean) / static_cast<double>(finite.size());
        if (found.oneWidth)
            return; // no order differs from another
        for (double& w : finite)
            w /= std::sqrt(squares);
        std::size_t asLarge = 0;
        const double own = independenceCriterion(finite, covered);
        for (const double drawn : independenceCriteria(finite, covered, orders))
            asLarge += drawn >= own * (1.0 - 1e-12) ? 1 : 0;
        expectClose(static_cast<double>(asLarge + 1) / static_cast<double>(orders.size() + 1),
                    c.number("hsic_permutation_p"), closedForm, "p of HSIC");
    });
}

TEST(DiagnosticsConditional, WorstSlab) {
    forCases([](const Case& c) {
        const auto flat = c.real("wsc/directions");
        const double delta = c.file.realAttribute(c.group + "wsc", "delta").value();
        const Eigen::MatrixXd directions =
            Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
                flat.data(), static_cast<Eigen::Index>(flat.size()) / c.x.cols(), c.x.cols());
        std::vector<std::uint8_t> half, covered;
        std::vector<Eigen::Index> searched;
        for (const double h : c.real("wsc/search_half")) {
            if (h != 0.0) {
                searched.push_back(static_cast<Eigen::Index>(half.size()));
                covered.push_back(c.covered[half.size()]);
            }
            half.push_back(h != 0.0 ? 1 : 0);
        }
        std::vector<double> coverage, low, high, n;
        for (Eigen::Index d = 0; d < directions.rows(); ++d) {
            const Eigen::VectorXd projection = c.x(searched, Eigen::all) * directions.row(d).transpose();
            const Slab slab = worstWindow(std::span(projection.data(), searched.size()), covered, delta);
            coverage.push_back(slab.coverage);
            low.push_back(slab.low);
            high.push_back(slab.high);
            n.push_back(static_cast<double>(slab.n));
        }
        expectClose(coverage, c.real("wsc/by_direction"), closedForm, "searched coverage");
        expectClose(low, c.real("wsc/a_by_direction"), closedForm, "lower edge");
        expectClose(high, c.real("wsc/b_by_direction"), closedForm, "upper edge");
        expectClose(n, c.real("wsc/n_by_direction"), 0.0, "rows");
        const WorstSlab worst = worstSlab(c.x, c.covered, half, directions, delta, {c.alpha, 0}, {});
        expectClose(worst.searched.coverage, c.number("wsc/searched"), closedForm, "searched");
        expectClose(worst.direction[0], directions(static_cast<Eigen::Index>(c.number("wsc/best")), 0), 0.0,
                    "direction");
        expectClose(worst.coverage, c.number("wsc/held_out"), closedForm, "held out");
        expectClose(static_cast<double>(worst.n), c.number("wsc/held_out_n"), 0.0, "held-out rows");
    });
}

TEST(DiagnosticsConditional, ExcessRisk) {
    forCases([](const Case& c) {
        std::vector<int> folds;
        for (const double f : c.real("ert/folds"))
            folds.push_back(static_cast<int>(f));
        const auto stored = c.real("ert/prediction");
        expectClose(crossFittedCoverage(c.x, c.covered, folds), stored, 1e-6, "predictions");
        const std::pair<RiskSide, std::string> sides[] = {
            {RiskSide::Both, ""}, {RiskSide::Under, "_under"}, {RiskSide::Over, "_over"}};
        for (const auto& [side, ending] : sides) {
            const CoverageRisk risk = coverageRisk(stored, c.covered, folds, c.alpha, side);
            expectClose(risk.l1, c.number("ert/L1_miscoverage" + ending), 1e-10, "L1" + ending);
            expectClose(risk.brier, c.number("ert/brier_score" + ending), 1e-10, "brier" + ending);
            expectClose(risk.log, c.number("ert/logloss" + ending), 1e-10, "log-loss" + ending);
        }
    });
}

} // namespace
} // namespace penumbra
