#pragma once

#include "core/eval/score.h"

#include <cstddef>

namespace penumbra {

/// Coverage of some rows beside that of all the others.
struct RestContrast {
    double difference =
        std::numeric_limits<double>::quiet_NaN();        ///< coverage of the rows less that of the rest
    Interval bracket;                                    ///< of it: 95 %, Newcombe 1998, method 10
    double p = std::numeric_limits<double>::quiet_NaN(); ///< two-sided, Fisher's exact test
};

/// Whether coverage among `n` rows differs from that among `restN` others. If being covered has nothing to do
/// with which rows were chosen, the number covered among them is hypergeometric, given how many are covered
/// in all; that number takes with it whatever the calibration set did, which all rows share. So p is exact
/// for every method and any number of calibration rows, as long as rows were chosen without a look at who is
/// covered. Counts no likelier than the one seen are summed (the rule of R's fisher.test).
/// NaN where either side is empty. @throws Error for more covered rows than rows
RestContrast contrastWithRest(std::size_t covered, std::size_t n, std::size_t restCovered, std::size_t restN);

} // namespace penumbra
