#include "core/base/error.h"
#include "core/base/rng.h"
#include "gui/state/session_file.h"

#include <QTemporaryDir>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>

using namespace penumbra;
using namespace penumbra::gui;
namespace fs = std::filesystem;

namespace {

class SessionFileTest : public testing::Test {
protected:
    fs::path in(const std::string& name) const { return fs::path(folder_.path().toStdString()) / name; }
    fs::path write(const std::string& name, const std::string& contents) const {
        fs::create_directories(in(name).parent_path());
        std::ofstream(in(name), std::ios::binary) << contents;
        return in(name);
    }
    static std::string read(const fs::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    Session made() const {
        Session session;
        session.catalogue = referTo(in("a/catalogue.h5"), in("a"), {});
        Choices& choices = session.choices;
        choices.target = "z";
        choices.alpha = 0.137;
        choices.hidden = {"CQR", "x y"};
        choices.conditionOn = "colour";
        choices.page = "coverage-by-bin";
        choices.dark = true;
        choices.cloud = {"columns", "a", "log10(b)", "", false};
        choices.cloudBeside = CloudChoices{"e_umap_2d", "", "", "missed(CQR)", true};
        choices.space = {
            "columns",           "a", "b + 1", "z", 12.5, -30.0, 2.5, {0.1, 0.0, -0.25}, 4.0, 0.5,
            std::pair(-1.0, 2.5)};
        const std::vector<std::int64_t> rows = {3, 4, 5, 17};
        choices.selection = {RowMask::of(40, rows), 17, "z > 0.3", true};
        choices.subsets = {{"first", "#112233", RowMask::of(40, rows), "", false},
                           {"\"second\"", "#445566", RowMask::none(40), "a == 'b'", true}};
        session.maps = referTo(in("a/catalogue.h5"), in("a"), {}); // any file
        session.layout = "AAECAw==";
        return session;
    }
    void SetUp() override { write("a/catalogue.h5", "the galaxies"); }
    QTemporaryDir folder_;
};

} // namespace

TEST_F(SessionFileTest, ComesBackAsItWas) {
    const Session session = made();
    writeSession(session, in("a/s.penumbra"));
    EXPECT_TRUE(isSessionFile(in("a/s.penumbra")));
    EXPECT_FALSE(isSessionFile(in("a/catalogue.h5")));
    EXPECT_FALSE(isSessionFile(write("other.json", "{\"study\": 1}")));
    const Session again = readSession(in("a/s.penumbra"));
    EXPECT_TRUE(again.choices == session.choices);
    EXPECT_EQ(again.layout, session.layout);
    EXPECT_TRUE(again.notes.empty());
    EXPECT_FALSE(again.study.has_value());
    ASSERT_TRUE(again.maps.has_value());
    EXPECT_EQ(again.maps->hash, session.maps->hash);
    ASSERT_TRUE(again.catalogue.has_value());
    EXPECT_EQ(findAgain(*again.catalogue, in("a"), {}), in("a/catalogue.h5"));
}

TEST_F(SessionFileTest, FilesAreKnownByTheirContentsWhereverTheyLie) {
    const FileReference reference = *made().catalogue;
    fs::rename(in("a"), in("moved"));
    EXPECT_EQ(findAgain(reference, in("moved"), {}), in("moved/catalogue.h5")) << "beside the session";
    fs::rename(in("moved/catalogue.h5"), in("moved/renamed.h5"));
    EXPECT_EQ(findAgain(reference, in("moved"), {}), in("moved/renamed.h5"));
    write("moved/catalogue.h5", "OTHER galaxie");
    EXPECT_EQ(findAgain(reference, in("moved"), {}), in("moved/renamed.h5"))
        << "the name alone counts nothing";
    write("moved/catalogue.h5", "the Galaxies"); // as many bytes
    fs::remove(in("moved/renamed.h5"));
    EXPECT_EQ(findAgain(reference, in("moved"), {}), fs::path());
    write("a/catalogue.h5", "the galaxies");
    EXPECT_EQ(findAgain(reference, in("moved"), {}), in("a/catalogue.h5")) << "where it lay, at last";
}

TEST_F(SessionFileTest, ADamagedPartStopsNoOther) {
    writeSession(made(), in("a/s.penumbra"));
    const auto whole = nlohmann::json::parse(read(in("a/s.penumbra")));
    for (const char* part : {"view", "selection", "subsets", "catalogue", "layout"}) {
        auto damaged = whole;
        damaged[part] = {{"nothing", {1, 2}}};
        write("a/damaged.penumbra", damaged.dump());
        const Session session = readSession(in("a/damaged.penumbra"));
        EXPECT_FALSE(session.notes.empty()) << part;
        EXPECT_EQ(session.catalogue.has_value(), std::string(part) != "catalogue");
        EXPECT_EQ(session.choices.subsets.size(), std::string(part) == "subsets" ? 0U : 2U) << part;
        EXPECT_EQ(session.choices.alpha, std::string(part) == "view" ? 0.1 : 0.137) << part;
    }
    auto subset = whole;
    subset["subsets"][0]["galaxies"]["rows"] = "1-x";
    write("a/damaged.penumbra", subset.dump());
    EXPECT_EQ(readSession(in("a/damaged.penumbra")).choices.subsets.size(), 1U)
        << "the other subset is whole";
}

TEST_F(SessionFileTest, RandomDamageIsRefusedOrSurvived) {
    writeSession(made(), in("a/s.penumbra"));
    const std::string whole = read(in("a/s.penumbra"));
    Rng rng(5);
    int refused = 0;
    for (int trial = 0; trial < 500; ++trial) {
        std::string damaged = whole;
        if (trial % 2 == 0)
            damaged.resize(static_cast<std::size_t>(rng.uniform() * static_cast<double>(whole.size())));
        else
            for (int i = 0; i < 4; ++i)
                damaged[static_cast<std::size_t>(rng.uniform() * static_cast<double>(whole.size()))] =
                    static_cast<char>(32 + 90 * rng.uniform());
        write("a/damaged.penumbra", damaged);
        try {
            readSession(in("a/damaged.penumbra"));
        } catch (const Error&) {
            ++refused;
        }
    }
    EXPECT_GE(refused, 250) << "what is cut off is no session";
}

TEST_F(SessionFileTest, ANewerOneIsRefusedInWords) {
    write("new.penumbra", "{\"Penumbra session\": 99}");
    EXPECT_THROW(readSession(in("new.penumbra")), Error);
    write("none.penumbra", "[1, 2]");
    EXPECT_THROW(readSession(in("none.penumbra")), Error);
}
