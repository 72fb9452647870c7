#pragma once

#include "core/base/option_set.h"
#include "core/catalogue/catalogue.h"
#include "core/study/options.h"
#include "core/uq/uq_method.h"

#include <map>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// What a method lacks to be run with the sources chosen: networks where columns stand in for them, columns
/// where networks are trained.
struct Lack {
    enum class Kind { Nothing, Columns, Spread, Quantiles, Metric, Networks, Posterior, Folds };
    Kind kind = Kind::Nothing;
    std::string target; ///< Spread, Quantiles, Posterior: of which target
    std::string signal; ///< Networks: what they would be asked for
    bool any() const { return kind != Kind::Nothing; }
};

/// @param options preset resolved
/// @param sources of the targets (sourceColumns); empty: networks are trained
/// @throws UsageError where the option posterior cannot be read
Lack lackOf(const uq::UqMethod& method, const OptionSet& options, double alpha,
            const std::map<std::string, SourceColumns>& sources, const std::vector<std::string>& targets);

/// The rest of a sentence that begins with the method, as the command line says it and as a window does.
std::string inFlags(const Lack& lack);
std::string inWords(const Lack& lack);

/// What a method is made of, in words: "one network and two quantile networks a target".
std::string needsInWords(const uq::UqMethod& method, const OptionSet& options, double alpha);

/// What can be run on a catalogue with these options, before anything is read or trained.
struct StudyOffer {
    struct Method {
        const uq::UqMethod* method = nullptr;
        Lack lack;
    };
    std::vector<Method> methods; ///< all there are
    std::string problem;         ///< with the columns named, as the command line says it; empty: none
    std::vector<std::string> possible() const; ///< ids of methods that lack nothing
    const Lack& lackOf(const std::string& id) const;
};
StudyOffer offerOf(const Catalogue& catalogue, const OptionSet& options);

} // namespace penumbra::workflow
