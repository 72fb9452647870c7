#include "gui/models/galaxy_model.h"

#include "core/base/error.h"
#include "core/report/number_text.h"
#include "gui/icons/icons.h"

#include <QBrush>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace penumbra::gui {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

QString numberText(double value, int decimals) {
    if (std::isnan(value))
        return QStringLiteral("–");
    if (std::isinf(value))
        return value > 0 ? QStringLiteral("∞") : QStringLiteral("−∞");
    constexpr int mostDecimals = 9; // beyond it a power of ten says more
    return decimals <= mostDecimals
               ? QString::number(value, 'f', decimals)
               : QString::fromStdString(report::textBeside(value, std::pow(10.0, 2 - decimals), 3));
}

} // namespace

int decimalsFor(const Prediction& prediction) {
    std::vector<double> widths;
    const std::size_t step = std::max<std::size_t>(1, prediction.lower.size() / 2000);
    for (std::size_t i = 0; i < prediction.lower.size(); i += step) {
        const double width = intervalWidth(prediction, i);
        if (std::isfinite(width) && width > 0)
            widths.push_back(width);
    }
    if (widths.empty())
        return 3;
    const auto middle = widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2);
    std::nth_element(widths.begin(), middle, widths.end());
    return std::max(static_cast<int>(2 - std::floor(std::log10(*middle))), 0);
}

std::vector<double> basePredictionOf(const TargetStudy& target) {
    try {
        std::vector<double> base = target.basePrediction();
        if (!base.empty())
            return base;
    } catch (const Error&) {
        // a study file without /state: fall through
    }
    return target.predictions.empty() ? std::vector<double>() : target.predictions.front().mean;
}

void GalaxyModel::show(std::shared_ptr<const Study> study, const std::string& target,
                       const std::vector<std::string>& methods, std::shared_ptr<const Catalogue> catalogue) {
    const TargetStudy& found = study->target(target);
    std::vector<const Prediction*> predictions;
    for (const std::string& method : methods)
        if (const Prediction* prediction = found.prediction(method))
            predictions.push_back(prediction);
    if (study == table_.study && catalogue == table_.catalogue && !predictions.empty() &&
        predictions == table_.predictions)
        return; // a galaxy was selected: all of it stands here already
    const auto sameMethods = [](const Prediction* a, const Prediction* b) { return a->method == b->method; };
    std::vector<std::int64_t> rows = found.testRows();
    const bool sameShape = table_.study && rows == table_.rows && catalogue == table_.catalogue &&
                           std::equal(predictions.begin(), predictions.end(), table_.predictions.begin(),
                                      table_.predictions.end(), sameMethods);
    if (!sameShape)
        beginResetModel();
    table_.predictions = std::move(predictions);
    table_.truth = found.testTruth();
    table_.base = basePredictionOf(found);
    table_.base.resize(rows.size(), nan);
    unit_ = QString::fromStdString(found.unit);
    decimals_ = table_.predictions.empty() ? 3 : decimalsFor(*table_.predictions.front());
    table_.rows = std::move(rows);
    table_.target = found.name;
    table_.catalogue = std::move(catalogue);
    table_.study = std::move(study); // last: the former study owned what was shown until now
    if (!sameShape) {
        table_.order.resize(table_.rows.size());
        std::iota(table_.order.begin(), table_.order.end(), 0U);
        if (sortColumn_ >= columnCount())
            sortColumn_ = -1;
        applySort();
        endResetModel();
        return;
    }
    if (sortColumn_ >= 0 || !keys_.empty())
        rearrange();
    if (rowCount() > 0) // keeps selection and scroll position
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

void GalaxyModel::clear() {
    beginResetModel();
    table_.study.reset();
    table_.catalogue.reset();
    table_.predictions.clear();
    table_.rows.clear();
    table_.truth.clear();
    table_.base.clear();
    table_.order.clear();
    endResetModel();
}

void GalaxyModel::setTheme(const Theme& theme) {
    theme_ = theme;
    if (columnCount() > 0)
        Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

void GalaxyModel::tint(const RowMask& rows) {
    if (rows == tinted_)
        return;
    tinted_ = rows;
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1), {Qt::BackgroundRole});
}

