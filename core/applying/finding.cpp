#include "core/applying/finding.h"

#include "core/base/derived_seed.h"
#include "core/base/text.h"
#include "core/study/group_learner.h"
#include "core/uq/local_conditional.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace penumbra::workflow {

namespace {

using Columns = std::vector<NamedColumn>;

/// Some rows of one group: what the networks see of them, and what is predicted.
struct Sample {
    MatrixF features;
    Columns columns;
    std::size_t rows = 0;
};

/// Rows spread evenly over the range; files that are sorted would give other galaxies at their beginning.
NewRows sampleOf(const NewGalaxies& galaxies, std::pair<std::size_t, std::size_t> range, std::size_t most) {
    const std::size_t all = range.second - range.first;
    if (all <= most)
        return galaxies.rows(range.first, all);
    NewRows sample;
    for (std::size_t i = 0; i < most; ++i) {
        NewRows one = galaxies.rows(range.first + all * i / most, 1);
        one.described = {}; // groups of repaired methods are not looked at
        if (i == 0) {
            sample = one;
            sample.features.resize(static_cast<Eigen::Index>(most), one.features.cols());
        } else {
            io::append(sample.ids, one.ids);
            for (auto& [name, values] : sample.columns)
                values.push_back(one.columns.at(name).front());
        }
        if (one.features.size() > 0)
            sample.features.row(static_cast<Eigen::Index>(i)) = one.features.row(0);
    }
    return sample;
}

/// Galaxies that networks can be given and have not learned from, with what they predict.
Sample predictedSample(const PredictModel& model, const NewRows& rows, const RunContext& context) {
    const NewPredictions predictions = model.predict(rows, context);
    std::vector<Eigen::Index> usable;
    for (std::size_t i = 0; i < predictions.unusable.size(); ++i)
        if (!predictions.unusable[i] && !predictions.trainedOn[i] && !predictions.calibratedOn[i])
            usable.push_back(static_cast<Eigen::Index>(i));
    Sample sample;
    sample.rows = usable.size();
    sample.features = rows.features(usable, Eigen::all);
    for (const auto& target : predictions.targets) {
        NamedColumn column{"prediction of " + target.name, {}};
        for (const Eigen::Index row : usable)
            column.values.push_back(target.base[static_cast<std::size_t>(row)]);
        sample.columns.push_back(std::move(column));
    }
    return sample;
}

/// The study's calibration galaxies as rows; their ids only seed masks, whose predictions are not looked at.
NewRows referenceRows(const PredictModel& model) {
    NewRows rows;
    rows.features = model.inputs().reference;
    rows.ids.values = std::vector<std::int64_t>(static_cast<std::size_t>(rows.features.rows()), 0);
    return rows;
}

/// Predictions made elsewhere: signals of the first target's calibration rows, and of the new ones.
std::pair<Sample, Sample> sourceSamples(const PredictModel& model, const NewRows& rows) {
    Sample old, fresh;
    const auto signals = model.sourceSignals(rows);
    NewPredictions marks;
    model.markOwn(rows, marks);
    std::vector<Eigen::Index> others;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!marks.calibratedOn[i])
            others.push_back(static_cast<Eigen::Index>(i));
    fresh.rows = others.size();
    for (std::size_t t = 0; t < signals.size(); ++t) {
        const std::string& target = model.study().targets[t].name;
        for (const auto& [name, values] : signals[t]) {
            const MatrixD& calibration = model.calibration()[t].signals.at(name);
            const auto column = [&](const MatrixD& numbers) {
                NamedColumn named{target + ": " + name, {numbers.data(), numbers.data() + numbers.size()}};
                for (double& value : named.values)
                    if (!std::isfinite(value))
                        value = std::numeric_limits<double>::quiet_NaN();
                return named;
            };
            fresh.columns.push_back(column(values(others, Eigen::all)));
            old.columns.push_back(column(calibration));
            old.rows = std::max(old.rows, old.columns.back().values.size());
        }
    }
    for (NamedColumn& named : old.columns) // targets may have different calibration rows
        named.values.resize(old.rows, std::numeric_limits<double>::quiet_NaN());
    return {std::move(old), std::move(fresh)};
}

