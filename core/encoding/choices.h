#pragma once

#include "core/base/option_set.h"

#include <cstdint>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// What the options of `encode` say, read once; what settles a plan is read by planEncode, inputs and model
/// by chosenInputs and chosenModel.
struct EncodeChoices {
    std::string out, encoder;
    std::vector<std::string> pool; ///< "mean", "attentive"
    std::string attention;         ///< file of a trained pooling; empty: trained here
    std::vector<std::string> attentionTargets;
    std::size_t attentionGalaxies = 2000;
    int attentionEpochs = 20;
    std::int64_t attentionHeads = 1;
    std::string tokenCache; ///< file that keeps tokens; empty: none
    std::string output, precision, codecPrecision;
    bool sharded = false, restart = false;
    std::uint64_t seed = 0;
    int threads = 0;
    std::string device;

    bool isAttentive() const;
};
/// @param options those of describeEncodeOptions
EncodeChoices encodeChoices(const OptionSet& options);

} // namespace penumbra::workflow
