// Parquet, HATS and the public sets of real AION embeddings on their way into a catalogue.

#include "tests/core/io/arrow_files.h" // before cfitsio's macros

#include "core/importing/columns.h"
#include "core/io/healpix.h"
#include "core/io/table_reader.h"
#include "core/io/table_writer.h"
#include "core/workflow/inspect.h"
#include "tests/core/workflow/import_support.h"

#include <cmath>
#include <cstring>

namespace penumbra::workflow {
namespace {

using test::ArrowColumnSpec;
using test::arrowTable;

/// "[f(0), f(1), ...]"
template <typename Make>
std::string listOf(int count, Make make) {
    std::string text = "[";
    for (int i = 0; i < count; ++i)
        text += (i == 0 ? "" : ", ") + make(i);
    return text + "]";
}

std::string real(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
}

/// As EiffL/desi_x_ls_aion: PROVABGS columns and embeddings as nested lists.
std::vector<ArrowColumnSpec> desiTimesLegacy(int rows) {
    const auto nested = [](int tokens, int width) {
        return [=](int row) {
            return listOf(tokens, [=](int t) {
                return listOf(width, [=](int k) { return std::to_string(row + t * 10 + k) + ".5"; });
            });
        };
    };
    return {
        {"TARGETID", arrow::int64(),
         listOf(rows, [](int i) { return std::to_string(39627000000000000 + i); })},
        {"LOG_MSTAR", arrow::float64(), listOf(rows, [](int i) { return real(9.0 + 0.1 * i); })},
        {"Z_HP", arrow::float64(), listOf(rows, [](int i) { return real(0.01 * (i + 1)); })},
        {"ZERR", arrow::float64(), listOf(rows, [](int i) { return i == 2 ? "0" : real(1e-5 * (i + 1)); })},
        {"PROVABGS_MCMC", arrow::list(arrow::list(arrow::float32())),
         listOf(rows,
                [](int i) {
                    return listOf(100, [i](int s) {
                        return listOf(13, [i, s](int p) { return std::to_string(i * 2000 + s * 13 + p); });
                    });
                })},
        {"embedding_image", arrow::list(arrow::list(arrow::float32())), listOf(rows, nested(1, 6))},
        {"embedding_spectrum", arrow::list(arrow::list(arrow::float32())), listOf(rows, nested(2, 3))}};
}

TEST(ImportParquet, embeddingsInNestedListsWithOneCommand) {
    const ImportFolder folder;
    test::writeParquetFile(folder.file("d.parquet"), *arrowTable(desiTimesLegacy(8)));
    const auto result = runWith({{"input", folder.file("d.parquet")},
                                 {"id", "TARGETID"},
                                 {"features-from", "embedding_image"},
                                 {"features-name", "aion_image"},
                                 {"target", "log_mstar=LOG_MSTAR,z=Z_HP"},
                                 {"out", folder.file("c.h5")}});
    const Catalogue c = readCatalogue(folder.file("c.h5"));
    EXPECT_EQ(c.idText(7), "39627000000000007");
    const Features features = loadFeatures(c, "aion_image");
    ASSERT_EQ(features.values.cols(), 6);
    EXPECT_EQ(features.values(7, 5), 12.5F);
    EXPECT_EQ(c.feature("aion_image").attributes.at("columns").substr(0, 18), "embedding_image[0]");
    EXPECT_TRUE(c.columns.columns.empty()); // an embedding's elements are no columns
}

TEST(ImportParquet, posteriorSamplesAreKept) {
    const ImportFolder folder;
    test::writeParquetFile(folder.file("d.parquet"), *arrowTable(desiTimesLegacy(8)));
    const auto result = runWith({{"input", folder.file("d.parquet")},
                                 {"id", "TARGETID"},
                                 {"features-from", "embedding_spectrum"},
                                 {"target", "log_mstar=LOG_MSTAR,z=Z_HP"},
                                 {"cut", "LOG_MSTAR > 9.05"},
                                 {"out", folder.file("c.h5")}});
    const Catalogue c = readCatalogue(folder.file("c.h5"));
    ASSERT_EQ(c.rowCount, 7U); // the first galaxy is cut
    std::vector<std::string> notes;
    const auto samples = listSamples(c, notes);
    EXPECT_TRUE(notes.empty());
    ASSERT_EQ(samples.size(), 3U);
    EXPECT_EQ(samples[0].dataset, "/target_samples/log_mstar");
    EXPECT_EQ(samples[0].shape, (std::vector<std::size_t>{100}));
    EXPECT_EQ(samples[2].dataset, "/samples/provabgs");
    EXPECT_EQ(samples[2].shape, (std::vector<std::size_t>{100, 13}));
    const auto raw = loadSamples(c, "/samples/provabgs", 0, 1);
    ASSERT_EQ(raw.size(), 1300U);
    EXPECT_EQ(raw[99 * 13 + 12], 2000.0F + 99 * 13 + 12); // row 1 of the input
    const auto mass = loadSamples(c, "/target_samples/log_mstar");
    ASSERT_EQ(mass.size(), 700U);
    EXPECT_EQ(mass[100 + 5], 4000.0F + 5 * 13);
    // Gaussian quantiles of the redshift: their mean and scatter are Z_HP and ZERR.
    const auto z = loadSamples(c, "/target_samples/z");
    double mean = 0.0, square = 0.0;
    for (int s = 0; s < 100; ++s)
        mean += static_cast<double>(z[200 + static_cast<std::size_t>(s)]) / 100.0;
    for (int s = 0; s < 100; ++s)
        square += std::pow(static_cast<double>(z[200 + static_cast<std::size_t>(s)]) - 0.04, 2) / 100.0;
    EXPECT_NEAR(mean, 0.04, 1e-7);
    EXPECT_NEAR(std::sqrt(square), 4e-5, 2e-6);
    EXPECT_TRUE(std::isnan(z[100])); // no error, no posterior
    const auto without = runWith({{"input", folder.file("d.parquet")},
                                  {"features-from", "embedding_spectrum"},
                                  {"target", "log_mstar=LOG_MSTAR"},
                                  {"samples", "false"},
                                  {"out", folder.file("n.h5")}});
    EXPECT_TRUE(listSamples(readCatalogue(folder.file("n.h5")), notes).empty());
}

/// As astronolan/legacysurveys-dr10-embeddings: fixed-size lists of half precision beside photometry.
TEST(ImportParquet, embeddingsInHalfPrecisionBesidePhotometry) {
    const ImportFolder folder;
    const auto id = [](int i) { return std::to_string(10995434905403392 + i); };
    test::writeParquetFile(
        folder.file("e.parquet"),
        *arrowTable({{"object_id", arrow::int64(), listOf(5, id)},
                     {"ra", arrow::float64(), listOf(5, [](int i) { return real(10.0 + i); })},
                     {"dec", arrow::float64(), listOf(5, [](int i) { return real(-i * 0.5); })},
                     {"EBV", arrow::float32(), listOf(5, [](int i) { return real(0.01 * i); })},
                     {"FLUX_G", arrow::float32(), listOf(5, [](int i) { return real(1.0 + i); })},
                     {"aion_mean_embedding", arrow::fixed_size_list(arrow::float16(), 8),
                      listOf(5,
                             [](int i) {
                                 return i == 3 ? std::string("null")
                                               : listOf(8, [i](int k) { return real(i + 0.25 * k); });
                             })},
                     {"aion_search_embedding", arrow::fixed_size_list(arrow::float16(), 2),
                      listOf(5, [](int) { return std::string("[1, 2]"); })}}));
    const auto result = runWith({{"input", folder.file("e.parquet")},
                                 {"id", "object_id"},
                                 {"ra", "ra"},
                                 {"dec", "dec"},
                                 {"features-from", "aion_mean_embedding"},
                                 {"features-name", "aion_mean"},
                                 {"target", "ebv=EBV"},
                                 {"columns", "FLUX_*"},
                                 {"out", folder.file("c.h5")}});
    const Catalogue c = readCatalogue(folder.file("c.h5"));
    const Features features = loadFeatures(c, "aion_mean");
    EXPECT_EQ(features.values(4, 7), 5.75F);
    EXPECT_EQ(features.quarantinedCount, 1U);
    EXPECT_EQ(features.quarantined[3], 1);
    EXPECT_EQ(c.idText(0), "10995434905403392");
    EXPECT_EQ(c.columns.columns.size(), 1U);
    EXPECT_EQ(c.dec[2], -1.0);
}

TEST(ImportParquet, onlyTheColumnsNeededAreAskedFor) {
    const std::vector<std::string> there = {"id",    "ra",         "dec", "mag_g", "mag_r",
                                            "other", "image.flux", "Z",   "ZERR"};
    ImportMapping mapping;
    mapping.objectId = "id";
    mapping.cuts = {"mag_r < 20 and dec > 0"};
    mapping.features.push_back({});
    mapping.features[0].columns = {"mag_*", "image.flux"};
    mapping.targets.push_back({"z", "Z", "", "", "", {}});
    EXPECT_EQ(neededColumns(mapping, there),
              (std::vector<std::string>{"Z", "dec", "id", "image.flux", "mag_g", "mag_r"}));
    mapping.targets[0].from = "absent";
    const auto needed = neededColumns(mapping, there); // the reader shall say so
    EXPECT_NE(std::find(needed.begin(), needed.end(), "absent"), needed.end());
    mapping.joins.push_back({});
    const auto joined = neededColumns(mapping, there); // it may come from the other table
    EXPECT_EQ(std::find(joined.begin(), joined.end(), "absent"), joined.end());
}

TEST(ImportParquet, aProductIsReadAsOneThoughItIsAPatternToo) {
    ImportMapping mapping;
    mapping.targets.push_back({"y", "r*2", "", "", "", {}});
    EXPECT_EQ(neededColumns(mapping, {"g", "r", "r2"}), (std::vector<std::string>{"r", "r2"}));
    EXPECT_EQ(neededColumns(mapping, {"g", "r2"}), (std::vector<std::string>{"r2"})) << "a pattern alone";
    EXPECT_EQ(neededColumns(mapping, {"g", "h"}), (std::vector<std::string>{"r"})) << "so that it is missed";
    const ImportFolder folder;
    test::writeParquetFile(folder.file("r.parquet"), *arrowTable({{"x", arrow::float32(), "[1, 2, 3]"},
                                                                  {"r", arrow::float64(), "[20, 21, 22]"},
                                                                  {"r2", arrow::float64(), "[0, 0, 0]"}}));
    runWith({{"input", folder.file("r.parquet")},
             {"features-from", "x"},
             {"target", "y=r*2"},
             {"out", folder.file("c.h5")}});
    EXPECT_EQ(readCatalogue(folder.file("c.h5")).target("y").values, (std::vector<double>{40, 42, 44}));
}

/// Left-out columns may be in any state; a wrong name is answered with near ones.
TEST(ImportParquet, columnsThatAreNotUsedDoNotMatter) {
    const ImportFolder folder;
    test::writeParquetFile(folder.file("r.parquet"),
                           *arrowTable({{"x", arrow::float32(), "[1, 2, 3]"},
                                        {"z_spec", arrow::float64(), "[0.1, 0.2, 0.3]"},
                                        {"ragged", arrow::list(arrow::float32()), "[[1], [1, 2], []]"}}));
    const auto import = [&](const std::string& target) {
        return runWith({{"input", folder.file("r.parquet")},
                        {"features-from", "x"},
                        {"target", target},
                        {"out", folder.file("c.h5")}});
    };
    EXPECT_EQ(import("z=z_spec").json["rows_kept"], 3);
    expectWords(errorOf([&] { import("z=z_spek"); }), {"z_spek", "z_spec"});
    expectWords(errorOf([&] { import("z=ragged"); }), {"ragged", "length"});
}

TEST(ImportHats, byConeAndByTileWithTheColumnsAskedFor) {
    const ImportFolder folder;
    std::vector<test::HatsTileSpec> tiles;
    for (const std::uint64_t pixel : {3U, 7U, 11U}) {
        const auto centre = io::healpix::centreOf(2, pixel);
        tiles.push_back(
            {{2, pixel},
             arrowTable(
                 {{"id", arrow::int64(),
                   listOf(
                       20,
                       [&](int i) { return std::to_string(pixel * 100 + static_cast<std::uint64_t>(i)); })},
                  {"ra", arrow::float64(), listOf(20, [&](int i) { return real(centre.ra + 0.01 * i); })},
                  {"dec", arrow::float64(), listOf(20, [&](int) { return real(centre.dec); })},
                  {"g", arrow::float32(), listOf(20, [](int i) { return real(18 + 0.1 * i); })},
                  {"z", arrow::float64(), listOf(20, [](int i) { return real(0.01 * i); })}})});
    }
    test::writeHats(folder.file("sky"), tiles);
    const auto import = [&](std::vector<std::pair<std::string, std::string>> more) {
        more.insert(more.end(), {{"input", folder.file("sky")},
                                 {"id", "id"},
                                 {"features-from", "g"},
                                 {"target", "z"},
                                 {"out", folder.file("c.h5")}});
        runWith(more);
        return readCatalogue(folder.file("c.h5"));
    };
    EXPECT_EQ(import({}).rowCount, 60U);
    const Catalogue tile = import({{"tiles", "2/7"}});
    EXPECT_EQ(tile.rowCount, 20U);
    EXPECT_EQ(tile.idText(0), "700");
    const auto centre = io::healpix::centreOf(2, 11);
    const Catalogue cone = import({{"cone", real(centre.ra) + "," + real(centre.dec) + ",0.0355"}});
    std::size_t inside = 0;
    for (int i = 0; i < 20; ++i)
        inside += io::healpix::separation({centre.ra + 0.01 * i, centre.dec}, centre) <= 0.0355;
    EXPECT_EQ(cone.rowCount, inside);
    EXPECT_EQ(cone.columns.columns.size(), 1U); // g alone
    for (const char* bad : {"1,2", "1,2,3,4", "a,2,3", "1,91,3", "1,2,0"})
        EXPECT_THROW(import({{"cone", bad}}), UsageError) << bad;
}

TEST(InspectFolder, saysWhatAHatsCatalogueHolds) {
    const ImportFolder folder;
    test::writeHats(folder.file("sky"), {{{1, 5},
                                          arrowTable({{"ra", arrow::float64(), "[1]", {"unit", "deg"}},
                                                      {"e", arrow::list(arrow::float32()), "[[1]]"}})}});
    OptionSet options;
    describeInspectOptions(options);
    options.setFromText("file", folder.file("sky"));
    RunContext context;
    const CommandResult result = runInspect(options, Services{}, context);
    expectWords(result.text, {"HATS", "1 of order 1", "ra", "deg", "float32 list"});
    EXPECT_EQ(result.json["kind"], "hats");
    EXPECT_EQ(result.json["rows"], 1);
    options.setFromText("file", folder.file("."));
    expectWords(errorOf([&] { runInspect(options, Services{}, context); }),
                {"HATS", "Multimodal", "weights", "sky"});
}

TEST(InspectFolder, saysWhatSurveysInHatsHold) {
    const ImportFolder folder;
    const auto tile = [](int first, int count) {
        return arrowTable(
            {{"object_id", arrow::int64(), listOf(count, [&](int i) { return std::to_string(first + i); })},
             {"Z", arrow::float32(), listOf(count, [](int i) { return real(0.1 * i); })},
             {"LOG_MSTAR", arrow::float64(), listOf(count, [](int i) { return real(10.0 + i); })}});
    };
    test::writeHats(folder.file("surveys/provabgs"), {{{2, 3}, tile(100, 4)}, {{2, 7}, tile(200, 6)}});
    OptionSet options;
    describeInspectOptions(options);
    options.setFromText("file", folder.file("surveys"));
    RunContext context;
    const CommandResult result = runInspect(options, Services{}, context);
    expectWords(result.text,
                {"provabgs", "PROVABGS labels", "2 files", "4 galaxies in the first", "LOG_MSTAR"});
    EXPECT_EQ(result.json["kind"], "multimodal universe");
    EXPECT_EQ(result.json["surveys"][0]["galaxies_in_first_file"], 4);
    EXPECT_EQ(result.json["surveys"][0]["columns"], (std::vector<std::string>{"Z", "LOG_MSTAR"}));
}

TEST(InspectFolder, saysWhatWeightsHold) {
    const ImportFolder folder;
    folder.write("config.json", R"({"dim": 768, "encoder_depth": 12, "domains_in": ["a"]})");
    folder.write("model.safetensors", "12345678");
    std::filesystem::create_directories(folder.file("codecs/image"));
    OptionSet options;
    describeInspectOptions(options);
    options.setFromText("file", folder.file("."));
    RunContext context;
    const CommandResult result = runInspect(options, Services{}, context);
    expectWords(result.text, {"weights", "dim = 768", "image"});
    EXPECT_EQ(result.json["config"]["encoder_depth"], 12);
}

template <typename Value>
bool sameBits(const std::vector<Value>& a, const std::vector<Value>& b) {
    if constexpr (std::is_same_v<Value, std::string>)
        return a == b;
    else
        return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Value)) == 0;
}

