// Compound datasets: numpy's structured arrays, PyTables' tables, our /metrics.

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/io/hdf5_internal.h"
#include "core/io/hdf5_write.h"

#include <algorithm>
#include <cstring>

namespace penumbra::io {

using namespace hdf5;

namespace {

constexpr std::size_t blockBytes = std::size_t{8} << 20;

/// One member of a compound as it is laid out in our memory.
struct Member {
    unsigned index = 0;
    Column column;
    ElementType element;       ///< in the file
    std::size_t cellBytes = 0; ///< of one element in memory
    std::size_t offset = 0;
    bool blankPadded = false;
    Handle memoryType;
    std::vector<std::uint64_t> wide; ///< unsigned 64-bit values until it is known whether they fit
};

template <typename T>
T load(const char* cell) {
    T value;
    std::memcpy(&value, cell, sizeof value);
    return value;
}

/// The memory type of one element and an empty column for it; invalid handle if the kind is not understood.
Handle elementMemory(hid_t fileType, Member& member) {
    const ElementType& element = member.element;
    switch (element.kind) {
    case Hdf5Kind::Real:
        if (element.bytes <= 4) {
            member.column.values = std::vector<float>();
            return {H5Tcopy(H5T_NATIVE_FLOAT), H5Tclose};
        }
        member.column.values = std::vector<double>();
        return {H5Tcopy(H5T_NATIVE_DOUBLE), H5Tclose};
    case Hdf5Kind::Integer:
        member.column.values = std::vector<std::int64_t>();
        return {H5Tcopy(element.isSigned || element.bytes < 8 ? H5T_NATIVE_INT64 : H5T_NATIVE_UINT64),
                H5Tclose};
    case Hdf5Kind::Boolean:
        member.column.values = std::vector<std::uint8_t>();
        return {H5Tcopy(booleanMemory(element)), H5Tclose};
    case Hdf5Kind::Text:
        member.column.values = std::vector<std::string>();
        member.blankPadded = !element.variableText && H5Tget_strpad(fileType) == H5T_STR_SPACEPAD;
        return {H5Tcopy(fileType), H5Tclose};
    default:
        return {};
    }
}

/// False if the member is of a kind that no column can hold.
bool describeMember(hid_t compound, unsigned index, Member& member) {
    member.index = index;
    char* name = H5Tget_member_name(compound, index);
    member.column.name = name != nullptr ? name : "";
    H5free_memory(name);
    Handle type(H5Tget_member_type(compound, index), H5Tclose);
    std::vector<hsize_t> dims;
    if (H5Tget_class(type.get()) == H5T_ARRAY) {
        dims.resize(static_cast<std::size_t>(std::max(0, H5Tget_array_ndims(type.get()))));
        H5Tget_array_dims2(type.get(), dims.data());
        type = Handle(H5Tget_super(type.get()), H5Tclose);
    }
    for (const hsize_t n : dims) {
        member.column.width *= static_cast<std::size_t>(n);
    }
    member.element = elementType(type.get());
    Handle element = elementMemory(type.get(), member);
    if (!element.valid() || member.column.width == 0) {
        return false;
    }
    member.cellBytes = H5Tget_size(element.get());
    member.memoryType =
        dims.empty()
            ? std::move(element)
            : Handle(H5Tarray_create2(element.get(), static_cast<unsigned>(dims.size()), dims.data()),
                     H5Tclose);
    return member.memoryType.valid() && !member.column.name.empty();
}

void appendCell(Member& member, const char* cell) {
    std::visit(
        [&](auto& values) {
            using Element = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_same_v<Element, std::string>) {
                if (member.element.variableText) {
                    const char* text = load<const char*>(cell);
                    values.emplace_back(text != nullptr ? text : "");
                } else {
                    values.push_back(fixedText(cell, member.cellBytes, member.blankPadded));
                }
            } else if (member.element.kind == Hdf5Kind::Integer && !member.element.isSigned &&
                       member.cellBytes == 8 && member.element.bytes >= 8) {
                member.wide.push_back(load<std::uint64_t>(cell));
            } else {
                values.push_back(load<Element>(cell));
            }
        },
        member.column.values);
}

void settle(Member& member) {
    settleBits(member.column);
    auto* texts = std::get_if<std::vector<std::string>>(&member.column.values);
    if (texts != nullptr && !member.element.variableText) {
        trimPadding(*texts, member.cellBytes);
    }
    if (member.wide.empty()) {
        return;
    }
    member.column.values = narrowed(std::move(member.wide));
}

void checkArray(const Place& place, hid_t array) {
    const Handle element(H5Tget_super(array), H5Tclose);
    hsize_t dims[H5S_MAX_RANK] = {};
    const int rank = H5Tget_array_ndims(array);
    if (!element.valid() || rank < 0 || rank > H5S_MAX_RANK || H5Tget_array_dims2(array, dims) < 0 ||
        elementCount(place, Shape(dims, dims + rank)) != H5Tget_size(array) / H5Tget_size(element.get())) {
        fail(place, "one of its arrays has another size than its shape: the file is damaged");
    }
}

/// HDF5 1.10 believes what a compound type says of its members, wherever in memory that leads.
void checkMembers(const Place& place, hid_t compound) {
    const std::size_t whole = H5Tget_size(compound);
    const int count = H5Tget_nmembers(compound);
    for (int i = 0; i < count; ++i) {
        const auto index = static_cast<unsigned>(i);
        const Handle type(H5Tget_member_type(compound, index), H5Tclose);
        const std::size_t offset = H5Tget_member_offset(compound, index);
        const std::size_t bytes = type.valid() ? H5Tget_size(type.get()) : 0;
        if (bytes == 0 || bytes > whole || offset > whole - bytes) {
            fail(place, "its member " + std::to_string(i) + " lies outside of a row: the file is damaged");
        }
        if (H5Tget_class(type.get()) == H5T_COMPOUND) {
            checkMembers(place, type.get());
        }
        if (H5Tget_class(type.get()) == H5T_ARRAY) {
            checkArray(place, type.get());
        }
    }
}

std::vector<Member> describeMembers(const Place& place, hid_t type, std::vector<std::string>& notes) {
    checkMembers(place, type);
    std::vector<Member> members;
    const int count = H5Tget_nmembers(type);
    for (int i = 0; i < count; ++i) {
        Member member;
        if (describeMember(type, static_cast<unsigned>(i), member)) {
            members.push_back(std::move(member));
        } else {
            notes.push_back("member '" + member.column.name +
                            "' is neither number nor text and was left out");
        }
    }
    if (members.empty()) {
        fail(place, "has no member that is a number, boolean or text");
    }
    return members;
}

Handle memoryCompound(const Place& place, std::vector<Member>& members) {
    std::size_t bytes = 0;
    for (Member& member : members) {
        member.offset = bytes;
        bytes += H5Tget_size(member.memoryType.get());
    }
    Handle compound(H5Tcreate(H5T_COMPOUND, bytes), H5Tclose);
    for (const Member& member : members) {
        if (H5Tinsert(compound.get(), member.column.name.c_str(), member.offset, member.memoryType.get()) <
            0) {
            fail(place, "its members cannot be read");
        }
    }
    return compound;
}

void readBlock(const Place& place, hid_t dataset, hid_t memory, RowRange rows, std::vector<Member>& members) {
    const std::size_t rowBytes = H5Tget_size(memory);
    const Selection selection = selectRows(place, dataset, rows, rowBytes);
    std::vector<char> block(selection.rows * rowBytes);
    if (H5Dread(dataset, memory, selection.memorySpace.get(), selection.fileSpace.get(), H5P_DEFAULT,
                block.data()) < 0) {
        failReading(place, dataset);
    }
    for (std::size_t row = 0; row < selection.rows; ++row) {
        for (Member& member : members) {
            const char* cell = block.data() + row * rowBytes + member.offset;
            for (std::size_t k = 0; k < member.column.width; ++k) {
                appendCell(member, cell + k * member.cellBytes);
            }
        }
    }
    H5Dvlen_reclaim(memory, selection.memorySpace.get(), H5P_DEFAULT, block.data());
}

// Writing.

struct Field {
    Column column;
    std::size_t cellBytes = 0;
    std::size_t offset = 0;
    Handle type;
};

Field fieldFor(const Column& original) {
    Field field;
    field.column = withoutMissing(original);
    Handle element = std::visit(
        [](const auto& values) {
            using Value = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_same_v<Value, std::string>) {
                std::size_t longest = 1;
                for (const std::string& text : values) {
                    longest = std::max(longest, text.size());
                }
                return textType(longest);
            } else if constexpr (std::is_same_v<Value, std::uint8_t>) {
                return booleanType();
            } else {
                return Handle(H5Tcopy(numberType<Value>()), H5Tclose);
            }
        },
        field.column.values);
    field.cellBytes = H5Tget_size(element.get());
    const hsize_t width = field.column.width;
    field.type =
        width > 1 ? Handle(H5Tarray_create2(element.get(), 1, &width), H5Tclose) : std::move(element);
    return field;
}

