#include "core/study/region_search.h"

#include "core/study/region_columns.h"

#include <algorithm>

namespace penumbra::workflow {

std::size_t StudyRegions::candidates() const {
    std::size_t count = 0;
    for (const RegionFinding& finding : findings)
        count += finding.regions.size();
    return count;
}

StudyRegions findStudyRegions(const Study& study, const Catalogue* catalogue,
                              const std::vector<std::string>& columns, double level,
                              const RunContext& context) {
    StudyRegions found;
    RegionOptions options;
    options.level = level;
    options.seed = study.seed;
    std::size_t done = 0;
    for (const TargetStudy& target : study.targets) {
        std::vector<RegionColumn> own;
        if (catalogue != nullptr) {
            DescribingColumns describing = describingColumns(*catalogue, target, columns, context);
            own = onRows(describing.columns, target.testRows());
            found.notes.insert(found.notes.end(), describing.notes.begin(), describing.notes.end());
        }
        for (const RegionColumn& column : own)
            if (std::find(found.columns.begin(), found.columns.end(), column.name) == found.columns.end())
                found.columns.push_back(column.name);
        for (const Prediction& prediction : target.predictions) {
            context.step(static_cast<double>(done++) /
                             static_cast<double>(study.targets.size() * target.predictions.size()),
                         target.name + ": searching regions of " + prediction.method);
            found.findings.push_back(findRegions(target, prediction, own, options, context));
        }
    }
    std::sort(found.notes.begin(), found.notes.end());
    found.notes.erase(std::unique(found.notes.begin(), found.notes.end()), found.notes.end());
    judgeTogether(found.findings, level);
    return found;
}

} // namespace penumbra::workflow
