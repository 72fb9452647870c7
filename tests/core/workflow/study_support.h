#pragma once

#include "core/base/rng.h"
#include "core/catalogue/catalogue.h"
#include "core/study/run.h"

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <unistd.h>

namespace penumbra::workflow {

inline constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// A folder with a synthetic catalogue: features x0..x2, targets a = x0 + noise that grows with |x1| and b =
/// x1 - x2 + noise, columns that predict a from elsewhere. Split half train, quarter calibration, quarter
/// test.
class StudyFolder {
public:
    StudyFolder() {
        static int count = 0;
        folder_ = std::filesystem::temp_directory_path() /
                  ("penumbra-study-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
        std::filesystem::create_directories(folder_);
    }
    ~StudyFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    StudyFolder(const StudyFolder&) = delete;
    StudyFolder& operator=(const StudyFolder&) = delete;

    std::string path(const std::string& name) const { return (folder_ / name).string(); }
    bool empty() const { return std::filesystem::is_empty(folder_); }
    std::size_t fileCount() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_),
                                                      std::filesystem::directory_iterator()));
    }

private:
    std::filesystem::path folder_;
};

struct SyntheticCatalogue {
    Catalogue catalogue;
    MatrixF features;

    explicit SyntheticCatalogue(std::size_t rows, std::uint64_t seed = 1) {
        Rng rng(seed);
        catalogue.rowCount = rows;
        features.resize(static_cast<Eigen::Index>(rows), 3);
        std::vector<std::int64_t> ids;
        Target a{.name = "a", .unit = "mag", .label = "", .values = {}, .errors = {}, .oracle = {}};
        Target b{.name = "b", .unit = "", .label = "", .values = {}, .errors = {}, .oracle = {}};
        std::vector<double> predicted, spread, lower, upper;
        for (std::size_t i = 0; i < rows; ++i) {
            double x[3];
            for (int k = 0; k < 3; ++k) {
                x[k] = rng.normal();
                features(static_cast<Eigen::Index>(i), k) = static_cast<float>(x[k]);
            }
            const double sigma = 0.1 + 0.3 * std::abs(x[1]);
            ids.push_back(static_cast<std::int64_t>(i));
            a.values.push_back(x[0] + sigma * rng.normal());
            b.values.push_back(x[1] - x[2] + 0.2 * rng.normal());
            predicted.push_back(x[0]);
            spread.push_back(sigma);
            lower.push_back(x[0] - sigma);
            upper.push_back(x[0] + sigma);
            catalogue.split.push_back(static_cast<std::uint8_t>(i % 4 < 2 ? 0 : i % 4 - 1));
        }
        catalogue.objectId.name = "object_id";
        catalogue.objectId.values = ids;
        catalogue.targets = {a, b};
        for (auto& [name, values] :
             {std::pair{"a_pred", predicted}, {"a_err", spread}, {"a_lo", lower}, {"a_hi", upper}})
            addColumn(name, values);
    }

    void addColumn(const std::string& name, std::vector<double> values) {
        io::Column column;
        column.name = name;
        column.values = std::move(values);
        catalogue.columns.columns.push_back(std::move(column));
    }

    /// Writes it and reads it back, as a study would find it.
    Catalogue stored(const StudyFolder& folder, bool withFeatures = true) {
        const std::string file = folder.path("catalogue.h5");
        catalogue.features.clear();
        std::vector<MatrixF> matrices;
        if (withFeatures) {
            catalogue.features.push_back({"x", 3, {}});
            matrices.push_back(features);
        }
        writeCatalogue(catalogue, matrices, file);
        return readCatalogue(file);
    }
};

/// Options of a small, quick study.
inline OptionSet quickOptions(const std::string& methods) {
    OptionSet options;
    describeStudyOptions(options);
    options.setFromText("preset", "paper");
    options.setFromText("methods", methods);
    options.setFromText("epochs", "8");
    options.setFromText("batch", "64");
    options.setFromText("learning-rate", "0.01");
    options.setFromText("width", "16");
    options.setFromText("residual-epochs", "20");
    options.setFromText("residual-learning-rate", "0.01");
    options.setFromText("bootstrap", "20");
    options.setFromText("bins", "4");
    options.setFromText("dropout-passes", "10");
    options.setFromText("threads", "1");
    options.setFromText("device", "cpu");
    return options;
}

inline double scoreOf(const Study& study, const std::string& target, const std::string& method,
                      const std::string& metric) {
    for (const Score& score : study.scores)
        if (score.target == target && score.method == method && score.metric == metric &&
            score.convention == "all" && score.conditionedOn.empty())
            return score.value;
    return missing;
}

} // namespace penumbra::workflow
