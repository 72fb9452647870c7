#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra {

std::string_view trimmed(std::string_view text);
std::string lowered(std::string_view text);
std::vector<std::string> splitText(std::string_view text,
                                   char separator); ///< pieces are trimmed; "" gives no piece
std::string joinText(std::span<const std::string> pieces, std::string_view separator);
/// Whole text as a number; locale-free; accepts nan and inf.
std::optional<double> parseReal(std::string_view text);
std::optional<long long> parseInteger(std::string_view text);
/// Shortest text that reads back as the same double.
std::string shortestReal(double value);
std::string formatReal(double value, int significantDigits);
std::string formatFixed(double value, int decimals);
std::string withThousands(long long value);  ///< "61,140"
std::string aboutCount(double value);        ///< three significant digits, never an exponent: "4,540", "12.3"
std::string tomlText(std::string_view text); ///< quoted, as a string of a TOML file
bool isUtf8(std::string_view text);          ///< well-formed throughout
/// Bytes as UTF-8: unchanged where they are, else read as Windows-1252 (Latin-1 and its relatives), which
/// never fails.
std::string toUtf8(std::string_view bytes);
void appendUtf8(std::string& text, std::uint32_t codePoint);
/// Up to three candidates near `wanted` by edit distance: for "did you mean".
std::vector<std::string> nearNames(std::string_view wanted, std::span<const std::string> names);

} // namespace penumbra
