#include "core/io/votable_field.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace penumbra::io::votable {

namespace {

constexpr std::size_t mostElements = std::size_t{1} << 31;

struct NamedType {
    const char* name;
    Datatype type;
    std::size_t bytes;
};

constexpr std::array<NamedType, 12> types = {{{"boolean", Datatype::Boolean, 1},
                                              {"bit", Datatype::Bit, 0},
                                              {"unsignedByte", Datatype::UnsignedByte, 1},
                                              {"short", Datatype::Short, 2},
                                              {"int", Datatype::Int, 4},
                                              {"long", Datatype::Long, 8},
                                              {"char", Datatype::Char, 1},
                                              {"unicodeChar", Datatype::UnicodeChar, 2},
                                              {"float", Datatype::Float, 4},
                                              {"double", Datatype::Double, 8},
                                              {"floatComplex", Datatype::FloatComplex, 8},
                                              {"doubleComplex", Datatype::DoubleComplex, 16}}};

} // namespace

std::size_t Field::elementBytes() const {
    const auto* at = std::find_if(types.begin(), types.end(),
                                  [&](const NamedType& known) { return known.type == datatype; });
    return at == types.end() ? 0 : at->bytes;
}

std::size_t Field::bytesOf(std::size_t count) const {
    return datatype == Datatype::Bit ? (count + 7) / 8 : count * elementBytes();
}

const char* Field::leftOutBecause() const {
    switch (datatype) {
    case Datatype::FloatComplex:
    case Datatype::DoubleComplex:
        return "it holds complex numbers";
    case Datatype::Unknown:
        return "its datatype is none of VOTable's";
    default:
        return nullptr;
    }
}

Datatype datatypeNamed(std::string_view name) {
    const auto* at =
        std::find_if(types.begin(), types.end(), [&](const NamedType& known) { return name == known.name; });
    return at == types.end() ? Datatype::Unknown : at->type;
}

void applyArraysize(Field& field, std::string_view arraysize) {
    std::vector<std::string> dims = splitText(arraysize, 'x');
    if (dims.empty())
        return;
    const auto refuse = [&] {
        throw Error("FIELD '" + field.name + "' has the arraysize '" + std::string(arraysize) +
                    "', which is none: a number, *, or several joined by x");
    };
    std::vector<std::size_t> sizes;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        std::string& dim = dims[i];
        if (i + 1 == dims.size() && !dim.empty() && dim.back() == '*') {
            field.variable = true;
            break;
        }
        const auto size = parseInteger(dim);
        if (!size || *size < 0)
            refuse();
        sizes.push_back(static_cast<std::size_t>(*size));
        if (sizes.back() > mostElements || field.elements * sizes.back() > mostElements)
            refuse();
        field.elements *= sizes.back();
    }
    if (field.isText() && dims.size() > 1)
        field.textLength = std::max<std::size_t>(1, sizes.front());
}

} // namespace penumbra::io::votable