std::int64_t GalaxyModel::catalogueRow(int modelRow) const {
    return table_.rows[testIndex(modelRow)];
}

int GalaxyModel::modelRowOf(std::int64_t row) const {
    for (std::size_t i = 0; i < table_.order.size(); ++i)
        if (table_.rows[table_.order[i]] == row)
            return static_cast<int>(i);
    return -1;
}

int GalaxyModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(table_.order.size());
}

int GalaxyModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : table_.columnCount();
}

QString GalaxyModel::displayed(std::size_t row, int column) const {
    switch (column) {
    case Id:
        return QString::fromStdString(table_.idText(row));
    case Truth:
        return numberText(table_.truth[row], decimals_);
    case BasePrediction:
        return numberText(table_.base[row], decimals_);
    default:
        break;
    }
    const auto [prediction, part] = table_.methodCell(column);
    switch (part) {
    case Lower:
        return numberText(prediction->lower[row], decimals_);
    case Upper:
        return numberText(prediction->upper[row], decimals_);
    default:
        break;
    }
    if (std::isnan(table_.truth[row]))
        return QStringLiteral("–");
    return covers(*prediction, row, table_.truth[row]) ? tr("yes") : tr("no");
}

QVariant GalaxyModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= columnCount())
        return {};
    const std::size_t row = testIndex(index.row());
    if (role == Qt::DisplayRole)
        return displayed(row, index.column());
    if (role == Qt::TextAlignmentRole) {
        if (index.column() == Id)
            return QVariant::fromValue(Qt::AlignVCenter | Qt::AlignLeft);
        const bool verdict =
            index.column() >= FixedColumns && table_.methodCell(index.column()).part == Covered;
        return QVariant::fromValue(Qt::AlignVCenter | (verdict ? Qt::AlignHCenter : Qt::AlignRight));
    }
    if (role == Qt::BackgroundRole && tinted_.contains(table_.rows[row])) {
        QColor color = theme_.accent;
        color.setAlphaF(0.18f);
        return QBrush(color);
    }
    if (role == Qt::ForegroundRole && index.column() >= FixedColumns) {
        const auto [prediction, part] = table_.methodCell(index.column());
        if (part == Covered && !std::isnan(table_.truth[row]))
            return QBrush(covers(*prediction, row, table_.truth[row]) ? theme_.secondaryText
                                                                      : theme_.warning);
    }
    return {};
}

/// Over its numbers, or beside its chip.
Qt::AlignmentFlag GalaxyModel::headerAlignment(int section) const {
    if (section < FixedColumns)
        return section == Id ? Qt::AlignLeft : Qt::AlignRight;
    const MethodColumn part = table_.methodCell(section).part;
    return part == Lower ? Qt::AlignLeft : part == Upper ? Qt::AlignRight : Qt::AlignHCenter;
}

QVariant GalaxyModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | headerAlignment(section));
    if (section < FixedColumns) {
        if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
            return {};
        const QString unit = role == Qt::ToolTipRole && !unit_.isEmpty() ? ", " + unit_ : QString();
        switch (section) {
        case Id:
            return role == Qt::ToolTipRole ? tr("Object id in the catalogue") : tr("Galaxy");
        case Truth:
            return tr("Truth") + unit;
        default:
            return role == Qt::ToolTipRole ? tr("Point prediction of the base head") + unit
                                           : tr("Prediction");
        }
    }
    const auto [prediction, part] = table_.methodCell(section);
    const QString method = QString::fromStdString(prediction->method);
    if (role == Qt::DecorationRole && part == Lower)
        return methodChip(method, theme_);
    static const char* const names[] = {QT_TR_NOOP("low"), QT_TR_NOOP("high"), QT_TR_NOOP("covers")};
    if (role == Qt::DisplayRole || role == Qt::ToolTipRole)
        return part == Lower || role == Qt::ToolTipRole ? method + ' ' + tr(names[part]) : tr(names[part]);
    return {};
}

