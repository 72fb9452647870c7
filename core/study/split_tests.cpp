#include "core/study/split_tests.h"

#include "core/study/choices.h"
#include "core/study/group_learner.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

const char* nameOf(Split split) {
    return split == Split::Train ? "train" : split == Split::Calibration ? "calibration" : "test";
}

/// Numeric columns and targets. Positions stay out: fields may differ on the sky without differing in kind.
std::vector<NamedColumn> columnsOf(const Catalogue& catalogue) {
    std::vector<NamedColumn> columns;
    for (const io::Column& column : catalogue.columns.columns) {
        if (!column.isNumeric() || column.width > 1)
            continue;
        NamedColumn named{column.name, {}};
        for (std::size_t row = 0; row < catalogue.rowCount; ++row) {
            const double value = column.asReal(row);
            named.values.push_back(std::isfinite(value) ? value : std::nan(""));
        }
        columns.push_back(std::move(named));
    }
    for (const Target& target : catalogue.targets)
        columns.push_back({"target " + target.name, target.values});
    return columns;
}

} // namespace

ExchangeabilityTest testSplitPair(const Catalogue& catalogue, const std::vector<std::uint8_t>& split,
                                  const Features* features, Split first, Split second,
                                  const ExchangeabilityOptions& options, const RunContext& context) {
    std::vector<std::uint8_t> group(catalogue.rowCount, 2);
    for (std::size_t row = 0; row < catalogue.rowCount; ++row) {
        if (features != nullptr && !features->quarantined.empty() && features->quarantined[row])
            continue;
        if (split[row] == static_cast<std::uint8_t>(first))
            group[row] = 0;
        else if (split[row] == static_cast<std::uint8_t>(second))
            group[row] = 1;
    }
    const MatrixF none;
    ExchangeabilityOptions own = options;
    own.network = networkGroupLearner(options.seed);
    return testExchangeability(columnsOf(catalogue), features != nullptr ? features->values : none, group,
                               nameOf(first), nameOf(second), own, context);
}

std::vector<ExchangeabilityTest> testSplits(const Catalogue& catalogue,
                                            const std::vector<std::uint8_t>& split, const Features* features,
                                            const ExchangeabilityOptions& options,
                                            const RunContext& context) {
    const auto has = [&](Split wanted) {
        return std::find(split.begin(), split.end(), static_cast<std::uint8_t>(wanted)) != split.end();
    };
    std::vector<ExchangeabilityTest> tests;
    constexpr std::pair<Split, Split> pairs[] = {
        {Split::Calibration, Split::Test}, {Split::Train, Split::Calibration}, {Split::Train, Split::Test}};
    for (const auto& [first, second] : pairs)
        if (has(first) && has(second))
            tests.push_back(testSplitPair(catalogue, split, features, first, second, options, context));
    return tests;
}

bool splitCameWithData(const Catalogue& catalogue, const OptionSet& studyOptions) {
    return !catalogue.split.empty() && studyChoices(studyOptions).split != StudyChoices::SplitSource::Draw;
}

} // namespace penumbra::workflow
