#include "gui/models/galaxy_model.h"

#include "core/base/error.h"
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
    return QString::number(value, 'f', decimals);
}

} // namespace

bool covers(double lower, double truth, double upper) {
    return lower < truth && truth < upper;
}

int decimalsFor(const Prediction& prediction) {
    std::vector<double> widths;
    const std::size_t step = std::max<std::size_t>(1, prediction.lower.size() / 2000);
    for (std::size_t i = 0; i < prediction.lower.size(); i += step) {
        const double width = std::abs(prediction.upper[i] - prediction.lower[i]);
        if (std::isfinite(width) && width > 0)
            widths.push_back(width);
    }
    if (widths.empty())
        return 3;
    const auto middle = widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2);
    std::nth_element(widths.begin(), middle, widths.end());
    return std::clamp(static_cast<int>(2 - std::floor(std::log10(*middle))), 0, 9);
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
    const auto sameMethods = [](const Prediction* a, const Prediction* b) { return a->method == b->method; };
    std::vector<std::int64_t> rows = found.testRows();
    const bool sameShape = study_ && rows == rows_ && catalogue == catalogue_ &&
                           std::equal(predictions.begin(), predictions.end(), predictions_.begin(),
                                      predictions_.end(), sameMethods);
    if (!sameShape)
        beginResetModel();
    predictions_ = std::move(predictions);
    truth_ = found.testTruth();
    base_ = basePredictionOf(found);
    base_.resize(rows.size(), nan);
    unit_ = QString::fromStdString(found.unit);
    decimals_ = predictions_.empty() ? 3 : decimalsFor(*predictions_.front());
    rows_ = std::move(rows);
    catalogue_ = std::move(catalogue);
    study_ = std::move(study); // last: the former study owned what was shown until now
    if (!sameShape) {
        order_.resize(rows_.size());
        std::iota(order_.begin(), order_.end(), 0U);
        if (sortColumn_ >= columnCount())
            sortColumn_ = -1;
        applySort();
        endResetModel();
        return;
    }
    if (sortColumn_ >= 0)
        sort(sortColumn_, sortOrder_);
    if (rowCount() > 0) // keeps selection and scroll position
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

void GalaxyModel::clear() {
    beginResetModel();
    study_.reset();
    catalogue_.reset();
    predictions_.clear();
    rows_.clear();
    truth_.clear();
    base_.clear();
    order_.clear();
    endResetModel();
}

void GalaxyModel::setTheme(const Theme& theme) {
    theme_ = theme;
    if (columnCount() > 0)
        Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

std::int64_t GalaxyModel::catalogueRow(int modelRow) const {
    return rows_[testIndex(modelRow)];
}

int GalaxyModel::modelRowOf(std::int64_t row) const {
    for (std::size_t i = 0; i < order_.size(); ++i)
        if (rows_[order_[i]] == row)
            return static_cast<int>(i);
    return -1;
}

int GalaxyModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(order_.size());
}

int GalaxyModel::columnCount(const QModelIndex& parent) const {
    if (parent.isValid() || !study_)
        return 0;
    return FixedColumns + ColumnsPerMethod * static_cast<int>(predictions_.size());
}

GalaxyModel::Cell GalaxyModel::methodCell(int column) const {
    const int offset = column - FixedColumns;
    return {predictions_[static_cast<std::size_t>(offset / ColumnsPerMethod)],
            static_cast<MethodColumn>(offset % ColumnsPerMethod)};
}

QString GalaxyModel::idText(std::size_t row) const {
    const auto catalogueRowNumber = static_cast<std::size_t>(rows_[row]);
    if (catalogue_ && catalogueRowNumber < catalogue_->rowCount)
        return QString::fromStdString(catalogue_->idText(catalogueRowNumber));
    return tr("row %1").arg(rows_[row]);
}