void storeCell(const Field& field, std::size_t i, char* cell) {
    std::visit(
        [&](const auto& values) {
            using Element = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (std::is_same_v<Element, std::string>) {
                std::copy(values[i].begin(), values[i].end(), cell); // the rest is zero already
            } else if constexpr (std::is_same_v<Element, std::uint8_t>) {
                *cell = values[i] != 0 ? 1 : 0;
            } else {
                std::memcpy(cell, &values[i], sizeof values[i]);
            }
        },
        field.column.values);
}

} // namespace

Table Hdf5File::readCompound(std::string_view dataset, RowRange rows) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    const Handle opened = openDataset(place);
    const Handle type(H5Dget_type(opened.get()), H5Tclose);
    const Handle space(H5Dget_space(opened.get()), H5Sclose);
    const Shape shape = shapeOf(place, space.get());
    if (H5Tget_class(type.get()) != H5T_COMPOUND || shape.size() > 1) {
        fail(place, "is not a one-dimensional compound dataset");
    }
    Table table;
    table.source = path_.string() + ":" + place.object;
    std::vector<Member> members = describeMembers(place, type.get(), table.notes);
    const bool variableTexts = std::any_of(members.begin(), members.end(),
                                           [](const Member& member) { return member.element.variableText; });
    if (variableTexts && place.heaps != nullptr) {
        place.heaps->checkAll();
    }
    const Handle memory = memoryCompound(place, members);
    const std::size_t rowBytes = H5Tget_size(memory.get());
    const std::size_t all = selectRows(place, opened.get(), rows, rowBytes).rows; // checks the size
    const std::size_t blockRows = std::max<std::size_t>(1, blockBytes / rowBytes);
    for (std::size_t done = 0; done < all; done += blockRows) {
        readBlock(place, opened.get(), memory.get(), {rows.first + done, std::min(blockRows, all - done)},
                  members);
    }
    for (Member& member : members) {
        settle(member);
        table.columns.push_back(std::move(member.column));
    }
    return table;
}

