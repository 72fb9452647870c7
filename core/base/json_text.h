#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace penumbra {

/// JSON as text, the only place where it is written: texts that are no UTF-8 (cells, names and paths from
/// anywhere) are converted as toUtf8() does, where the library alone would throw.
/// @param indent spaces a level; -1: one line
std::string jsonText(const nlohmann::json& value, int indent = -1);
std::string jsonText(const nlohmann::ordered_json& value, int indent = -1);

/// A number as JSON, which knows no others than finite ones: "inf" and "-inf" in words, NaN null.
nlohmann::json jsonReal(double value);

/// The same on one line in ASCII, shortened for a message.
std::string shortJsonText(const nlohmann::json& value, std::size_t longest = 60);

} // namespace penumbra
