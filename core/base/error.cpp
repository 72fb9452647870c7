#include "core/base/error.h"

#include "core/base/text.h"

#include <algorithm>
#include <filesystem>
#include <new>
#include <string_view>

namespace penumbra {

namespace {

/// A name as long as a line; the whole of a damaged one helps nobody.
std::string shortName(const std::string& name) {
    constexpr std::size_t longest = 120;
    return name.size() <= longest ? name : std::string(firstBytes(name, longest)) + "...";
}

} // namespace

std::string failureText(const std::exception& failure) {
    constexpr const char* noMemory =
        "Out of memory. Use fewer rows, features or networks, or a machine with more memory.";
    if (dynamic_cast<const std::bad_alloc*>(&failure))
        return noMemory;
    if (const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&failure))
        return "'" + shortName(file->path1().string()) + "' cannot be used: " + file->code().message() + ".";
    const std::string_view all = failure.what();
    std::string_view text =
        all.substr(0, std::min(all.find("\nException raised from"), all.find("\nC++ CapturedTraceback")));
    const auto says = [&](std::string_view words) { return text.find(words) != std::string_view::npos; };
    if (says("CUDA out of memory") || says("CUDA error: out of memory") ||
        says("CUBLAS_STATUS_ALLOC_FAILED")) { // "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has
                                              // ..."
        const std::size_t tried = text.find("Tried to");
        const std::string_view detail =
            tried == std::string_view::npos ? "" : text.substr(tried, text.find(". ", tried) + 1 - tried);
        return "The GPU's memory is full. End other programs that use it, make the work smaller (fewer "
               "methods "
               "or ensemble members, a smaller batch), or use device cpu. " +
               std::string(detail);
    }
    if (says("can't allocate memory"))
        return noMemory;
    return "Unexpected failure: " + std::string(text);
}

} // namespace penumbra