MatrixF stacked(const MatrixF& above, const MatrixF& below) {
    MatrixF both(above.rows() + below.rows(), above.cols());
    both << above, below;
    return both;
}

std::string whatHolds(const PredictModel& model, const ExchangeabilityTest& test) {
    const std::string percent = formatReal(100.0 * (1.0 - model.alpha()), 4) + " %";
    const bool local = std::any_of(model.study().methods.begin(), model.study().methods.end(),
                                   [](const std::string& id) { return uq::localMethod(id) != nullptr; });
    if (!test.differ())
        return "So " + percent +
               " intervals of methods with a guarantee may be read as such here; that no difference was "
               "found "
               "is no proof that there is none (relations of inputs and truth cannot be seen without "
               "labels).";
    return "What still holds: predictions and widths are what the study would give to such galaxies, and the "
           "order of the widths keeps its sense. What does not: that " +
           percent + " of the truths lie inside. " +
           (local
                ? "Local methods weigh calibration galaxies like each new one, so they adapt where such are "
                  "there and end nowhere where none are: look at 'effective' and 'infinite'. "
                : "") +
           "What helps: labels of some of the new galaxies as a new calibration set; a study whose "
           "calibration "
           "galaxies were drawn like these; calibration galaxies weighted to look like these.";
}

} // namespace

std::string ownWords(std::size_t trainedOn, std::size_t calibratedOn, std::size_t rows) {
    const std::size_t own = trainedOn + calibratedOn;
    if (own == 0)
        return "";
    const auto count = [](std::size_t n) { return withThousands(static_cast<long long>(n)); };
    return (own == rows ? "All " : "") + count(own) + " of these galaxies are the study's own training (" +
           count(trainedOn) + ") or calibration (" + count(calibratedOn) +
           ") galaxies: no guarantee holds for them (flags trained_on, calibrated_on)." +
           (own == rows ? "" : " Of the others: ");
}

std::optional<LikenessFinding> compareWithCalibration(const PredictModel& model, const NewGalaxies& galaxies,
                                                      std::pair<std::size_t, std::size_t> range,
                                                      const RunContext& context) {
    ExchangeabilityOptions options;
    options.seed = model.study().seed;
    options.network = networkGroupLearner(options.seed);
    const NewRows rows = sampleOf(galaxies, range, options.rowsPerGroup);
    Sample old, fresh;
    if (model.takesFeatures()) {
        if (model.inputs().reference.rows() == 0)
            return std::nullopt;
        old = predictedSample(model, referenceRows(model), context);
        fresh = predictedSample(model, rows, context);
    } else {
        std::tie(old, fresh) = sourceSamples(model, rows);
    }
    const MatrixF features = model.takesFeatures() ? stacked(old.features, fresh.features) : MatrixF();
    for (std::size_t c = 0; c < old.columns.size(); ++c) {
        auto& values = old.columns[c].values;
        const auto& more = fresh.columns[c].values;
        values.insert(values.end(), more.begin(), more.end());
    }
    std::vector<std::uint8_t> group(old.rows, 0);
    group.resize(old.rows + fresh.rows, 1);
    LikenessFinding finding;
    finding.test = testExchangeability(old.columns, features, group, "calibration", "new", options, context);
    finding.words = inWords(finding.test);
    if (finding.test.firstRows >= 20 && finding.test.secondRows >= 20)
        finding.words += " " + whatHolds(model, finding.test);
    return finding;
}

std::optional<manifold::OodReference> strangenessOf(const PredictModel& model, const RunContext& context) {
    constexpr Eigen::Index fewest = 20;
    const StudyInputs& inputs = model.inputs();
    if (!model.takesFeatures() || inputs.training.rows() < fewest || inputs.reference.rows() < 1)
        return std::nullopt;
    manifold::OodOptions options;
    options.seed = derivedSeed(model.study().seed, "strangeness");
    if (const auto source = inputs.attributes.find("source");
        source != inputs.attributes.end() && lowered(source->second).find("aion") != std::string::npos)
        options.metric = manifold::Metric::Cosine;
    return manifold::OodReference::fit(inputs.training, inputs.reference, options, context);
}

} // namespace penumbra::workflow
