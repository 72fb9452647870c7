#pragma once

#include "core/catalogue/prediction.h"
#include "tests/golden/golden_file.h"

namespace penumbra::golden {

/// The metrics of a prediction against every group of them in `group`: "reference" and "paper_style", all
/// rows or those with finite intervals; a name may end in "_alpha0.1".
void checkMetrics(const io::Hdf5File& file, const std::string& group, const Prediction& prediction,
                  const std::vector<double>& truth);

} // namespace penumbra::golden
