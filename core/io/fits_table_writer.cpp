// FITS binary tables, through cfitsio.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/fits_file.h"
#include "core/io/table_writers_internal.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <limits>

namespace penumbra::io {

namespace {

using Type = ColumnLayout::Type;

constexpr std::size_t longestKeyword = 8;
constexpr std::size_t cardLetters = 80;

bool isPrintable(char c) {
    return c >= ' ' && c <= '~';
}

/// Headers hold printable ASCII only: other characters become \u00b5 and the like.
std::string headerText(std::string_view text) {
    std::string out;
    for (const char32_t point : codePointsOf(text)) {
        if (point < 0x80 && isPrintable(static_cast<char>(point))) {
            out += static_cast<char>(point);
            continue;
        }
        char escape[12];
        std::snprintf(escape, sizeof escape, point > 0xffff ? "\\U%08x" : "\\u%04x",
                      static_cast<unsigned>(point));
        out += escape;
    }
    return out;
}

/// Units as the FITS standard spells them.
std::string headerUnit(std::string unit) {
    static const std::pair<const char*, const char*> spelled[] = {
        {"\u00c5", "Angstrom"}, {"\u212b", "Angstrom"}, {"\u00b5", "u"}, {"\u03bc", "u"},
        {"\u00b0", "deg"},      {"\u2299", "_sun"},     {"\u00b2", "2"}, {"\u207b", "-"},
        {"\u00b9", "1"},        {"\u00b3", "3"},        {"\u00b7", "."}};
    for (const auto& [sign, word] : spelled)
        for (auto at = unit.find(sign); at != std::string::npos; at = unit.find(sign))
            unit.replace(at, std::string_view(sign).size(), word);
    return headerText(unit);
}

std::string keywordFor(std::string_view name) {
    const std::string escaped = headerText(name);
    const bool plain = !escaped.empty() && escaped.size() <= longestKeyword &&
                       std::all_of(escaped.begin(), escaped.end(), [](char c) {
                           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
                       });
    std::string keyword = plain ? escaped : "HIERARCH " + escaped;
    std::transform(keyword.begin(), keyword.end(), keyword.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return keyword;
}

std::string formOf(const ColumnLayout& column) {
    const std::size_t width = column.width;
    const auto form = [](std::size_t repeat, const char* letter) { return std::to_string(repeat) + letter; };
    switch (column.type) {
    case Type::Float64:
        return form(width, "D");
    case Type::Float32:
        return form(width, "E");
    case Type::Int64:
        return form(width, "K");
    case Type::UInt64:
        return form(width, "W"); // K with TZERO = 2^63
    case Type::Bool:
        return form(width, "L");
    case Type::Text:
        break;
    }
    const std::size_t bytes = std::max<std::size_t>(1, column.textBytes);
    return width == 1 ? form(bytes, "A") : form(bytes * width, "A") + std::to_string(bytes);
}

class FitsSink : public TableSink {
public:
    FitsSink(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta)
        : TableSink(path, layout), atomic_(path) {
        int status = 0;
        fitsfile* raw = nullptr;
        fits_create_diskfile(&raw, atomic_.temporaryPath().c_str(), &status);
        file_.reset(raw);
        check(status);
        createTable(meta.title);
        for (std::size_t i = 0; i < layout.columns.size(); ++i)
            describe(layout.columns[i], std::to_string(i + 1));
        for (const auto& [name, value] : meta.values)
            writeText(keywordFor(name), value);
        fits_set_hdustruc(raw, &status); // TNULL was not there when the table was made
        check(status);
    }

protected:
    void take(const Table& block, std::size_t first, std::size_t count) override {
        for (std::size_t i = 0; i < block.columns.size(); ++i)
            if (block.columns[i].width > 0 && count > 0)
                writeBlock(block.columns[i], layout().columns[i], static_cast<int>(i) + 1, first, count);
    }

    void seal(const std::stop_token& stop) override {
        int status = 0;
        fits_close_file(file_.release(), &status);
        check(status);
        atomic_.commit(stop);
    }

private:
    void check(int status) const {
        if (status == 0)
            return;
        char text[FLEN_STATUS] = "";
        fits_get_errstatus(status, text);
        fits_clear_errmsg();
        throw Error("Cannot write '" + path().string() + "' (cfitsio: " + text + "). Is the disk full?");
    }

    void createTable(const std::string& title) {
        std::vector<std::string> names, forms;
        for (const ColumnLayout& column : layout().columns) {
            names.push_back(headerText(column.name));
            forms.push_back(formOf(column));
        }
        std::vector<char*> namePointers, formPointers;
        for (std::size_t i = 0; i < names.size(); ++i) {
            namePointers.push_back(names[i].data());
            formPointers.push_back(forms[i].data());
        }
        int status = 0;
        fits_create_tbl(file_.get(), BINARY_TBL, static_cast<LONGLONG>(layout().rows),
                        static_cast<int>(names.size()), namePointers.data(), formPointers.data(), nullptr,
                        nullptr, &status);
        check(status);
        if (!title.empty())
            writeText("EXTNAME", title);
    }

    void describe(const ColumnLayout& column, const std::string& number) {
        if (!column.unit.empty())
            writeText("TUNIT" + number, headerUnit(column.unit));
        if (!column.description.empty())
            writeText("TCOMM" + number, column.description);
        if (!column.ucd.empty())
            writeText("TUCD" + number, column.ucd);
        const bool integer = column.type == Type::Int64 || column.type == Type::UInt64;
        if (!column.mayMiss || !integer)
            return;
        // TNULL is compared with the number in the file, from which TZERO = 2^63 makes the unsigned one.
        const std::uint64_t shift = column.type == Type::UInt64 ? std::uint64_t{1} << 63 : 0;
        auto null = static_cast<LONGLONG>(column.spare ^ shift);
        int status = 0;
        fits_write_key(file_.get(), TLONGLONG, ("TNULL" + number).c_str(), &null, nullptr, &status);
        check(status);
    }

    void writeText(const std::string& key, const std::string& value) {
        const std::string text = headerText(value);
        const bool hierarch = key.size() > longestKeyword;
        int status = 0;
        if (hierarch && key.size() + text.size() + 6 > cardLetters) { // no CONTINUE after HIERARCH
            const std::string line = key.substr(sizeof "HIERARCH") + " = " + text;
            fits_write_history(file_.get(), line.c_str(), &status);
        } else {
            fits_write_key_longstr(file_.get(), key.c_str(), text.c_str(), nullptr, &status);
        }
        check(status);
    }

    void writeBlock(const Column& column, const ColumnLayout& layout, int number, std::size_t first,
                    std::size_t count) {
        std::visit(
            [&](const auto& values) {
                using Value = typename std::decay_t<decltype(values)>::value_type;
                const auto from = values.begin() + static_cast<std::ptrdiff_t>(first * column.width);
                const auto length = static_cast<std::ptrdiff_t>(count * column.width);
                std::vector<Value> block(from, from + length);
                if constexpr (std::is_floating_point_v<Value>)
                    blank(block, column, first, std::numeric_limits<Value>::quiet_NaN());
                else if constexpr (std::is_same_v<Value, std::string>)
                    blank(block, column, first, std::string());
                else
                    blank(block, column, first, static_cast<Value>(layout.spare)); // booleans: 0
                writeValues(block, number);
                if constexpr (std::is_same_v<Value, std::uint8_t>)
                    markBooleans(column, number, first, count);
            },
            column.values);
    }

    template <typename Value>
    static void blank(std::vector<Value>& block, const Column& column, std::size_t first,
                      const Value& nothing) {
        if (column.missing.empty())
            return;
        for (std::size_t i = 0; i < block.size(); ++i)
            if (column.missing[first + i / column.width] != 0)
                block[i] = nothing;
    }

    void markBooleans(const Column& column, int number, std::size_t first, std::size_t count) {
        int status = 0;
        for (std::size_t row = 0; row < count && !column.missing.empty(); ++row)
            if (column.missing[first + row] != 0)
                fits_write_col_null(file_.get(), number, static_cast<LONGLONG>(rowsTaken() + row) + 1, 1,
                                    static_cast<LONGLONG>(column.width), &status);
        check(status);
    }

    template <typename Value>
    void writeValues(std::vector<Value>& block, int number) {
        if constexpr (std::is_same_v<Value, std::string>) {
            std::vector<char*> pointers;
            for (std::string& text : block)
                pointers.push_back(text.data());
            put(TSTRING, number, pointers);
        } else {
            put(std::is_same_v<Value, double>         ? TDOUBLE
                : std::is_same_v<Value, float>        ? TFLOAT
                : std::is_same_v<Value, std::int64_t> ? TLONGLONG
                : std::is_same_v<Value, std::uint8_t> ? TLOGICAL
                                                      : TULONGLONG,
                number, block);
        }
    }

    template <typename Element>
    void put(int type, int number, std::vector<Element>& block) {
        int status = 0;
        fits_write_col(file_.get(), type, number, static_cast<LONGLONG>(rowsTaken()) + 1, 1,
                       static_cast<LONGLONG>(block.size()), block.data(), &status);
        check(status);
    }

    AtomicFile atomic_;
    std::unique_ptr<fitsfile, fits::CloseFits> file_;
};

void tellWhatIsLost(const std::filesystem::path& path, const TableLayout& layout, const RunContext& context) {
    std::vector<std::string> names, blanks;
    for (const ColumnLayout& column : layout.columns) {
        const std::string header = column.name + headerUnit(column.unit) + column.description;
        if (!std::all_of(header.begin(), header.end(), isPrintable) || !column.ascii)
            names.push_back(column.name);
        if (column.endsInBlanks)
            blanks.push_back(column.name);
    }
    if (!names.empty())
        context.note(path.string() +
                     ": FITS is written in ASCII; other characters are \\u00e9 and the like in the header "
                     "and UTF-8 in the cells of " +
                     joinText(names, ", "));
    if (!blanks.empty())
        context.note(path.string() + ": FITS drops blanks at the end of texts, in " + joinText(blanks, ", "));
}

} // namespace

OpenedSink openFits(const std::filesystem::path& path, const TableLayout& layout, const TableMeta& meta,
                    const RunContext& context) {
    tellWhatIsLost(path, layout, context);
    return std::make_unique<FitsSink>(path, layout, meta);
}

} // namespace penumbra::io
