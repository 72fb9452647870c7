#pragma once

// Parquet and Arrow files made by Arrow's own writers from JSON, as the formats' other programs write them.

#include <arrow/api.h>
#include <arrow/io/file.h>
#include <arrow/ipc/writer.h>
#include <arrow/json/from_string.h>
#include <parquet/arrow/writer.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace penumbra::test {

inline void must(const arrow::Status& status) {
    if (!status.ok())
        throw std::runtime_error(status.ToString());
}
template <typename T>
T must(arrow::Result<T> result) {
    must(result.status());
    return std::move(result).ValueUnsafe();
}

/// A column: its type, its values as a JSON list, metadata of the field ("unit", "deg", ...).
struct ArrowColumnSpec {
    std::string name;
    std::shared_ptr<arrow::DataType> type;
    std::string json;
    std::vector<std::string> metadata = {};
};

inline std::shared_ptr<arrow::Table> arrowTable(const std::vector<ArrowColumnSpec>& columns,
                                                const std::vector<std::string>& tableMetadata = {}) {
    const auto pairs = [](const std::vector<std::string>& flat) {
        std::vector<std::string> keys, values;
        for (std::size_t i = 0; i + 1 < flat.size(); i += 2) {
            keys.push_back(flat[i]);
            values.push_back(flat[i + 1]);
        }
        return keys.empty() ? nullptr : arrow::key_value_metadata(keys, values);
    };
    arrow::FieldVector fields;
    arrow::ArrayVector arrays;
    for (const auto& column : columns) {
        fields.push_back(arrow::field(column.name, column.type, true, pairs(column.metadata)));
        arrays.push_back(must(arrow::json::ArrayFromJSONString(column.type, column.json)));
    }
    return arrow::Table::Make(arrow::schema(fields, pairs(tableMetadata)), arrays);
}

struct ParquetChoices {
    bool storeSchema = true; ///< Arrow's own types: without it a fixed-size list comes back as a list
    std::int64_t rowGroup = 1 << 20;
    arrow::Compression::type compression = arrow::Compression::SNAPPY;
};

inline void writeParquetFile(const std::filesystem::path& path, const arrow::Table& table,
                             const ParquetChoices& choices = {}) {
    auto out = must(arrow::io::FileOutputStream::Open(path.string()));
    auto properties = parquet::WriterProperties::Builder().compression(choices.compression)->build();
    parquet::ArrowWriterProperties::Builder arrowProperties;
    if (choices.storeSchema)
        arrowProperties.store_schema();
    must(parquet::arrow::WriteTable(table, arrow::default_memory_pool(), out, choices.rowGroup, properties,
                                    arrowProperties.build()));
    must(out->Close());
}

/// An IPC file (Feather 2), or a stream of batches.
inline void writeIpcFile(const std::filesystem::path& path, const arrow::Table& table, bool stream = false,
                         std::int64_t batch = 1 << 20) {
    auto out = must(arrow::io::FileOutputStream::Open(path.string()));
    auto writer = must(stream ? arrow::ipc::MakeStreamWriter(out, table.schema())
                              : arrow::ipc::MakeFileWriter(out, table.schema()));
    must(writer->WriteTable(table, batch));
    must(writer->Close());
    must(out->Close());
}

/// A tile of a HATS catalogue: order and pixel, and its rows.
struct HatsTileSpec {
    std::pair<int, std::uint64_t> tile;
    std::shared_ptr<arrow::Table> rows;
};

/// A HATS catalogue as hats 0.11 lays it out. `directories`: Npix=p/ with the rows in two files.
inline void writeHats(const std::filesystem::path& folder, const std::vector<HatsTileSpec>& tiles,
                      bool directories = false, const std::string& moreProperties = "") {
    std::filesystem::create_directories(folder / "dataset");
    std::ofstream partitions(folder / "partition_info.csv");
    partitions << "Norder,Npix\n";
    std::int64_t total = 0;
    for (const HatsTileSpec& spec : tiles) {
        const auto [order, pixel] = spec.tile;
        partitions << order << ',' << pixel << '\n';
        const auto parent = folder / "dataset" / ("Norder=" + std::to_string(order)) /
                            ("Dir=" + std::to_string(pixel / 10000 * 10000));
        const auto file = parent / ("Npix=" + std::to_string(pixel) + (directories ? "" : ".parquet"));
        std::filesystem::create_directories(directories ? file : parent);
        const std::int64_t rows = spec.rows->num_rows();
        total += rows;
        if (directories) {
            writeParquetFile(file / "part0.parquet", *spec.rows->Slice(0, rows / 2));
            writeParquetFile(file / "part1.parquet", *spec.rows->Slice(rows / 2));
        } else {
            writeParquetFile(file, *spec.rows);
        }
    }
    if (!tiles.empty())
        writeParquetFile(folder / "dataset" / "_common_metadata", *tiles.front().rows->Slice(0, 0));
    std::ofstream(folder / "hats.properties")
        << "#HATS catalog\nobs_collection=" << folder.filename().string()
        << "\ndataproduct_type=object\nhats_nrows=" << total
        << "\nhats_col_ra=ra\nhats_col_dec=dec\nhats_version=v1.0\n"
        << moreProperties;
}

} // namespace penumbra::test
