#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace penumbra::io::votable {

enum class Datatype {
    Boolean,
    Bit,
    UnsignedByte,
    Short,
    Int,
    Long,
    Char,
    UnicodeChar,
    Float,
    Double,
    FloatComplex,
    DoubleComplex,
    Unknown
};

/// A FIELD element: what a column is called and how its cells are written.
struct Field {
    std::string name, id, unit, ucd, description, xtype;
    std::string datatypeText; ///< as it stands in the file
    Datatype datatype = Datatype::Unknown;
    bool variable = false;           ///< arrays (or texts) of any length
    std::size_t elements = 1;        ///< a cell's, if not variable
    std::size_t textLength = 0;      ///< letters of each text in an array of texts; 0: the cell is one text
    std::optional<std::string> null; ///< VALUES null

    bool isText() const { return datatype == Datatype::Char || datatype == Datatype::UnicodeChar; }
    std::size_t elementBytes() const; ///< in binary streams; 0 for bits, of which eight make a byte
    /// Bytes of a binary cell of so many elements.
    std::size_t bytesOf(std::size_t count) const;
    const char* leftOutBecause() const; ///< null if it can be a column
};

Datatype datatypeNamed(std::string_view name);
/// Sets variable, elements and textLength from "12", "*", "8*", "3x4", "20x*".
/// @throws Error that says what is wrong with it
void applyArraysize(Field& field, std::string_view arraysize);

} // namespace penumbra::io::votable
