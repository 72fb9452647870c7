#pragma once

#include <cstdint>
#include <initializer_list>
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
bool isOneOf(std::string_view word, std::initializer_list<std::string_view> words);
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
bool isAscii(std::string_view text);
bool isUtf8(std::string_view text); ///< well-formed throughout
/// As much of the start as fits into `most` bytes without cutting a character of UTF-8 in two.
std::string_view firstBytes(std::string_view text, std::size_t most);
/// Bytes as UTF-8: unchanged where they are, else read as Windows-1252 (Latin-1 and its relatives), which
/// never fails.
std::string toUtf8(std::string_view bytes);
void appendUtf8(std::string& text, std::uint32_t codePoint);
/// Appends UTF-16 as UTF-8, U+FFFD for halves of pairs that stand alone. `bytes` keeps what begins a
/// character that its end cuts off.
void appendUtf16(std::string& text, std::string_view& bytes, bool bigEndian);
/// Up to three candidates near `wanted` by edit distance: for "did you mean".
std::vector<std::string> nearNames(std::string_view wanted, std::span<const std::string> names);

} // namespace penumbra
