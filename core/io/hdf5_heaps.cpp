#include "core/io/hdf5_heaps.h"

#include "core/base/error.h"
#include "core/io/hdf5_internal.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <string_view>

namespace penumbra::io::hdf5 {

namespace {

constexpr std::uint64_t searchedBytes = std::uint64_t{256} << 20;
constexpr std::uint64_t blockBytes = std::uint64_t{1} << 20;
constexpr std::uint64_t noObject = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t headerBytes = 16;    ///< of a heap, and of an object in it
constexpr std::size_t referenceBytes = 16; ///< length (4), address of the heap (8), index in it (4)
constexpr std::string_view signature("GCOL\1\0\0\0", 8);
constexpr hsize_t mostChunks = 5000; ///< finding a chunk takes as long as there are chunks

template <typename T>
T little(const unsigned char* bytes) {
    T value = 0;
    for (std::size_t i = sizeof(T); i > 0; --i) {
        value = static_cast<T>((value << 7U) << 1U) | bytes[i - 1];
    }
    return value;
}

constexpr std::size_t firstHeaderBytes = 16; ///< of an object header of the first version
constexpr std::size_t messageHeaderBytes = 8;
constexpr std::uint16_t attributeMessage = 0x000C;
constexpr std::uint16_t continuationMessage = 0x0010;
constexpr std::size_t mostHeaderBlocks = 10000;

/// The values in an attribute message (section IV.A.2.m), if it is the attribute of that name.
std::string_view attributeData(std::string_view message, std::string_view name) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(message.data());
    const std::size_t fixed = !message.empty() && bytes[0] == 3 ? 9 : 8;
    if (message.size() < fixed || bytes[0] < 1 || bytes[0] > 3) {
        return {};
    }
    const std::size_t unit = bytes[0] == 1 ? 8 : 1; // only the first version pads
    const auto padded = [&](std::size_t at) {
        return (std::size_t{little<std::uint16_t>(bytes + at)} + unit - 1) / unit * unit;
    };
    const std::size_t skipped = fixed + padded(2) + padded(4) + padded(6);
    const std::string_view found = message.substr(fixed, little<std::uint16_t>(bytes + 2));
    if (skipped > message.size() || found.substr(0, found.find('\0')) != name) {
        return {};
    }
    return message.substr(skipped);
}

bool isFiltered(hid_t dataset, H5D_layout_t& layout) {
    const Handle list(H5Dget_create_plist(dataset), H5Pclose);
    layout = H5Pget_layout(list.get());
    return H5Pget_nfilters(list.get()) != 0;
}

} // namespace

TextHeaps::TextHeaps(std::filesystem::path path, hid_t file)
    : path_(std::move(path)), file_(path_, std::ios::binary) {
    std::error_code ignored;
    fileBytes_ = std::filesystem::file_size(path_, ignored);
    const Handle list(H5Fget_create_plist(file), H5Pclose);
    std::size_t addressBytes = 0, lengthBytes = 0;
    hsize_t userBlock = 0;
    understood_ = H5Pget_sizes(list.get(), &addressBytes, &lengthBytes) >= 0 && addressBytes == 8 &&
                  lengthBytes == 8 && H5Pget_userblock(list.get(), &userBlock) >= 0 && file_.good();
    base_ = userBlock;
}

void TextHeaps::fail() const {
    throw Error(path_.string() + ": the texts of variable length in this HDF5 file are damaged");
}

std::vector<unsigned char> TextHeaps::bytesAt(std::uint64_t offset, std::uint64_t count) {
    if (offset > fileBytes_ || count > fileBytes_ - offset) {
        fail();
    }
    std::vector<unsigned char> bytes(count);
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(offset));
    if (!file_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count))) {
        fail();
    }
    return bytes;
}

const TextHeaps::ObjectSizes& TextHeaps::heapAt(std::uint64_t address) {
    const auto known = heaps_.find(address);
    if (known != heaps_.end()) {
        return known->second;
    }
    if (address > fileBytes_ || base_ > fileBytes_ - address) {
        fail();
    }
    const auto header = bytesAt(base_ + address, headerBytes);
    if (std::memcmp(header.data(), signature.data(), signature.size()) != 0) {
        fail();
    }
    const auto heapBytes = little<std::uint64_t>(header.data() + 8);
    const auto heap = bytesAt(base_ + address, heapBytes); // checks it against the file's size
    ObjectSizes sizes;
    for (std::uint64_t at = headerBytes; at + headerBytes <= heap.size();) {
        const auto index = little<std::uint16_t>(heap.data() + at);
        const auto size = little<std::uint64_t>(heap.data() + at + 8);
        const std::uint64_t rest = heap.size() - at;
        if (size > rest) {
            fail();
        }
        // Free space counts its own header; objects are padded to 8 bytes.
        const std::uint64_t step = index == 0 ? size : headerBytes + (size + 7) / 8 * 8;
        if (step < headerBytes || step > rest) {
            fail();
        }
        if (index != 0) {
            sizes.resize(std::max<std::size_t>(sizes.size(), index + std::size_t{1}), noObject);
            sizes[index] = size;
        }
        at += step;
    }
    return heaps_.emplace(address, std::move(sizes)).first->second;
}