void Hdf5File::writeCompound(std::string_view dataset, const Table& table) {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), dataset);
    if (table.columns.empty()) {
        throw Error(place.file.string() + ": " + place.object +
                    ": a table without columns cannot be written");
    }
    std::vector<Field> fields;
    std::size_t rowBytes = 0;
    for (const Column& column : table.columns) {
        if (column.rows() != table.rows()) {
            throw Error(place.file.string() + ": " + place.object + ": column " + column.name + " has " +
                        std::to_string(column.rows()) + " rows, the others " + std::to_string(table.rows()));
        }
        fields.push_back(fieldFor(column));
        fields.back().offset = rowBytes;
        rowBytes += H5Tget_size(fields.back().type.get());
    }
    const Handle compound(H5Tcreate(H5T_COMPOUND, rowBytes), H5Tclose);
    for (const Field& field : fields) {
        if (H5Tinsert(compound.get(), field.column.name.c_str(), field.offset, field.type.get()) < 0) {
            fail(place,
                 "column '" + field.column.name + "' cannot be added: is the name empty or twice there?");
        }
    }
    std::vector<char> rows(table.rows() * rowBytes, '\0');
    for (const Field& field : fields) {
        for (std::size_t i = 0; i < table.rows() * field.column.width; ++i) {
            const std::size_t row = i / field.column.width;
            storeCell(field, i,
                      rows.data() + row * rowBytes + field.offset +
                          (i % field.column.width) * field.cellBytes);
        }
    }
    writeWhole(place, compound.get(), rows.data(), table.rows(), {}, {});
}

} // namespace penumbra::io
