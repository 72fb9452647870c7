#include "core/workflow/catalogue_copy.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>

namespace penumbra::workflow {

void writeUpdatedCopy(const std::filesystem::path& source, const std::filesystem::path& out,
                      const std::function<void(io::Hdf5File&)>& add, const RunContext& context) {
    AtomicFile target(out);
    context.step(0.0, "copying " + source.filename().string());
    std::error_code failed;
    std::filesystem::copy_file(source, target.temporaryPath(),
                               std::filesystem::copy_options::overwrite_existing, failed);
    if (failed)
        throw Error(source.string() + " could not be copied to " + out.string() + ": " + failed.message());
    // The copy takes the source's permissions, and a catalogue may be read-only.
    std::filesystem::permissions(target.temporaryPath(),
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add, failed);
    context.step(0.9, "writing " + out.filename().string());
    io::Hdf5File file = io::Hdf5File::openForUpdate(target.temporaryPath());
    add(file);
    file.close();
    target.commit(context.stop);
    context.step(1.0, "wrote " + out.filename().string());
}

UsableFeatures loadUsableFeatures(const Catalogue& catalogue, const std::string& name,
                                  const RunContext& context) {
    Features features = loadFeatures(catalogue, name, context);
    UsableFeatures usable;
    usable.name = features.name;
    usable.quarantined = features.quarantinedCount;
    for (std::size_t row = 0; row < catalogue.rowCount; ++row)
        if (!features.quarantined[row])
            usable.catalogueRow.push_back(row);
    if (usable.catalogueRow.empty())
        throw Error(catalogue.path.string() + ": all rows of the features " + features.name +
                    " are in quarantine (not a number or infinite)");
    if (usable.quarantined == 0) {
        usable.rows = std::move(features.values);
        return usable;
    }
    usable.rows.resize(static_cast<Eigen::Index>(usable.catalogueRow.size()), features.values.cols());
    for (std::size_t i = 0; i < usable.catalogueRow.size(); ++i)
        usable.rows.row(static_cast<Eigen::Index>(i)) =
            features.values.row(static_cast<Eigen::Index>(usable.catalogueRow[i]));
    return usable;
}

manifold::Metric metricOf(const FeatureInfo& features, const std::string& wanted) {
    if (wanted != "automatic")
        return manifold::metricFromName(wanted);
    const auto source = features.attributes.find("source");
    const bool aion =
        source != features.attributes.end() && lowered(source->second).find("aion") != std::string::npos;
    return aion ? manifold::Metric::Cosine : manifold::Metric::Euclidean;
}

void describeMetric(OptionSet& options, const std::string& group) {
    options
        .choice("metric", "automatic", {"automatic", "euclidean", "cosine"},
                "What near means. automatic: cosine for embeddings of AION, euclidean for everything else.")
        .in(group);
}

} // namespace penumbra::workflow
