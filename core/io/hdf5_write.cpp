// Writing datasets, whole or in pieces.

#include "core/io/hdf5_write.h"
#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/io/hdf5_links.h"

#include <algorithm>

namespace penumbra::io {

using namespace hdf5;

namespace {

constexpr std::size_t chunkBytesWanted = std::size_t{256} << 10;

void removeObject(const Place& place) {
    if (linkExists(place) && H5Ldelete(place.id, place.object.c_str(), linkAccess()) < 0) {
        fail(place, "the object that stands there cannot be replaced");
    }
}

Handle creationList(const Place& place, const Shape& shape, std::size_t elementBytes,
                    const Hdf5WriteOptions& options) {
    Handle list(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    keepInHeader(list.get(), false);
    const bool compressed = options.deflate > 0 || options.lzf;
    const std::size_t count = elementCount(place, shape);
    if (shape.empty() || count == 0 || (!compressed && options.chunkRows == 0)) {
        return list;
    }
    const std::size_t rowBytes = std::max<std::size_t>(1, elementBytes * (count / shape.front()));
    const std::size_t rows = options.chunkRows != 0 ? options.chunkRows : chunkBytesWanted / rowBytes;
    std::vector<hsize_t> chunk(shape.begin(), shape.end());
    chunk[0] = std::clamp<std::size_t>(rows, 1, shape.front());
    if (H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data()) < 0) {
        fail(place, "its chunks cannot be laid out");
    }
    herr_t status = 0;
    if (compressed) {
        H5Pset_shuffle(list.get());
    }
    if (options.deflate > 0) {
        status = H5Pset_deflate(list.get(), static_cast<unsigned>(std::min(options.deflate, 9)));
    } else if (options.lzf) {
        const unsigned parameters[3] = {4, 0x0105, static_cast<unsigned>(chunk[0] * rowBytes)};
        status = H5Pset_filter(list.get(), lzfFilterId, H5Z_FLAG_OPTIONAL, 3, parameters);
    }
    if (status < 0) {
        fail(place, "its compression cannot be set");
    }
    return list;
}

Handle createDataset(const Place& place, hid_t type, const Shape& shape, const Hdf5WriteOptions& options) {
    removeObject(place);
    const std::vector<hsize_t> dims(shape.begin(), shape.end());
    const Handle space(shape.empty() ? H5Screate(H5S_SCALAR)
                                     : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
                       H5Sclose);
    createParents(place);
    const Handle creation = creationList(place, shape, H5Tget_size(type), options);
    Handle dataset(H5Dcreate2(place.id, place.object.c_str(), type, space.get(), H5P_DEFAULT, creation.get(),
                              H5P_DEFAULT),
                   H5Dclose);
    if (!dataset.valid()) {
        fail(place, "cannot be created");
    }
    return dataset;
}

/// Rows [firstRow, ...) of a dataset that is there, from values in memory of a type.
void writeRows(const Place& place, hid_t type, std::size_t firstRow, const void* values,
               std::size_t valueCount) {
    const Handle opened = openDataset(place);
    const Handle space(H5Dget_space(opened.get()), H5Sclose);
    const Shape shape = shapeOf(place, space.get());
    const std::size_t all = shape.empty() ? 1 : shape.front();
    const std::size_t width = all == 0 ? 0 : elementCount(place, shape) / all;
    if (shape.empty() || width == 0 || valueCount % width != 0 || firstRow > all ||
        valueCount / width > all - firstRow) {
        throw Error(place.file.string() + ": " + place.object + ": " + std::to_string(valueCount) +
                    " values from row " + std::to_string(firstRow) + " do not fit into " +
                    std::to_string(all) + " rows of " + std::to_string(width));
    }
    if (valueCount == 0) {
        return;
    }
    std::vector<hsize_t> start(shape.size(), 0);
    std::vector<hsize_t> count(shape.begin(), shape.end());
    start[0] = firstRow;
    count[0] = valueCount / width;
    const hsize_t n = valueCount;
    const Handle memory(H5Screate_simple(1, &n, nullptr), H5Sclose);
    if (H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0 ||
        H5Dwrite(opened.get(), type, memory.get(), space.get(), H5P_DEFAULT, values) < 0) {
        fail(place, "its rows cannot be written");
    }
}

/// Texts of any length, or padded into cells of the dataset's own length.
void writeTextRows(const Place& place, std::size_t firstRow, const std::vector<std::string>& texts) {
    const Handle opened = openDataset(place);
    const Handle type(H5Dget_type(opened.get()), H5Tclose);
    if (H5Tis_variable_str(type.get()) > 0) {
        std::vector<const char*> pointers;
        for (const std::string& text : texts) {
            pointers.push_back(text.c_str());
        }
        return writeRows(place, textType(H5T_VARIABLE).get(), firstRow, pointers.data(), pointers.size());
    }
    const std::size_t room = H5Tget_size(type.get());
    std::vector<char> cells(texts.size() * room, '\0');
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (texts[i].size() > room) {
            throw Error(place.file.string() + ": " + place.object + ": a text of " +
                        std::to_string(texts[i].size()) + " bytes does not fit into cells of " +
                        std::to_string(room));
        }
        std::copy(texts[i].begin(), texts[i].end(), cells.begin() + static_cast<std::ptrdiff_t>(i * room));
    }
    writeRows(place, textType(room).get(), firstRow, cells.data(), texts.size());
}

std::vector<std::uint8_t> zeroOrOne(std::span<const std::uint8_t> values) {
    std::vector<std::uint8_t> clean(values.size());
    std::transform(values.begin(), values.end(), clean.begin(),
                   [](std::uint8_t v) { return static_cast<std::uint8_t>(v != 0 ? 1 : 0); });
    return clean;
}

} // namespace

