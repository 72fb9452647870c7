#include "core/io/arrow_columns.h"
#include "core/io/arrow_metadata.h"
#include "core/io/arrow_pool.h"
#include "core/io/table_readers_internal.h"

#include <arrow/io/file.h>
#include <arrow/ipc/reader.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace penumbra::io {

namespace {

/// A stream of record batches (.arrows, Hugging Face's .arrow) starts with a mark and the length of its
/// schema.
bool looksLikeStream(FirstBytes bytes) {
    if (bytes.size() < 8 || !textOf(bytes).starts_with("\xff\xff\xff\xff"))
        return false;
    std::int32_t length = 0;
    std::memcpy(&length, bytes.data() + 4, sizeof length);
    return length > 0 && length < (1 << 28) && length % 8 == 0;
}

/// Batch after batch of a file or a stream.
class OpenIpc {
public:
    explicit OpenIpc(const std::filesystem::path& path) : source_(path.string()), pool_(poolFor(path)) {
        options_.memory_pool = pool_;
        options_.use_threads = false;
        input_ = orThrow(arrow::io::ReadableFile::Open(source_, pool_), source_);
        const auto magic = orThrow(input_->Read(6), source_);
        orThrow(input_->Seek(0), source_);
        if (std::string_view(*magic).starts_with("FEA1"))
            throw Error(source_ +
                        ": is Feather of version 1, which Arrow gave up: write it again as Feather 2 "
                        "(pandas' to_feather since 2020) or Parquet");
        if (std::string_view(*magic) == "ARROW1") {
            file_ = orThrow(arrow::ipc::RecordBatchFileReader::Open(input_, options_), source_);
            schema_ = file_->schema();
        } else {
            stream_ = orThrow(arrow::ipc::RecordBatchStreamReader::Open(input_, options_), source_);
            schema_ = stream_->schema();
        }
    }
    const arrow::Schema& schema() const { return *schema_; }

    /// Null after the last one. Checked throughout: nothing in it points outside.
    std::shared_ptr<arrow::RecordBatch> next() {
        std::shared_ptr<arrow::RecordBatch> batch;
        if (stream_)
            orThrow(stream_->ReadNext(&batch), source_);
        else if (at_ < file_->num_record_batches())
            batch = orThrow(file_->ReadRecordBatch(at_++), source_);
        if (batch)
            orThrow(batch->ValidateFull(), source_);
        return batch;
    }
    double fraction() const {
        if (file_)
            return static_cast<double>(at_) / std::max(1, file_->num_record_batches());
        const auto place = input_->Tell();
        const auto size = input_->GetSize();
        return place.ok() && size.ok() && *size > 0 ? static_cast<double>(*place) / static_cast<double>(*size)
                                                    : 0.0;
    }

private:
    std::string source_;
    arrow::MemoryPool* pool_;
    arrow::ipc::IpcReadOptions options_ = arrow::ipc::IpcReadOptions::Defaults();
    std::shared_ptr<arrow::io::ReadableFile> input_;
    std::shared_ptr<arrow::ipc::RecordBatchFileReader> file_;
    std::shared_ptr<arrow::ipc::RecordBatchStreamReader> stream_;
    std::shared_ptr<arrow::Schema> schema_;
    int at_ = 0;
};

Table readOpen(OpenIpc& file, const std::filesystem::path& path, const ReadOptions& options,
               const RunContext& context) {
    Table table;
    table.source = path.string();
    const auto fields = flattenedFields(file.schema());
    std::vector<std::string> names;
    for (const ArrowField& field : fields)
        names.push_back(field.name);
    std::vector<ArrowColumn> columns;
    for (const std::size_t i : wantedColumns(table.source, names, withStructsTakenApart(options, names)))
        columns.emplace_back(fields[i], 0, 0);
    const auto most = options.maxRows == 0 ? std::numeric_limits<std::int64_t>::max()
                                           : static_cast<std::int64_t>(options.maxRows);
    for (std::int64_t done = 0; done < most;) {
        context.step(file.fraction(), "reading " + table.source);
        const auto batch = file.next();
        if (!batch)
            break;
        const std::int64_t rows = std::min(batch->num_rows(), most - done);
        for (ArrowColumn& column : columns)
            column.append(*batch, rows);
        done += rows;
    }
    finishColumns(columns, !options.columns.empty(), table);
    applyTableMetadata(keyValuesOf(file.schema().metadata()), table);
    return table;
}

} // namespace

bool looksLikeArrowIpc(const std::filesystem::path&, FirstBytes firstBytes) {
    return textOf(firstBytes).starts_with("ARROW1") || textOf(firstBytes).starts_with("FEA1") ||
           looksLikeStream(firstBytes);
}

Table readArrowIpcTable(const std::filesystem::path& path, const ReadOptions& options,
                        const RunContext& context) {
    if (!options.part.empty())
        throw Error(path.string() + ": an Arrow file has no parts; part '" + options.part +
                    "' was asked for");
    return guardedFromArrow(path, [&] {
        OpenIpc file(path);
        return readOpen(file, path, options, context);
    });
}

} // namespace penumbra::io
