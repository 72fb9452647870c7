#include "core/eval/overlap.h"

#include "core/base/error.h"

#include <limits>
#include <string>

namespace penumbra {

Overlap overlapOf(std::span<const double> logits, std::span<const std::uint8_t> truth, std::size_t images,
                  std::size_t structures) {
    const std::size_t maps = images * structures;
    if (logits.size() != truth.size() || maps == 0 || logits.size() % maps != 0)
        throw Error("overlap: " + std::to_string(logits.size()) + " predicted and " +
                    std::to_string(truth.size()) + " true pixels are not " + std::to_string(images) +
                    " images of " + std::to_string(structures) + " structures");
    const std::size_t pixels = logits.size() / maps;
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    Overlap result{images, structures, std::vector<double>(maps, none),
                   std::vector<double>(structures, none)};
    std::vector<double> sum(structures, 0.0);
    std::vector<std::size_t> counted(structures, 0);
    for (std::size_t map = 0; map < maps; ++map) {
        std::size_t both = 0, either = 0, present = 0;
        for (std::size_t i = map * pixels; i < (map + 1) * pixels; ++i) {
            const bool predicted = logits[i] > 0.0, real = truth[i] != 0;
            both += predicted && real;
            either += predicted || real;
            present += real;
        }
        if (either > 0)
            result.perImage[map] = static_cast<double>(both) / static_cast<double>(either);
        if (present > 0) {
            sum[map % structures] += result.perImage[map];
            ++counted[map % structures];
        }
    }
    for (std::size_t s = 0; s < structures; ++s)
        if (counted[s] > 0)
            result.mean[s] = sum[s] / static_cast<double>(counted[s]);
    return result;
}

} // namespace penumbra
