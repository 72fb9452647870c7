#include "core/eval/miss_tails.h"

#include "core/base/error.h"
#include "core/base/statistics.h"
#include "core/base/text.h"
#include "core/eval/count_laws.h"

#include <string>

namespace penumbra {

double missTail(std::size_t misses, std::size_t n, double alpha, std::size_t calibrationRows) {
    if (misses > n)
        throw Error(std::to_string(misses) + " misses of " + std::to_string(n) + " galaxies are impossible");
    if (!(alpha > 0.0 && alpha < 1.0))
        throw Error("alpha must lie between 0 and 1, but is " + shortestReal(alpha));
    if (misses == 0)
        return 1.0;
    if (calibrationRows == 0) // P(X >= k) = I_alpha(k, n - k + 1)
        return regularisedBeta(alpha, static_cast<double>(misses), static_cast<double>(n - misses + 1));
    return probabilityUpTo(conformalCountProbabilities(calibrationRows, n, alpha), n - misses);
}

} // namespace penumbra
