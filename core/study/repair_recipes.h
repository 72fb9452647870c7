#pragma once

#include "core/session/study_file.h"
#include "core/uq/repairs/recipe.h"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace penumbra::workflow {

/// A study's recipes: by target, then the name of the repair's signal ("repair_mondrian(mag_r)").
using RepairRecipes = std::map<std::string, std::map<std::string, uq::RepairRecipe>>;

/// Kept among the study file's arrays, as what networks take is, so that every copy of a study has them.
std::vector<session::StoredArray> toArrays(const RepairRecipes& recipes);
/// @throws Error naming the array that cannot be read
RepairRecipes recipesFrom(std::span<const session::StoredArray> arrays);

} // namespace penumbra::workflow
