#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/prediction.h"

#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// What a study's options say, read once. Shapes and schedules of networks: options.h; knobs of methods stay
/// with the methods.
struct StudyChoices {
    enum class SplitSource { Catalogue, Carve, Draw };
    std::vector<std::string> targets, methods; ///< empty: all
    std::string features;                      ///< empty: the only or first ones
    double alpha = 0.1;
    std::uint64_t seed = 0;
    bool keepNetworks = true;
    std::string lowerBound; ///< as typed: see lowerBounds

    std::string predictionColumn, spreadColumn, quantileColumns, posterior; ///< as typed: see sourceColumns
    bool trainToo = false; ///< networks beside the prediction column

    SplitSource split = SplitSource::Catalogue;
    double trainFraction = 0.5, calibrationFraction = 0.2;

    bool crossFitted = false;          ///< residuals by heads that did not see the galaxy
    bool crossFittedIfOverfit = false; ///< auto: the same, of targets whose head overfits
    int residualFolds = 5;
    double validationFraction = 0.0;
    bool keepBestEpoch = false; ///< of each network, by its validation loss
    bool relativeFloors = true; ///< small numbers beside sizes of errors go with their scale

    bool guard = true; ///< of the learned metrics
    double guardFraction = 0.1, guardShare = 0.01;
    bool check = false; ///< everything local in double, too

    Ends ends = Ends::Closed;
    std::vector<std::string> redshiftTargets;
    int threads = 0; ///< 0: all
    std::string device, precision;
};
/// @param options of a study: those of describeStudyOptions
StudyChoices studyChoices(const OptionSet& options);

/// Whether networks are trained: always but for a prediction column that stands in for them.
bool trainsNetworks(const StudyChoices& chosen);

} // namespace penumbra::workflow
