#include "core/base/text.h"
#include "core/workflow/intervals.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

using Cells = std::vector<std::string>;

std::string numberCell(double value, const IntervalListing& listing) {
    if (std::isnan(value))
        return {};
    return listing.digits > 0 ? formatReal(value, listing.digits) : shortestReal(value);
}

bool anyListed(const TargetStudy& target, double truth, std::size_t i, const IntervalListing& listing) {
    return std::any_of(target.predictions.begin(), target.predictions.end(),
                       [&](const Prediction& p) { return isListed(p, truth, i, listing); });
}

bool hasEffective(const Study& study, const std::string& method) {
    return std::any_of(study.targets.begin(), study.targets.end(), [&](const TargetStudy& target) {
        const Prediction* prediction = target.prediction(method);
        return prediction && !prediction->effective.empty();
    });
}

Cells methodColumns(const Study& study, const std::string& method) {
    Cells columns = {"prediction", "lower", "upper", "width", "covered"};
    if (hasEffective(study, method))
        columns.emplace_back("effective_number");
    return columns;
}

/// Prediction, interval, width, covered, and the effective number where it is asked for.
void addMethodCells(Cells& cells, const Prediction& p, double truth, std::size_t i, bool effective,
                    const IntervalListing& listing) {
    for (const double value : {p.mean[i], p.lower[i], p.upper[i], p.upper[i] - p.lower[i]})
        cells.push_back(numberCell(value, listing));
    const auto covered = isCovered(p, truth, i);
    cells.emplace_back(!covered ? "" : *covered ? "1" : "0");
    if (effective)
        cells.push_back(p.effective.empty() ? "" : numberCell(p.effective[i], listing));
}

void addGalaxyCells(Cells& cells, std::int64_t row, const io::Column* ids) {
    const auto index = static_cast<std::size_t>(row);
    cells.push_back(ids && row >= 0 && index < ids->rows() ? ids->asText(index) : "");
    cells.push_back(std::to_string(row));
}

Cells longLine(const TargetStudy& target, const Prediction& p, std::int64_t row, double truth, std::size_t i,
               const IntervalListing& listing, const io::Column* ids) {
    Cells cells;
    cells.reserve(12);
    addGalaxyCells(cells, row, ids);
    cells.push_back(target.name);
    cells.push_back(p.method);
    cells.push_back(shortestReal(p.alpha));
    cells.push_back(numberCell(truth, listing));
    addMethodCells(cells, p, truth, i, true, listing);
    return cells;
}

/// A method's cells of the wide layout.
struct WideMethod {
    std::string id;
    bool effective = false;
    std::size_t columns = 0;
};

std::vector<WideMethod> wideMethods(const Study& study) {
    std::vector<WideMethod> methods;
    for (const std::string& id : study.methods)
        methods.push_back({id, hasEffective(study, id), methodColumns(study, id).size()});
    return methods;
}

Cells wideLine(const Study& study, const std::vector<WideMethod>& methods, const TargetStudy& target,
               std::int64_t row, double truth, std::size_t i, const IntervalListing& listing,
               const io::Column* ids) {
    Cells cells;
    addGalaxyCells(cells, row, ids);
    cells.push_back(target.name);
    cells.push_back(shortestReal(study.alpha));
    cells.push_back(numberCell(truth, listing));
    for (const WideMethod& method : methods) {
        if (const Prediction* prediction = target.prediction(method.id))
            addMethodCells(cells, *prediction, truth, i, method.effective, listing);
        else
            cells.resize(cells.size() + method.columns);
    }
    return cells;
}

} // namespace

std::optional<bool> isCovered(const Prediction& prediction, double truth, std::size_t i) {
    if (!std::isfinite(truth) || std::isnan(prediction.lower[i]) || std::isnan(prediction.upper[i]))
        return std::nullopt;
    return covers(prediction.lower[i], truth, prediction.upper[i]);
}

bool isInfinite(const Prediction& prediction, std::size_t i) {
    return std::isinf(prediction.lower[i]) || std::isinf(prediction.upper[i]);
}

bool isListed(const Prediction& prediction, double truth, std::size_t i, const IntervalListing& listing) {
    switch (listing.only) {
    case IntervalListing::Only::Missed:
        return isCovered(prediction, truth, i) == std::optional(false);
    case IntervalListing::Only::Infinite:
        return isInfinite(prediction, i);
    default:
        return true;
    }
}

std::vector<std::string> intervalColumns(const Study& study, const IntervalListing& listing) {
    if (!listing.wide)
        return {"object_id",  "row",   "target", "method", "alpha",   "truth",
                "prediction", "lower", "upper",  "width",  "covered", "effective_number"};
    Cells columns = {"object_id", "row", "target", "alpha", "truth"};
    for (const std::string& method : study.methods)
        for (const std::string& column : methodColumns(study, method))
            columns.push_back(method + "_" + column);
    return columns;
}

std::size_t countIntervalLines(const Study& study, const IntervalListing& listing) {
    std::size_t lines = 0;
    for (const TargetStudy& target : study.targets) {
        const auto truth = target.testTruth();
        for (std::size_t i = 0; i < truth.size(); ++i) {
            if (listing.wide)
                lines += anyListed(target, truth[i], i, listing);
            else
                for (const Prediction& prediction : target.predictions)
                    lines += isListed(prediction, truth[i], i, listing);
        }
    }
    return lines;
}

void eachIntervalLine(const Study& study, const IntervalListing& listing, const io::Column* ids,
                      const std::function<bool(const std::vector<std::string>& cells)>& take,
                      const RunContext& context) {
    constexpr std::size_t galaxiesAStep = 1024;
    const auto methods = listing.wide ? wideMethods(study) : std::vector<WideMethod>();
    for (std::size_t t = 0; t < study.targets.size(); ++t) {
        const TargetStudy& target = study.targets[t];
        const auto rows = target.testRows();
        const auto truth = target.testTruth();
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (i % galaxiesAStep == 0)
                context.step(
                    (static_cast<double>(t) +
                     static_cast<double>(i) / static_cast<double>(std::max<std::size_t>(1, rows.size()))) /
                        static_cast<double>(study.targets.size()),
                    "listing intervals of " + target.name);
            if (listing.wide) {
                if (anyListed(target, truth[i], i, listing) &&
                    !take(wideLine(study, methods, target, rows[i], truth[i], i, listing, ids)))
                    return;
                continue;
            }
            for (const Prediction& prediction : target.predictions)
                if (isListed(prediction, truth[i], i, listing) &&
                    !take(longLine(target, prediction, rows[i], truth[i], i, listing, ids)))
                    return;
        }
    }
}

} // namespace penumbra::workflow
