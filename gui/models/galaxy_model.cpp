#include "gui/models/galaxy_model.h"

#include "core/base/error.h"
#include "core/base/text.h"
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
                       const std::vector<std::string>& methods, std::shared_ptr<const Catalogue> catalogue,
                       const std::vector<std::string>& columns) {
    const TargetStudy& found = study->target(target);
    std::vector<const Prediction*> predictions;
    for (const std::string& method : methods)
        if (const Prediction* prediction = found.prediction(method))
            predictions.push_back(prediction);
    if (study == table_.study && catalogue == table_.catalogue && !predictions.empty() &&
        predictions == table_.predictions && columns == columns_)
        return; // a galaxy was selected: all of it stands here already
    const auto sameMethods = [](const Prediction* a, const Prediction* b) { return a->method == b->method; };
    std::vector<std::int64_t> rows = found.testRows();
    const bool sameShape = table_.study && rows == table_.rows && catalogue == table_.catalogue &&
                           columns == columns_ &&
                           std::equal(predictions.begin(), predictions.end(), table_.predictions.begin(),
                                      table_.predictions.end(), sameMethods);
    const std::string sortedBy =
        sortColumn_ >= 0 && sortColumn_ < columnCount() ? table_.title(sortColumn_) : std::string();
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
    columns_ = columns;
    table_.arrangeColumns(columns);
    table_.study = std::move(study); // last: the former study owned what was shown until now
    if (!sameShape) {
        table_.order.resize(table_.rows.size());
        std::iota(table_.order.begin(), table_.order.end(), 0U);
        sortColumn_ = -1;
        for (int column = 0; column < columnCount() && !sortedBy.empty(); ++column)
            if (table_.title(column) == sortedBy)
                sortColumn_ = column;
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
    table_.columns.clear();
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

QString GalaxyModel::displayed(std::size_t row, int index) const {
    const GalaxyTable::Column& column = table_.column(index);
    if (column.part == Id)
        return QString::fromStdString(table_.idText(row));
    if (column.own && !(column.own->isNumeric() && !column.own->isInteger()))
        return QString::fromStdString(table_.text(row, index));
    const double value = table_.number(row, column);
    if (std::isnan(value))
        return QStringLiteral("–");
    switch (column.part) {
    case OwnColumn:
        return QString::fromStdString(formatReal(value, 6));
    case ErrorPerWidth:
        return numberText(value, 2);
    case Covered:
        return value == 1.0 ? tr("yes") : tr("no");
    default:
        return numberText(value, decimals_);
    }
}

QVariant GalaxyModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= columnCount())
        return {};
    const std::size_t row = testIndex(index.row());
    if (role == Qt::DisplayRole)
        return displayed(row, index.column());
    const GalaxyTable::Column& column = table_.column(index.column());
    if (role == Qt::TextAlignmentRole) {
        const bool isText = column.part == Id || (column.own && !column.own->isNumeric());
        return QVariant::fromValue(Qt::AlignVCenter | (isText                   ? Qt::AlignLeft
                                                       : column.part == Covered ? Qt::AlignHCenter
                                                                                : Qt::AlignRight));
    }
    if (role == Qt::BackgroundRole && tinted_.contains(table_.rows[row])) {
        QColor color = theme_.accent;
        color.setAlphaF(0.18f);
        return QBrush(color);
    }
    if (role == Qt::ForegroundRole && column.part == Covered && !std::isnan(table_.truth[row]))
        return QBrush(table_.number(row, column) == 1.0 ? theme_.secondaryText : theme_.warning);
    return {};
}

/// Over its numbers, or beside its chip.
Qt::AlignmentFlag GalaxyModel::headerAlignment(int section) const {
    const GalaxyTable::Column& column = table_.column(section);
    const bool isText = column.part == Id || (column.own && !column.own->isNumeric());
    return isText || isFirstOfMethod(section) ? Qt::AlignLeft
           : column.part == Covered           ? Qt::AlignHCenter
                                              : Qt::AlignRight;
}

bool GalaxyModel::isFirstOfMethod(int section) const {
    const Prediction* own = table_.column(section).prediction;
    return own != nullptr && table_.column(section - 1).prediction != own;
}

QVariant GalaxyModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::AlignVCenter | headerAlignment(section));
    const GalaxyTable::Column& column = table_.column(section);
    const QString method = column.prediction ? QString::fromStdString(column.prediction->method) : QString();
    if (role == Qt::DecorationRole)
        return isFirstOfMethod(section) ? methodChip(method, theme_) : QVariant();
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    const bool tip = role == Qt::ToolTipRole;
    const QString unit = tip && !unit_.isEmpty() ? ", " + unit_ : QString();
    switch (column.part) {
    case Id:
        return tip ? tr("Object id in the catalogue") : tr("Galaxy");
    case Truth:
        return tr("Truth") + unit;
    case BasePrediction:
        return (tip ? tr("Point prediction of the base head") : tr("Prediction")) + unit;
    case Error:
        return (tip ? tr("|truth - prediction|") : tr("|error|")) + unit;
    case OwnColumn: {
        const QString own = QString::fromStdString(column.own->unit);
        return QString::fromStdString(column.own->name) + (tip && !own.isEmpty() ? ", " + own : QString());
    }
    default:
        break;
    }
    static const char* const names[] = {QT_TR_NOOP("low"), QT_TR_NOOP("high"), QT_TR_NOOP("width"),
                                        QT_TR_NOOP("error / width"), QT_TR_NOOP("covers")};
    const QString part = tr(names[column.part - Lower]);
    return tip || isFirstOfMethod(section) ? method + ' ' + part : part;
}

std::vector<double> GalaxyModel::sortKeys(int column) const {
    std::vector<double> keys(table_.rows.size());
    for (std::size_t i = 0; i < keys.size(); ++i)
        keys[i] = table_.number(i, table_.column(column));
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
    const io::Column* own = table_.column(sortColumn_).own;
    if (sortColumn_ != Id && (own == nullptr || own->isNumeric())) {
        byKeys(sortKeys(sortColumn_), [](double key) { return std::isnan(key); });
        return;
    }
    if (!table_.catalogue && own == nullptr) {
        byKeys(table_.rows, [](std::int64_t) { return false; });
        return;
    }
    const auto byIntegers = [&](const auto& ids) {
        std::decay_t<decltype(ids)> keys(table_.rows.size());
        for (std::size_t i = 0; i < keys.size(); ++i)
            keys[i] = ids.at(static_cast<std::size_t>(table_.rows[i]));
        byKeys(keys, [](auto) { return false; });
    };
    const io::Column& texts = own ? *own : table_.catalogue->objectId;
    if (const auto* ids = std::get_if<std::vector<std::int64_t>>(&texts.values))
        return byIntegers(*ids);
    if (const auto* ids = std::get_if<std::vector<std::uint64_t>>(&texts.values))
        return byIntegers(*ids);
    std::vector<std::string> keys(table_.rows.size());
    for (std::size_t i = 0; i < keys.size(); ++i)
        keys[i] = table_.text(i, sortColumn_);
    byKeys(keys, [](const std::string&) { return false; });
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
