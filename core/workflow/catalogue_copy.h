#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/io/hdf5_file.h"
#include "core/manifold/metric.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// A whole copy of a catalogue file, byte for byte, to which `add` adds or in which it replaces datasets;
/// images, spectra and whatever else it holds stay. Written under a temporary name, then renamed.
void writeUpdatedCopy(const std::filesystem::path& source, const std::filesystem::path& out,
                      const std::function<void(io::Hdf5File&)>& add, const RunContext& context);

/// Features without the rows in quarantine.
struct UsableFeatures {
    std::string name;
    MatrixF rows;                          ///< [n, D]
    std::vector<std::size_t> catalogueRow; ///< [n]
    std::size_t quarantined = 0;
};
/// @throws Error if no row is usable
UsableFeatures loadUsableFeatures(const Catalogue& catalogue, const std::string& name,
                                  const RunContext& context);

/// "automatic": cosine where the features' attribute source says AION, else euclidean.
manifold::Metric metricOf(const FeatureInfo& features, const std::string& wanted);
void describeMetric(OptionSet& options, const std::string& group);

} // namespace penumbra::workflow
