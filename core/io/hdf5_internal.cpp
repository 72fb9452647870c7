#include "core/io/hdf5_internal.h"

#include "core/base/error.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace penumbra::io::hdf5 {

namespace {

constexpr std::size_t maxSize = std::numeric_limits<std::size_t>::max();
/// Below this many bytes a claim needs no proof; above, the stored bytes must make it possible.
constexpr std::size_t freeBytes = std::size_t{64} << 20;
/// Deflate reaches 1032:1, LZF 88:1.
constexpr std::size_t bestRatio = 1100;

std::recursive_mutex& libraryMutex() {
    static std::recursive_mutex mutex;
    return mutex;
}

bool libraryIsThreadSafe() {
    static const bool safe = [] {
        hbool_t answer = 0;
        return H5is_library_threadsafe(&answer) >= 0 && answer;
    }();
    return safe;
}

herr_t keepFirst(unsigned n, const H5E_error2_t* error, void* data) {
    if (n == 0 && error->desc != nullptr) {
        try {
            *static_cast<std::string*>(data) = error->desc;
        } catch (...) { // C code above us; a message without its reason is better than termination
        }
    }
    return 0;
}

std::size_t fileBytes(const Place& place) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(place.file, failure);
    return failure ? 0 : static_cast<std::size_t>(size);
}

std::size_t timesCapped(std::size_t a, std::size_t b) {
    return b != 0 && a > maxSize / b ? maxSize : a * b;
}

/// H5Dread trusts the chunk size that the filter's parameters claim.
void checkLzfChunk(const Place& place, hid_t dataset, std::size_t elementBytes) {
    const Handle plist(H5Dget_create_plist(dataset), H5Pclose);
    if (!plist.valid() || H5Pget_layout(plist.get()) != H5D_CHUNKED) {
        return;
    }
    hsize_t dims[H5S_MAX_RANK] = {};
    const int rank = H5Pget_chunk(plist.get(), H5S_MAX_RANK, dims);
    std::size_t chunkBytes = elementBytes;
    for (int i = 0; i < rank; ++i) {
        chunkBytes = timesCapped(chunkBytes, static_cast<std::size_t>(dims[i]));
    }
    unsigned flags = 0;
    unsigned parameters[3] = {};
    std::size_t count = 3;
    const auto found =
        H5Pget_filter_by_id2(plist.get(), lzfFilterId, &flags, &count, parameters, 0, nullptr, nullptr);
    if (found >= 0 && count >= 3 && parameters[2] != 0 && parameters[2] < chunkBytes) {
        fail(place, "the LZF filter's chunk size is smaller than a chunk: the file is damaged");
    }
    takeReason();
}

} // namespace

Handle::Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), closer_(other.closer_) {}

Handle& Handle::operator=(Handle&& other) noexcept {
    if (this != &other) {
        reset();
        id_ = std::exchange(other.id_, -1);
        closer_ = other.closer_;
    }
    return *this;
}

void Handle::reset() {
    if (id_ >= 0 && closer_ != nullptr) {
        closer_(id_);
    }
    id_ = -1;
}

Guard::Guard() {
    // Before anything else of the library: what it could not write to a full disk it would try to write again
    // at exit, and crash.
    static const herr_t withoutExitHandler = H5dont_atexit();
    (void)withoutExitHandler;
    if (!libraryIsThreadSafe()) {
        lock_ = std::unique_lock(libraryMutex());
    }
    thread_local bool silenced = false; // the error stack is one per thread
    if (!silenced) {
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
        silenced = true;
    }
    static std::once_flag registered;
    std::call_once(registered, registerLzfFilter);
}

Place placeIn(const std::filesystem::path& file, std::int64_t id, TextHeaps* heaps, std::string_view object) {
    std::string name(object);
    if (name.empty() || name.front() != '/') {
        name.insert(name.begin(), '/');
    }
    while (name.size() > 1 && name.back() == '/') {
        name.pop_back();
    }
    if (id < 0) {
        throw Error(file.string() + ": the HDF5 file was closed already");
    }
    return Place{file, static_cast<hid_t>(id), std::move(name), heaps};
}

std::string takeReason() {
    std::string reason;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keepFirst, &reason);
    H5Eclear2(H5E_DEFAULT);
    return reason;
}

