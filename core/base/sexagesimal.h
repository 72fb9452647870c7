#pragma once

#include <optional>
#include <string_view>

namespace penumbra {

/// A number in three (or two) parts of sixty.
struct Sexagesimal {
    double value = 0.0;       ///< in units of the first part: hours or degrees
    bool saysHours = false;   ///< written with h: 10h21m33.5s
    bool saysDegrees = false; ///< written with d or a degree sign: -02d03m04s
};

/// 10:21:33.5, 10 21 33.5, 10h21m33.5s, -02d03'04", +02:03; nothing for anything else, minutes or seconds of
/// 60 and more, or a fraction before the last part.
std::optional<Sexagesimal> parseSexagesimal(std::string_view text);

} // namespace penumbra
