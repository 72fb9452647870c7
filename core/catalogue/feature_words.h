#pragma once

#include <string>
#include <string_view>

namespace penumbra {

/// How a feature set is called in messages: "features aion", but "features" alone for a set of that name.
inline std::string featureWords(std::string_view name) {
    return name == "features" || name.empty() ? "features" : "features " + std::string(name);
}

} // namespace penumbra
