#include "core/io/arrow_columns.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/arrow_values.h"
#include "core/io/table_readers_internal.h"

#include <arrow/extension_type.h>

#include <algorithm>

namespace penumbra::io {

namespace {

using Id = arrow::Type;

bool isList(const arrow::DataType& type) {
    return type.id() == Id::LIST || type.id() == Id::LARGE_LIST || type.id() == Id::FIXED_SIZE_LIST;
}

const arrow::DataType& storageOf(const arrow::DataType& type) {
    return type.id() == Id::EXTENSION ? *static_cast<const arrow::ExtensionType&>(type).storage_type() : type;
}

std::string metadataValue(const arrow::Field& field, std::initializer_list<const char*> keys) {
    if (const auto metadata = field.metadata())
        for (const char* key : keys)
            if (const int at = metadata->FindKey(key); at >= 0)
                return toUtf8(metadata->value(at));
    return {};
}

/// Walks structs, through lists as well.
void flatten(const arrow::Field& field, const arrow::DataType& given, ArrowField so,
             std::vector<ArrowField>& out) {
    const arrow::DataType& type = storageOf(given);
    if (const std::string unit = metadataValue(field, {"unit", "units"}); !unit.empty())
        so.unit = unit;
    if (const std::string text = metadataValue(field, {"description", "comment"}); !text.empty())
        so.description = text;
    if (const std::string ucd = metadataValue(field, {"ucd"}); !ucd.empty())
        so.ucd = ucd;
    if (isList(type)) {
        const auto& element = *static_cast<const arrow::BaseListType&>(type).value_field();
        flatten(element, *element.type(), std::move(so), out);
        return;
    }
    if (type.id() != Id::STRUCT) {
        try {
            ArrowValues().start(type);
        } catch (const Unfit& unfit) {
            so.trouble = unfit.reason;
        }
        out.push_back(std::move(so));
        return;
    }
    for (int i = 0; i < type.num_fields(); ++i) {
        ArrowField child = so;
        child.name += "." + toUtf8(type.field(i)->name());
        child.path.push_back(i);
        flatten(*type.field(i), *type.field(i)->type(), std::move(child), out);
    }
}

/// Elements begin .. begin + count, or the listed ones (-1: missing).
struct Entries {
    std::int64_t begin = 0;
    std::int64_t count = 0;
    bool listed = false;
    std::vector<std::int64_t> list;
    std::int64_t at(std::int64_t i) const { return listed ? list[static_cast<std::size_t>(i)] : begin + i; }
};

} // namespace

void orThrow(const arrow::Status& status, const std::string& source) {
    if (status.IsOutOfMemory())
        throw Error(source + ": it claims more memory than a file of its size can need: it is damaged");
    if (!status.ok())
        throw Error(source + ": " + toUtf8(status.message()));
}

std::map<std::string, std::string>
keyValuesOf(const std::shared_ptr<const arrow::KeyValueMetadata>& metadata) {
    std::map<std::string, std::string> pairs;
    for (std::int64_t i = 0; metadata && i < metadata->size(); ++i)
        pairs.emplace(metadata->key(i), metadata->value(i));
    return pairs;
}

std::vector<ArrowField> flattenedFields(const arrow::Schema& schema) {
    std::vector<ArrowField> fields;
    for (int i = 0; i < schema.num_fields(); ++i) {
        const arrow::Field& field = *schema.field(i);
        flatten(field, *field.type(), {toUtf8(field.name()), "", "", "", {i}, ""}, fields);
    }
    return fields;
}

std::string arrowTypeName(const arrow::DataType& given) {
    const arrow::DataType& type = storageOf(given);
    if (type.id() == Id::FIXED_SIZE_LIST) {
        const auto& list = static_cast<const arrow::FixedSizeListType&>(type);
        return arrowTypeName(*list.value_type()) + "[" + std::to_string(list.list_size()) + "]";
    }
    if (isList(type))
        return arrowTypeName(*static_cast<const arrow::BaseListType&>(type).value_type()) + " list";
    try {
        ArrowValues values;
        values.start(type);
        Column column;
        column.values = std::move(values.values);
        return column.typeName();
    } catch (const Unfit&) {
        return type.ToString();
    }
}

std::string typeNameOf(const arrow::Schema& schema, const ArrowField& field) {
    std::string lists;
    const arrow::DataType* type = schema.field(field.path.front())->type().get();
    std::size_t step = 1;
    while (step < field.path.size()) {
        type = &storageOf(*type);
        if (isList(*type)) {
            lists += " list";
            type = static_cast<const arrow::BaseListType*>(type)->value_type().get();
        } else {
            type = type->field(field.path[step++])->type().get();
        }
    }
    return arrowTypeName(*type) + lists;
}

class ArrowColumn::Filler {
public:
    Filler(ArrowField field, std::size_t rows, std::size_t bytes)
        : field_(std::move(field)), expectedRows_(rows), bytes_(bytes) {}