void TextHeaps::checkAll() {
    const std::lock_guard lock(mutex_);
    if (allChecked_ || !understood_ || fileBytes_ > searchedBytes) {
        return;
    }
    const auto bytes = bytesAt(0, fileBytes_);
    const std::boyer_moore_horspool_searcher searcher(signature.begin(), signature.end());
    const auto* begin = reinterpret_cast<const char*>(bytes.data());
    const char* end = begin + bytes.size();
    for (const char* at = std::search(begin, end, searcher); at != end;
         at = std::search(at + 1, end, searcher)) {
        const auto offset = static_cast<std::uint64_t>(at - begin);
        if (offset >= base_) {
            heapAt(offset - base_);
        }
    }
    allChecked_ = true;
}

void TextHeaps::checkReferences(std::uint64_t offset, std::uint64_t bytes) {
    for (std::uint64_t done = 0; done < bytes; done += blockBytes) {
        const auto block = bytesAt(offset + done, std::min(blockBytes, bytes - done));
        checkReferenceBlock(block.data(), block.size());
    }
}

void TextHeaps::checkReferenceBlock(const unsigned char* block, std::size_t bytes) {
    for (std::size_t at = 0; at + referenceBytes <= bytes; at += referenceBytes) {
        const auto length = little<std::uint32_t>(block + at);
        const auto address = little<std::uint64_t>(block + at + 4);
        const auto index = little<std::uint32_t>(block + at + 12);
        if (address == 0) {
            continue; // an empty text
        }
        const ObjectSizes& sizes = heapAt(address);
        if (index >= sizes.size() || sizes[index] != length) {
            fail();
        }
    }
}

void TextHeaps::checkAttribute(hid_t object, std::string_view name, std::size_t texts) {
    H5O_info_t info;
    if (!understood_ || H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) {
        takeReason();
        return;
    }
    const std::lock_guard lock(mutex_);
    const auto start = bytesAt(base_ + info.addr, firstHeaderBytes);
    if (start[0] != 1) { // "OHDR": checksummed
        return;
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> blocks = {
        {base_ + info.addr + firstHeaderBytes, little<std::uint32_t>(start.data() + 8)}};
    for (std::size_t i = 0; i < blocks.size() && i < mostHeaderBlocks; ++i) {
        const auto block = bytesAt(blocks[i].first, blocks[i].second);
        for (std::size_t at = 0; at + messageHeaderBytes <= block.size();) {
            const auto kind = little<std::uint16_t>(block.data() + at);
            const auto size = little<std::uint16_t>(block.data() + at + 2);
            at += messageHeaderBytes;
            if (size > block.size() - at) {
                fail();
            }
            const std::string_view message(reinterpret_cast<const char*>(block.data()) + at, size);
            if (kind == continuationMessage && size >= 16) {
                blocks.emplace_back(base_ + little<std::uint64_t>(block.data() + at),
                                    little<std::uint64_t>(block.data() + at + 8));
            } else if (kind == attributeMessage) {
                const std::string_view data = attributeData(message, name);
                checkReferenceBlock(reinterpret_cast<const unsigned char*>(data.data()),
                                    std::min(data.size(), texts * referenceBytes));
            }
            at += size;
        }
    }
}

void TextHeaps::checkDataset(hid_t dataset) {
    H5D_layout_t layout = H5D_LAYOUT_ERROR;
    const bool filtered = isFiltered(dataset, layout);
    hsize_t chunks = 0;
    if (layout == H5D_CHUNKED && H5Dget_num_chunks(dataset, H5S_ALL, &chunks) < 0) {
        const Handle space(H5Dget_space(dataset), H5Sclose);
        H5Dget_num_chunks(dataset, space.get(), &chunks);
    }
    if (!understood_ || base_ != 0 || filtered || layout == H5D_COMPACT || chunks > mostChunks) {
        checkAll();
        return;
    }
    const std::lock_guard lock(mutex_);
    if (layout == H5D_CONTIGUOUS) {
        const haddr_t offset = H5Dget_offset(dataset);
        if (offset != HADDR_UNDEF) {
            checkReferences(offset, H5Dget_storage_size(dataset));
        }
        return;
    }
    const Handle space(H5Dget_space(dataset), H5Sclose);
    for (hsize_t i = 0; i < chunks; ++i) {
        haddr_t address = 0;
        hsize_t bytes = 0;
        unsigned mask = 0;
        if (H5Dget_chunk_info(dataset, space.get(), i, nullptr, &mask, &address, &bytes) < 0) {
            takeReason();
            fail();
        }
        checkReferences(address, bytes);
    }
}

} // namespace penumbra::io::hdf5