void hdf5::writeWhole(const Place& place, hid_t type, const void* values, std::size_t count,
                      const Shape& shape, const Hdf5WriteOptions& options) {
    const Shape wanted = shape.empty() ? Shape{count} : shape;
    if (elementCount(place, wanted) != count) {
        throw Error(place.file.string() + ": " + place.object + ": " + std::to_string(count) +
                    " values do not fill the shape given");
    }
    const Handle dataset = createDataset(place, type, wanted, options);
    if (count > 0 && H5Dwrite(dataset.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        fail(place, "cannot be written");
    }
}

void Hdf5File::writeReals(std::string_view dataset, std::span<const double> values, const Shape& shape,
                          const Hdf5WriteOptions& options) {
    const Guard guard;
    writeWhole(placeIn(path_, id_, heaps_.get(), dataset), H5T_NATIVE_DOUBLE, values.data(), values.size(),
               shape, options);
}

void Hdf5File::writeFloats(std::string_view dataset, std::span<const float> values, const Shape& shape,
                           const Hdf5WriteOptions& options) {
    const Guard guard;
    writeWhole(placeIn(path_, id_, heaps_.get(), dataset), H5T_NATIVE_FLOAT, values.data(), values.size(),
               shape, options);
}

void Hdf5File::writeIntegers(std::string_view dataset, std::span<const std::int64_t> values,
                             const Shape& shape, const Hdf5WriteOptions& options) {
    const Guard guard;
    writeWhole(placeIn(path_, id_, heaps_.get(), dataset), H5T_NATIVE_INT64, values.data(), values.size(),
               shape, options);
}

void Hdf5File::writeUnsigned(std::string_view dataset, std::span<const std::uint64_t> values,
                             const Shape& shape, const Hdf5WriteOptions& options) {
    const Guard guard;
    writeWhole(placeIn(path_, id_, heaps_.get(), dataset), H5T_NATIVE_UINT64, values.data(), values.size(),
               shape, options);
}

void Hdf5File::writeBytes(std::string_view dataset, std::span<const std::uint8_t> values, const Shape& shape,
                          const Hdf5WriteOptions& options) {
    const Guard guard;
    writeWhole(placeIn(path_, id_, heaps_.get(), dataset), H5T_NATIVE_UINT8, values.data(), values.size(),
               shape, options);
}

void Hdf5File::writeBooleans(std::string_view dataset, std::span<const std::uint8_t> values,
                             const Shape& shape, const Hdf5WriteOptions& options) {
    const Guard guard;
    const auto clean = zeroOrOne(values);
    const Handle type = booleanType();
    writeWhole(placeIn(path_, id_, heaps_.get(), dataset), type.get(), clean.data(), clean.size(), shape,
               options);
}

void Hdf5File::writeTexts(std::string_view dataset, std::span<const std::string> values, const Shape& shape,
                          const Hdf5WriteOptions& options) {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    if (!options.fixedText) {
        std::vector<const char*> pointers;
        pointers.reserve(values.size());
        for (const std::string& value : values) {
            pointers.push_back(value.c_str());
        }
        writeWhole(place, textType(H5T_VARIABLE).get(), pointers.data(), pointers.size(), shape, options);
        return;
    }
    std::size_t longest = 1;
    for (const std::string& value : values) {
        longest = std::max(longest, value.size());
    }
    std::vector<char> cells(values.size() * longest, '\0');
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::copy(values[i].begin(), values[i].end(),
                  cells.begin() + static_cast<std::ptrdiff_t>(i * longest));
    }
    writeWhole(place, textType(longest).get(), cells.data(), values.size(), shape, options);
}

