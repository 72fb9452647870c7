// VOTable 1.4 with a BINARY2 stream: every digit, every missing cell, every character.

#include "core/base/text.h"
#include "core/io/table_writers_internal.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace penumbra::io {

namespace {

using Type = ColumnLayout::Type;

constexpr std::size_t bytesPerLine = 57; // 76 letters
constexpr std::size_t longestUnsigned = 20;

/// For attributes and contents alike; control characters, which XML has none of, become U+FFFD.
std::string xmlText(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\t':
        case '\n':
        case '\r':
            out += "&#" + std::to_string(static_cast<int>(c)) + ";";
            break;
        default:
            out += static_cast<unsigned char>(c) < 0x20 ? std::string("\ufffd") : std::string(1, c);
        }
    }
    return out;
}

std::string attribute(const char* name, std::string_view value) {
    return value.empty() ? std::string() : std::string(" ") + name + "=\"" + xmlText(value) + "\"";
}

const char* datatypeOf(const ColumnLayout& column) {
    switch (column.type) {
    case Type::Float64:
        return "double";
    case Type::Float32:
        return "float";
    case Type::Int64:
        return "long";
    case Type::Bool:
        return "boolean";
    case Type::UInt64:
        return "char"; // VOTable has no unsigned 64-bit numbers
    case Type::Text:
        break;
    }
    return column.ascii ? "char" : "unicodeChar";
}

bool isText(const ColumnLayout& column) {
    return column.type == Type::Text || column.type == Type::UInt64;
}

std::size_t longestText(const ColumnLayout& column) {
    return std::max<std::size_t>(1, column.type == Type::UInt64 ? longestUnsigned : column.textBytes);
}

std::string arraysizeOf(const ColumnLayout& column) {
    const std::string width = std::to_string(column.width);
    if (!isText(column))
        return column.width == 1 ? "" : width;
    return column.width == 1 ? "*" : std::to_string(longestText(column)) + "x" + width;
}

std::string fieldOf(const ColumnLayout& column) {
    std::string out = "   <FIELD name=\"" + xmlText(column.name) + "\"";
    out += attribute("datatype", datatypeOf(column)) + attribute("arraysize", arraysizeOf(column));
    out += attribute("xtype", column.type == Type::UInt64 ? "uint64" : "");
    out += attribute("unit", column.unit) + attribute("ucd", column.ucd);
    if (column.description.empty())
        return out + "/>\n";
    return out + ">\n    <DESCRIPTION>" + xmlText(column.description) + "</DESCRIPTION>\n   </FIELD>\n";
}

std::string headOf(const TableLayout& layout, const TableMeta& meta) {
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n"
                      " <RESOURCE type=\"results\">\n";
    for (const auto& [name, value] : meta.values)
        out += "  <INFO name=\"" + xmlText(name) + "\" value=\"" + xmlText(value) + "\"/>\n";
    out +=
        "  <TABLE" + attribute("name", meta.title) + attribute("nrows", std::to_string(layout.rows)) + ">\n";
    for (const ColumnLayout& column : layout.columns)
        out += fieldOf(column);
    return out + "   <DATA>\n    <BINARY2>\n     <STREAM encoding=\"base64\">\n";
}

constexpr const char* tail =
    "     </STREAM>\n    </BINARY2>\n   </DATA>\n  </TABLE>\n </RESOURCE>\n</VOTABLE>\n";

template <typename Number>
void appendBigEndian(std::string& out, Number value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    std::reverse(bytes, bytes + sizeof value); // every machine that this is built for is little-endian
    out.append(bytes, sizeof value);
}

std::string utf16(std::string_view text) {
    std::string out;
    for (const char32_t point : codePointsOf(text)) {
        if (point < 0x10000) {
            appendBigEndian(out, static_cast<std::uint16_t>(point));
            continue;
        }
        appendBigEndian(out, static_cast<std::uint16_t>(0xd800 + ((point - 0x10000) >> 10)));
        appendBigEndian(out, static_cast<std::uint16_t>(0xdc00 + ((point - 0x10000) & 0x3ff)));
    }
    return out;
}

