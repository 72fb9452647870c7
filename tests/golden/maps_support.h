#pragma once

#include "core/io/hdf5_file.h"
#include "core/manifold/fuzzy_graph.h"
#include "core/manifold/metric.h"
#include "core/manifold/neighbours.h"

#include <functional>
#include <string>
#include <vector>

namespace penumbra::golden {

/// Files of <goldens>/maps whose name begins with `kind`; only the one named by PENUMBRA_GOLDEN_FILE if that
/// is set.
std::vector<std::string> mapFiles(const std::string& kind);
/// Runs `check` on each of them; skips the test where there is none.
void forEachMapFile(const std::string& kind, const std::function<void(const io::Hdf5File&)>& check);

MatrixD matrixIn(const io::Hdf5File& file, const std::string& dataset);
MatrixF floatsIn(const io::Hdf5File& file, const std::string& dataset);
manifold::Neighbours neighboursIn(const io::Hdf5File& file, const std::string& group);
manifold::Graph graphIn(const io::Hdf5File& file, const std::string& group);
manifold::Metric metricIn(const io::Hdf5File& file, const std::string& group);
std::string kindOf(const io::Hdf5File& file, const std::string& group); ///< attribute kind

/// Every element within tolerance * max(1, |want|).
void expectMatrix(const MatrixD& got, const MatrixD& want, double tolerance, const std::string& what);
/// Within `tolerance` of want, relative to it.
void expectRelative(const std::vector<double>& got, const std::vector<double>& want, double tolerance,
                    const std::string& what);
std::vector<double> columnOf(const MatrixD& matrix);

} // namespace penumbra::golden