    void append(std::shared_ptr<arrow::Array> array, std::int64_t rows) {
        Entries entries{0, rows, false, {}};
        std::size_t step = 1, level = 0;
        for (;; ++level) {
            while (array->type_id() == Id::EXTENSION || array->type_id() == Id::STRUCT) {
                if (array->type_id() == Id::EXTENSION) {
                    array = static_cast<const arrow::ExtensionArray&>(*array).storage();
                    continue;
                }
                const auto& parts = static_cast<const arrow::StructArray&>(*array);
                array = orThrow(parts.GetFlattenedField(field_.path.at(step++)), field_.name);
            }
            if (!isList(*array->type()))
                break;
            if (widths_.size() <= level)
                widths_.push_back(unknown);
            if (!descend(array, entries, level)) {
                pendingRows_ +=
                    static_cast<std::size_t>(rows); // nothing in it yet says how long the lists are
                rows_ += static_cast<std::size_t>(rows);
                return;
            }
        }
        takeLeaf(*array, entries);
        rows_ += static_cast<std::size_t>(rows);
    }

    Column finish(Table& notes) {
        Column column;
        column.name = field_.name;
        column.unit = field_.unit.empty() ? values_.unit : field_.unit;
        column.description = field_.description;
        column.ucd = field_.ucd;
        if (pendingRows_ > 0 || width() == 0)
            throw Unfit{"its lists are empty in every row"};
        column.width = width();
        if (emptyLists_ > 0)
            notes.tell({"empty-lists",
                        field_.name,
                        "column " + field_.name + ": " + withThousands(static_cast<long long>(emptyLists_)) +
                            " rows have an empty list; they are missing",
                        emptyLists_,
                        {}});
        if (auto* integers = std::get_if<std::vector<std::uint64_t>>(&values_.values))
            values_.values = narrowed(std::move(*integers));
        column.values = std::move(values_.values);
        if (!values_.blanks.empty()) {
            values_.blanks.resize(column.rows() * column.width, 0);
            markMissing(column, values_.blanks);
        }
        return column;
    }

    void giveUp(std::string reason) {
        field_.trouble = std::move(reason);
        values_ = {};
    }
    const ArrowField& field() const { return field_; }

private:
    static constexpr std::int64_t unknown = -1;

    std::size_t width() const {
        std::size_t width = 1;
        for (const std::int64_t w : widths_)
            width *= static_cast<std::size_t>(std::max<std::int64_t>(w, 0));
        return width;
    }

    /// From entries of a list array to those of its elements. False while no list has an element.
    bool descend(std::shared_ptr<arrow::Array>& array, Entries& entries, std::size_t level) {
        switch (array->type_id()) {
        case Id::LIST:
            return descendInto(static_cast<const arrow::ListArray&>(*array), array, entries, level);
        case Id::LARGE_LIST:
            return descendInto(static_cast<const arrow::LargeListArray&>(*array), array, entries, level);
        default:
            return descendInto(static_cast<const arrow::FixedSizeListArray&>(*array), array, entries, level);
        }
    }

