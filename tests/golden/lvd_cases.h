#pragma once

#include "core/catalogue/matrix.h"
#include "core/catalogue/prediction.h"
#include "core/lvd/local_conditional.h"
#include "tests/golden/golden_file.h"

#include <map>

namespace penumbra::golden {

MatrixD matrix(const io::Hdf5File& file, const std::string& dataset);

/// LC and LCMAD of a group's calibration and test rows, already projected, against its stored q, lo and hi.
/// Returns the predictions, for each kind one per alpha.
std::map<std::string, std::vector<Prediction>>
checkIntervals(const io::Hdf5File& file, const std::string& group, const MatrixD& calibration,
               const MatrixD& test, const std::vector<double>& alphas, lvd::Precision precision);

} // namespace penumbra::golden
