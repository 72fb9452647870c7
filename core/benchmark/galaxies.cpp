#include "core/benchmark/galaxies.h"

#include "core/base/derived_seed.h"
#include "core/base/error.h"
#include "core/base/rng.h"
#include "core/base/text.h"
#include "core/catalogue/generated_features.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace penumbra::benchmark {

namespace {

InputSet parsed(const Catalogue& catalogue, const std::string& word) {
    const auto equals = word.find('=');
    InputSet set;
    set.name = std::string(trimmed(word.substr(0, equals)));
    for (const std::string& part :
         splitText(equals == std::string::npos ? word : word.substr(equals + 1), ':')) {
        const std::string name(trimmed(part));
        if (name.empty())
            throw UsageError("--sets '" + word +
                             "' names no features; write NAME=FEATURES, several joined by ':'");
        set.features.push_back(catalogue.feature(name).name);
    }
    if (set.features.empty())
        throw UsageError("--sets '" + word +
                         "' names no features; write NAME=FEATURES, several joined by ':'");
    if (set.name.empty())
        throw UsageError("--sets '" + word + "' has no name before '='");
    return set;
}

/// Side by side. @param usable is cleared where a row is not finite
MatrixF joined(const Catalogue& catalogue, const InputSet& set, std::vector<std::uint8_t>& usable,
               const RunContext& context) {
    std::vector<MatrixF> parts;
    Eigen::Index width = 0;
    for (const std::string& name : set.features) {
        Features features = loadFeatures(catalogue, name, context);
        for (std::size_t row = 0; row < features.quarantined.size(); ++row)
            if (features.quarantined[row] != 0)
                usable[row] = 0;
        width += features.values.cols();
        parts.push_back(std::move(features.values));
    }
    if (parts.size() == 1)
        return std::move(parts.front());
    MatrixF all(static_cast<Eigen::Index>(catalogue.rowCount), width);
    Eigen::Index at = 0;
    for (const MatrixF& part : parts) {
        all.middleCols(at, part.cols()) = part;
        at += part.cols();
    }
    return all;
}

Galaxies usableGalaxies(const Catalogue& catalogue, std::vector<InputSet> sets, const RunContext& context) {
    Galaxies galaxies;
    std::vector<std::uint8_t> usable(catalogue.rowCount, 1);
    std::vector<MatrixF> whole;
    for (const InputSet& set : sets) {
        context.checkStop();
        whole.push_back(joined(catalogue, set, usable, context));
        if (std::none_of(usable.begin(), usable.end(), [](std::uint8_t u) { return u != 0; }))
            throw Error(catalogue.path.string() + ": no galaxy has finite values in " +
                        (whole.size() == 1 ? set.name : "all input sets up to " + set.name));
    }
    std::vector<Eigen::Index> rows;
    for (std::size_t row = 0; row < usable.size(); ++row)
        if (usable[row] != 0) {
            galaxies.rows.push_back(row);
            rows.push_back(static_cast<Eigen::Index>(row));
        }
    galaxies.leftOut = catalogue.rowCount - rows.size();
    for (MatrixF& values : whole) {
        galaxies.inputs.push_back(galaxies.leftOut == 0 ? std::move(values)
                                                        : MatrixF(values(rows, Eigen::all)));
        values = MatrixF();
    }
    galaxies.sets = std::move(sets);
    if (galaxies.leftOut > 0)
        galaxies.notes.push_back(withThousands(static_cast<long long>(galaxies.leftOut)) + " of " +
                                 withThousands(static_cast<long long>(catalogue.rowCount)) +
                                 " galaxies lack one of the input sets and are left out of all.");
    return galaxies;
}

/// The same parts of every stratum.
std::vector<std::uint8_t> stratifiedSplit(std::span<const std::size_t> strata, const SplitChoice& choice) {
    std::map<std::size_t, std::vector<std::size_t>> rowsOf;
    for (std::size_t row = 0; row < strata.size(); ++row)
        rowsOf[strata[row]].push_back(row);
    std::vector<std::uint8_t> split(strata.size(), static_cast<std::uint8_t>(Split::Test));
    Rng rng(derivedSeed(choice.seed, "stratified split"));
    for (const auto& [stratum, rows] : rowsOf) {
        const auto order = rng.permutation(rows.size());
        const auto n = static_cast<double>(rows.size());
        const auto train = static_cast<std::size_t>(std::llround(choice.trainFraction * n)),
                   held = train + static_cast<std::size_t>(std::llround(choice.calibrationFraction * n));
        for (std::size_t i = 0; i < std::min(held, rows.size()); ++i)
            split[rows[order[i]]] = static_cast<std::uint8_t>(i < train ? Split::Train : Split::Calibration);
    }
    return split;
}

} // namespace

std::vector<InputSet> inputSets(const Catalogue& catalogue, const std::vector<std::string>& words) {
    std::vector<InputSet> sets;
    for (const std::string& word : words)
        sets.push_back(parsed(catalogue, word));
    if (words.empty())
        for (const FeatureInfo& info : catalogue.features)
            if (!isGenerated(info))
                sets.push_back({info.name, {info.name}});
    if (sets.empty())
        throw Error(catalogue.path.string() +
                    " holds no features to learn from; encode or import makes them");
    for (std::size_t i = 0; i < sets.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (sets[i].name == sets[j].name)
                throw UsageError("--sets: two input sets are called " + sets[i].name);
    return sets;
}

std::vector<std::int32_t> Galaxies::places(Split part, std::span<const double> values) const {
    std::vector<std::int32_t> places;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (split[i] == static_cast<std::uint8_t>(part) && std::isfinite(values[i]))
            places.push_back(static_cast<std::int32_t>(i));
    return places;
}

std::vector<double> Galaxies::valuesOf(const Target& target) const {
    std::vector<double> values;
    for (const std::size_t row : rows)
        values.push_back(target.values[row]);
    return values;
}

Galaxies gather(const Catalogue& catalogue, std::vector<InputSet> sets, const SplitChoice& choice,
                std::span<const std::size_t> strata, const RunContext& context) {
    Galaxies galaxies = usableGalaxies(catalogue, std::move(sets), context);
    std::vector<std::uint8_t> split = catalogue.split;
    if (split.empty() || choice.draw) {
        if (choice.trainFraction + choice.calibrationFraction >= 1.0)
            throw UsageError(
                "--train-fraction and --calibration-fraction leave no galaxies for testing; their "
                "sum must stay below 1");
        split = strata.empty()
                    ? drawSplit(catalogue.objectId, choice.trainFraction, choice.calibrationFraction,
                                derivedSeed(choice.seed, "split"), galaxies.notes)
                    : stratifiedSplit(strata, choice);
        galaxies.notes.push_back("Training, calibration and test galaxies were drawn from seed " +
                                 std::to_string(choice.seed) + ".");
    }
    for (const std::size_t row : galaxies.rows)
        galaxies.split.push_back(split[row]);
    return galaxies;
}

Galaxies gatherAll(const Catalogue& catalogue, const std::vector<InputSet>& sets, const RunContext& context) {
    Galaxies galaxies = usableGalaxies(catalogue, sets, context);
    galaxies.split.assign(galaxies.rows.size(), static_cast<std::uint8_t>(Split::Test));
    return galaxies;
}

} // namespace penumbra::benchmark
