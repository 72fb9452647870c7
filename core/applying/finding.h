#pragma once

#include "core/applying/rows.h"
#include "core/eval/exchangeability.h"
#include "core/manifold/ood.h"

#include <optional>
#include <string>
#include <utility>

namespace penumbra::workflow {

/// Whether new galaxies look drawn as the calibration galaxies were: features and predictions of a sample of
/// both (or the columns that predictions come from), by the tests of core/eval/exchangeability.
struct LikenessFinding {
    ExchangeabilityTest test;
    std::string words; ///< the finding, and what still holds
};

/// @param range rows [first, second) of the galaxies
/// @returns none where the study keeps no calibration galaxies to compare with (an older file)
std::optional<LikenessFinding> compareWithCalibration(const PredictModel& model, const NewGalaxies& galaxies,
                                                      std::pair<std::size_t, std::size_t> range,
                                                      const RunContext& context);

/// That so many of some rows are the study's own galaxies and not new; ends so that words on the others may
/// follow. Empty where there are none.
std::string ownWords(std::size_t trainedOn, std::size_t calibratedOn, std::size_t rows);

/// The study's sample of training and calibration galaxies, ready to say how strange others are.
/// @returns none where it keeps none (predictions made elsewhere, older files), or too few
std::optional<manifold::OodReference> strangenessOf(const PredictModel& model, const RunContext& context);

} // namespace penumbra::workflow
