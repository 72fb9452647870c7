#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/arrow_columns.h"
#include "core/io/arrow_metadata.h"
#include "core/io/arrow_pool.h"
#include "core/io/parquet_outline.h"
#include "core/io/table_readers_internal.h"

#include <arrow/io/file.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/schema.h>
#include <parquet/file_reader.h>

#include <algorithm>
#include <set>

namespace penumbra::io {

namespace {

/// The columns of the file under one field, in the order in which flattenedFields walks them.
void collectLeaves(const parquet::arrow::SchemaField& field, std::vector<int>& leaves) {
    if (field.is_leaf())
        leaves.push_back(field.column_index);
    for (const auto& child : field.children)
        collectLeaves(child, leaves);
}

/// A Parquet file that is open, its schema taken apart.
class OpenParquet {
public:
    explicit OpenParquet(const std::filesystem::path& path) : source_(path.string()), pool_(poolFor(path)) {
        auto file = orThrow(arrow::io::ReadableFile::Open(path.string(), pool_), source_);
        parquet::ReaderProperties properties(pool_);
        properties.enable_buffered_stream();
        properties.set_buffer_size(std::int64_t{1} << 16);
        properties.set_page_checksum_verification(true);
        parquet::arrow::FileReaderBuilder builder;
        orThrow(builder.Open(std::move(file), properties), source_);
        builder.memory_pool(pool_);
        reader_ = orThrow(builder.Build(), source_);
        orThrow(reader_->GetSchema(&schema_), source_);
        collectFields();
    }

    const std::string& source() const { return source_; }
    const arrow::Schema& schema() const { return *schema_; }
    const std::vector<ArrowField>& fields() const { return fields_; }
    const parquet::FileMetaData& metadata() const { return *reader_->parquet_reader()->metadata(); }
    std::int64_t rows() const { return std::max<std::int64_t>(metadata().num_rows(), 0); }

    /// The rows from `first` to before `end`, as batches.
    struct Batches {
        std::unique_ptr<arrow::RecordBatchReader> reader;
        std::int64_t skip = 0; ///< rows that come before the first one wanted
    };
    /// Batches of some 64 MB of the fields wanted, from the row groups that hold the rows.
    Batches batches(const std::vector<std::size_t>& wanted, std::int64_t first, std::int64_t end) {
        std::vector<int> leaves, groups;
        for (const std::size_t i : wanted)
            leaves.push_back(leaves_[i]);
        Batches batches;
        double bytes = 0.0;
        std::int64_t seen = 0, chosen = 0;
        for (int g = 0; g < metadata().num_row_groups() && seen < end; ++g) {
            const auto group = metadata().RowGroup(g);
            const std::int64_t rows = std::max<std::int64_t>(group->num_rows(), 0);
            seen += rows;
            if (seen <= first) {
                batches.skip -= rows;
                continue;
            }
            groups.push_back(g);
            chosen += rows;
            for (const int leaf : leaves) {
                const auto chunk = group->ColumnChunk(leaf);
                bytes +=
                    static_cast<double>(std::max(8 * chunk->num_values(), chunk->total_uncompressed_size()));
            }
        }
        batches.skip += first;
        constexpr double batchBytes = 64.0 * 1048576.0;
        const double perRow = std::max(1.0, bytes / static_cast<double>(std::max<std::int64_t>(chosen, 1)));
        reader_->set_batch_size(static_cast<std::int64_t>(std::clamp(batchBytes / perRow, 16.0, 65536.0)));
        batches.reader = orThrow(reader_->GetRecordBatchReader(groups, leaves), source_);
        return batches;
    }

private:
    void collectFields() {
        const auto all = flattenedFields(*schema_);
        for (const auto& top : reader_->manifest().schema_fields)
            collectLeaves(top, leaves_);
        if (all.size() == leaves_.size()) {
            fields_ = all;
            return;
        }
        // Maps and their like have more leaves than fields: only what agrees, field by field, is offered.
        leaves_.clear();
        for (std::size_t i = 0; i < reader_->manifest().schema_fields.size(); ++i) {
            std::vector<int> leaves;
            collectLeaves(reader_->manifest().schema_fields[i], leaves);
            std::vector<ArrowField> under;
            for (const ArrowField& field : all)
                if (field.path.front() == static_cast<int>(i))
                    under.push_back(field);
            for (std::size_t k = 0; k < under.size(); ++k) {
                fields_.push_back(under[k]);
                if (under.size() != leaves.size() && under[k].trouble.empty())
                    fields_.back().trouble = "it lies beside a map or another type that no column holds";
                leaves_.push_back(leaves[std::min(k, leaves.size() - 1)]);
            }
        }
    }