std::string fullDisk(std::string_view reason, hid_t file) {
    // HDF5 tells the system's error only within 500 characters of its own.
    constexpr std::string_view key = "errno = ";
    int system = 0;
    if (const auto at = reason.find(key); at != std::string_view::npos) {
        std::from_chars(reason.data() + at + key.size(), reason.data() + reason.size(), system);
    }
    const std::string what = system == ENOSPC   ? "the disk is full"
                             : system == EDQUOT ? "your quota on this disk is used up"
                             : system == EFBIG  ? "the file grew beyond the largest size allowed here"
                                                : "";
    if (what.empty()) {
        return {};
    }
    hsize_t bytes = 0;
    const bool known = file >= 0 && H5Fget_filesize(file, &bytes) >= 0 && bytes > 0;
    return what + (known ? ": at least " + std::to_string(bytes) + " bytes are needed" : std::string()) +
           "; free some space, or write to another place";
}

void fail(const Place& place, std::string_view what) {
    const std::string reason = takeReason();
    if (const std::string full = fullDisk(reason, place.id); !full.empty()) {
        throw Error(place.file.string() + ": " + full);
    }
    std::string text = place.file.string() + ": ";
    if (place.object != "/") {
        text += place.object + ": ";
    }
    text += what;
    if (!reason.empty()) {
        text += " (HDF5: " + reason + ")";
    }
    throw Error(text);
}

namespace {

/// HDF5 1.10 does not check that a dataset's extent fits into the bytes that its header claims, and reads
/// beyond its buffers where it does not. Storage that was never written has no bytes and reads as fill
/// values.
void checkStorage(const Place& place, hid_t dataset) {
    const Handle list(H5Dget_create_plist(dataset), H5Pclose);
    const H5D_layout_t layout = list.valid() ? H5Pget_layout(list.get()) : H5D_LAYOUT_ERROR;
    const bool plain = layout == H5D_CONTIGUOUS;
    const hsize_t stored = H5Dget_storage_size(dataset);
    if (layout != H5D_COMPACT && !(plain && stored > 0)) {
        return;
    }
    const Handle space(H5Dget_space(dataset), H5Sclose);
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const hssize_t elements = space.valid() ? H5Sget_simple_extent_npoints(space.get()) : -1;
    const std::size_t bytes = type.valid() ? H5Tget_size(type.get()) : 0;
    if (elements < 0 || bytes == 0 || static_cast<hsize_t>(elements) > stored / bytes) {
        fail(place, "is damaged: it holds " + std::to_string(stored) + " bytes, too few for " +
                        std::to_string(elements) + " elements of " + std::to_string(bytes) + " bytes");
    }
}

} // namespace

std::string storedElsewhere(hid_t dataset) {
    const Handle list(H5Dget_create_plist(dataset), H5Pclose);
    if (list.valid() && H5Pget_layout(list.get()) == H5D_VIRTUAL) {
        return "is put together from other datasets (a virtual dataset), which is not followed";
    }
    return list.valid() && H5Pget_external_count(list.get()) > 0
               ? "keeps its values in another file (external storage), which is not followed"
               : "";
}

Handle openDataset(const Place& place) {
    Handle object = openObject(place);
    if (H5Iget_type(object.get()) != H5I_DATASET) {
        fail(place, "is not a dataset");
    }
    if (const std::string why = storedElsewhere(object.get()); !why.empty()) {
        fail(place, why);
    }
    checkStorage(place, object.get());
    return object;
}

ElementType elementType(hid_t type) {
    ElementType found;
    found.bytes = H5Tget_size(type);
    switch (H5Tget_class(type)) {
    case H5T_FLOAT:
        found.kind = Hdf5Kind::Real;
        break;
    case H5T_INTEGER:
        found.kind = Hdf5Kind::Integer;
        found.isSigned = H5Tget_sign(type) != H5T_SGN_NONE;
        break;
    case H5T_ENUM: {
        found.kind = Hdf5Kind::Integer;
        char zero = 0;
        char one = 1;
        const bool isBool =
            found.bytes == 1 && H5Tget_nmembers(type) == 2 && H5Tget_member_index(type, "FALSE") >= 0 &&
            H5Tget_member_index(type, "TRUE") >= 0 &&
            H5Tget_member_value(type, static_cast<unsigned>(H5Tget_member_index(type, "FALSE")), &zero) >=
                0 &&
            H5Tget_member_value(type, static_cast<unsigned>(H5Tget_member_index(type, "TRUE")), &one) >= 0;
        if (isBool && zero == 0 && one == 1) {
            found.kind = Hdf5Kind::Boolean;
        }
        H5Eclear2(H5E_DEFAULT);
        break;
    }
    case H5T_BITFIELD:
        if (found.bytes == 1) {
            found.kind = Hdf5Kind::Boolean;
            found.bits = true;
        }
        break;
    case H5T_STRING:
        found.kind = Hdf5Kind::Text;
        found.variableText = H5Tis_variable_str(type) > 0;
        break;
    case H5T_COMPOUND:
        found.kind = Hdf5Kind::Compound;
        break;
    default:
        break;
    }
    return found;
}

