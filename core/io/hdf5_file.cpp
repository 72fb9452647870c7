// Opening, closing, what is inside, attributes.

#include "core/io/hdf5_file.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hdf5_links.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

namespace penumbra::io {

using namespace hdf5;

namespace {

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

/// Format of HDF5 1.8: checksummed metadata and attributes beyond 64 KiB; every reader of the last ten years
/// takes it.
Handle writeAccess() {
    Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18);
    return access;
}

/// What an error says of an object, less the names of file and object.
std::string withoutPlace(std::string text, const Place& place) {
    const std::string start = place.file.string() + ": " + place.object + ": ";
    return text.starts_with(start) ? text.substr(start.size()) : text;
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
    const Handle access = writeAccess();
    const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDWR, access.get());
    if (id < 0) {
        fail(Place{path, -1, "/", nullptr}, "cannot be opened for writing");
    }
    return {path, id};
}

Hdf5File Hdf5File::create(const std::filesystem::path& path) {
    const Guard guard;
    const Handle access = writeAccess();
    const Handle creation(H5Pcreate(H5P_FILE_CREATE), H5Pclose);
    keepInHeader(creation.get(), true); // of the root group
    const hid_t id = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation.get(), access.get());
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
    const std::string full = fullDisk(reason, id);
    if (H5Fclose(id) < 0 || !flushed) {
        takeReason();
        if (!full.empty()) {
            throw Error(path_.string() + ": " + full);
        }
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
        if (const std::string why = storedElsewhere(opened.get()); !why.empty()) {
            fail(place, why);
        }
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
        entry.missingFilter = missingFilter(opened.get());
    }
    return entry;
}

std::vector<Hdf5Entry> Hdf5File::list(std::string_view group, std::vector<Hdf5LeftOut>* leftOut) const {
    const Guard guard;
    const Place place = placeIn(path_, id_, heaps_.get(), group);
    std::vector<Hdf5LeftOut> left;
    std::vector<Hdf5Entry> entries;
    const std::string prefix = place.object == "/" ? "/" : place.object + "/";
    for (const std::string& name : linkNames(place, left)) {
        const Place inside = placeIn(path_, id_, heaps_.get(), prefix + name);
        if (!linkExists(inside)) {
            left.push_back({name, "a link that leads nowhere in this file"});
            continue;
        }
        try {
            entries.push_back(describe(inside.object));
        } catch (const Error& error) {
            if (leftOut == nullptr) {
                throw;
            }
            left.push_back({name, withoutPlace(error.what(), inside)});
        }
    }
    if (leftOut != nullptr) {
        *leftOut = std::move(left);
    }
    return entries;
}

} // namespace penumbra::io
