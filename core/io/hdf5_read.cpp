// Reading datasets, whole or by rows.

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/io/hdf5_internal.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <stdexcept>

namespace penumbra::io {

using namespace hdf5;

namespace {

constexpr double twoTo63 = 9223372036854775808.0;

/// A dataset made ready for one read.
struct OpenDataset {
    Handle dataset, type;
    ElementType element;
    Selection selection;
};

OpenDataset openRows(const Place& place, RowRange rows, std::size_t memoryBytes) {
    OpenDataset open;
    open.dataset = openDataset(place);
    open.type = Handle(H5Dget_type(open.dataset.get()), H5Tclose);
    if (!open.type.valid()) {
        fail(place, "its type cannot be read");
    }
    open.element = elementType(open.type.get());
    open.selection = selectRows(place, open.dataset.get(), rows, memoryBytes);
    return open;
}

template <typename T>
std::vector<T> readInto(const Place& place, const OpenDataset& open, hid_t memoryType) {
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, std::uint8_t>) {
        if (open.element.bits) {
            const auto bytes = readInto<std::uint8_t>(place, open, H5T_NATIVE_B8);
            return {bytes.begin(), bytes.end()};
        }
    }
    std::vector<T> values;
    try {
        values.resize(open.selection.count);
    } catch (const std::exception&) { // bad_alloc or length_error
        throw Error(place.file.string() + ": " + place.object + ": " + std::to_string(open.selection.count) +
                    " elements do not fit into memory");
    }
    if (open.selection.count > 0 && H5Dread(open.dataset.get(), memoryType, open.selection.memorySpace.get(),
                                            open.selection.fileSpace.get(), H5P_DEFAULT, values.data()) < 0) {
        failReading(place, open.dataset.get());
    }
    return values;
}

bool isNumber(Hdf5Kind kind) {
    return kind == Hdf5Kind::Real || kind == Hdf5Kind::Integer || kind == Hdf5Kind::Boolean;
}

void wantNumber(const Place& place, Hdf5Kind kind) {
    if (!isNumber(kind)) {
        fail(place, kind == Hdf5Kind::Text ? "holds text where numbers are wanted" : "does not hold numbers");
    }
}

[[noreturn]] void doesNotFit(const Place& place, std::size_t element, const std::string& value,
                             const char* wanted) {
    throw Error(place.file.string() + ": " + place.object + ": element " + std::to_string(element) + " is " +
                value + ", which is not " + wanted);
}

std::vector<std::int64_t> integersFrom(const Place& place, const OpenDataset& open) {
    if (open.element.kind == Hdf5Kind::Real) {
        const auto reals = readInto<double>(place, open, H5T_NATIVE_DOUBLE);
        std::vector<std::int64_t> values(reals.size());
        for (std::size_t i = 0; i < reals.size(); ++i) {
            if (!(std::abs(reals[i]) < twoTo63) || reals[i] != std::trunc(reals[i])) {
                doesNotFit(place, i, std::to_string(reals[i]), "an integer");
            }
            values[i] = static_cast<std::int64_t>(reals[i]);
        }
        return values;
    }
    if (!open.element.isSigned && open.element.bytes >= 8) {
        const auto wide = readInto<std::uint64_t>(place, open, H5T_NATIVE_UINT64);
        for (std::size_t i = 0; i < wide.size(); ++i) {
            if (wide[i] > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
                doesNotFit(place, i, std::to_string(wide[i]), "a 64-bit signed integer");
            }
        }
        return {wide.begin(), wide.end()};
    }
    return readInto<std::int64_t>(place, open, H5T_NATIVE_INT64);
}

std::vector<std::string> variableTexts(const Place& place, const OpenDataset& open) {
    if (place.heaps != nullptr) {
        place.heaps->checkDataset(open.dataset.get());
    }
    const Handle memory = textType(H5T_VARIABLE);
    H5Tset_cset(memory.get(), H5Tget_cset(open.type.get()));
    auto cells = readInto<char*>(place, open, memory.get());
    std::vector<std::string> texts;
    texts.reserve(cells.size());
    for (const char* cell : cells) {
        texts.emplace_back(cell != nullptr ? cell : "");
    }
    if (!cells.empty()) {
        H5Dvlen_reclaim(memory.get(), open.selection.memorySpace.get(), H5P_DEFAULT, cells.data());
    }
    return texts;
}

std::vector<std::string> fixedTexts(const Place& place, OpenDataset& open) {
    const std::size_t bytes = open.element.bytes;
    const std::size_t count = open.selection.count;
    std::vector<std::string> texts;
    if (count == 0 || bytes == 0) {
        texts.resize(count);
        return texts;
    }
    std::vector<char> cells;
    try {
        cells.resize(count * bytes); // selectRows has checked the product
        texts.reserve(count);
    } catch (const std::exception&) {
        throw Error(place.file.string() + ": " + place.object + ": does not fit into memory");
    }
    if (H5Dread(open.dataset.get(), open.type.get(), open.selection.memorySpace.get(),
                open.selection.fileSpace.get(), H5P_DEFAULT, cells.data()) < 0) {
        failReading(place, open.dataset.get());
    }
    const bool blanks = H5Tget_strpad(open.type.get()) == H5T_STR_SPACEPAD;
    for (std::size_t i = 0; i < count; ++i) {
        texts.push_back(fixedText(cells.data() + i * bytes, bytes, blanks));
    }
    trimPadding(texts, bytes);
    return texts;
}

std::vector<std::string> textsFrom(const Place& place, OpenDataset& open) {
    return open.element.variableText ? variableTexts(place, open) : fixedTexts(place, open);
}

/// int64, or uint64 where an unsigned value does not fit.
Column::Values integerValues(const Place& place, const OpenDataset& open) {
    if (open.element.isSigned || open.element.bytes < 8) {
        return readInto<std::int64_t>(place, open, H5T_NATIVE_INT64);
    }
    return narrowed(readInto<std::uint64_t>(place, open, H5T_NATIVE_UINT64));
}

std::string firstAttribute(const Hdf5File& file, std::string_view object,
                           std::initializer_list<const char*> names) {
    for (const char* name : names) {
        if (auto text = file.textAttribute(object, name)) {
            return *text;
        }
    }
    return {};
}

} // namespace