Shape shapeOf(const Place& place, hid_t space) {
    if (H5Sget_simple_extent_type(space) == H5S_NULL) {
        return {0};
    }
    const int rank = H5Sget_simple_extent_ndims(space);
    hsize_t dims[H5S_MAX_RANK] = {};
    if (rank < 0 || rank > H5S_MAX_RANK || H5Sget_simple_extent_dims(space, dims, nullptr) < 0) {
        fail(place, "its shape cannot be read");
    }
    return Shape(dims, dims + rank);
}

std::size_t elementCount(const Place& place, const Shape& shape) {
    std::size_t count = 1;
    for (const std::size_t n : shape) {
        if (n != 0 && count > maxSize / n) {
            fail(place, "claims more elements than can be counted: the file is damaged");
        }
        count *= n;
    }
    return count;
}

Selection selectRows(const Place& place, hid_t dataset, RowRange rows, std::size_t memoryBytes) {
    Selection selection;
    selection.fileSpace = Handle(H5Dget_space(dataset), H5Sclose);
    if (!selection.fileSpace.valid()) {
        fail(place, "its shape cannot be read");
    }
    selection.shape = shapeOf(place, selection.fileSpace.get());
    Shape& shape = selection.shape;
    const std::size_t all = shape.empty() ? 1 : shape.front();
    if (rows.first > all) {
        fail(place,
             "has " + std::to_string(all) + " rows; row " + std::to_string(rows.first) + " was asked for");
    }
    selection.rows = std::min(rows.count, all - rows.first);
    if (!shape.empty()) {
        shape.front() = selection.rows;
    }
    selection.count = shape.empty() ? selection.rows : elementCount(place, shape);
    selection.width = selection.rows == 0 ? elementCount(place, Shape(shape.begin() + 1, shape.end()))
                                          : selection.count / selection.rows;

    const Handle type(H5Dget_type(dataset), H5Tclose);
    const std::size_t stored = std::max<std::size_t>(1, H5Tget_size(type.get()));
    const std::size_t claimed = timesCapped(selection.count, std::max(stored, memoryBytes));
    if (claimed > freeBytes) {
        const auto held =
            std::min<std::size_t>(static_cast<std::size_t>(H5Dget_storage_size(dataset)), fileBytes(place));
        if (claimed > timesCapped(std::max<std::size_t>(held, 1), bestRatio)) {
            fail(place, "claims " + std::to_string(selection.rows) + " rows of " +
                            std::to_string(selection.width) + " elements, but the file holds only " +
                            std::to_string(held) + " bytes for it: damaged, or never written");
        }
    }
    checkLzfChunk(place, dataset, stored);

    const bool partial = !shape.empty() && selection.rows != all;
    if (partial && selection.count > 0) {
        std::vector<hsize_t> start(shape.size(), 0);
        start[0] = rows.first;
        const std::vector<hsize_t> count(shape.begin(), shape.end());
        if (H5Sselect_hyperslab(selection.fileSpace.get(), H5S_SELECT_SET, start.data(), nullptr,
                                count.data(), nullptr) < 0) {
            fail(place, "its rows cannot be selected");
        }
    }
    const hsize_t n = selection.count;
    selection.memorySpace = Handle(H5Screate_simple(1, &n, nullptr), H5Sclose);
    return selection;
}

Handle textType(std::size_t bytes) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.get(), bytes);
    H5Tset_cset(type.get(), H5T_CSET_UTF8);
    if (bytes != H5T_VARIABLE) {
        H5Tset_strpad(type.get(), H5T_STR_NULLPAD);
    }
    return type;
}

Handle booleanType() {
    Handle type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
    const signed char no = 0;
    const signed char yes = 1;
    H5Tenum_insert(type.get(), "FALSE", &no);
    H5Tenum_insert(type.get(), "TRUE", &yes);
    return type;
}

std::string fixedText(const char* cell, std::size_t bytes, bool blankPadded) {
    std::string text(cell, std::find(cell, cell + bytes, '\0'));
    if (blankPadded) {
        text.erase(text.find_last_not_of(' ') + 1);
    }
    return text;
}

} // namespace penumbra::io::hdf5