/// The real galaxies of the sample as one table.
io::Table realSample() {
    const Catalogue c =
        readCatalogue(std::filesystem::path(PENUMBRA_SOURCE_DIR) / "sample_data/sdss_photometric_sample.h5");
    io::Table table;
    const auto add = [&](std::string name, io::Column::Values values, std::size_t width = 1) {
        io::Column column;
        column.name = std::move(name);
        column.values = std::move(values);
        column.width = width;
        table.columns.push_back(std::move(column));
    };
    add("object_id", c.objectId.values);
    add("ra", c.ra);
    add("dec", c.dec);
    add("role", std::vector<std::int64_t>(c.split.begin(), c.split.end()));
    const Features f = loadFeatures(c, "photometry");
    add("photometry", std::vector<float>(f.values.data(), f.values.data() + f.values.size()),
        static_cast<std::size_t>(f.values.cols()));
    for (const Target& target : c.targets) {
        add(target.name, target.values);
        if (!target.errors.empty())
            add(target.name + "_error", target.errors);
    }
    for (const io::Column& column : c.columns.columns)
        table.columns.push_back(column);
    return table;
}

TEST(ImportParquet, theRealSampleIsTheSameToTheBitAsFromHdf5) {
    const ImportFolder folder;
    const io::Table table = realSample();
    std::vector<ImportedCatalogue> imported;
    for (const char* name : {"s.h5", "s.parquet"}) {
        io::writerFor(name).write(table, folder.file(name), {}, RunContext{});
        imported.push_back(
            importWith("object_id='object_id'\nra='ra'\ndec='dec'\ncarry=['FLUX_*', 'EXTINCTION_*']\n"
                       "[features.photometry]\ncolumns=['photometry']\n[features.colours]\n"
                       "flux=['FLUX_G','FLUX_R','FLUX_I']\ntransform='asinh'\n"
                       "ivar=['FLUX_IVAR_G','FLUX_IVAR_R','FLUX_IVAR_I']\n"
                       "[targets]\nz='z'\n[targets.log_mstar]\nfrom='log_mstar'\n"
                       "error='log_mstar_error'\n[split]\ncolumn='role'\n",
                       folder.file(name)));
    }
    const Catalogue &a = imported[0].catalogue, &b = imported[1].catalogue;
    ASSERT_EQ(b.rowCount, 10000U);
    EXPECT_EQ(a.objectId.values, b.objectId.values);
    EXPECT_TRUE(sameBits(a.ra, b.ra) && sameBits(a.dec, b.dec));
    EXPECT_EQ(a.split, b.split);
    ASSERT_EQ(imported[0].features.size(), 2U);
    for (std::size_t k = 0; k < 2; ++k) {
        const MatrixF &x = imported[0].features[k], &y = imported[1].features[k];
        ASSERT_EQ(x.size(), y.size());
        EXPECT_EQ(std::memcmp(x.data(), y.data(), static_cast<std::size_t>(x.size()) * sizeof(float)), 0);
    }
    ASSERT_EQ(a.targets.size(), b.targets.size());
    for (std::size_t t = 0; t < a.targets.size(); ++t) {
        EXPECT_TRUE(sameBits(a.targets[t].values, b.targets[t].values));
        EXPECT_TRUE(sameBits(a.targets[t].errors, b.targets[t].errors));
    }
    ASSERT_EQ(a.columns.columns.size(), b.columns.columns.size());
    for (std::size_t k = 0; k < a.columns.columns.size(); ++k) {
        EXPECT_EQ(a.columns.columns[k].name, b.columns.columns[k].name);
        EXPECT_EQ(a.columns.columns[k].typeName(), b.columns.columns[k].typeName());
    }
}

} // namespace
} // namespace penumbra::workflow
