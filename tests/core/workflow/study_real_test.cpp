// All nine methods on real tables, from import to scores: the folder in PENUMBRA_DATA.

#include "tests/core/workflow/import_support.h"
#include "tests/core/workflow/real_files.h"
#include "tests/core/workflow/study_support.h"

#include "core/eval/evaluate.h"
#include "core/session/study_file.h"

#include <fstream>

namespace penumbra::workflow {
namespace {

std::shared_ptr<const Study> studied(const ImportedCatalogue& imported, const StudyFolder& folder,
                                     const std::vector<std::pair<std::string, std::string>>& given) {
    writeCatalogue(imported.catalogue, imported.features, folder.path("catalogue.h5"));
    OptionSet options;
    describeStudyOptions(options);
    for (const auto& [name, text] : given)
        options.setFromText(name, text);
    RunContext context;
    return runStudy(readCatalogue(folder.path("catalogue.h5")), options, folder.path("study.h5"), context);
}

/// Coverages of the split-conformal methods lie where exact ones do; nothing is missing, nothing is NaN.
void expectSound(const Study& study, const StudyFolder& folder) {
    ASSERT_EQ(study.methods.size(), 9u);
    const TargetStudy& target = study.targets.at(0);
    const std::size_t n = target.heldOut.testCount();
    const Interval band = splitConformalBand(target.heldOut.calibrationCount(), n, study.alpha, 1.0 - 1e-4);
    for (const Prediction& prediction : target.predictions) {
        const double coverage = scoreOf(study, target.name, prediction.method, "coverage");
        const std::string& id = prediction.method;
        if (id == "VanillaSplit" || id == "MADSplit" || id == "CQR") {
            EXPECT_GE(coverage, band.low) << id;
            EXPECT_LE(coverage, band.high) << id;
        }
        if (id.rfind("LC", 0) == 0) {
            EXPECT_GT(coverage, band.low - 0.03) << id; // local, approximate
            EXPECT_EQ(prediction.effective.size(), n) << id;
        }
        EXPECT_TRUE(coverage >= 0.0 && coverage <= 1.0) << id;
    }
    EXPECT_GT(scoreOf(study, target.name, "VanillaSplit", "r2"), 0.3);
    EXPECT_EQ(session::readStudy(folder.path("study.h5")).scores.size(), study.scores.size());
}

TEST_F(RealFiles, YachtRunsEndToEnd) {
    // Three files of one split become one table with a column that names it.
    const ImportFolder files;
    std::string table;
    for (const std::string part : {"train", "val", "test"}) {
        std::ifstream in(data_ / "lvd_yacht/seed0-60-20-20" / (part + ".csv"));
        std::string line;
        std::getline(in, line);
        if (table.empty())
            table = line + ",part\n";
        while (std::getline(in, line))
            table += line + "," + part + "\n";
    }
    const auto imported =
        importWith("object_id = 'index'\n[features.x]\ncolumns = ['X0','X1','X2','X3','X4','X5']\n"
                   "[targets]\ny = 'Y'\n"
                   "[split]\ncolumn = 'part'\ntrain = 'train'\ncalibration = 'val'\ntest = 'test'\n",
                   files.write("yacht.csv", table));
    EXPECT_EQ(imported.catalogue.rowCount, 308u); // data/README: 185 / 61 / 62
    const StudyFolder folder;
    const auto study = studied(
        imported, folder, {{"epochs", "200"}, {"learning-rate", "0.01"}, {"batch", "64"}, {"device", "cpu"}});
    EXPECT_EQ(study->targets.at(0).heldOut.calibrationCount(), 61u);
    EXPECT_EQ(study->targets.at(0).heldOut.testCount(), 62u);
    expectSound(*study, folder);
}

TEST_F(RealFiles, ProteinTableRunsEndToEnd) {
    const auto imported = importWith(
        "[features.x]\ncolumns = ['F1','F2','F3','F4','F5','F6','F7','F8','F9']\n[targets]\nrmsd = 'RMSD'\n",
        data_ / "uci_cqr/CASP.csv");
    EXPECT_EQ(imported.catalogue.rowCount, 45730u);
    const StudyFolder folder;
    const auto study =
        studied(imported, folder, {{"preset", "quick"}, {"epochs", "4"}, {"width", "64"}, {"device", "cpu"}});
    expectSound(*study, folder);
    // Errors here grow with the prediction: scaled local intervals cover the worst tenth better than plain
    // ones.
    const auto worst = [&](const char* method) {
        for (const Score& score : study->scores)
            if (score.method == method && score.metric == "worst_bin_coverage" && score.convention == "all")
                return score.value;
        return missing;
    };
    EXPECT_GT(worst("LCMADNet"), worst("VanillaSplit"));
}

} // namespace
} // namespace penumbra::workflow
