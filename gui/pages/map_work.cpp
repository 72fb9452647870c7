#include "gui/pages/map_work.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/eval/galaxy_expression.h"
#include "core/eval/selection_coverage.h"
#include "core/manifold/nn_descent.h"
#include "core/workflow/catalogue_copy.h"
#include "gui/inspector/interval_figure.h"
#include "gui/panels/selection_text.h"
#include "gui/state/where.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace penumbra::gui {

namespace {

constexpr std::size_t kLocalNeighbours = 50, kFewestLocal = 40;

/// "FLUX_R" of "log10(FLUX_R)"; empty: no logarithm as a whole.
std::string insideLogarithm(const std::string& expression) {
    const std::string_view text = trimmed(expression);
    constexpr std::string_view word = "log10(";
    if (!text.starts_with(word) || !text.ends_with(')'))
        return {};
    int depth = 1;
    for (std::size_t i = word.size(); i < text.size(); ++i) {
        depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
        if (depth == 0 && i + 1 < text.size())
            return {}; // log10(a) - log10(b)
    }
    return std::string(trimmed(text.substr(word.size(), text.size() - word.size() - 1)));
}

} // namespace

CloudPicture pictureOf(const ViewState& state, const MapPlaces* places,
                       std::shared_ptr<const CloudPoints> points) {
    CloudPicture picture;
    picture.density = state.cloud.density;
    if (places != nullptr) {
        picture.points =
            points ? std::move(points) : std::make_shared<const CloudPoints>(places->x, places->y);
        picture.map = true;
        picture.xLabel = QString::fromStdString(places->name) + QStringLiteral("  ·  ") + readingOf(*places);
        picture.yLabel = QString::fromStdString(places->name);
        picture.corner = places->quality;
        return picture;
    }
    const bool sky = state.cloud.positions == "sky";
    const std::string x = sky ? "ra" : state.cloud.x, y = sky ? "dec" : state.cloud.y;
    if (x.empty() || y.empty())
        throw Error("The map shows nothing yet: make a map, or choose two columns.");
    picture.points =
        std::make_shared<const CloudPoints>(valuesOf(x, state).values, valuesOf(y, state).values);
    const std::string xInside = insideLogarithm(x), yInside = insideLogarithm(y);
    picture.xLog = !xInside.empty();
    picture.yLog = !yInside.empty();
    picture.xLabel = QString::fromStdString(picture.xLog ? xInside : x);
    picture.yLabel = QString::fromStdString(picture.yLog ? yInside : y);
    if (picture.points->size() < state.rowCount())
        picture.corner =
            QObject::tr("%L1 of %L2 rows have both values").arg(picture.points->size()).arg(state.rowCount());
    return picture;
}

CloudColouring colouringOf(const ViewState& state, const std::string& expression) {
    if (trimmed(expression).empty())
        return {};
    const QString label = QString::fromStdString(expression);
    if (state.catalogue)
        if (const io::Column* column = state.catalogue->columns.find(trimmed(expression)))
            if (const auto* texts = std::get_if<std::vector<std::string>>(&column->values))
                return CloudColouring::of(label, *texts);
    return CloudColouring::of(label, valuesOf(expression, state).values);
}

bool LocalWindows::isOf(const ViewState& state) const {
    const TargetStudy* shown = state.shownTarget();
    return catalogue == state.catalogue && target == state.target && shown != nullptr &&
           testRows == shown->testRows();
}

LocalWindows localWindowsOf(const ViewState& state, const RunContext& context) {
    const TargetStudy* target = state.shownTarget();
    if (target == nullptr || !state.catalogue)
        throw Error("Local coverage needs a study and the catalogue it was made from.");
    const std::string& name = state.study->featuresName;
    const auto features = workflow::loadUsableFeatures(*state.catalogue, name, context);
    std::map<std::int64_t, Eigen::Index> place; // of a catalogue row among the usable ones
    for (std::size_t i = 0; i < features.catalogueRow.size(); ++i)
        place[static_cast<std::int64_t>(features.catalogueRow[i])] = static_cast<Eigen::Index>(i);
    LocalWindows local{state.catalogue, state.target, target->testRows(), {}, {}};
    const std::vector<std::int64_t>& rows = local.testRows;
    const std::vector<double> truth = target->testTruth();
    std::vector<Eigen::Index> used;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (const auto found = place.find(rows[i]); found != place.end() && !std::isnan(truth[i])) {
            local.testIndex.push_back(i);
            used.push_back(found->second);
        }
    if (used.size() < kFewestLocal)
        throw Error("Local coverage needs at least " + std::to_string(kFewestLocal) +
                    " test galaxies with a true value; there are " + std::to_string(used.size()) + ".");
    local.windows.k = std::min(kLocalNeighbours, used.size() / 4);
    const MatrixF chosen = features.rows(used, Eigen::all);
    const auto metric = workflow::metricOf(state.catalogue->feature(features.name), "automatic");
    local.windows.rows =
        manifold::findNeighbours(chosen, local.windows.k, metric, {}, context).neighbours.index;
    return local;
}

