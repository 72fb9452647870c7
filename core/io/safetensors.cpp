#include "core/io/safetensors.h"

#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/json_text.h"
#include "core/io/safetensors_index.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace penumbra::io {

namespace {

constexpr std::uint64_t largestHeader = 100'000'000; // the limit of the reference implementation
constexpr std::size_t largestRank = 16;

struct TypeRow {
    std::string_view name;
    TensorType type;
    std::size_t bytes;
};
constexpr TypeRow types[] = {
    {"F64", TensorType::F64, 8},   {"F32", TensorType::F32, 4}, {"F16", TensorType::F16, 2},
    {"BF16", TensorType::BF16, 2}, {"I64", TensorType::I64, 8}, {"I32", TensorType::I32, 4},
    {"I16", TensorType::I16, 2},   {"I8", TensorType::I8, 1},   {"U64", TensorType::U64, 8},
    {"U32", TensorType::U32, 4},   {"U16", TensorType::U16, 2}, {"U8", TensorType::U8, 1},
    {"BOOL", TensorType::Bool, 1},
};

const TypeRow& rowOf(TensorType type) {
    return *std::find_if(std::begin(types), std::end(types),
                         [&](const TypeRow& row) { return row.type == type; });
}

[[noreturn]] void damaged(const std::filesystem::path& path, const std::string& what) {
    throw Error(path.string() + ": " + what +
                ". The file is damaged or was not copied completely; fetch it again.");
}

/// "tok..." in error messages stays readable whatever the file holds.
std::string inQuotes(std::string_view name) {
    std::string text(name.substr(0, 120));
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 32 || c > 126; }, '?');
    return "'" + text + "'";
}

std::uint64_t unsignedNumber(const nlohmann::json& value, const std::filesystem::path& path,
                             const std::string& what) {
    if (!value.is_number_integer() || (!value.is_number_unsigned() && value.get<std::int64_t>() < 0))
        damaged(path, what + " is not a non-negative integer");
    return value.get<std::uint64_t>();
}

TensorEntry readEntry(const std::string& name, const nlohmann::json& value, std::uint64_t dataBytes,
                      const std::filesystem::path& path) {
    const std::string key = "key " + inQuotes(name);
    if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") ||
        !value.contains("data_offsets") || !value["dtype"].is_string() || !value["shape"].is_array() ||
        !value["data_offsets"].is_array() || value["data_offsets"].size() != 2)
        damaged(path, key + " does not give dtype, shape and data_offsets");
    TensorEntry entry;
    entry.name = name;
    const auto typeText = value["dtype"].get<std::string>();
    const auto* row = std::find_if(std::begin(types), std::end(types),
                                   [&](const TypeRow& r) { return r.name == typeText; });
    if (row == std::end(types))
        throw Error(path.string() + ": " + key + " has the type " + inQuotes(typeText) +
                    ", which is not supported (float64, float32, float16, bfloat16, integers and bool are).");
    entry.type = row->type;
    if (value["shape"].size() > largestRank)
        damaged(path, key + " has " + std::to_string(value["shape"].size()) + " dimensions");
    for (const auto& extent : value["shape"]) {
        const std::uint64_t n = unsignedNumber(extent, path, "the shape of " + key);
        if (n > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ||
            (n != 0 && entry.count > std::numeric_limits<std::uint64_t>::max() / n))
            damaged(path, "the shape of " + key + " is larger than any file");
        entry.shape.push_back(static_cast<std::int64_t>(n));
        entry.count *= n;
    }
    entry.begin = unsignedNumber(value["data_offsets"][0], path, "the first offset of " + key);
    const std::uint64_t end = unsignedNumber(value["data_offsets"][1], path, "the second offset of " + key);
    if (entry.begin > end || end > dataBytes)
        damaged(path, key + " lies at bytes " + std::to_string(entry.begin) + " to " + std::to_string(end) +
                          " of " + std::to_string(dataBytes));
    if ((end - entry.begin) % row->bytes != 0 || (end - entry.begin) / row->bytes != entry.count)
        damaged(path, key + " of shape " + shapeText(entry.shape) + " and type " + typeText + " has " +
                          std::to_string(end - entry.begin) + " bytes");
    return entry;
}

