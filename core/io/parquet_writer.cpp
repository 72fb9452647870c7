#include "core/base/error.h"
#include "core/io/arrow_columns.h"
#include "core/io/table_writers_internal.h"

#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>

#include <algorithm>

namespace penumbra::io {

namespace {

using Type = ColumnLayout::Type;

std::shared_ptr<arrow::DataType> elementType(Type type) {
    switch (type) {
    case Type::Float64:
        return arrow::float64();
    case Type::Float32:
        return arrow::float32();
    case Type::Int64:
        return arrow::int64();
    case Type::UInt64:
        return arrow::uint64();
    case Type::Bool:
        return arrow::boolean();
    default:
        return arrow::utf8();
    }
}

std::shared_ptr<const arrow::KeyValueMetadata>
nonEmptyPairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::vector<std::string> keys, values;
    for (const auto& [key, value] : pairs)
        if (!value.empty()) {
            keys.push_back(key);
            values.push_back(value);
        }
    return keys.empty() ? nullptr : arrow::key_value_metadata(std::move(keys), std::move(values));
}

std::shared_ptr<arrow::Field> fieldOf(const ColumnLayout& column) {
    auto type = elementType(column.type);
    if (column.width != 1)
        type = arrow::fixed_size_list(arrow::field("element", type), static_cast<int>(column.width));
    return arrow::field(
        column.name, type, true,
        nonEmptyPairs({{"unit", column.unit}, {"description", column.description}, {"ucd", column.ucd}}));
}

std::shared_ptr<arrow::Schema> schemaOf(const TableLayout& layout, const TableMeta& meta) {
    arrow::FieldVector fields;
    for (const ColumnLayout& column : layout.columns)
        fields.push_back(fieldOf(column));
    auto pairs = meta.values;
    pairs.insert(pairs.begin(), {"title", meta.title});
    return arrow::schema(fields, nonEmptyPairs(pairs));
}

/// One bit a row, 1 where there is a value; null where none is missing.
std::shared_ptr<arrow::Buffer> validityOf(const Column& column, std::size_t first, std::size_t count,
                                          const std::string& source) {
    const auto begin = column.missing.begin() + static_cast<std::ptrdiff_t>(first);
    if (column.missing.empty() ||
        std::none_of(begin, begin + static_cast<std::ptrdiff_t>(count), [](auto m) { return m != 0; }))
        return nullptr;
    arrow::TypedBufferBuilder<bool> bits;
    for (std::size_t row = first; row < first + count; ++row)
        orThrow(bits.Append(column.missing[row] == 0), source);
    return orThrow(bits.Finish(), source);
}

/// The elements of rows first .. first + count; numbers are pointed to, not copied.
std::shared_ptr<arrow::Array> elementsOf(const Column& column, const std::shared_ptr<arrow::DataType>& type,
                                         std::size_t first, std::size_t count,
                                         std::shared_ptr<arrow::Buffer> validity, const std::string& source) {
    const std::size_t begin = first * column.width, size = count * column.width;
    return std::visit(
        [&](const auto& values) -> std::shared_ptr<arrow::Array> {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_same_v<Value, std::string>) {
                arrow::StringBuilder texts;
                for (std::size_t i = begin; i < begin + size; ++i)
                    orThrow(column.width == 1 && column.isMissing(i) ? texts.AppendNull()
                                                                     : texts.Append(values[i]),
                            source);
                return orThrow(texts.Finish(), source);
            } else if constexpr (std::is_same_v<Value, std::uint8_t>) {
                arrow::TypedBufferBuilder<bool> bits;
                for (std::size_t i = begin; i < begin + size; ++i)
                    orThrow(bits.Append(values[i] != 0), source);
                return std::make_shared<arrow::BooleanArray>(static_cast<std::int64_t>(size),
                                                             orThrow(bits.Finish(), source), validity);
            } else {
                const auto bytes = arrow::Buffer::Wrap(values.data() + begin, size);
                return arrow::MakeArray(
                    arrow::ArrayData::Make(type, static_cast<std::int64_t>(size), {validity, bytes}));
            }
        },
        column.values);
}

std::shared_ptr<arrow::Array> arrayOf(const Column& column, const std::shared_ptr<arrow::DataType>& type,
                                      std::size_t first, std::size_t count, const std::string& source) {
    const auto validity = validityOf(column, first, count, source);
    if (column.width == 1)
        return elementsOf(column, type, first, count, validity, source);
    const auto& list = static_cast<const arrow::FixedSizeListType&>(*type);
    return std::make_shared<arrow::FixedSizeListArray>(
        type, static_cast<std::int64_t>(count),
        elementsOf(column, list.value_type(), first, count, nullptr, source), validity);
}

/// Row groups of some 128 MB: what a reader holds at once.
std::int64_t rowsPerGroup(const TableLayout& layout) {
    std::size_t bytes = 1;
    for (const ColumnLayout& column : layout.columns)
        bytes += (column.type == Type::Text ? column.textBytes + 4 : 8) * column.width;
    return static_cast<std::int64_t>(std::clamp<std::size_t>((std::size_t{128} << 20) / bytes, 1, 1 << 20));
}

class ParquetSink : public TableSink {
public:
    ParquetSink(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta)
        : TableSink(path, layout), file_(path), schema_(schemaOf(layout, meta)) {
        guardedFromArrow(path, [&] {
            const std::string source = path.string();
            out_ = orThrow(arrow::io::FileOutputStream::Open(file_.temporaryPath().string()), source);
            const auto properties = parquet::WriterProperties::Builder()
                                        .compression(arrow::Compression::ZSTD)
                                        ->enable_page_checksum()
                                        ->max_row_group_length(rowsPerGroup(layout))
                                        ->created_by("Penumbra")
                                        ->build();
            // With Arrow's schema stored a vector stays a fixed-size list.
            const auto stored = parquet::ArrowWriterProperties::Builder().store_schema()->build();
            writer_ = orThrow(parquet::arrow::FileWriter::Open(*schema_, arrow::default_memory_pool(), out_,
                                                               properties, stored),
                              source);
        });
    }

private:
    void take(const Table& block, std::size_t first, std::size_t count) override {
        guardedFromArrow(path(), [&] {
            arrow::ArrayVector arrays;
            for (std::size_t i = 0; i < block.columns.size(); ++i)
                arrays.push_back(arrayOf(block.columns[i], schema_->field(static_cast<int>(i))->type(), first,
                                         count, path().string()));
            const auto batch = arrow::RecordBatch::Make(schema_, static_cast<std::int64_t>(count), arrays);
            orThrow(writer_->WriteRecordBatch(*batch), path().string());
        });
    }

    void seal(const std::stop_token& stop) override {
        guardedFromArrow(path(), [&] {
            orThrow(writer_->Close(), path().string());
            orThrow(out_->Close(), path().string());
        });
        file_.commit(stop);
    }

    AtomicFile file_;
    std::shared_ptr<arrow::Schema> schema_;
    std::shared_ptr<arrow::io::FileOutputStream> out_;
    std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

} // namespace

OpenedSink openParquet(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                       const RunContext&) {
    return std::make_unique<ParquetSink>(path, layout, meta);
}

} // namespace penumbra::io
