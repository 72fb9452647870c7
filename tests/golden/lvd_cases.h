#pragma once

#include "core/catalogue/matrix.h"
#include "core/lvd/local_conditional.h"
#include "tests/golden/golden_file.h"

namespace penumbra::golden {

MatrixD matrix(const io::Hdf5File& file, const std::string& dataset);

/// LC and LCMAD of a group's calibration and test rows, already projected, against its stored q, lo and hi.
void checkIntervals(const io::Hdf5File& file, const std::string& group, const MatrixD& calibration,
                    const MatrixD& test, const std::vector<double>& alphas, lvd::Precision precision);

} // namespace penumbra::golden
