// Attributes: reading as text, numbers and lists; replacing.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hdf5_file.h"
#include "core/io/hdf5_links.h"

namespace penumbra::io {

using namespace hdf5;

namespace {

/// An opened attribute with its type and number of elements; invalid if it is absent.
struct OpenAttribute {
    Handle attribute, type;
    ElementType element;
    std::size_t count = 0;
};

OpenAttribute openAttribute(const Place& place, std::string_view name) {
    OpenAttribute open;
    const Handle object = openObject(place);
    const std::string key(name);
    if (H5Aexists(object.get(), key.c_str()) <= 0) {
        takeReason();
        return open;
    }
    open.attribute = Handle(H5Aopen(object.get(), key.c_str(), H5P_DEFAULT), H5Aclose);
    open.type = Handle(H5Aget_type(open.attribute.get()), H5Tclose);
    const Handle space(H5Aget_space(open.attribute.get()), H5Sclose);
    if (!open.attribute.valid() || !open.type.valid() || !space.valid()) {
        fail(place, "attribute " + key + " cannot be read");
    }
    open.element = elementType(open.type.get());
    const Shape shape = shapeOf(place, space.get());
    open.count = elementCount(place, shape);
    constexpr std::size_t most = 1U << 20U; // HDF5 stores attributes in headers; more than this is damage
    if (open.count > most || open.element.bytes > most || open.count * open.element.bytes > 16 * most) {
        fail(place, "attribute " + key + " claims an absurd size: the file is damaged");
    }
    return open;
}

std::vector<std::string> readTextAttribute(const Place& place, const OpenAttribute& open,
                                           std::string_view name) {
    std::vector<std::string> texts;
    const std::size_t bytes = open.element.bytes;
    if (open.element.variableText) {
        if (place.heaps != nullptr) {
            place.heaps->checkAll();
            place.heaps->checkAttribute(openObject(place).get(), name, open.count);
        }
        std::vector<char*> cells(open.count, nullptr);
        const Handle memory = textType(H5T_VARIABLE);
        H5Tset_cset(memory.get(), H5Tget_cset(open.type.get()));
        if (H5Aread(open.attribute.get(), memory.get(), cells.data()) < 0) {
            fail(place, "attribute " + std::string(name) + " cannot be read");
        }
        for (char* cell : cells) {
            texts.emplace_back(cell != nullptr ? cell : "");
            H5free_memory(cell);
        }
        return texts;
    }
    std::vector<char> cells(open.count * bytes);
    if (H5Aread(open.attribute.get(), open.type.get(), cells.data()) < 0) {
        fail(place, "attribute " + std::string(name) + " cannot be read");
    }
    const bool blanks = H5Tget_strpad(open.type.get()) == H5T_STR_SPACEPAD;
    for (std::size_t i = 0; i < open.count; ++i) {
        texts.push_back(fixedText(cells.data() + i * bytes, bytes, blanks));
    }
    return texts;
}

template <typename T>
std::vector<T> readNumberAttribute(const Place& place, const OpenAttribute& open, hid_t memory,
                                   std::string_view name) {
    std::vector<T> values(open.count);
    if (open.count > 0 && H5Aread(open.attribute.get(), memory, values.data()) < 0) {
        fail(place, "attribute " + std::string(name) + " cannot be read");
    }
    return values;
}

std::vector<std::string> textsOf(const Place& place, const OpenAttribute& open, std::string_view name) {
    std::vector<std::string> texts;
    if (!open.attribute.valid() || open.count == 0) {
        return texts;
    }
    switch (open.element.kind) {
    case Hdf5Kind::Text:
        return readTextAttribute(place, open, name);
    case Hdf5Kind::Real:
        for (const double value : readNumberAttribute<double>(place, open, H5T_NATIVE_DOUBLE, name)) {
            texts.push_back(shortestReal(value));
        }
        return texts;
    case Hdf5Kind::Integer:
        if (!open.element.isSigned) {
            for (const auto value :
                 readNumberAttribute<std::uint64_t>(place, open, H5T_NATIVE_UINT64, name)) {
                texts.push_back(std::to_string(value));
            }
            return texts;
        }
        for (const auto value : readNumberAttribute<std::int64_t>(place, open, H5T_NATIVE_INT64, name)) {
            texts.push_back(std::to_string(value));
        }
        return texts;
    case Hdf5Kind::Boolean:
        for (const auto value :
             readNumberAttribute<std::uint8_t>(place, open, booleanMemory(open.element), name)) {
            texts.emplace_back(value != 0 ? "true" : "false");
        }
        return texts;
    default:
        fail(place, "attribute " + std::string(name) + " has a type that is not understood");
    }
}

void replaceAttribute(const Place& place, std::string_view name, hid_t type, hid_t space,
                      const void* values) {
    const Handle object = openObject(place);
    const std::string key(name);
    if (H5Aexists(object.get(), key.c_str()) > 0) {
        H5Adelete(object.get(), key.c_str());
    }
    const Handle attribute(H5Acreate2(object.get(), key.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT),
                           H5Aclose);
    if (!attribute.valid() || H5Awrite(attribute.get(), type, values) < 0) {
        fail(place, "attribute " + key + " cannot be written");
    }
}

} // namespace

std::vector<std::string> Hdf5File::attributeNames(std::string_view object) const {
    const Guard guard;
    return attributeNamesOf(placeIn(path_, id_, heaps_.get(), object));
}

bool Hdf5File::hasAttribute(std::string_view object, std::string_view name) const {
    const Guard guard;
    return openAttribute(placeIn(path_, id_, heaps_.get(), object), name).attribute.valid();
}

std::optional<std::string> Hdf5File::textAttribute(std::string_view object, std::string_view name) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), object);
    const OpenAttribute open = openAttribute(place, name);
    if (!open.attribute.valid()) {
        return std::nullopt;
    }
    return joinText(textsOf(place, open, name), ",");
}

