#pragma once

#include "core/io/table.h"
#include "core/uq/repairs/repaired_method.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace penumbra::uq {

/// A number that is known of every galaxy before its truth is.
struct RecipeInput {
    enum class Kind {
        Column,     ///< of the catalogue: a column, ra, dec, another target's label
        Feature,    ///< an element of a feature matrix
        Prediction, ///< the base prediction
        Width,      ///< of the base method's interval
        OwnWidth,   ///< the part of that width that calibration does not change
    };
    Kind kind = Kind::Column;
    std::string name;                    ///< of the column, or of the features
    std::size_t element = 0;             ///< of the features
    std::vector<std::string> categories; ///< not empty: texts, whose values are positions in here
    bool mayBeMissing = false;           ///< it was of some of the study's galaxies, which the repair knew
    std::string key() const;             ///< "mag_r", "latent[3]": the column's name in RecipeRows
    bool operator==(const RecipeInput& other) const = default;
};

/// Groups of one input.
struct RecipeGroups {
    std::size_t input = 0;
    std::vector<double> values; ///< ascending: one group a value; another value is in none
    std::vector<double> edges;  ///< else: inner edges of bins [low, high), the outer ones without an end
    bool ofMissing = false;     ///< a last group of those without a value
    std::size_t count() const {
        return (values.empty() ? edges.size() + 1 : values.size()) + (ofMissing ? 1 : 0);
    }
};

/// "input > value", "<=" or "==" (categories); a missing value satisfies none.
struct RecipeCondition {
    enum class Op { Above, AtMost, Equals };
    std::size_t input = 0;
    Op op = Op::Above;
    double value = 0.0;
};

/// Weight of a galaxy: odds of a logistic model in all inputs, in their order, cut at the highest. Its log
/// odds are intercept + sum(slope (x - mean) + curve (x - mean)^2).
struct RecipeWeights {
    std::vector<float> mean, slope, curve; ///< [inputs]; missing values stand at the mean
    double intercept = 0.0;
    double factor = 1.0; ///< calibration galaxies / galaxies aimed at, among those learned from
    double highest = 1.0;
};

/// How the signal of a repair comes of what is known of a galaxy: groups, regions or weights settled with the
/// study's galaxies, for galaxies that it has not seen.
struct RepairRecipe {
    double alpha = 0.1; ///< at which widths were taken
    std::vector<RecipeInput> inputs;
    std::vector<RecipeGroups> groups;                  ///< of mondrian (one) and conditional
    std::string subset;                                ///< an expression over the inputs
    std::vector<std::vector<RecipeCondition>> regions; ///< each all conditions at once
    std::optional<RecipeWeights> weights;
    std::optional<double> localWidth; ///< of rlcp: h

    std::string toJson() const; ///< without mean, slope and curve of the weights
    /// @throws Error for what is no recipe, or one of a newer version
    static RepairRecipe fromJson(const std::string& text);
};

/// What is known of some galaxies.
struct RecipeRows {
    std::size_t count = 0;
    io::Table columns;                     ///< by RecipeInput::key(); those that are there
    std::vector<double> prediction, width; ///< empty: not wanted
    std::vector<std::uint64_t> keys;       ///< of the galaxies' identities
};

struct RecipeSignal {
    MatrixD values; ///< [rows, k], as the repair's method takes it
    /// [rows] 1: the group or weight is unknown (no such column, no value where the study's galaxies all have
    /// one, a value or text that is none of the study's). The method's interval is infinite there.
    std::vector<std::uint8_t> unknown;
};
/// @throws Error for a subset that cannot be worked out of columns of these types
RecipeSignal signalOf(const RepairRecipe& recipe, RepairKind kind, const RecipeRows& rows);

/// Weight of one galaxy. @param values [inputs] NaN: missing
double weightOf(const RecipeWeights& weights, const std::vector<double>& values);

} // namespace penumbra::uq