QString GalaxyModel::displayed(std::size_t row, int column) const {
    switch (column) {
    case Id:
        return idText(row);
    case Truth:
        return numberText(truth_[row], decimals_);
    case BasePrediction:
        return numberText(base_[row], decimals_);
    default:
        break;
    }
    const auto [prediction, part] = methodCell(column);
    switch (part) {
    case Lower:
        return numberText(prediction->lower[row], decimals_);
    case Upper:
        return numberText(prediction->upper[row], decimals_);
    default:
        break;
    }
    if (std::isnan(truth_[row]))
        return QStringLiteral("–");
    return covers(prediction->lower[row], truth_[row], prediction->upper[row]) ? tr("yes") : tr("no");
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
        const bool verdict = index.column() >= FixedColumns && methodCell(index.column()).part == Covered;
        return QVariant::fromValue(Qt::AlignVCenter | (verdict ? Qt::AlignHCenter : Qt::AlignRight));
    }
    if (role == Qt::ForegroundRole && index.column() >= FixedColumns) {
        const auto [prediction, part] = methodCell(index.column());
        if (part == Covered && !std::isnan(truth_[row]))
            return QBrush(covers(prediction->lower[row], truth_[row], prediction->upper[row])
                              ? theme_.secondaryText
                              : theme_.warning);
    }
    return {};
}

/// Over its numbers, or beside its chip.
Qt::AlignmentFlag GalaxyModel::headerAlignment(int section) const {
    if (section < FixedColumns)
        return section == Id ? Qt::AlignLeft : Qt::AlignRight;
    const MethodColumn part = methodCell(section).part;
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
    const auto [prediction, part] = methodCell(section);
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
        return truth_;
    if (column == BasePrediction)
        return base_;
    std::vector<double> keys(rows_.size());
    const auto [prediction, part] = methodCell(column);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (part == Lower)
            keys[i] = prediction->lower[i];
        else if (part == Upper)
            keys[i] = prediction->upper[i];
        else if (std::isnan(truth_[i]))
            keys[i] = nan;
        else
            keys[i] = covers(prediction->lower[i], truth_[i], prediction->upper[i]) ? 1.0 : 0.0;
    }
    return keys;
}

void GalaxyModel::applySort() {
    if (sortColumn_ < 0 || order_.empty())
        return;
    std::iota(order_.begin(), order_.end(), 0U);
    const bool down = sortOrder_ == Qt::DescendingOrder;
    const auto byKeys = [&](const auto& keys, const auto& isMissing) {
        std::stable_sort(order_.begin(), order_.end(), [&](std::uint32_t a, std::uint32_t b) {
            const bool noA = isMissing(keys[a]), noB = isMissing(keys[b]);
            if (noA || noB)
                return !noA && noB; // rows without a value come last in both directions
            return down ? keys[b] < keys[a] : keys[a] < keys[b];
        });
    };
    if (sortColumn_ != Id) {
        byKeys(sortKeys(sortColumn_), [](double key) { return std::isnan(key); });
        return;
    }
    if (!catalogue_) {
        byKeys(rows_, [](std::int64_t) { return false; });
        return;
    }
    if (const auto* ids = std::get_if<std::vector<std::int64_t>>(&catalogue_->objectId.values)) {
        std::vector<std::int64_t> keys(rows_.size());
        for (std::size_t i = 0; i < keys.size(); ++i)
            keys[i] = ids->at(static_cast<std::size_t>(rows_[i]));
        byKeys(keys, [](std::int64_t) { return false; });
        return;
    }
    std::vector<QString> keys(rows_.size());
    for (std::size_t i = 0; i < keys.size(); ++i)
        keys[i] = idText(i);
    byKeys(keys, [](const QString&) { return false; });
}

void GalaxyModel::sort(int column, Qt::SortOrder order) {
    if (column >= columnCount())
        return;
    sortColumn_ = column;
    sortOrder_ = order;
    Q_EMIT layoutAboutToBeChanged({}, VerticalSortHint);
    const QModelIndexList before = persistentIndexList();
    std::vector<std::uint32_t> shown;
    for (const QModelIndex& old : before)
        shown.push_back(order_[static_cast<std::size_t>(old.row())]);
    applySort();
    if (!before.isEmpty()) {
        std::vector<std::uint32_t> place(order_.size());
        for (std::size_t i = 0; i < order_.size(); ++i)
            place[order_[i]] = static_cast<std::uint32_t>(i);
        QModelIndexList after;
        for (qsizetype i = 0; i < before.size(); ++i)
            after << index(static_cast<int>(place[shown[static_cast<std::size_t>(i)]]), before[i].column());
        changePersistentIndexList(before, after);
    }
    Q_EMIT layoutChanged({}, VerticalSortHint);
}

} // namespace penumbra::gui
