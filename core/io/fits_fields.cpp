// How columns lie in the rows of a FITS table (FITS standard 4.0, sections 7.2 and 7.3).

#include "core/base/text.h"
#include "core/io/fits_columns.h"

#include <algorithm>
#include <charconv>

namespace penumbra::io::fits {

namespace {

constexpr std::size_t mostElements = std::size_t{1} << 40; ///< keeps products of damaged numbers in range

std::size_t leadingNumber(std::string_view text, std::size_t& at, std::size_t otherwise) {
    std::size_t value = otherwise;
    const auto parsed = std::from_chars(text.data() + at, text.data() + text.size(), value);
    at = static_cast<std::size_t>(parsed.ptr - text.data());
    return parsed.ec == std::errc::result_out_of_range ? mostElements : std::min(value, mostElements);
}

/// Bytes of one element in a binary table; 0 for an unknown letter. Bits are counted apart.
std::size_t elementBytes(char code) {
    switch (code) {
    case 'L':
    case 'B':
    case 'A':
        return 1;
    case 'I':
        return 2;
    case 'J':
    case 'E':
        return 4;
    case 'K':
    case 'D':
    case 'C':
    case 'P':
        return 8;
    case 'M':
    case 'Q':
        return 16;
    default:
        return 0;
    }
}

std::string whyLeftOut(char code) {
    switch (code) {
    case 'C':
    case 'M':
        return "complex numbers";
    case 'P':
    case 'Q':
        return "lists of varying length";
    default:
        return elementBytes(code) == 0 && code != 'X' ? "a format that FITS does not know" : "";
    }
}

/// Where several texts lie in one cell: "20A5", or TDIM = "(5,4)".
std::size_t textBytes(const FitsFile& file, const std::string& number, std::string_view form,
                      std::size_t after, std::size_t repeat) {
    std::size_t width = leadingNumber(form, after, 0);
    if (width == 0) {
        const std::string dim = file.textKey("TDIM" + number);
        std::size_t at = dim.find('(');
        at = at == std::string::npos ? dim.size() : at + 1;
        width = dim.find(',') == std::string::npos ? 0 : leadingNumber(dim, at, 0);
    }
    return width == 0 || width > repeat || repeat % width != 0 ? repeat : width;
}

void readBinaryForm(const FitsFile& file, const std::string& number, Field& field) {
    const std::string form = file.textKey("TFORM" + number);
    std::size_t at = 0;
    field.repeat = leadingNumber(form, at, 1);
    field.code = at < form.size() ? form[at] : '?';
    field.bytes = field.code == 'X' ? (field.repeat + 7) / 8 : field.repeat * elementBytes(field.code);
    field.leftOut = field.repeat == 0 ? "empty" : whyLeftOut(field.code);
    field.column.width = field.repeat;
    if (field.code == 'A' && field.repeat > 0) {
        field.textBytes = textBytes(file, number, form, at + 1, field.repeat);
        field.column.width = field.repeat / field.textBytes;
    }
}

void readAsciiForm(const FitsFile& file, const std::string& number, Field& field) {
    const std::string form = file.textKey("TFORM" + number);
    std::size_t at = form.empty() ? 0 : 1;
    field.code = form.empty() ? '?' : form[0];
    field.bytes = leadingNumber(form, at, 0);
    if (at < form.size() && form[at] == '.') {
        field.decimals = static_cast<int>(std::min<std::size_t>(leadingNumber(form, ++at, 0), 300));
    }
    const auto start = parseInteger(file.textKey("TBCOL" + number)).value_or(1);
    field.offset = static_cast<std::size_t>(std::max<long long>(1, start) - 1);
    if (field.bytes == 0) {
        field.leftOut = "empty";
    } else if (std::string_view("AIFED").find(field.code) == std::string_view::npos) {
        field.leftOut = "a format that FITS does not know";
    }
}

bool isReal(char code) {
    return code == 'E' || code == 'D' || code == 'F';
}

void readValues(const FitsFile& file, const std::string& number, bool ascii, Field& field,
                std::vector<std::string>& notes) {
    field.column.unit = toUtf8(file.textKey("TUNIT" + number));
    field.column.description = toUtf8(file.textKey("TCOMM" + number));
    field.column.ucd = toUtf8(file.textKey("TUCD" + number));
    field.scale = parseReal(file.textKey("TSCAL" + number)).value_or(1.0);
    if (const std::string zero = file.textKey("TZERO" + number); !zero.empty()) {
        field.zeroText = zero;
        field.zero = parseReal(zero).value_or(0.0);
    }
    field.nullText = file.textKey("TNULL" + number);
    field.nullInteger = parseInteger(field.nullText);
    if (!ascii && isReal(field.code) && !field.nullText.empty()) {
        notes.push_back("column " + field.column.name + ": TNULL = " + field.nullText +
                        " was not applied: in FITS, reals are missing where they are NaN");
    }
}

} // namespace

std::vector<Field> fieldsOf(const FitsFile& file, const TableHdu& hdu, std::vector<std::string>& notes) {
    std::vector<Field> fields;
    std::size_t offset = 0;
    for (std::size_t i = 0; i < hdu.columns.size(); ++i) {
        const std::string number = std::to_string(i + 1);
        Field field;
        field.column.name = hdu.columns[i];
        if (hdu.ascii) {
            readAsciiForm(file, number, field);
        } else {
            readBinaryForm(file, number, field);
            field.offset = offset;
        }
        offset = field.offset + field.bytes;
        if (field.bytes > hdu.rowBytes || field.offset > hdu.rowBytes - field.bytes) {
            file.fail("column " + field.column.name + " claims to be wider than a row: the file is damaged");
        }
        readValues(file, number, hdu.ascii, field, notes);
        fields.push_back(std::move(field));
    }
    return fields;
}

} // namespace penumbra::io::fits
