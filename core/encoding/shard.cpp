#include "core/encoding/shard.h"

#include "core/base/error.h"
#include "core/base/text.h"

namespace penumbra::workflow {

Shard shardFrom(const std::string& text) {
    if (text.empty())
        return {};
    const auto slash = text.find('/');
    const auto part = parseInteger(text.substr(0, slash));
    const auto of =
        slash == std::string::npos ? std::nullopt : parseInteger(std::string_view(text).substr(slash + 1));
    if (!part || !of || *of < 1 || *part < 1 || *part > *of || *of > 1'000'000)
        throw UsageError("--shard '" + text + "': write i/n with i from 1 to n, such as 3/16");
    return {static_cast<std::size_t>(*part), static_cast<std::size_t>(*of)};
}

} // namespace penumbra::workflow
