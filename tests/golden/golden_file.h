#pragma once

#include "core/io/hdf5_file.h"

#include <string>
#include <vector>

namespace penumbra::golden {

/// The file `name` ("lvd/metrics.h5") in the folder of golden data: the environment variable
/// PENUMBRA_GOLDENS, else the repository's own. @throws Error if it is missing.
io::Hdf5File openGolden(const std::string& name);

/// Names ("diagnostics/region.h5") of the files of a folder of golden data that begin with `prefix`, in
/// order; only that of PENUMBRA_GOLDEN_FILE (without its ending), where that is set. None: the folder lacks
/// them.
std::vector<std::string> goldenFiles(const std::string& folder, const std::string& prefix);

/// Names of the groups inside `group` ("/" for the file).
std::vector<std::string> groupsIn(const io::Hdf5File& file, const std::string& group);

double scalar(const io::Hdf5File& file, const std::string& dataset);
std::vector<double> realsAttribute(const io::Hdf5File& file, const std::string& object,
                                   const std::string& name);

/// Row r of a two-dimensional dataset read flat.
std::vector<double> rowOf(const std::vector<double>& flat, std::size_t width, std::size_t r);

/// Equal within `tolerance` relative (absolute below 1); infinities and NaN must match.
void expectClose(const std::vector<double>& got, const std::vector<double>& want, double tolerance,
                 const std::string& what);
void expectClose(double got, double want, double tolerance, const std::string& what);

} // namespace penumbra::golden
