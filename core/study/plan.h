#pragma once

#include "core/base/option_set.h"
#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"
#include "core/study/choices.h"
#include "core/study/options.h"
#include "core/uq/uq_method.h"

#include <map>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// Everything a study will do, checked before any work starts.
struct StudyPlan {
    OptionSet options;   ///< preset resolved; what the file records
    StudyChoices chosen; ///< the same, read
    double alpha = 0.1;
    std::uint64_t seed = 0;
    std::vector<const uq::UqMethod*> methods;
    std::vector<std::string> targetNames;
    std::map<std::string, SourceColumns> sources;  ///< columns that take part; empty: none
    std::map<std::string, std::string> posteriors; ///< target -> feature matrix; empty: none
    std::vector<uq::Signal> signals;     ///< wanted by the methods, each once; the base head always first
    Features features;                   ///< empty with prediction columns
    std::vector<std::int64_t> trainRows; ///< labelled for at least one target; ascending
    std::vector<TargetStudy> targets;    ///< held-out rows and, with prediction columns, their signals
    std::vector<std::string> notes;

    bool trains() const { return trainsNetworks(chosen); }
    bool delivers() const { return !sources.empty(); } ///< predictions made elsewhere take part
};

/// @throws UsageError for names and forms of options, Error for what the data lack (rows, columns, labels).
StudyPlan planStudy(const Catalogue& catalogue, const OptionSet& options, const RunContext& context);

} // namespace penumbra::workflow