void appendBase64(std::string& out, std::string_view bytes) {
    static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t k) {
            return i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U;
        };
        const unsigned all = byte(0) << 16 | byte(1) << 8 | byte(2);
        for (std::size_t k = 0; k < 4; ++k)
            out += i + k > bytes.size() ? '=' : letters[(all >> (18 - 6 * k)) & 63U];
    }
}

class VotableSink : public TableSink {
public:
    VotableSink(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta)
        : TableSink(path, layout), file_(path) {
        file_.buffer() += headOf(layout, meta);
    }

protected:
    void take(const Table& block, std::size_t first, std::size_t count) override {
        for (std::size_t row = first; row < first + count; ++row) {
            appendMask(block, row);
            for (std::size_t i = 0; i < block.columns.size(); ++i)
                appendCell(block.columns[i], layout().columns[i], row);
            encodeLines(false);
        }
    }

    void seal(const std::stop_token& stop) override {
        encodeLines(true);
        file_.buffer() += tail;
        file_.commit(stop);
    }

private:
    /// One bit a column, the first the highest; set where the cell is missing.
    void appendMask(const Table& block, std::size_t row) {
        for (std::size_t i = 0; i < block.columns.size(); i += 8) {
            unsigned bits = 0;
            for (std::size_t k = 0; k < 8 && i + k < block.columns.size(); ++k)
                bits |= block.columns[i + k].isFlagged(row) ? 0x80U >> k : 0U;
            bytes_ += static_cast<char>(bits);
        }
    }

    void appendCell(const Column& column, const ColumnLayout& layout, std::size_t row) {
        const bool missing = column.isFlagged(row);
        std::visit(
            [&](const auto& values) {
                for (std::size_t k = 0; k < column.width; ++k)
                    appendValue(values[row * column.width + k], missing, layout);
            },
            column.values);
    }

    template <typename Value>
    void appendValue(const Value& value, bool missing, const ColumnLayout& layout) {
        if constexpr (std::is_same_v<Value, std::string>)
            appendText(missing ? std::string() : value, layout);
        else if constexpr (std::is_same_v<Value, std::uint8_t>)
            bytes_ += missing ? '?' : value != 0 ? 'T' : 'F';
        else if constexpr (std::is_floating_point_v<Value>)
            appendBigEndian(bytes_, missing ? std::numeric_limits<Value>::quiet_NaN() : value);
        else if constexpr (std::is_same_v<Value, std::uint64_t>)
            appendText(missing ? std::string() : std::to_string(value), layout);
        else
            appendBigEndian(bytes_, missing ? Value{0} : value);
    }

    void appendText(const std::string& text, const ColumnLayout& layout) {
        const std::size_t unit = layout.ascii ? 1 : 2;
        const std::string cell = layout.ascii ? text : utf16(text);
        if (layout.width == 1)
            appendBigEndian(bytes_, static_cast<std::uint32_t>(cell.size() / unit));
        bytes_ += cell;
        if (layout.width > 1)
            bytes_.append(longestText(layout) * unit - cell.size(), '\0');
    }

    void encodeLines(bool all) {
        std::size_t done = 0;
        while (bytes_.size() - done >= bytesPerLine || (all && done < bytes_.size())) {
            appendBase64(file_.buffer(), std::string_view(bytes_).substr(done, bytesPerLine));
            file_.buffer() += '\n';
            done = std::min(done + bytesPerLine, bytes_.size());
        }
        bytes_.erase(0, done);
        file_.flushIfFull();
    }

    BufferedFile file_;
    std::string bytes_; ///< not yet encoded
};

} // namespace

OpenedSink openVotable(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                       const RunContext& context) {
    std::vector<std::string> unsignedNames;
    for (const ColumnLayout& column : layout.columns)
        if (column.type == Type::UInt64)
            unsignedNames.push_back(column.name);
    if (!unsignedNames.empty())
        context.note(path.string() +
                     ": VOTable has no unsigned 64-bit integers; written as digits in text: " +
                     joinText(unsignedNames, ", "));
    return std::make_unique<VotableSink>(path, layout, meta);
}

} // namespace penumbra::io
