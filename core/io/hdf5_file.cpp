// Opening, closing, what is inside, attributes.

#include "core/io/hdf5_file.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hdf5_internal.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <utility>

namespace penumbra::io {

using namespace hdf5;

namespace {

herr_t collectName(hid_t, const char* name, const H5L_info_t* info, void* data) {
    if (info->type != H5L_TYPE_HARD && info->type != H5L_TYPE_SOFT) {
        return 0; // a link into another file is not followed
    }
    try {
        static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    } catch (...) {
        return -1;
    }
    return 0;
}

herr_t collectAttribute(hid_t, const char* name, const H5A_info_t*, void* data) {
    try {
        static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    } catch (...) {
        return -1;
    }
    return 0;
}

void checkIsFile(const std::filesystem::path& path) {
    std::error_code failure;
    const auto status = std::filesystem::status(path, failure);
    if (!std::filesystem::exists(status)) {
        throw Error(path.string() + ": no such file");
    }
    if (std::filesystem::is_directory(status)) {
        throw Error(path.string() + ": is a folder, not a file");
    }
    if (std::filesystem::is_regular_file(status) && std::filesystem::file_size(path, failure) == 0) {
        throw Error(path.string() + ": the file is empty");
    }
}

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

std::vector<std::string> attributeTexts(const Place& place, std::string_view name) {
    const OpenAttribute open = openAttribute(place, name);
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
        for (const auto value : readNumberAttribute<std::int8_t>(place, open, H5T_NATIVE_INT8, name)) {
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

std::size_t Hdf5Entry::rowWidth() const {
    std::size_t width = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) {
        width *= shape[i];
    }
    return width;
}

Hdf5File::Hdf5File(std::filesystem::path path, std::int64_t id) : path_(std::move(path)), id_(id) {}

Hdf5File::Hdf5File(Hdf5File&& other) noexcept
    : path_(std::move(other.path_)), id_(std::exchange(other.id_, -1)), heaps_(std::move(other.heaps_)) {}

Hdf5File& Hdf5File::operator=(Hdf5File&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(id_, other.id_);
    std::swap(heaps_, other.heaps_);
    return *this;
}

Hdf5File::~Hdf5File() {
    if (id_ >= 0) {
        const Guard guard;
        H5Fclose(static_cast<hid_t>(id_));
        H5Eclear2(H5E_DEFAULT);
    }
}

Hdf5File Hdf5File::openForReading(const std::filesystem::path& path) {
    checkIsFile(path);
    const Guard guard;
    const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    if (id < 0) {
        fail(Place{path, -1, "/", nullptr},
             isHdf5(path) ? "cannot be opened: damaged, truncated, or being written" : "is not an HDF5 file");
    }
    Hdf5File file(path, id);
    file.heaps_ = std::make_shared<TextHeaps>(path, id);
    return file;
}

Hdf5File Hdf5File::openForUpdate(const std::filesystem::path& path) {
    checkIsFile(path);
    const Guard guard;
    const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    if (id < 0) {
        fail(Place{path, -1, "/", nullptr}, "cannot be opened for writing");
    }
    return {path, id};
}

Hdf5File Hdf5File::create(const std::filesystem::path& path) {
    const Guard guard;
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    // Format of HDF5 1.8: checksummed metadata and attributes beyond 64 KiB; every reader of the last ten
    // years takes it.
    H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18);
    const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get());
    if (id < 0) {
        fail(Place{path, -1, "/", nullptr},
             "cannot be created: does the folder exist, and may you write there?");
    }
    return {path, id};
}

bool Hdf5File::isHdf5(const std::filesystem::path& path) noexcept {
    try {
        static constexpr std::array<char, 8> signature = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
        std::ifstream file(path, std::ios::binary);
        for (const int offset : {0, 512, 1024, 2048}) { // a user block may stand before it
            std::array<char, 8> bytes = {};
            file.seekg(offset);
            if (!file.read(bytes.data(), bytes.size())) {
                return false;
            }
            if (bytes == signature) {
                return true;
            }
        }
    } catch (...) {
        return false;
    }
    return false;
}

void Hdf5File::close() {
    if (id_ < 0) {
        return;
    }
    const Guard guard;
    const auto id = static_cast<hid_t>(std::exchange(id_, -1));
    const bool flushed = H5Fflush(id, H5F_SCOPE_LOCAL) >= 0;
    const std::string reason = takeReason();
    if (H5Fclose(id) < 0 || !flushed) {
        takeReason();
        throw Error(path_.string() + ": the file could not be written to its end" +
                    (reason.empty() ? "" : " (HDF5: " + reason + ")") + "; is the disk full?");
    }
}

bool Hdf5File::exists(std::string_view object) const {
    const Guard guard;
    return linkExists(placeIn(path_, id_, heaps_.get(), object));
}

bool Hdf5File::isGroup(std::string_view object) const {
    return exists(object) && describe(object).isGroup;
}

bool Hdf5File::isDataset(std::string_view object) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), object);
    return linkExists(place) && H5Iget_type(openObject(place).get()) == H5I_DATASET;
}