std::optional<std::int64_t> Hdf5File::integerAttribute(std::string_view object, std::string_view name) const {
    const auto text = textAttribute(object, name);
    if (!text) {
        return std::nullopt;
    }
    if (*text == "true" || *text == "false") {
        return *text == "true" ? 1 : 0;
    }
    const auto value = parseInteger(*text);
    if (!value) {
        throw Error(path_.string() + ": attribute " + std::string(name) + " of " + std::string(object) +
                    " should be an integer, but is '" + *text + "'");
    }
    return *value;
}

std::optional<double> Hdf5File::realAttribute(std::string_view object, std::string_view name) const {
    const auto text = textAttribute(object, name);
    if (!text) {
        return std::nullopt;
    }
    const auto value = parseReal(*text);
    if (!value) {
        throw Error(path_.string() + ": attribute " + std::string(name) + " of " + std::string(object) +
                    " should be a number, but is '" + *text + "'");
    }
    return *value;
}

std::vector<std::string> Hdf5File::textListAttribute(std::string_view object, std::string_view name) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), object);
    return textsOf(place, openAttribute(place, name), name);
}

std::map<std::string, std::string> Hdf5File::attributesAsText(std::string_view object) const {
    std::map<std::string, std::string> texts;
    for (const std::string& name : attributeNames(object)) {
        const Guard guard;
        const Place place = placeIn(path_, id_, heaps_.get(), object);
        const OpenAttribute open = openAttribute(place, name);
        const Hdf5Kind kind = open.element.kind;
        if (kind != Hdf5Kind::Other && kind != Hdf5Kind::Compound) {
            texts[name] = joinText(textsOf(place, open, name), ",");
        }
    }
    return texts;
}

void Hdf5File::setAttribute(std::string_view object, std::string_view name, std::string_view value) {
    const Guard guard;
    const std::string text(value);
    const char* pointer = text.c_str();
    const Handle type = textType(H5T_VARIABLE);
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    replaceAttribute(placeIn(path_, id_, heaps_.get(), object), name, type.get(), space.get(), &pointer);
}

void Hdf5File::setAttribute(std::string_view object, std::string_view name, const char* value) {
    setAttribute(object, name, std::string_view(value));
}

void Hdf5File::setAttribute(std::string_view object, std::string_view name, const std::string& value) {
    setAttribute(object, name, std::string_view(value));
}

void Hdf5File::setAttribute(std::string_view object, std::string_view name, std::int64_t value) {
    const Guard guard;
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    replaceAttribute(placeIn(path_, id_, heaps_.get(), object), name, H5T_NATIVE_INT64, space.get(), &value);
}

void Hdf5File::setAttribute(std::string_view object, std::string_view name, int value) {
    setAttribute(object, name, std::int64_t{value});
}

void Hdf5File::setAttribute(std::string_view object, std::string_view name, double value) {
    const Guard guard;
    const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
    replaceAttribute(placeIn(path_, id_, heaps_.get(), object), name, H5T_NATIVE_DOUBLE, space.get(), &value);
}

void Hdf5File::setAttribute(std::string_view object, std::string_view name,
                            const std::vector<std::string>& values) {
    const Guard guard;
    std::vector<const char*> pointers;
    for (const std::string& value : values) {
        pointers.push_back(value.c_str());
    }
    const hsize_t n = values.size();
    const Handle type = textType(H5T_VARIABLE);
    const Handle space(H5Screate_simple(1, &n, nullptr), H5Sclose);
    replaceAttribute(placeIn(path_, id_, heaps_.get(), object), name, type.get(), space.get(),
                     pointers.data());
}

} // namespace penumbra::io