std::vector<double> GalaxyModel::sortKeys(int column) const {
    if (column == Truth)
        return table_.truth;
    if (column == BasePrediction)
        return table_.base;
    std::vector<double> keys(table_.rows.size());
    const auto [prediction, part] = table_.methodCell(column);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (part == Lower)
            keys[i] = prediction->lower[i];
        else if (part == Upper)
            keys[i] = prediction->upper[i];
        else if (std::isnan(table_.truth[i]))
            keys[i] = nan;
        else
            keys[i] = covers(*prediction, i, table_.truth[i]) ? 1.0 : 0.0;
    }
    return keys;
}

void GalaxyModel::applySort() {
    if (table_.order.empty())
        return;
    std::iota(table_.order.begin(), table_.order.end(), 0U);
    const bool down = sortOrder_ == Qt::DescendingOrder;
    const auto byKeys = [&](const auto& keys, const auto& isMissing) {
        std::stable_sort(table_.order.begin(), table_.order.end(), [&](std::uint32_t a, std::uint32_t b) {
            const bool noA = isMissing(keys[a]), noB = isMissing(keys[b]);
            if (noA || noB)
                return !noA && noB; // rows without a value come last in both directions
            return down ? keys[b] < keys[a] : keys[a] < keys[b];
        });
    };
    if (keys_.size() == table_.order.size())
        return byKeys(keys_, [](double key) { return std::isnan(key); });
    if (sortColumn_ < 0)
        return;
    if (sortColumn_ != Id) {
        byKeys(sortKeys(sortColumn_), [](double key) { return std::isnan(key); });
        return;
    }
    if (!table_.catalogue) {
        byKeys(table_.rows, [](std::int64_t) { return false; });
        return;
    }
    const auto byIntegers = [&](const auto& ids) {
        std::decay_t<decltype(ids)> keys(table_.rows.size());
        for (std::size_t i = 0; i < keys.size(); ++i)
            keys[i] = ids.at(static_cast<std::size_t>(table_.rows[i]));
        byKeys(keys, [](auto) { return false; });
    };
    if (const auto* ids = std::get_if<std::vector<std::int64_t>>(&table_.catalogue->objectId.values))
        return byIntegers(*ids);
    if (const auto* ids = std::get_if<std::vector<std::uint64_t>>(&table_.catalogue->objectId.values))
        return byIntegers(*ids);
    std::vector<QString> keys(table_.rows.size());
    for (std::size_t i = 0; i < keys.size(); ++i)
        keys[i] = QString::fromStdString(table_.idText(i));
    byKeys(keys, [](const QString&) { return false; });
}

void GalaxyModel::sort(int column, Qt::SortOrder order) {
    if (column >= columnCount())
        return;
    sortColumn_ = column;
    sortOrder_ = order;
    keys_.clear();
    rearrange();
}

void GalaxyModel::orderBy(std::vector<double> keys, Qt::SortOrder order) {
    if (keys.empty() && keys_.empty())
        return;
    keys_ = std::move(keys);
    sortOrder_ = order;
    sortColumn_ = -1;
    rearrange();
}

void GalaxyModel::rearrange() {
    Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    std::vector<std::uint32_t> shown;
    for (const QModelIndex& old : before)
        shown.push_back(table_.order[static_cast<std::size_t>(old.row())]);
    applySort();
    if (!before.isEmpty()) {
        std::vector<std::uint32_t> place(table_.order.size());
        for (std::size_t i = 0; i < table_.order.size(); ++i)
            place[table_.order[i]] = static_cast<std::uint32_t>(i);
        QModelIndexList after;
        for (qsizetype i = 0; i < before.size(); ++i)
            after << index(static_cast<int>(place[shown[static_cast<std::size_t>(i)]]), before[i].column());
        changePersistentIndexList(before, after);
    }
    Q_EMIT layoutChanged({}, VerticalSortHint);
}

} // namespace penumbra::gui
