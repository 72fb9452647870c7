#include "gui/inspector/galaxy_pixels.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/redshift_names.h"
#include "core/report/galaxy_figures.h"
#include "gui/inspector/interval_figure.h"

#include <algorithm>
#include <cmath>

namespace penumbra::gui {

namespace {

constexpr std::size_t kMostFeatures = 64; ///< more are an embedding, not measurements
constexpr double notKnown = std::numeric_limits<double>::quiet_NaN();

/// Names of the columns of features; empty: they have none.
std::vector<std::string> columnNames(const FeatureInfo& features) {
    const auto named = features.attributes.find("columns");
    if (named == features.attributes.end() || features.width > kMostFeatures)
        return {};
    std::vector<std::string> names = splitText(named->second, ',');
    return names.size() == features.width ? names : std::vector<std::string>();
}

void readFeatures(const Catalogue& catalogue, std::size_t row, GalaxyPixels& out) {
    for (const FeatureInfo& features : catalogue.features) {
        const auto names = columnNames(features);
        if (names.empty())
            continue;
        const auto file = io::Hdf5File::openForReading(catalogue.path);
        const auto values = file.readFloats("/features/" + features.name, {row, 1});
        for (std::size_t i = 0; i < std::min(names.size(), values.size()); ++i)
            out.features.emplace_back(names[i], static_cast<double>(values[i]));
    }
}

std::ptrdiff_t heldOutIndex(const TargetStudy& target, std::int64_t row) {
    const auto& rows = target.heldOut.rows;
    const auto found = std::find(rows.begin(), rows.end(), row);
    return found == rows.end() ? -1 : found - rows.begin();
}

} // namespace

GalaxyPixels readGalaxy(const Catalogue& catalogue, std::size_t row) {
    GalaxyPixels out;
    try {
        const ModalityReader reader(catalogue);
        out.cutout = reader.cutout(row);
        out.spectrum = reader.spectrum(row);
        readFeatures(catalogue, row, out);
    } catch (const Error& error) { // the file may have gone since; the numbers are still shown
        out.problem = error.what();
    }
    return out;
}

double basePredictionFor(const TargetStudy& target, std::int64_t row) {
    const std::ptrdiff_t held = heldOutIndex(target, row);
    if (const auto mean = target.heldOut.signals.find("mean");
        held >= 0 && mean != target.heldOut.signals.end())
        return mean->second(static_cast<Eigen::Index>(held), 0);
    const std::ptrdiff_t test = testIndexOf(target, row);
    const auto at = static_cast<std::size_t>(test);
    return test >= 0 && !target.predictions.empty() && at < target.predictions.front().mean.size()
               ? target.predictions.front().mean[at]
               : notKnown;
}

std::optional<double> truthFor(const TargetStudy& target, std::int64_t row) {
    if (const std::ptrdiff_t test = testIndexOf(target, row); test >= 0)
        return target.testTruth()[static_cast<std::size_t>(test)];
    const std::ptrdiff_t held = heldOutIndex(target, row);
    return held < 0 ? std::nullopt
                    : std::optional<double>(target.heldOut.truth[static_cast<std::size_t>(held)]);
}

report::Redshifts redshiftsOf(const Study* study, const Catalogue* catalogue, std::int64_t row) {
    report::Redshifts redshifts;
    if (catalogue != nullptr && row >= 0 && static_cast<std::size_t>(row) < catalogue->rowCount)
        redshifts.truth = report::redshiftOf(*catalogue, static_cast<std::size_t>(row));
    if (study == nullptr)
        return redshifts;
    for (const TargetStudy& target : study->targets)
        if (isRedshiftName(target.name)) {
            redshifts.predicted = basePredictionFor(target, row);
            if (std::isnan(redshifts.truth))
                redshifts.truth = truthFor(target, row).value_or(notKnown);
            break;
        }
    return redshifts;
}

} // namespace penumbra::gui
