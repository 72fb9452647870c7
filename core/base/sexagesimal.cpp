#include "core/base/sexagesimal.h"

#include "core/base/text.h"

#include <array>
#include <vector>

namespace penumbra {

namespace {

constexpr std::array<std::string_view, 13> marks = {
    ":", " ", "h", "H", "d", "D", "\xc2\xb0", "m", "'", "\xe2\x80\xb2", "s", "\"", "\xe2\x80\xb3"};
constexpr std::size_t maxParts = 3;

/// A part and what stands behind it.
struct Part {
    std::string_view digits;
    std::string_view mark;
};

std::optional<std::vector<Part>> splitParts(std::string_view text) {
    std::vector<Part> parts;
    while (!text.empty()) {
        const auto end = text.find_first_not_of("0123456789.");
        Part part{text.substr(0, end), {}};
        text.remove_prefix(part.digits.size());
        if (part.digits.empty() || parts.size() == maxParts)
            return std::nullopt;
        if (!text.empty()) {
            for (const std::string_view mark : marks)
                if (text.starts_with(mark))
                    part.mark = mark;
            if (part.mark.empty())
                return std::nullopt;
            text = trimmed(text.substr(part.mark.size()));
        }
        parts.push_back(part);
    }
    return parts;
}

/// h or d, then m or ', then s or "; or the same plain mark throughout, none at the end.
bool marksFit(const std::vector<Part>& parts) {
    const bool plain = isOneOf(parts.front().mark, {":", " "});
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool last = i + 1 == parts.size();
        if (plain && parts[i].mark != (last ? std::string_view() : parts.front().mark))
            return false;
        if (plain)
            continue;
        const bool fits = i == 0   ? isOneOf(parts[i].mark, {"h", "H", "d", "D", "\xc2\xb0"})
                          : i == 1 ? isOneOf(parts[i].mark, {"m", "'", "\xe2\x80\xb2"})
                                   : isOneOf(parts[i].mark, {"s", "\"", "\xe2\x80\xb3"});
        if (!fits && !(last && i > 0 && parts[i].mark.empty()))
            return false;
    }
    return true;
}

} // namespace

std::optional<Sexagesimal> parseSexagesimal(std::string_view text) {
    text = trimmed(text);
    bool negative = false;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    } else if (text.starts_with("\xe2\x88\x92")) { // the minus sign of typesetters
        negative = true;
        text.remove_prefix(3);
    }
    const auto parts = splitParts(text);
    if (!parts || parts->size() < 2 || !marksFit(*parts))
        return std::nullopt;
    double value = 0.0, unit = 1.0;
    for (std::size_t i = 0; i < parts->size(); ++i) {
        const std::string_view digits = (*parts)[i].digits;
        const auto number = parseReal(digits);
        const bool fraction = digits.find('.') != std::string_view::npos;
        if (!number || (i > 0 && *number >= 60.0) || (fraction && i + 1 < parts->size()) ||
            digits.front() == '.')
            return std::nullopt;
        value += *number * unit;
        unit /= 60.0;
    }
    const std::string_view mark = parts->front().mark;
    return Sexagesimal{negative ? -value : value, isOneOf(mark, {"h", "H"}),
                       isOneOf(mark, {"d", "D", "\xc2\xb0"})};
}

} // namespace penumbra
