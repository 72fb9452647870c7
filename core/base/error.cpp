#include "core/base/error.h"

#include <algorithm>
#include <new>
#include <string_view>

namespace penumbra {

std::string failureText(const std::exception& failure) {
    constexpr const char* noMemory =
        "Out of memory. Use fewer rows, features or networks, or a machine with more memory.";
    if (dynamic_cast<const std::bad_alloc*>(&failure))
        return noMemory;
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