void Hdf5File::writeColumn(std::string_view dataset, const Column& original,
                           const Hdf5WriteOptions& options) {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    const Column column = withoutMissing(original);
    Shape shape = {column.rows()};
    if (column.width > 1) {
        shape.push_back(column.width);
    }
    std::visit(
        [&](const auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_same_v<Value, std::string>)
                writeTexts(dataset, values, shape, options);
            else if constexpr (std::is_same_v<Value, std::uint8_t>)
                writeBooleans(dataset, values, shape, options);
            else
                writeWhole(place, numberType<Value>(), values.data(), values.size(), shape, options);
        },
        column.values);
    if (column.values.index() != original.values.index()) {
        setAttribute(dataset, integerType, original.typeName());
    }
    if (!column.unit.empty()) {
        setAttribute(dataset, "unit", column.unit);
    }
    if (!column.description.empty()) {
        setAttribute(dataset, "description", column.description);
    }
    if (!column.ucd.empty()) {
        setAttribute(dataset, "ucd", column.ucd);
    }
}

void Hdf5File::createFloats(std::string_view dataset, const Shape& shape, const Hdf5WriteOptions& options) {
    const Guard guard;
    createDataset(placeIn(path_, id_, heaps_.get(), dataset), H5T_NATIVE_FLOAT, shape, options);
}

void Hdf5File::writeFloatRows(std::string_view dataset, std::size_t firstRow, std::span<const float> values) {
    const Guard guard;
    writeRows(placeIn(path_, id_, heaps_.get(), dataset), H5T_NATIVE_FLOAT, firstRow, values.data(),
              values.size());
}

void Hdf5File::createBooleans(std::string_view dataset, const Shape& shape, const Hdf5WriteOptions& options) {
    const Guard guard;
    const Handle type = booleanType();
    createDataset(placeIn(path_, id_, heaps_.get(), dataset), type.get(), shape, options);
}

void Hdf5File::writeBooleanRows(std::string_view dataset, std::size_t firstRow,
                                std::span<const std::uint8_t> values) {
    const Guard guard;
    const auto clean = zeroOrOne(values);
    const Handle type = booleanType();
    writeRows(placeIn(path_, id_, heaps_.get(), dataset), type.get(), firstRow, clean.data(), clean.size());
}

void Hdf5File::createColumn(std::string_view dataset, const Column& like, std::size_t rows,
                            std::size_t textBytes) {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    const Shape shape = like.width > 1 ? Shape{rows, like.width} : Shape{rows};
    std::visit(
        [&](const auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_same_v<Value, std::string>)
                createDataset(place, textType(textBytes == 0 ? H5T_VARIABLE : textBytes).get(), shape, {});
            else if constexpr (std::is_same_v<Value, std::uint8_t>)
                createDataset(place, booleanType().get(), shape, {});
            else
                createDataset(place, numberType<Value>(), shape, {});
        },
        like.values);
}

void Hdf5File::writeColumnRows(std::string_view dataset, std::size_t firstRow, const Column& block) {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    std::visit(
        [&](const auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_same_v<Value, std::string>)
                writeTextRows(place, firstRow, values);
            else if constexpr (std::is_same_v<Value, std::uint8_t>)
                writeRows(place, booleanType().get(), firstRow, zeroOrOne(values).data(), values.size());
            else
                writeRows(place, numberType<Value>(), firstRow, values.data(), values.size());
        },
        block.values);
}

void Hdf5File::createGroup(std::string_view group) {
    const Guard guard;
    makeGroup(placeIn(path_, id_, heaps_.get(), group));
}

void Hdf5File::remove(std::string_view object) {
    const Guard guard;
    removeObject(placeIn(path_, id_, heaps_.get(), object));
}

} // namespace penumbra::io
