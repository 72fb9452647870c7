#include "core/io/table_writers_internal.h"
#include "core/base/error.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace penumbra::io {

namespace {
constexpr std::size_t fullBuffer = std::size_t{1} << 20;
}

BufferedFile::BufferedFile(const std::filesystem::path& path)
    : path_(path), file_(path), stream_(file_.temporaryPath(), std::ios::binary) {}

void BufferedFile::flushIfFull() {
    if (buffer_.size() >= fullBuffer)
        flush();
}

void BufferedFile::commit(const std::stop_token& stop) {
    flush();
    stream_.close();
    if (!stream_)
        throw Error("Cannot write '" + path_.string() + "'. Is the disk full?");
    file_.commit(stop);
}

void BufferedFile::flush() {
    stream_.write(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
    buffer_.clear();
    if (!stream_)
        throw Error("Cannot write '" + path_.string() + "'. Is the disk full?");
}

Column emptyColumn(const ColumnLayout& layout) {
    Column column;
    column.name = layout.name;
    column.unit = layout.unit;
    column.description = layout.description;
    column.ucd = layout.ucd;
    column.width = layout.width;
    switch (layout.type) {
    case ColumnLayout::Type::Float64:
        column.values = std::vector<double>();
        break;
    case ColumnLayout::Type::Float32:
        column.values = std::vector<float>();
        break;
    case ColumnLayout::Type::Int64:
        column.values = std::vector<std::int64_t>();
        break;
    case ColumnLayout::Type::UInt64:
        column.values = std::vector<std::uint64_t>();
        break;
    case ColumnLayout::Type::Bool:
        column.values = std::vector<std::uint8_t>();
        break;
    case ColumnLayout::Type::Text:
        column.values = std::vector<std::string>();
    }
    return column;
}

bool isEmptyCell(const Column& column, std::size_t row) {
    if (column.isFlagged(row))
        return true;
    if (column.width != 1)
        return false;
    if (const auto* reals = std::get_if<std::vector<double>>(&column.values))
        return std::isnan((*reals)[row]);
    const auto* floats = std::get_if<std::vector<float>>(&column.values);
    return floats && std::isnan((*floats)[row]);
}

template <typename Number>
void appendNumber(std::string& out, Number value) {
    char digits[64];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}
template void appendNumber(std::string&, double);
template void appendNumber(std::string&, float);
template void appendNumber(std::string&, std::int64_t);
template void appendNumber(std::string&, std::uint64_t);

std::u32string codePointsOf(std::string_view utf8) {
    std::u32string out;
    for (std::size_t i = 0; i < utf8.size();) {
        const auto lead = static_cast<unsigned char>(utf8[i]);
        const std::size_t length = lead < 0x80   ? 1
                                   : lead < 0xc2 ? 0
                                   : lead < 0xe0 ? 2
                                   : lead < 0xf0 ? 3
                                   : lead < 0xf5 ? 4
                                                 : 0;
        char32_t point = length > 1 ? lead & (0x7fU >> length) : lead;
        bool whole = length > 0 && i + length <= utf8.size();
        for (std::size_t k = 1; whole && k < length; ++k) {
            const auto next = static_cast<unsigned char>(utf8[i + k]);
            whole = (next & 0xc0U) == 0x80;
            point = (point << 6) | (next & 0x3fU);
        }
        out += whole ? point : U'\ufffd';
        i += whole ? length : 1;
    }
    return out;
}

std::string quotedText(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += '\\';
        if (static_cast<unsigned char>(c) >= 0x20) {
            out += c;
            continue;
        }
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += escape;
    }
    return out + '"';
}

} // namespace penumbra::io
