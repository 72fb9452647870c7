#include "core/encoding/lists.h"

#include "core/base/error.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

/// Gaia's coefficients: a matrix or vector column of its own, or both behind each other as "coeff".
constexpr std::size_t xpCoefficients = 55;
struct ListSource {
    const char *key, *own;
    std::size_t place; ///< within "coeff"
};
constexpr ListSource listSources[] = {{"tok_xp_bp", "bp_coefficients", 0},
                                      {"tok_xp_rp", "rp_coefficients", 1}};

/// A vector column or a feature matrix of that name; empty: there is none.
MatrixF numbersNamed(const Catalogue& catalogue, const std::string& name, const RunContext& context) {
    if (const io::Column* column = catalogue.columns.find(name); column != nullptr && column->width > 1) {
        const auto values = column->asReals();
        MatrixF numbers(static_cast<Eigen::Index>(catalogue.rowCount),
                        static_cast<Eigen::Index>(column->width));
        std::transform(values.begin(), values.end(), numbers.data(),
                       [](double value) { return static_cast<float>(value); });
        return numbers;
    }
    const bool stored = std::any_of(catalogue.features.begin(), catalogue.features.end(),
                                    [&](const FeatureInfo& info) { return info.name == name; });
    return stored ? loadFeatures(catalogue, name, context).values : MatrixF();
}

} // namespace

std::vector<EncodeList> storedXpLists(const GalaxyInputs& inputs, std::vector<std::string>& notes,
                                      const RunContext& context) {
    std::vector<EncodeList> lists;
    const MatrixF both = numbersNamed(inputs.catalogue, "coeff", context);
    for (const ListSource& source : listSources) {
        EncodeList list{source.key, numbersNamed(inputs.catalogue, source.own, context)};
        if (list.values.size() == 0 && both.cols() > 0 && both.cols() % 2 == 0)
            list.values =
                both.middleCols(static_cast<Eigen::Index>(source.place) * both.cols() / 2, both.cols() / 2);
        const auto width = static_cast<std::size_t>(list.values.cols());
        if (width == 0)
            continue;
        if (width > xpCoefficients)
            throw UsageError(std::string("--modalities xp: ") + std::to_string(width) + " coefficients of " +
                             source.own + "; Gaia has " + std::to_string(xpCoefficients));
        if (width < xpCoefficients)
            notes.push_back(std::string(source.own) + ": " + std::to_string(width) + " of " +
                            std::to_string(xpCoefficients) +
                            " coefficients; the embeddings are made from fewer tokens than the model "
                            "was trained on");
        lists.push_back(std::move(list));
    }
    return lists;
}

std::vector<EncodeList> xpLists(const GalaxyInputs& inputs, std::vector<std::string>& notes,
                                const RunContext& context) {
    std::vector<EncodeList> lists = storedXpLists(inputs, notes, context);
    if (lists.empty())
        throw UsageError(std::string("--modalities xp: ") + inputs.source +
                         " has no vector column or feature matrix coeff (110 wide), bp_coefficients or "
                         "rp_coefficients (55 wide)");
    return lists;
}

} // namespace penumbra::workflow