float halfToFloat(std::uint16_t half) {
    const std::uint32_t sign = (half & 0x8000U) << 16, exponent = (half >> 10) & 0x1FU,
                        fraction = half & 0x3FFU;
    if (exponent == 0) { // zero or subnormal: fraction * 2^-24, exact
        const float value = std::ldexp(static_cast<float>(fraction), -24);
        return sign != 0 ? -value : value;
    }
    const std::uint32_t biased = exponent == 31 ? 255U : exponent + 112U;
    return std::bit_cast<float>(sign | (biased << 23) | (fraction << 13));
}

float brainToFloat(std::uint16_t brain) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(brain) << 16);
}

std::uint16_t floatToBrain(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    if (std::isnan(value))
        return static_cast<std::uint16_t>((bits >> 16) | 0x40U);
    return static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >>
                                      16); // to nearest, ties to even
}

template <class Stored, class Wanted, class Convert>
void convertInto(std::span<const std::byte> bytes, std::span<Wanted> destination, Convert convert) {
    for (std::size_t i = 0; i < destination.size(); ++i) {
        Stored value;
        std::memcpy(&value, bytes.data() + i * sizeof(Stored), sizeof(Stored));
        destination[i] = convert(value);
    }
}

template <class Wanted>
bool integersInto(TensorType type, std::span<const std::byte> bytes, std::span<Wanted> out) {
    const auto cast = [](auto value) { return static_cast<Wanted>(value); };
    switch (type) {
    case TensorType::I64:
        convertInto<std::int64_t>(bytes, out, cast);
        return true;
    case TensorType::I32:
        convertInto<std::int32_t>(bytes, out, cast);
        return true;
    case TensorType::I16:
        convertInto<std::int16_t>(bytes, out, cast);
        return true;
    case TensorType::I8:
        convertInto<std::int8_t>(bytes, out, cast);
        return true;
    case TensorType::U64:
        convertInto<std::uint64_t>(bytes, out, cast);
        return true;
    case TensorType::U32:
        convertInto<std::uint32_t>(bytes, out, cast);
        return true;
    case TensorType::U16:
        convertInto<std::uint16_t>(bytes, out, cast);
        return true;
    case TensorType::U8:
    case TensorType::Bool:
        convertInto<std::uint8_t>(bytes, out, cast);
        return true;
    default:
        return false;
    }
}

} // namespace

std::size_t bytesPerValue(TensorType type) {
    return rowOf(type).bytes;
}

std::string_view typeName(TensorType type) {
    return rowOf(type).name;
}

std::string shapeText(std::span<const std::int64_t> shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i)
        text += (i == 0 ? "" : ", ") + (shape[i] < 0 ? std::string("any") : std::to_string(shape[i]));
    return text + "]";
}

SafetensorsFile::SafetensorsFile(std::filesystem::path path) : path_(std::move(path)) {
    try {
        open();
    } catch (...) {
        unmap();
        throw;
    }
}

SafetensorsFile::~SafetensorsFile() {
    unmap();
}

SafetensorsFile::SafetensorsFile(SafetensorsFile&& other) noexcept
    : path_(std::move(other.path_)), parts_(std::exchange(other.parts_, {})),
      tensors_(std::move(other.tensors_)), metadata_(std::move(other.metadata_)) {}

void SafetensorsFile::unmap() noexcept {
    for (const Part& part : parts_)
        munmap(const_cast<std::byte*>(part.memory), part.bytes);
    parts_.clear();
}

