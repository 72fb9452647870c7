#pragma once

#include "core/catalogue/catalogue.h"
#include "core/importing/mapping.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

struct BuiltFeatures {
    FeatureInfo info; ///< attribute columns: the names, joined by ","
    MatrixF values;   ///< [N, D]; NaN where missing
    std::size_t quarantined = 0;
    std::vector<std::string> notes;
};

/// Photometry to magnitudes and colours as the rule says, and further columns.
/// @throws Error naming the features and the expression; also when every row would be in quarantine.
BuiltFeatures buildFeatures(const FeatureRule& rule, const io::Table& table);

/// Evaluates one expression. @throws Error that begins with `what`.
std::vector<double> evaluateFor(const std::string& what, const std::string& expression,
                                const io::Table& table);

} // namespace penumbra::workflow