    std::string source_;
    arrow::MemoryPool* pool_;
    std::unique_ptr<parquet::arrow::FileReader> reader_;
    std::shared_ptr<arrow::Schema> schema_;
    std::vector<ArrowField> fields_;
    std::vector<int> leaves_; ///< the column of the file behind each field
};

std::map<std::string, std::string> keyValues(const parquet::FileMetaData& metadata) {
    std::map<std::string, std::string> pairs;
    if (const auto stored = metadata.key_value_metadata())
        for (std::int64_t i = 0; i < stored->size(); ++i)
            pairs.emplace(stored->key(i), stored->value(i));
    return pairs;
}

/// Reads `count` rows. @throws Error if fewer are there.
void fillColumns(OpenParquet::Batches& batches, std::int64_t count, std::vector<ArrowColumn>& columns,
                 const std::string& source, const RunContext& context) {
    std::int64_t done = 0, skip = batches.skip;
    while (done < count) {
        context.step(static_cast<double>(done) / static_cast<double>(count), "reading " + source);
        std::shared_ptr<arrow::RecordBatch> batch;
        orThrow(batches.reader->ReadNext(&batch), source);
        if (!batch)
            throw Error(source + ": says it has " + std::to_string(count - done) +
                        " rows more than are there: the file is cut or damaged");
        const std::int64_t passed = std::min(skip, batch->num_rows());
        skip -= passed;
        const std::int64_t rows = std::min(batch->num_rows() - passed, count - done);
        if (rows == 0)
            continue;
        if (passed > 0)
            batch = batch->Slice(passed);
        for (ArrowColumn& column : columns)
            column.append(*batch, rows);
        done += rows;
    }
}

Table readOpen(OpenParquet& file, const std::filesystem::path& path, const ReadOptions& options,
               std::int64_t first, const RunContext& context) {
    Table table;
    table.source = file.source();
    std::vector<std::string> names;
    for (const ArrowField& field : file.fields())
        names.push_back(field.name);
    const bool asked = !options.columns.empty();
    const auto wanted = wantedColumns(table.source, names, withStructsTakenApart(options, names));
    const std::int64_t left = std::max<std::int64_t>(file.rows() - first, 0);
    const std::int64_t most =
        options.maxRows == 0 ? left : std::min(left, static_cast<std::int64_t>(options.maxRows));
    const std::size_t trusted = (std::size_t{64} << 20) + 8 * std::filesystem::file_size(path);

    std::vector<std::size_t> readable;
    for (const std::size_t i : wanted)
        if (file.fields()[i].trouble.empty())
            readable.push_back(i);
    OpenParquet::Batches batches;
    std::vector<ArrowField> places; // where they lie when nothing else is read
    if (!readable.empty()) {
        batches = file.batches(readable, first, first + most);
        places = flattenedFields(*batches.reader->schema());
        if (places.size() != readable.size())
            throw Error(table.source + ": its columns could not be told apart");
    }
    std::vector<ArrowColumn> columns;
    std::size_t place = 0;
    for (const std::size_t i : wanted) {
        ArrowField field = file.fields()[i];
        if (field.trouble.empty())
            field.path = places[place++].path;
        columns.emplace_back(std::move(field), static_cast<std::size_t>(most), trusted);
    }
    if (batches.reader)
        fillColumns(batches, most, columns, table.source, context);
    finishColumns(columns, asked, table);
    applyTableMetadata(keyValues(file.metadata()), table);
    return table;
}

} // namespace

bool looksLikeParquet(const std::filesystem::path&, FirstBytes firstBytes) {
    const std::string_view text(reinterpret_cast<const char*>(firstBytes.data()), firstBytes.size());
    return text.starts_with("PAR1") || text.starts_with("PARE");
}

Table readParquetTable(const std::filesystem::path& path, const ReadOptions& options,
                       const RunContext& context) {
    if (!options.part.empty())
        throw Error(path.string() + ": a Parquet file has no parts; part '" + options.part +
                    "' was asked for");
    return guardedFromArrow(path, [&] {
        OpenParquet file(path);
        return readOpen(file, path, options, 0, context);
    });
}

Table readParquetRows(const std::filesystem::path& path, const std::vector<std::string>& columns,
                      std::size_t first, std::size_t count) {
    return guardedFromArrow(path, [&] {
        OpenParquet file(path);
        ReadOptions options;
        options.columns = columns;
        options.maxRows = count;
        return readOpen(file, path, options, static_cast<std::int64_t>(first), RunContext{});
    });
}

TableOutline outlineParquet(const std::filesystem::path& path) {
    return guardedFromArrow(path, [&] {
        OpenParquet file(path);
        TableOutline outline;
        outline.rows = static_cast<std::size_t>(file.rows());
        for (const ArrowField& field : file.fields())
            outline.columns.push_back(
                {field.name, typeNameOf(file.schema(), field), field.unit, field.description});
        return outline;
    });
}

} // namespace penumbra::io