CloudColouring localColouring(const ViewState& state, const std::string& method, const LocalWindows& local,
                              std::vector<std::int64_t>& worst) {
    const TargetStudy& target = *state.shownTarget();
    const Prediction* prediction = target.prediction(method);
    if (prediction == nullptr)
        throw Error("Target " + target.name + " has no method '" + method + "'.");
    const std::vector<double> truth = target.testTruth();
    std::vector<std::uint8_t> covered;
    for (const std::size_t i : local.testIndex)
        covered.push_back(covers(*prediction, i, truth[i]) ? 1 : 0);
    LocalCoverageOptions options;
    options.alpha = state.study->alpha;
    options.calibrationRows = target.heldOut.calibrationCount();
    const LocalCoverage found = localCoverage(local.windows, covered, options);
    std::vector<double> values(state.rowCount(), std::numeric_limits<double>::quiet_NaN());
    const std::vector<std::int64_t> rows = target.testRows();
    for (std::size_t j = 0; j < local.testIndex.size(); ++j)
        values[static_cast<std::size_t>(rows[local.testIndex[j]])] = found.coverage[j];
    const auto least = std::min_element(found.pUnder.begin(), found.pUnder.end()) - found.pUnder.begin();
    for (const std::uint32_t member : local.windows.window(static_cast<std::size_t>(least)))
        worst.push_back(rows[local.testIndex[member]]);
    std::sort(worst.begin(), worst.end());
    const auto under = std::count(found.under.begin(), found.under.end(), 1);
    const QString label = QObject::tr("coverage of %1 among the %2 nearest; too low in %L3 of %L4 places")
                              .arg(QString::fromStdString(method))
                              .arg(local.windows.k)
                              .arg(under)
                              .arg(local.testIndex.size());
    return CloudColouring::about(label, std::move(values), 1.0 - options.alpha);
}

CloudColouring chosenColouring(const ViewState& state, const RunContext& context) {
    const std::string method = localCoverageMethod(state.cloud.colour);
    if (method.empty())
        return colouringOf(state, state.cloud.colour);
    std::vector<std::int64_t> worst;
    return localColouring(state, method, localWindowsOf(state, context), worst);
}

std::vector<std::string> colourSuggestions(const ViewState& state) {
    std::vector<std::string> names;
    if (const TargetStudy* target = state.shownTarget())
        for (const std::string& word : galaxyWords(*target))
            names.push_back(word);
    if (state.catalogue && !state.catalogue->features.empty())
        for (const std::string& method : state.finishedMethods())
            names.push_back(std::string("local_coverage(").append(method).append(")"));
    if (state.catalogue) {
        for (const Target& target : state.catalogue->targets)
            names.push_back(target.name);
        for (const io::Column& column : state.catalogue->columns.columns)
            if (column.width == 1)
                names.push_back(column.name);
    }
    return names;
}

QString galaxyLines(const ViewState& state, std::int64_t row) {
    QStringList lines{QString::fromStdString(state.nameOf(row))};
    const TargetStudy* target = state.shownTarget();
    const std::ptrdiff_t at = target != nullptr ? testIndexOf(*target, row) : -1;
    if (at >= 0) {
        const auto i = static_cast<std::size_t>(at);
        const double truth = target->testTruth()[i];
        if (!std::isnan(truth))
            lines << QObject::tr("%1 %2").arg(QString::fromStdString(target->name)).arg(truth, 0, 'g', 5);
        for (const std::string& id : state.finishedMethods())
            if (const Prediction* prediction = target->prediction(id))
                lines << QObject::tr("%1  [%2, %3]%4")
                             .arg(QString::fromStdString(id))
                             .arg(prediction->lower[i], 0, 'g', 5)
                             .arg(prediction->upper[i], 0, 'g', 5)
                             .arg(std::isnan(truth) || covers(*prediction, i, truth)
                                      ? QString()
                                      : QObject::tr("  missed"));
    }
    return lines.join('\n');
}

QString coverageLines(const SelectionCounts* counts, const std::vector<std::int64_t>& rows, bool byOutcome) {
    QStringList lines{QObject::tr("%L1 galaxies").arg(rows.size())};
    if (counts == nullptr)
        return lines.join('\n');
    const SelectionSummary summary = counts->counter.summarise(RowMask::of(counts->rows, rows));
    lines.front() += QObject::tr(", %L1 of them test galaxies with a true %2")
                         .arg(summary.labelled)
                         .arg(QString::fromStdString(counts->target));
    if (summary.labelled == 0)
        return lines.join('\n');
    for (const SelectionCoverage& method : summary.methods)
        lines << QString::fromStdString(method.method) + QStringLiteral("  ") +
                     coverageWords(method, summary.labelled);
    const Interval& perfect = summary.methods.front().perfect;
    if (byOutcome)
        lines << QObject::tr("chosen by the outcome: no band of a perfect method");
    else if (std::isfinite(perfect.low))
        lines << QObject::tr("perfect method  %1–%2 %")
                     .arg(wholePercent(perfect.low), wholePercent(perfect.high));
    if (const std::string rest = restWords(summary); !rest.empty() && !byOutcome)
        lines << QString::fromStdString(rest);
    lines << QObject::tr("A region chosen by eye is a question, not a test.");
    return lines.join('\n');
}

} // namespace penumbra::gui
