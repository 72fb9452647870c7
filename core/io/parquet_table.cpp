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
#include <utility>

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

    /// A stream of rows, as batches.
    struct Batches {
        std::unique_ptr<arrow::RecordBatchReader> reader;
        std::shared_ptr<arrow::RecordBatch> rest; ///< of a batch that was not used up; may be null
        std::int64_t skip = 0;                    ///< rows that come before the first one wanted
        std::int64_t end = 0;                     ///< the row after the last that it gives
    };
    /// Batches of some 64 MB of the fields wanted, from the row groups that hold the rows from `first` to
    /// before `end`.
    Batches batches(const std::vector<std::size_t>& wanted, std::int64_t first, std::int64_t end) {
        std::vector<int> leaves, groups;
        for (const std::size_t i : wanted)
            leaves.push_back(leaves_[i]);
        Batches batches;
        double bytes = 0.0;
        std::int64_t& seen = batches.end;
        std::int64_t chosen = 0;
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

/// Some columns of an open file. Rows asked for in order come out of one stream.
class Selection {
public:
    Selection(OpenParquet& file, const std::filesystem::path& path, const ReadOptions& options)
        : file_(file), asked_(!options.columns.empty()),
          trusted_((std::size_t{64} << 20) + 8 * std::filesystem::file_size(path)) {
        std::vector<std::string> names;
        for (const ArrowField& field : file.fields())
            names.push_back(field.name);
        for (const std::size_t i :
             wantedColumns(file.source(), names, withStructsTakenApart(options, names))) {
            fields_.push_back(file.fields()[i]);
            if (fields_.back().trouble.empty())
                readable_.push_back(i);
        }
        if (!readable_.empty())
            findPlaces();
    }

    /// Rows [first, first + count), as many as there are.
    Table read(std::int64_t first, std::int64_t count, const RunContext& context) {
        const std::int64_t rows = std::min(count, std::max<std::int64_t>(file_.rows() - first, 0));
        std::vector<ArrowColumn> columns;
        for (const ArrowField& field : fields_)
            columns.emplace_back(field, static_cast<std::size_t>(rows), trusted_);
        if (!readable_.empty())
            fill(columns, first, first + rows, context);
        Table table;
        table.source = file_.source();
        finishColumns(columns, asked_, table);
        return table;
    }

private:
    /// Where the fields lie when nothing else is read.
    void findPlaces() {
        const auto places = flattenedFields(*file_.batches(readable_, 0, 0).reader->schema());
        if (places.size() != readable_.size())
            throw Error(file_.source() + ": its columns could not be told apart");
        auto place = places.begin();
        for (ArrowField& field : fields_)
            if (field.trouble.empty())
                field.path = (place++)->path;
    }

    /// @throws Error if fewer rows are there; what is asked for next then begins anew.
    void fill(std::vector<ArrowColumn>& columns, std::int64_t first, std::int64_t end,
              const RunContext& context) {
        std::int64_t at = std::exchange(next_, nowhere);
        if (at != first)
            batches_ = {};
        for (at = first; at < end;) {
            context.step(static_cast<double>(at - first) / static_cast<double>(end - first),
                         "reading " + file_.source());
            if (at >= batches_.end) {
                batches_ = {}; // before the next: one stream in memory
                batches_ = file_.batches(readable_, at, end);
            }
            const auto batch = next(end - at);
            if (batch->num_rows() == 0)
                continue;
            for (ArrowColumn& column : columns)
                column.append(*batch, batch->num_rows());
            at += batch->num_rows();
        }
        next_ = end;
    }

    /// The next rows, `most` at most; the others of their batch are kept.
    std::shared_ptr<arrow::RecordBatch> next(std::int64_t most) {
        std::shared_ptr<arrow::RecordBatch> batch = std::move(batches_.rest);
        if (!batch) {
            orThrow(batches_.reader->ReadNext(&batch), file_.source());
            if (!batch)
                throw Error(file_.source() + ": says it has " + std::to_string(most) +
                            " rows more than are there: the file is cut or damaged");
        }
        const std::int64_t passed = std::min(batches_.skip, batch->num_rows());
        batches_.skip -= passed;
        const std::int64_t rows = std::min(batch->num_rows() - passed, most);
        batches_.rest = passed + rows < batch->num_rows() ? batch->Slice(passed + rows) : nullptr;
        return batch->Slice(passed, rows);
    }

    static constexpr std::int64_t nowhere = -1;
    OpenParquet& file_;
    bool asked_;
    std::size_t trusted_; ///< bytes
    std::vector<ArrowField> fields_;
    std::vector<std::size_t> readable_; ///< those fields, by their numbers in the file
    OpenParquet::Batches batches_;
    std::int64_t next_ = nowhere; ///< the row that batches_ gives next
};

} // namespace

bool looksLikeParquet(const std::filesystem::path&, FirstBytes firstBytes) {
    return textOf(firstBytes).starts_with("PAR1") || textOf(firstBytes).starts_with("PARE");
}

Table readParquetTable(const std::filesystem::path& path, const ReadOptions& options,
                       const RunContext& context) {
    if (!options.part.empty())
        throw Error(path.string() + ": a Parquet file has no parts; part '" + options.part +
                    "' was asked for");
    return guardedFromArrow(path, [&] {
        OpenParquet file(path);
        const std::int64_t most =
            options.maxRows == 0 ? file.rows() : static_cast<std::int64_t>(options.maxRows);
        Table table = Selection(file, path, options).read(0, most, context);
        applyTableMetadata(keyValuesOf(file.metadata().key_value_metadata()), table);
        return table;
    });
}

struct ParquetRows::Open {
    Open(const std::filesystem::path& path, const std::vector<std::string>& columns)
        : file(path), selection(file, path, {.columns = columns}) {}
    OpenParquet file;
    Selection selection;
};

ParquetRows::ParquetRows(std::filesystem::path path, const std::vector<std::string>& columns)
    : path_(std::move(path)),
      open_(guardedFromArrow(path_, [&] { return std::make_unique<Open>(path_, columns); })) {}
ParquetRows::ParquetRows(ParquetRows&& other) noexcept = default;
ParquetRows& ParquetRows::operator=(ParquetRows&& other) noexcept = default;
ParquetRows::~ParquetRows() = default;

Table ParquetRows::read(std::size_t first, std::size_t count) {
    return guardedFromArrow(path_, [&] {
        return open_->selection.read(static_cast<std::int64_t>(first), static_cast<std::int64_t>(count),
                                     RunContext{});
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