    template <typename List>
    bool descendInto(const List& lists, std::shared_ptr<arrow::Array>& array, Entries& entries,
                     std::size_t level) {
        std::int64_t& width = widths_[level];
        bool plain = !entries.listed && lists.null_count() == 0;
        for (std::int64_t i = 0; i < entries.count; ++i) {
            const std::int64_t at = entries.at(i);
            if (at < 0 || lists.IsNull(at))
                continue;
            const auto length = static_cast<std::int64_t>(lists.value_length(at));
            if (length == 0) {
                ++emptyLists_;
                plain = false;
                continue;
            }
            if (width == unknown)
                width = length;
            if (length != width)
                throw Unfit{"its lists differ in length: " + std::to_string(width) + " elements at first, " +
                            std::to_string(length) + " in row " +
                            std::to_string(rows_ + (level == 0 ? static_cast<std::size_t>(i) : 0)) +
                            (level == 0 ? "" : " or after")};
        }
        if (width == unknown)
            return false;
        if (plain && entries.count > 0) {
            entries.begin = lists.value_offset(entries.begin);
            entries.count *= width;
        } else {
            entries = listedElements(lists, entries, width);
        }
        array = lists.values();
        return true;
    }

    template <typename List>
    static Entries listedElements(const List& lists, const Entries& entries, std::int64_t width) {
        Entries elements{0, entries.count * width, true, {}};
        elements.list.reserve(static_cast<std::size_t>(elements.count));
        for (std::int64_t i = 0; i < entries.count; ++i) {
            const std::int64_t at = entries.at(i);
            const bool there = at >= 0 && !lists.IsNull(at) && lists.value_length(at) > 0;
            const std::int64_t start = there ? static_cast<std::int64_t>(lists.value_offset(at)) : 0;
            for (std::int64_t k = 0; k < width; ++k)
                elements.list.push_back(there ? start + k : -1);
        }
        return elements;
    }

    void takeLeaf(const arrow::Array& leaf, const Entries& entries) {
        if (!values_.started)
            values_.start(*leaf.type());
        if (!reserved_) {
            values_.reserve(expectedRows_ * width(), bytes_);
            reserved_ = true;
        }
        if (pendingRows_ > 0) {
            values_.appendMissing(pendingRows_ * width());
            pendingRows_ = 0;
        }
        if (!entries.listed) {
            values_.append(leaf, entries.begin, entries.count);
            return;
        }
        // Runs of neighbours at once.
        for (std::size_t i = 0; i < entries.list.size();) {
            const std::int64_t first = entries.list[i];
            std::size_t j = i + 1;
            while (j < entries.list.size() &&
                   entries.list[j] == (first < 0 ? -1 : first + static_cast<std::int64_t>(j - i)))
                ++j;
            if (first < 0)
                values_.appendMissing(j - i);
            else
                values_.append(leaf, first, static_cast<std::int64_t>(j - i));
            i = j;
        }
    }

    ArrowField field_;
    std::size_t expectedRows_, bytes_;
    std::size_t rows_ = 0, pendingRows_ = 0, emptyLists_ = 0;
    bool reserved_ = false;
    std::vector<std::int64_t> widths_; ///< of each level of lists
    ArrowValues values_;
};

ArrowColumn::ArrowColumn(ArrowField field, std::size_t rows, std::size_t bytes)
    : filler_(std::make_unique<Filler>(std::move(field), rows, bytes)) {}
ArrowColumn::~ArrowColumn() = default;
ArrowColumn::ArrowColumn(ArrowColumn&&) noexcept = default;

void ArrowColumn::append(const arrow::RecordBatch& batch, std::int64_t rows) {
    if (!trouble().empty())
        return;
    try {
        filler_->append(batch.column(filler_->field().path.front()), rows);
    } catch (const Unfit& unfit) {
        filler_->giveUp(unfit.reason);
    }
}

const std::string& ArrowColumn::name() const {
    return filler_->field().name;
}

const std::string& ArrowColumn::trouble() const {
    return filler_->field().trouble;
}

Column ArrowColumn::finish(Table& notes) {
    try {
        if (trouble().empty())
            return filler_->finish(notes);
    } catch (const Unfit& unfit) {
        filler_->giveUp(unfit.reason);
    }
    return {};
}

void finishColumns(std::vector<ArrowColumn>& columns, bool asked, Table& table) {
    for (ArrowColumn& column : columns) {
        Column finished = column.finish(table);
        if (column.trouble().empty()) {
            table.columns.push_back(std::move(finished));
            continue;
        }
        if (asked)
            throw Error(table.source + ": column " + column.name() + " cannot be read: " + column.trouble());
        table.tell({"left-out",
                    column.name(),
                    "column " + column.name() + " is left out: " + column.trouble(),
                    0,
                    {}});
    }
    columns.clear();
}

} // namespace penumbra::io
