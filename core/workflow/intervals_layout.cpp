#include "core/report/galaxy_columns.h"
#include "core/workflow/intervals.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

using Cells = std::vector<IntervalCell>;
using report::IntervalPart;

IntervalCell numberCell(double value) {
    return std::isnan(value) ? IntervalCell() : IntervalCell(value);
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

/// Target and unit of columns that several targets share: empty where they differ.
struct SharedQuantity {
    std::string target, unit;
};

SharedQuantity sharedQuantity(const Study& study) {
    SharedQuantity shared{study.targets.front().name, study.targets.front().unit};
    for (const TargetStudy& target : study.targets) {
        if (target.name != shared.target)
            shared.target.clear();
        if (target.unit != shared.unit)
            shared.unit.clear();
    }
    return shared;
}

void addMethodColumns(std::vector<io::Column>& columns, const SharedQuantity& shared,
                      const std::string& prefix, bool effective) {
    const auto add = [&](IntervalPart part, const char* name) {
        columns.push_back(report::intervalColumn(part, prefix + name, shared.target, shared.unit));
    };
    add(IntervalPart::Prediction, "prediction");
    add(IntervalPart::Lower, "lower");
    add(IntervalPart::Upper, "upper");
    add(IntervalPart::Width, "width");
    add(IntervalPart::Covered, "covered");
    if (effective)
        add(IntervalPart::EffectiveNumber, "effective_number");
}

io::Column plainColumn(const char* name, const char* description, const char* ucd,
                       io::Column::Values values) {
    io::Column column;
    column.name = name;
    column.description = description;
    column.ucd = ucd;
    column.values = std::move(values);
    return column;
}

/// Prediction, interval, width, covered, and the effective number where it is asked for.
void addMethodCells(Cells& cells, const Prediction& p, double truth, std::size_t i, bool effective) {
    for (const double value : {p.mean[i], p.lower[i], p.upper[i], intervalWidth(p, i)})
        cells.push_back(numberCell(value));
    const auto covered = isCovered(p, truth, i);
    cells.push_back(covered ? IntervalCell(std::int64_t{*covered ? 1 : 0}) : IntervalCell());
    if (effective)
        cells.push_back(p.effective.empty() ? IntervalCell() : numberCell(p.effective[i]));
}

IntervalCell idCell(std::int64_t row, const io::Column* ids) {
    const auto index = static_cast<std::size_t>(row);
    if (!ids || row < 0 || index >= ids->rows() || ids->isMissing(index))
        return {};
    return std::visit(
        [&](const auto& values) -> IntervalCell {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_same_v<Value, std::int64_t> || std::is_same_v<Value, std::uint64_t>)
                return values[index];
            else
                return ids->asText(index);
        },
        ids->values);
}

Cells longLine(const TargetStudy& target, const Prediction& p, std::int64_t row, double truth, std::size_t i,
               const io::Column* ids) {
    Cells cells;
    cells.reserve(12);
    cells.push_back(idCell(row, ids));
    cells.emplace_back(row);
    cells.emplace_back(target.name);
    cells.emplace_back(p.method);
    cells.emplace_back(p.alpha);
    cells.push_back(numberCell(truth));
    addMethodCells(cells, p, truth, i, true);
    return cells;
}

/// A method's cells of the wide layout.
struct WideMethod {
    std::string id;
    bool effective = false;
    std::size_t columns = 0; ///< its number
};

std::vector<WideMethod> wideMethods(const Study& study) {
    std::vector<WideMethod> methods;
    for (const std::string& id : study.methods) {
        const bool effective = hasEffective(study, id);
        std::vector<io::Column> columns;
        addMethodColumns(columns, {}, "", effective);
        methods.push_back({id, effective, columns.size()});
    }
    return methods;
}

Cells wideLine(const Study& study, const std::vector<WideMethod>& methods, const TargetStudy& target,
               std::int64_t row, double truth, std::size_t i, const io::Column* ids) {
    Cells cells;
    cells.push_back(idCell(row, ids));
    cells.emplace_back(row);
    cells.emplace_back(target.name);
    cells.emplace_back(study.alpha);
    cells.push_back(numberCell(truth));
    for (const WideMethod& method : methods) {
        if (const Prediction* prediction = target.prediction(method.id))
            addMethodCells(cells, *prediction, truth, i, method.effective);
        else
            cells.resize(cells.size() + method.columns);
    }
    return cells;
}

} // namespace

std::optional<bool> isCovered(const Prediction& prediction, double truth, std::size_t i) {
    if (!std::isfinite(truth) || std::isnan(prediction.lower[i]) || std::isnan(prediction.upper[i]))
        return std::nullopt;
    return covers(prediction, i, truth);
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

std::vector<io::Column> intervalColumns(const Study& study, const IntervalListing& listing,
                                        const io::Column* ids) {
    using Texts = std::vector<std::string>;
    const SharedQuantity shared = sharedQuantity(study);
    std::vector<io::Column> columns = {report::identityColumn(ids)};
    columns.push_back(
        plainColumn("row", "row of the catalogue, from 0", "meta.record", std::vector<std::int64_t>()));
    columns.push_back(plainColumn("target", "quantity that is predicted", "meta.code", Texts()));
    if (!listing.wide)
        columns.push_back(plainColumn("method", "method of the interval", "meta.code", Texts()));
    columns.push_back(plainColumn("alpha", "1 - nominal coverage of the interval", "stat.probability",
                                  std::vector<double>()));
    columns.push_back(report::intervalColumn(IntervalPart::Truth, "truth", shared.target, shared.unit));
    if (!listing.wide)
        addMethodColumns(columns, shared, "", true);
    else
        for (const WideMethod& method : wideMethods(study))
            addMethodColumns(columns, shared, method.id + "_", method.effective);
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
                      const std::function<bool(const Cells& cells)>& take, const RunContext& context) {
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
                    !take(wideLine(study, methods, target, rows[i], truth[i], i, ids)))
                    return;
                continue;
            }
            for (const Prediction& prediction : target.predictions)
                if (isListed(prediction, truth[i], i, listing) &&
                    !take(longLine(target, prediction, rows[i], truth[i], i, ids)))
                    return;
        }
    }
}

} // namespace penumbra::workflow
