#pragma once

#include "core/catalogue/catalogue.h"
#include "core/io/table.h"

#include <QAbstractTableModel>

#include <memory>
#include <vector>

namespace penumbra::gui {

/// The rows of a file as they are: of a raw table, or of a catalogue (id, split, targets, columns). Texts are
/// made only for the cells in view, so a million rows scroll as one does.
class RowModel : public QAbstractTableModel {
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;
    void show(std::shared_ptr<const io::Table> table);
    void show(std::shared_ptr<const Catalogue> catalogue);
    int columnNamed(const QString& name) const; ///< -1: none

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    /// One of the three is set.
    struct Source {
        QString name;
        const io::Column* column = nullptr;
        const std::vector<double>* reals = nullptr;
        const std::vector<std::uint8_t>* split = nullptr;
    };
    QString cell(const Source& source, std::size_t row) const;

    std::shared_ptr<const io::Table> table_;
    std::shared_ptr<const Catalogue> catalogue_;
    std::vector<Source> sources_; ///< into table_ or catalogue_
    std::size_t rows_ = 0;
};

} // namespace penumbra::gui