Hdf5Entry Hdf5File::describe(std::string_view object) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), object);
    const Handle opened = openObject(place);
    Hdf5Entry entry;
    entry.name = place.object.substr(place.object.rfind('/') + 1);
    const H5I_type_t what = H5Iget_type(opened.get());
    entry.isGroup = what == H5I_GROUP;
    if (what == H5I_DATASET) {
        const Handle space(H5Dget_space(opened.get()), H5Sclose);
        const Handle type(H5Dget_type(opened.get()), H5Tclose);
        if (!space.valid() || !type.valid()) {
            fail(place, "its shape or type cannot be read");
        }
        entry.shape = shapeOf(place, space.get());
        elementCount(place, entry.shape);
        const ElementType element = elementType(type.get());
        entry.kind = element.kind;
        entry.bytes = element.bytes;
    }
    return entry;
}

std::vector<Hdf5Entry> Hdf5File::list(std::string_view group) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), group);
    std::vector<std::string> names;
    {
        const Handle opened = openObject(place);
        if (H5Iget_type(opened.get()) != H5I_GROUP) {
            fail(place, "is not a group");
        }
        hsize_t position = 0;
        if (H5Literate(opened.get(), H5_INDEX_NAME, H5_ITER_INC, &position, collectName, &names) < 0) {
            fail(place, "its contents cannot be listed");
        }
    }
    std::vector<Hdf5Entry> entries;
    const std::string prefix = place.object == "/" ? "/" : place.object + "/";
    for (const std::string& name : names) {
        if (linkExists(placeIn(path_, id_, heaps_.get(), prefix + name))) { // not a dangling soft link
            entries.push_back(describe(prefix + name));
        }
    }
    return entries;
}

std::vector<std::string> Hdf5File::attributeNames(std::string_view object) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), object);
    const Handle opened = openObject(place);
    std::vector<std::string> names;
    hsize_t position = 0;
    if (H5Aiterate2(opened.get(), H5_INDEX_NAME, H5_ITER_INC, &position, collectAttribute, &names) < 0) {
        fail(place, "its attributes cannot be listed");
    }
    return names;
}

bool Hdf5File::hasAttribute(std::string_view object, std::string_view name) const {
    const Guard guard;
    return openAttribute(placeIn(path_, id_, heaps_.get(), object), name).attribute.valid();
}

std::optional<std::string> Hdf5File::textAttribute(std::string_view object, std::string_view name) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), object);
    if (!openAttribute(place, name).attribute.valid()) {
        return std::nullopt;
    }
    return joinText(attributeTexts(place, name), ",");
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
    return attributeTexts(placeIn(path_, id_, heaps_.get(), object), name);
}

std::map<std::string, std::string> Hdf5File::attributesAsText(std::string_view object) const {
    std::map<std::string, std::string> texts;
    for (const std::string& name : attributeNames(object)) {
        const Guard guard;
        const Place place = placeIn(path_, id_, heaps_.get(), object);
        const Hdf5Kind kind = openAttribute(place, name).element.kind;
        if (kind != Hdf5Kind::Other && kind != Hdf5Kind::Compound) {
            texts[name] = joinText(attributeTexts(place, name), ",");
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
