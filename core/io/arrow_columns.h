#pragma once

// What Parquet and Arrow IPC share. Arrow's headers are slow to compile: only core/io/arrow_* and parquet_*
// include this.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/table.h"

#include <arrow/api.h>

#include <filesystem>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

namespace penumbra::io {

/// A column as it lies in an Arrow schema: structs are taken apart ("image.flux"), lists stay lists.
struct ArrowField {
    std::string name;
    std::string unit;
    std::string description;
    std::string ucd;
    std::vector<int> path; ///< the top field, then the child taken at each struct; lists are passed over
    std::string trouble;   ///< why it cannot be a column; empty: it can
};

std::vector<ArrowField> flattenedFields(const arrow::Schema& schema);
/// "int64", "float32 list", "text": how listings name a type before anything is read.
std::string arrowTypeName(const arrow::DataType& type);
/// The type at the end of a field's path, lists kept.
std::string typeNameOf(const arrow::Schema& schema, const ArrowField& field);

/// The value, or an Error with `source` before Arrow's words.
template <typename T>
T orThrow(arrow::Result<T> result, const std::string& source);
void orThrow(const arrow::Status& status, const std::string& source);

/// Empty for no metadata.
std::map<std::string, std::string>
keyValuesOf(const std::shared_ptr<const arrow::KeyValueMetadata>& metadata);

/// Fills a Column from arrays of one field, piece by piece. Lists must be equally long in every row (empty
/// ones and nulls are missing); what does not fit makes it useless, with a reason, instead of throwing.
class ArrowColumn {
public:
    /// `rows` are reserved for as long as they take no more than `bytes`: sizes in a file may be wrong.
    ArrowColumn(ArrowField field, std::size_t rows, std::size_t bytes);
    ~ArrowColumn();
    ArrowColumn(ArrowColumn&&) noexcept;

    /// Takes the first `rows` of a batch that has the field at its path.
    void append(const arrow::RecordBatch& batch, std::int64_t rows);
    const std::string& name() const;
    const std::string& trouble() const; ///< empty: it is a column so far
    /// The column; look at trouble() afterwards. Notes what was changed.
    Column finish(Table& notes);

private:
    class Filler;
    std::unique_ptr<Filler> filler_;
};

/// The finished columns go into `table`; those in trouble are told as left out, or are an Error where `asked`
/// by name.
void finishColumns(std::vector<ArrowColumn>& columns, bool asked, Table& table);

/// What Arrow throws while it works on a file becomes an Error. (std::bad_alloc is the caller's.)
template <typename Work>
auto guardedFromArrow(const std::filesystem::path& path, Work work) {
    try {
        return work();
    } catch (const Error&) {
        throw;
    } catch (const Cancelled&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& failure) {
        throw Error(path.string() + ": is damaged: " + toUtf8(failure.what()));
    }
}

template <typename T>
T orThrow(arrow::Result<T> result, const std::string& source) {
    orThrow(result.status(), source);
    return std::move(result).ValueUnsafe();
}

} // namespace penumbra::io
