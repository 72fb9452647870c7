#include "tests/architecture/include_rules.h"
#include "tests/architecture/option_rules.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

namespace penumbra::test {
namespace {

/// A small source tree of its own.
class PlantedTree : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = (std::filesystem::temp_directory_path() / "penumbra_arch_XXXXXX").string();
        ASSERT_NE(mkdtemp(pattern.data()), nullptr);
        root_ = pattern;
    }
    void TearDown() override {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }
    void write(const std::string& path, const std::string& text) const {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    /// The only breach that this file makes; "" if it makes none.
    std::string breachOf(const std::string& path, const std::string& text) const {
        write(path, text);
        const auto breaches = findBreaches(root_);
        std::filesystem::remove(root_ / path);
        EXPECT_LE(breaches.size(), 1U);
        return breaches.empty() ? std::string() : breaches.front();
    }
    std::filesystem::path root_;
};

TEST(Architecture, nothingBreaksTheRules) {
    const std::filesystem::path root = PENUMBRA_SOURCE_DIR;
    const auto files = sourceFiles(root);
    EXPECT_GT(files.size(), 30U) << "the sources were not found at " << root;
    for (const std::string& breach : findBreaches(root)) {
        ADD_FAILURE() << breach;
    }
}

/// Reads of options away from their descriptions that are still there: the numbers may only fall.
const std::map<std::string, std::size_t>& knownOptionReads() {
    static const std::map<std::string, std::size_t> known = {
        {"core/applying/model.cpp", 1},       {"core/report/figures/coverage_by_bin.cpp", 2},
        {"core/study/region_columns.cpp", 3}, {"core/study/region_search.cpp", 2},
        {"core/study/subset.cpp", 2},         {"core/uq/local_conditional.cpp", 1},
        {"core/workflow/benchmark.cpp", 1},   {"core/workflow/diagnose.cpp", 2},
        {"core/workflow/encode.cpp", 2},      {"core/workflow/figure.cpp", 4},
        {"core/workflow/file_uses.cpp", 10},  {"core/workflow/generate.cpp", 1},
        {"core/workflow/map.cpp", 1},         {"core/workflow/ood.cpp", 1},
        {"gui/dialogs/encode_dialog.cpp", 6}, {"gui/dialogs/import_dialog.cpp", 5},
        {"gui/documents/workbench.cpp", 7},   {"gui/pages/apply_page.cpp", 6},
        {"gui/pages/figure_page.cpp", 2},     {"gui/pages/region_search.cpp", 7},
        {"gui/pages/study_page.cpp", 10},     {"gui/panels/method_picker.cpp", 1},
    };
    return known;
}

TEST(Architecture, optionsAreReadWhereTheyAreDescribed) {
    const auto reads = optionReadsElsewhere(PENUMBRA_SOURCE_DIR);
    const auto& known = knownOptionReads();
    for (const auto& [file, lines] : reads) {
        const auto found = known.find(file);
        const std::size_t allowed = found == known.end() ? 0 : found->second;
        EXPECT_LE(lines.size(), allowed)
            << file << ":" << lines.back() << " reads an option by its name that another file describes: "
            << "take it from a struct that is filled beside the description";
    }
}

TEST_F(PlantedTree, optionsReadFarFromTheirDescriptionsAreFound) {
    write("core/study/options.cpp", "options.real(\"alpha\", 0.1, \"\");\nreturn o.getReal(\"alpha\");\n");
    write("core/workflow/a.cpp", "options\n    .flag(\n  \"bold\", true, \"\");\nif (o.getFlag(\"bold\"))\n");
    EXPECT_TRUE(optionReadsElsewhere(root_).empty());
    write("core/workflow/b.cpp", "\nconst double a = o.getReal(\"alpha\") + o->getReal(\n    \"alpha\");\n");
    write("gui/pages/c.cpp", "if (options.given(\"bold\"))\n");
    const auto reads = optionReadsElsewhere(root_);
    ASSERT_EQ(reads.size(), 2U);
    EXPECT_EQ(reads.at("core/workflow/b.cpp"), (std::vector<std::size_t>{2, 2}));
    EXPECT_EQ(reads.at("gui/pages/c.cpp"), std::vector<std::size_t>{1});
}

TEST_F(PlantedTree, allowedIncludesPass) {
    write("core/io/a.cpp", "#include \"core/io/a.h\"\n#include \"core/base/error.h\"\n#include <vector>\n");
    write("core/uq/methods/b.cpp", "#include <torch/torch.h>\n#include \"core/heads/network.h\"\n");
    write("core/nn/tensors.h", "#include <ATen/ATen.h>\n");
    write("core/heads/c.cpp", "#include \"core/nn/tensors.h\"\n");
    write("core/workflow/d.cpp", "#include \"core/session/study_file.h\"\n#include \"penumbra_version.h\"\n");
    write("gui/window/e.cpp", "#include <QString>\n#include \"core/workflow/command.h\"\n");
    write("app/f.cpp", "#include \"gui/window/e.h\"\n");
    write("core/base/long.cpp", std::string(800, '\n'));
    for (const std::string& breach : findBreaches(root_)) {
        ADD_FAILURE() << breach;
    }
    EXPECT_EQ(sourceFiles(root_).size(), 8U);
}

TEST_F(PlantedTree, higherModulesAreFound) {
    const std::string breach =
        breachOf("core/catalogue/a.cpp", "// fine\n\n  #  include \"core/uq/uq_method.h\"\n");
    EXPECT_NE(breach.find("core/catalogue/a.cpp:3"), std::string::npos) << breach;
    EXPECT_NE(breach.find("may not include module uq"), std::string::npos) << breach;
    EXPECT_FALSE(breachOf("core/base/a.h", "#include \"core/io/table.h\"\n").empty());
}

TEST_F(PlantedTree, modulesOfTheSameNumberAreFound) {
    EXPECT_FALSE(breachOf("core/uq/a.cpp", "#include \"core/eval/score.h\"\n").empty());
    EXPECT_FALSE(breachOf("core/workflow/a.cpp", "#include \"core/jobs/job_queue.h\"\n").empty());
    EXPECT_FALSE(breachOf("core/catalogue/a.h", "#include <core/mock/survey.h>\n").empty());
}

TEST_F(PlantedTree, forbiddenLibrariesAreFound) {
    EXPECT_FALSE(breachOf("core/report/a.cpp", "#include <QString>\n").empty());
    EXPECT_FALSE(breachOf("core/report/a.cpp", "#include <QtCore/QString>\n").empty());
    EXPECT_FALSE(breachOf("core/manifold/a.cpp", "#include <vtkActor.h>\n").empty());
    EXPECT_FALSE(breachOf("core/eval/a.cpp", "#include <torch/torch.h>\n").empty());
    EXPECT_FALSE(breachOf("gui/window/a.cpp", "#include <c10/core/Device.h>\n").empty());
    EXPECT_FALSE(breachOf("app/a.cpp", "#include <torch/script.h>\n").empty());
    EXPECT_FALSE(breachOf("core/report/a.cpp", "#include \"gui/plots/plot.h\"\n").empty());
    EXPECT_FALSE(breachOf("gui/window/a.cpp", "#include \"app/console.h\"\n").empty());
}

TEST_F(PlantedTree, roomsOfTheWindowKeepTheirOrder) {
    EXPECT_EQ(breachOf("gui/pages/a.cpp", "#include \"gui/panels/b.h\"\n#include \"gui/pages/page.h\"\n"),
              "");
    EXPECT_EQ(breachOf("gui/window/a.cpp", "#include \"core/study/run.h\"\n"), "");
    const std::string breach = breachOf("gui/panels/a.cpp", "\n#include \"gui/pages/page.h\"\n");
    EXPECT_NE(breach.find("gui/panels/a.cpp:2: room panels (6) may not include room pages (7)"),
              std::string::npos)
        << breach;
    EXPECT_FALSE(breachOf("gui/state/a.cpp", "#include \"gui/window/main_window.h\"\n").empty());
    EXPECT_FALSE(breachOf("gui/jobs/a.cpp", "#include \"gui/state/app_state.h\"\n").empty());
    EXPECT_FALSE(breachOf("gui/loose.cpp", "").empty());
    EXPECT_FALSE(breachOf("gui/attic/a.cpp", "").empty());
    EXPECT_FALSE(breachOf("gui/window/a.cpp", "#include \"gui/attic/a.h\"\n").empty());
    EXPECT_FALSE(breachOf("gui/window/a.cpp", "#include \"core/heads/network.h\"\n").empty());
}

TEST_F(PlantedTree, drawingLibrariesStayWhereTheyDraw) {
    EXPECT_EQ(breachOf("gui/space3d/a.cpp", "#include <vtkActor.h>\n#include <imgui.h>\n"), "");
    EXPECT_EQ(breachOf("gui/plots/a.cpp", "#include <qcustomplot.h>\n"), "");
    EXPECT_FALSE(breachOf("gui/pages/a.cpp", "#include <vtkActor.h>\n").empty());
    EXPECT_FALSE(breachOf("gui/window/a.cpp", "#include <imgui/imgui.h>\n").empty());
    EXPECT_FALSE(breachOf("gui/pages/a.cpp", "#include <qcustomplot.h>\n").empty());
}

TEST_F(PlantedTree, jsonWrittenByTheLibraryIsFound) {
    EXPECT_FALSE(breachOf("core/report/a.cpp", "return json.dump(2);\n").empty());
    EXPECT_FALSE(breachOf("app/a.cpp", "std::cout << json.dump();\n").empty());
    EXPECT_EQ(breachOf("core/base/json_text.cpp", "return json.dump();\n"), "");
}

TEST_F(PlantedTree, torchThroughAHeaderIsFound) {
    write("core/nn/tensors.h", "#include <ATen/ATen.h>\n");
    write("core/heads/loss.h", "#include \"core/nn/tensors.h\"\n");
    const std::string breach = breachOf("core/workflow/a.cpp", "#include \"core/heads/loss.h\"\n");
    EXPECT_NE(breach.find("core/heads/loss.h"), std::string::npos) << breach;
    EXPECT_FALSE(breachOf("gui/window/a.cpp", "#include \"core/nn/tensors.h\"\n").empty());
}

TEST_F(PlantedTree, longFilesAndUnknownModulesAreFound) {
    EXPECT_FALSE(breachOf("gui/window/long.cpp", std::string(801, '\n')).empty());
    EXPECT_FALSE(breachOf("core/misc/a.cpp", "").empty());
    EXPECT_FALSE(breachOf("core/loose.cpp", "").empty());
    EXPECT_FALSE(breachOf("core/uq/a.cpp", "#include \"core/misc/a.h\"\n").empty());
}

} // namespace
} // namespace penumbra::test