void SafetensorsFile::open() {
    const auto index = findSafetensorsIndex(path_);
    if (!index) {
        parts_.push_back(mapped(path_));
        readHeader(0);
        return;
    }
    path_ = index->path;
    for (std::size_t i = 0; i < index->shards.size(); ++i) {
        parts_.push_back(mapped(index->shards[i]));
        readHeader(i);
    }
    checkIndex(index->weightMap);
}

void SafetensorsFile::checkIndex(const std::map<std::string, std::string>& weightMap) const {
    for (const auto& [key, name] : weightMap) {
        const auto found = tensors_.find(key);
        const std::string holder =
            found == tensors_.end() ? "no file" : parts_[found->second.part].path.filename().string();
        if (holder != name)
            throw Error(path_.string() + ": key " + inQuotes(key) + " should be in " + inQuotes(name) +
                        ", but " + holder + " holds it. Do index and files belong together?");
    }
}

std::uint64_t SafetensorsFile::fileBytes() const {
    std::uint64_t bytes = 0;
    for (const Part& part : parts_)
        bytes += part.bytes;
    return bytes;
}

SafetensorsFile::Part SafetensorsFile::mapped(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        throw Error(path.string() + ": cannot be opened (" + std::strerror(errno) + ").");
    struct stat info {};
    const bool regular = fstat(file, &info) == 0 && S_ISREG(info.st_mode);
    if (!regular || info.st_size < 8) {
        close(file);
        if (!regular)
            throw Error(path.string() + ": is not a file.");
        damaged(path, "has " + std::to_string(info.st_size) + " bytes, too few for safetensors");
    }
    Part part;
    part.path = path;
    part.bytes = static_cast<std::uint64_t>(info.st_size);
    void* memory = mmap(nullptr, part.bytes, PROT_READ, MAP_PRIVATE, file, 0);
    const int reason = errno;
    close(file);
    if (memory == MAP_FAILED)
        throw Error(path.string() + ": cannot be mapped into memory (" + std::strerror(reason) + ").");
    part.memory = static_cast<const std::byte*>(memory);
    return part;
}