std::vector<double> Hdf5File::readReals(std::string_view dataset, RowRange rows) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    const OpenDataset open = openRows(place, rows, sizeof(double));
    wantNumber(place, open.element.kind);
    return readInto<double>(place, open, H5T_NATIVE_DOUBLE);
}

std::vector<float> Hdf5File::readFloats(std::string_view dataset, RowRange rows) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    const OpenDataset open = openRows(place, rows, sizeof(float));
    wantNumber(place, open.element.kind);
    return readInto<float>(place, open, H5T_NATIVE_FLOAT);
}

std::vector<std::int64_t> Hdf5File::readIntegers(std::string_view dataset, RowRange rows) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    const OpenDataset open = openRows(place, rows, sizeof(std::int64_t));
    wantNumber(place, open.element.kind);
    return integersFrom(place, open);
}

std::vector<std::uint8_t> Hdf5File::readBytes(std::string_view dataset, RowRange rows) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    const OpenDataset open = openRows(place, rows, sizeof(std::uint8_t));
    wantNumber(place, open.element.kind);
    const bool plain =
        open.element.bytes == 1 && (open.element.kind == Hdf5Kind::Boolean || !open.element.isSigned);
    if (plain) {
        return readInto<std::uint8_t>(place, open, booleanMemory(open.element));
    }
    const auto wide = integersFrom(place, open);
    std::vector<std::uint8_t> bytes(wide.size());
    for (std::size_t i = 0; i < wide.size(); ++i) {
        if (wide[i] < 0 || wide[i] > 255) {
            doesNotFit(place, i, std::to_string(wide[i]), "between 0 and 255");
        }
        bytes[i] = static_cast<std::uint8_t>(wide[i]);
    }
    return bytes;
}

std::vector<std::string> Hdf5File::readTexts(std::string_view dataset, RowRange rows) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    OpenDataset open = openRows(place, rows, sizeof(std::string));
    if (open.element.kind != Hdf5Kind::Text) {
        fail(place, "does not hold text");
    }
    return textsFrom(place, open);
}

Column Hdf5File::readColumn(std::string_view dataset, RowRange rows) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    OpenDataset open = openRows(place, rows, 1);
    Column column;
    column.name = place.object.substr(place.object.rfind('/') + 1);
    column.width = std::max<std::size_t>(1, open.selection.width);
    if (open.selection.width == 0) {
        fail(place, "has rows without elements");
    }
    switch (open.element.kind) {
    case Hdf5Kind::Real:
        if (open.element.bytes <= 4) {
            column.values = readInto<float>(place, open, H5T_NATIVE_FLOAT);
        } else {
            column.values = readInto<double>(place, open, H5T_NATIVE_DOUBLE);
        }
        break;
    case Hdf5Kind::Integer:
        column.values = integerValues(place, open);
        break;
    case Hdf5Kind::Boolean:
        column.values = readInto<std::uint8_t>(place, open, booleanMemory(open.element));
        settleBits(column);
        break;
    case Hdf5Kind::Text:
        column.values = textsFrom(place, open);
        break;
    default:
        fail(place, "has a type that is not a number, boolean or text");
    }
    if (const auto type = textAttribute(place.object, integerType)) {
        restoreIntegers(column, *type);
    }
    column.unit = firstAttribute(*this, place.object, {"unit", "units"});
    column.description = firstAttribute(*this, place.object, {"description", "label"});
    column.ucd = firstAttribute(*this, place.object, {"ucd"});
    return column;
}

} // namespace penumbra::io
