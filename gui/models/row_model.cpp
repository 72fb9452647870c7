#include "gui/models/row_model.h"

#include "core/base/text.h"

#include <cmath>

namespace penumbra::gui {

namespace {

constexpr std::size_t elementsShown = 4; ///< of a vector column

QString realText(double value) {
    return std::isnan(value) ? QString() : QString::fromStdString(formatReal(value, 8));
}

} // namespace

void RowModel::show(std::shared_ptr<const io::Table> table) {
    beginResetModel();
    table_ = std::move(table);
    catalogue_.reset();
    sources_.clear();
    rows_ = table_ ? table_->rows() : 0;
    if (table_)
        for (const io::Column& column : table_->columns)
            sources_.push_back({QString::fromStdString(column.name), &column, nullptr, nullptr});
    endResetModel();
}

void RowModel::show(std::shared_ptr<const Catalogue> catalogue) {
    beginResetModel();
    catalogue_ = std::move(catalogue);
    table_.reset();
    sources_.clear();
    rows_ = catalogue_ ? catalogue_->rowCount : 0;
    if (catalogue_) {
        sources_.push_back({"object_id", &catalogue_->objectId, nullptr, nullptr});
        if (!catalogue_->split.empty())
            sources_.push_back({"split", nullptr, nullptr, &catalogue_->split});
        for (const Target& target : catalogue_->targets)
            sources_.push_back({QString::fromStdString(target.name), nullptr, &target.values, nullptr});
        if (!catalogue_->ra.empty())
            sources_.push_back({"ra", nullptr, &catalogue_->ra, nullptr});
        if (!catalogue_->dec.empty())
            sources_.push_back({"dec", nullptr, &catalogue_->dec, nullptr});
        for (const io::Column& column : catalogue_->columns.columns)
            sources_.push_back({QString::fromStdString(column.name), &column, nullptr, nullptr});
    }
    endResetModel();
}

int RowModel::columnNamed(const QString& name) const {
    const QString plain = name.section('[', 0, 0); // an element of a vector column
    for (std::size_t i = 0; i < sources_.size(); ++i)
        if (sources_[i].name == name || sources_[i].name == plain)
            return static_cast<int>(i);
    return -1;
}

int RowModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(rows_);
}

int RowModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(sources_.size());
}

QString RowModel::cell(const Source& source, std::size_t row) const {
    if (source.reals)
        return realText((*source.reals)[row]);
    if (source.split) {
        static const char* const names[] = {QT_TR_NOOP("train"), QT_TR_NOOP("calibration"),
                                            QT_TR_NOOP("test")};
        return tr(names[(*source.split)[row]]);
    }
    if (source.column->width == 1)
        return QString::fromStdString(source.column->asText(row));
    QStringList elements;
    for (std::size_t k = 0; k < std::min(source.column->width, elementsShown); ++k)
        elements << QString::fromStdString(source.column->asText(row, k));
    return elements.join(", ") + (source.column->width > elementsShown ? ", …" : "");
}

QVariant RowModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= columnCount())
        return {};
    const Source& source = sources_[static_cast<std::size_t>(index.column())];
    if (role == Qt::DisplayRole)
        return cell(source, static_cast<std::size_t>(index.row()));
    if (role == Qt::TextAlignmentRole) {
        const bool number = source.reals || (source.column && source.column->isNumeric());
        return QVariant::fromValue(Qt::AlignVCenter | (number ? Qt::AlignRight : Qt::AlignLeft));
    }
    return {};
}

QVariant RowModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (role != Qt::DisplayRole)
        return {};
    if (orientation == Qt::Vertical)
        return QString::number(section); // from 0, as every message counts rows
    return section >= 0 && section < columnCount() ? sources_[static_cast<std::size_t>(section)].name
                                                   : QVariant();
}

} // namespace penumbra::gui