void SafetensorsFile::readHeader(std::size_t number) {
    Part& part = parts_[number];
    std::uint64_t headerBytes = 0;
    std::memcpy(&headerBytes, part.memory, 8);
    if (headerBytes > std::min(largestHeader, part.bytes - 8))
        damaged(part.path, "announces a header of " + std::to_string(headerBytes) + " bytes in a file of " +
                               std::to_string(part.bytes) + " (not a safetensors file?)");
    part.dataOffset = 8 + headerBytes;
    const auto* text = reinterpret_cast<const char*>(part.memory + 8);
    // Depth is limited before anything is built: a tensor's numbers sit at depth 3.
    const auto header = nlohmann::json::parse(
        text, text + headerBytes,
        [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
            if (depth > 4)
                damaged(part.path, "its header is nested too deeply");
            return true;
        },
        false);
    if (header.is_discarded() || !header.is_object())
        damaged(part.path, "its header is not a JSON object (not a safetensors file?)");
    std::vector<const TensorEntry*> inOrder;
    for (const auto& [name, value] : header.items()) {
        if (name == "__metadata__") {
            if (!value.is_object())
                damaged(part.path, "its __metadata__ is not an object");
            for (const auto& [key, entry] : value.items())
                if (entry.is_string())
                    metadata_[key] = entry.get<std::string>();
            continue;
        }
        auto entry = readEntry(name, value, part.bytes - part.dataOffset, part.path);
        entry.part = number;
        const auto [place, isNew] = tensors_.emplace(name, std::move(entry));
        if (!isNew)
            throw Error(part.path.string() + ": key " + inQuotes(name) + " is in " +
                        parts_[place->second.part].path.filename().string() +
                        " too; which one counts is not clear.");
        inOrder.push_back(&place->second);
    }
    std::sort(inOrder.begin(), inOrder.end(),
              [](const TensorEntry* a, const TensorEntry* b) { return a->begin < b->begin; });
    std::uint64_t end = 0;
    for (const TensorEntry* entry : inOrder) {
        if (entry->count == 0)
            continue;
        if (entry->begin < end)
            damaged(part.path, "key " + inQuotes(entry->name) + " overlaps another tensor");
        end = entry->begin + entry->count * bytesPerValue(entry->type);
    }
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const {
    if (const auto found = tensors_.find(name); found != tensors_.end())
        return &found->second;
    const auto alias = metadata_.find(name);
    if (alias == metadata_.end())
        return nullptr;
    const auto found = tensors_.find(alias->second);
    return found == tensors_.end() ? nullptr : &found->second;
}

const TensorEntry& SafetensorsFile::require(std::string_view name, const Shape& wanted) const {
    const TensorEntry* entry = find(name);
    if (entry == nullptr)
        throw Error(path_.string() + ": has no key " + inQuotes(name) + " (wanted with shape " +
                    shapeText(wanted) + "). Do config.json and the weights belong together?");
    const bool fits =
        std::equal(wanted.begin(), wanted.end(), entry->shape.begin(), entry->shape.end(),
                   [](std::int64_t want, std::int64_t found) { return want < 0 || want == found; });
    if (!fits)
        throw Error(path_.string() + ": key " + inQuotes(name) + " has shape " + shapeText(entry->shape) +
                    ", wanted " + shapeText(wanted) + ". Do config.json and the weights belong together?");
    return *entry;
}

std::span<const std::byte> SafetensorsFile::bytes(const TensorEntry& entry) const {
    const Part& part = parts_[entry.part];
    return {part.memory + part.dataOffset + entry.begin,
            static_cast<std::size_t>(entry.count) * bytesPerValue(entry.type)};
}

void SafetensorsFile::floatsInto(const TensorEntry& entry, std::span<float> destination) const {
    if (destination.size() != entry.count)
        throw Error("internal: " + std::to_string(destination.size()) + " places for key " +
                    inQuotes(entry.name) + " of shape " + shapeText(entry.shape));
    const auto source = bytes(entry);
    switch (entry.type) {
    case TensorType::F32:
        if (!destination.empty())
            std::memcpy(destination.data(), source.data(), source.size());
        return;
    case TensorType::F64:
        convertInto<double>(source, destination, [](double v) { return static_cast<float>(v); });
        return;
    case TensorType::F16:
        convertInto<std::uint16_t>(source, destination, halfToFloat);
        return;
    case TensorType::BF16:
        convertInto<std::uint16_t>(source, destination, brainToFloat);
        return;
    default:
        integersInto(entry.type, source, destination);
        return;
    }
}

std::vector<float> SafetensorsFile::floats(std::string_view name, const Shape& wanted) const {
    const TensorEntry& entry = require(name, wanted);
    std::vector<float> values(entry.count);
    floatsInto(entry, values);
    return values;
}

std::vector<std::int64_t> SafetensorsFile::integers(std::string_view name, const Shape& wanted) const {
    const TensorEntry& entry = require(name, wanted);
    std::vector<std::int64_t> values(entry.count);
    if (!integersInto(entry.type, bytes(entry), std::span(values)))
        throw Error(path_.string() + ": key " + inQuotes(name) + " has type " +
                    std::string(typeName(entry.type)) + ", wanted integers.");
    return values;
}

std::string SafetensorsFile::fingerprint() const {
    if (parts_.size() == 1)
        return fingerprintOf(parts_.front());
    std::string all;
    for (const Part& part : parts_)
        all += fingerprintOf(part);
    return hashText(all);
}

std::string SafetensorsFile::fingerprintOf(const Part& part) {
    const auto* text = reinterpret_cast<const char*>(part.memory);
    constexpr std::uint64_t samples = 512, width = 256;
    const std::uint64_t data = part.bytes - part.dataOffset;
    if (data <= samples * width)
        return hashText({text, part.bytes});
    std::string sampled(text, part.dataOffset);
    for (std::uint64_t s = 0; s < samples; ++s)
        sampled.append(text + part.dataOffset + (data - width) / (samples - 1) * s, width);
    return hashText(sampled);
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path, std::vector<TensorSpec> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path), stream_(file_.temporaryPath(), std::ios::binary), path_(path),
      tensors_(std::move(tensors)) {
    nlohmann::ordered_json header;
    if (!metadata.empty())
        header["__metadata__"] = metadata;
    std::uint64_t offset = 0;
    for (const TensorSpec& tensor : tensors_) {
        std::uint64_t bytes = bytesPerValue(tensor.type);
        for (const std::int64_t extent : tensor.shape)
            bytes *= static_cast<std::uint64_t>(extent);
        header[tensor.name] = {{"dtype", std::string(typeName(tensor.type))},
                               {"shape", tensor.shape},
                               {"data_offsets", {offset, offset + bytes}}};
        offset += bytes;
    }
    std::string text = tensors_.empty() && metadata.empty() ? "{}" : jsonText(header);
    text.resize((text.size() + 7) / 8 * 8, ' ');
    const std::uint64_t headerBytes = text.size();
    stream_.write(reinterpret_cast<const char*>(&headerBytes), 8);
    stream_.write(text.data(), static_cast<std::streamsize>(text.size()));
}

TensorType SafetensorsWriter::typeAtHand(std::size_t values) const {
    if (current_ >= tensors_.size())
        throw Error("internal: " + std::to_string(values) + " values beyond the last tensor of " +
                    path_.string());
    return tensors_[current_].type;
}

void SafetensorsWriter::raw(const void* data, std::size_t values, TensorType type) {
    stream_.write(static_cast<const char*>(data), static_cast<std::streamsize>(values * bytesPerValue(type)));
    if (!stream_)
        throw Error(path_.string() + ": cannot be written (" + std::strerror(errno) + ").");
    written_ += values;
    std::uint64_t wanted = 1;
    for (const std::int64_t extent : tensors_[current_].shape)
        wanted *= static_cast<std::uint64_t>(extent);
    if (written_ > wanted)
        throw Error("internal: too many values for " + tensors_[current_].name);
    if (written_ == wanted) {
        ++current_;
        written_ = 0;
    }
}

void SafetensorsWriter::append(std::span<const float> values) {
    switch (typeAtHand(values.size())) {
    case TensorType::F32:
        raw(values.data(), values.size(), TensorType::F32);
        return;
    case TensorType::BF16: {
        std::vector<std::uint16_t> stored(values.size());
        std::transform(values.begin(), values.end(), stored.begin(), floatToBrain);
        raw(stored.data(), stored.size(), TensorType::BF16);
        return;
    }
    default:
        throw Error("internal: " + tensors_[current_].name + " does not take real numbers");
    }
}

void SafetensorsWriter::append(std::span<const std::int64_t> values) {
    switch (typeAtHand(values.size())) {
    case TensorType::I64:
        raw(values.data(), values.size(), TensorType::I64);
        return;
    case TensorType::I32: {
        const std::vector<std::int32_t> stored(values.begin(), values.end());
        raw(stored.data(), stored.size(), TensorType::I32);
        return;
    }
    case TensorType::U8: {
        const std::vector<std::uint8_t> stored(values.begin(), values.end());
        raw(stored.data(), stored.size(), TensorType::U8);
        return;
    }
    default:
        throw Error("internal: " + tensors_[current_].name + " does not take integers of this writer");
    }
}

void SafetensorsWriter::commit() {
    if (current_ != tensors_.size())
        throw Error("internal: " + path_.string() + " lacks values of " + tensors_[current_].name);
    stream_.close();
    if (stream_.fail())
        throw Error(path_.string() + ": cannot be written (disk full?).");
    file_.commit();
}

} // namespace penumbra::io
