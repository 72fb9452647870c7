#pragma once

#include <string>
#include <string_view>

namespace penumbra {

/// 64-bit FNV-1a as 16 hex digits: provenance and cache keys, not cryptography.
std::string hashText(std::string_view text);

} // namespace penumbra
