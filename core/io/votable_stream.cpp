#include "core/io/votable_stream.h"

#include "core/base/error.h"

namespace penumbra::io::votable {

namespace {

/// 0..63; -1 for letters outside base64, -2 for blanks, -3 for the padding.
int valueOf(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '/')
        return c == '+' ? 62 : 63;
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return -2;
    return c == '=' ? -3 : -1;
}

} // namespace

void Base64Decoder::decode(std::string_view text, std::vector<unsigned char>& out) {
    for (const char c : text) {
        const int value = valueOf(c);
        if (value == -2)
            continue;
        if (value == -1 || (value >= 0 && ended_))
            throw Error("the stream holds letters that are no base64: damaged");
        if (value == -3) {
            if (!ended_ && letters_ == 2)
                out.push_back(static_cast<unsigned char>(bits_ >> 4));
            if (!ended_ && letters_ == 3) {
                out.push_back(static_cast<unsigned char>(bits_ >> 10));
                out.push_back(static_cast<unsigned char>(bits_ >> 2));
            }
            if (!ended_ && letters_ == 1)
                throw Error("the stream's base64 ends within a byte: damaged");
            ended_ = true;
            letters_ = 0;
            bits_ = 0;
            continue;
        }
        bits_ = bits_ << 6 | static_cast<std::uint32_t>(value);
        if (++letters_ < 4)
            continue;
        out.push_back(static_cast<unsigned char>(bits_ >> 16));
        out.push_back(static_cast<unsigned char>(bits_ >> 8));
        out.push_back(static_cast<unsigned char>(bits_));
        letters_ = 0;
        bits_ = 0;
    }
}

void Base64Decoder::finish() const {
    if (letters_ != 0)
        throw Error("the stream's base64 is cut: truncated or damaged");
}

BinaryRows::BinaryRows(const std::vector<Field>& fields, std::vector<ColumnBuilder*> columns, bool masked,
                       std::size_t mostRows, std::size_t mostBytes)
    : fields_(fields), columns_(std::move(columns)), masked_(masked), mostRows_(mostRows),
      mostBytes_(mostBytes) {
    for (const Field& field : fields_)
        if (field.datatype == Datatype::Unknown)
            throw Error("FIELD '" + field.name + "' has the datatype '" + field.datatypeText +
                        "', which VOTable does not know: its binary rows cannot be cut into cells");
}

void BinaryRows::decode() {
    std::size_t at = 0;
    while (at < bytes_.size() && decodeRow(at)) {
    }
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at));
}

/// False, and `at` as it was, if the row's end has not come yet.
bool BinaryRows::decodeRow(std::size_t& at) {
    struct Cell {
        std::size_t from, count;
    };
    std::vector<Cell> cells;
    cells.reserve(fields_.size());
    std::size_t end = at + (masked_ ? (fields_.size() + 7) / 8 : 0);
    for (const Field& field : fields_) {
        std::size_t count = field.elements;
        if (field.variable) {
            if (end + 4 > bytes_.size())
                return false;
            count = std::size_t{bytes_[end]} << 24 | std::size_t{bytes_[end + 1]} << 16 |
                    std::size_t{bytes_[end + 2]} << 8 | std::size_t{bytes_[end + 3]};
            end += 4;
        }
        const std::size_t bytes = field.bytesOf(count);
        if (bytes > mostBytes_)
            throw Error("row " + std::to_string(rows_) + " claims " + std::to_string(bytes) + " bytes for '" +
                        field.name + "', more than the file has: damaged");
        cells.push_back({end, count});
        end += bytes;
    }
    if (end > bytes_.size() || end == at)
        return false;
    for (std::size_t i = 0; i < fields_.size() && rows_ < mostRows_; ++i) {
        const bool missing = masked_ && ((bytes_[at + i / 8] >> (7 - i % 8)) & 1U) != 0;
        if (columns_[i] != nullptr)
            columns_[i]->addBytes(bytes_.data() + cells[i].from, cells[i].count, missing);
    }
    ++rows_;
    at = end;
    return true;
}

void BinaryRows::finish() const {
    if (!bytes_.empty())
        throw Error("the stream ends within row " + std::to_string(rows_) + ": truncated or damaged");
}

} // namespace penumbra::io::votable
