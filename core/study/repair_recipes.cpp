#include "core/study/repair_recipes.h"

#include "core/base/error.h"

namespace penumbra::workflow {

namespace {

const std::string folder = "repairs/";
constexpr std::size_t longestPiece = 50000; // HDF5 keeps no attribute beyond 64 kB

std::string pieceName(std::size_t piece) {
    return "recipe_" + std::to_string(piece);
}

} // namespace

std::vector<session::StoredArray> toArrays(const RepairRecipes& recipes) {
    std::vector<session::StoredArray> arrays;
    for (const auto& [target, bySignal] : recipes)
        for (const auto& [signal, recipe] : bySignal) {
            session::StoredArray array;
            array.name = folder + target + "/" + signal;
            if (recipe.weights)
                for (const auto* part :
                     {&recipe.weights->mean, &recipe.weights->slope, &recipe.weights->curve})
                    array.values.insert(array.values.end(), part->begin(), part->end());
            array.values.push_back(0.0F); // no array is empty
            array.shape = {static_cast<std::int64_t>(array.values.size())};
            array.attributes = {{"target", target}, {"signal", signal}};
            const std::string text = recipe.toJson();
            for (std::size_t at = 0; at < text.size(); at += longestPiece)
                array.attributes[pieceName(at / longestPiece)] = text.substr(at, longestPiece);
            arrays.push_back(std::move(array));
        }
    return arrays;
}

RepairRecipes recipesFrom(std::span<const session::StoredArray> arrays) {
    RepairRecipes recipes;
    for (const session::StoredArray& array : arrays) {
        if (!array.name.starts_with(folder))
            continue;
        std::string text;
        for (std::size_t piece = 0; array.attributes.contains(pieceName(piece)); ++piece)
            text += array.attributes.at(pieceName(piece));
        const auto target = array.attributes.find("target"), signal = array.attributes.find("signal");
        if (text.empty() || target == array.attributes.end() || signal == array.attributes.end())
            throw Error("The study's array " + array.name +
                        " lacks its attributes: the file is damaged; repair the study again.");
        uq::RepairRecipe recipe = uq::RepairRecipe::fromJson(text);
        if (recipe.weights) {
            const std::size_t inputs = recipe.inputs.size();
            if (array.values.size() < 3 * inputs)
                throw Error("The study's array " + array.name +
                            " is too short: the file is damaged; repair the study again.");
            auto next = array.values.begin();
            for (auto* part : {&recipe.weights->mean, &recipe.weights->slope, &recipe.weights->curve}) {
                part->assign(next, next + static_cast<std::ptrdiff_t>(inputs));
                next += static_cast<std::ptrdiff_t>(inputs);
            }
        }
        recipes[target->second][signal->second] = std::move(recipe);
    }
    return recipes;
}

} // namespace penumbra::workflow
