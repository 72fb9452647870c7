#include "core/encoding/aion_encoder.h"
#include "core/encoding/run.h"

#include "core/base/error.h"
#include "core/encoding/output.h"
#include "core/workflow/merge.h"
#include "tests/core/catalogue/small_universe.h"
#include "tests/core/io/scratch.h"

#include <gtest/gtest.h>
#include <numeric>
#include <set>

using namespace penumbra;
using namespace penumbra::test;
using namespace penumbra::workflow;

namespace {

/// Desi x Legacy Survey, ids 0..19; Legacy lacks 3 and 11 and stores the others backwards.
class EncodeRun : public testing::Test {
protected:
    void SetUp() override {
        UniverseFile{idRange(0, 20)}.writeDesi(scratch / "mmu/dr1_main/healpix=1/001-of-001.hdf5");
        auto ids = idRange(0, 20);
        std::erase_if(ids, [](std::int64_t id) { return id == 3 || id == 11; });
        std::reverse(ids.begin(), ids.end());
        UniverseFile{ids}.writeLegacy(scratch / "mmu/south/healpix=1/001-of-001.hdf5", 96);
        model.folder = "weights";
        model.fingerprint = "f00";
        model.config.domainsIn = {"tok_image",  "tok_spectrum_desi", "tok_flux_g", "tok_flux_r",
                                  "tok_flux_i", "tok_flux_z",        "tok_ebv"};
        for (const char* codec : {"image", "spectrum", "FLUX_G", "FLUX_R", "FLUX_I", "FLUX_Z", "EBV"})
            model.codecs.push_back({codec, ""});
    }

    EncodePlan plan(const std::vector<std::pair<std::string, std::string>>& given = {}) const {
        OptionSet options;
        describeEncodePlanOptions(options);
        options.setFromText("block", "4");
        options.setFromText("batch", "3");
        for (const auto& [name, text] : given)
            options.setFromText(name, text);
        return planEncode(openGalaxyInputs({{scratch / "mmu"}, MatchBy::Auto, 1.0, 0}, {}), aboutAion(model),
                          options, {});
    }

    /// Two "poolings" of width 2 that tell which galaxy went in: first pixel of the image, of the spectrum.
    EncodeBatch reader() {
        return [this](const aion::GalaxyBatch& batch, const RunContext&) {
            ++calls;
            galaxies += batch.rowCount;
            EncodedBatch encoded;
            encoded.features = MatrixF::Zero(static_cast<Eigen::Index>(batch.rowCount), 4);
            for (const auto& image : batch.images)
                for (std::size_t i = 0; i < image.rows.size(); ++i)
                    encoded.features(static_cast<Eigen::Index>(image.rows[i]), 0) =
                        image.flux[i * 4 * 96 * 96];
            for (const auto& spectrum : batch.spectra)
                for (std::size_t i = 0; i < spectrum.rows.size(); ++i)
                    encoded.features(static_cast<Eigen::Index>(spectrum.rows[i]), 3) =
                        spectrum.flux[i * spectrum.pixels];
            return encoded;
        };
    }

    EncodeSummary encodeTo(const EncodePlan& plan, const std::string& name) {
        io::RecordFile records(scratch / (name + ".part"), plan.identity);
        encodeBlocks(plan, 4, reader(), records, {});
        const auto summary = writeEncoded(plan, {{}, {{"a", {{"pooling", "mean"}}, 2}, {"b", {}, 2}}},
                                          records, {{identityAttribute, plan.identity}}, scratch / name, {});
        records.remove();
        return summary;
    }

    Scratch scratch;
    aion::ModelDescription model;
    std::size_t calls = 0, galaxies = 0;
};

constexpr const char* both = "photometry,image,spectrum";

} // namespace

TEST_F(EncodeRun, EveryGalaxyGetsItsOwnFeatures) {
    const EncodePlan whole = plan({{"modalities", both}});
    EXPECT_EQ(whole.rows.size(), 18U);
    EXPECT_EQ(whole.absent, (std::vector<std::size_t>{3, 11}));
    EXPECT_EQ(whole.scalars, (std::vector<std::string>{"FLUX_G", "FLUX_R", "FLUX_I", "FLUX_Z"}));
    const EncodeSummary summary = encodeTo(whole, "out.h5");
    EXPECT_EQ(galaxies, 18U);
    EXPECT_EQ(summary.rows, 20U);
    EXPECT_EQ(summary.encoded, 18U);
    const Catalogue catalogue = readCatalogue(scratch / "out.h5");
    ASSERT_EQ(catalogue.rowCount, 20U);
    const Features a = loadFeatures(catalogue, "a"), b = loadFeatures(catalogue, "b");
    EXPECT_EQ(catalogue.feature("a").attributes.at("pooling"), "mean");
    EXPECT_EQ(a.quarantinedCount, 2U);
    for (std::size_t row = 0; row < 20; ++row) {
        const auto id = static_cast<std::int64_t>(row);
        EXPECT_EQ(catalogue.idText(row), std::to_string(row));
        const std::string status = catalogue.columns.at(statusColumn).asText(row);
        if (row == 3 || row == 11) {
            EXPECT_EQ(a.quarantined[row], 1);
            EXPECT_TRUE(contains(status, "no image")) << status;
            continue;
        }
        EXPECT_EQ(status, "encoded");
        EXPECT_EQ(a.values(static_cast<Eigen::Index>(row), 0), UniverseFile::pixel(id, 0));
        EXPECT_EQ(b.values(static_cast<Eigen::Index>(row), 1), UniverseFile::pixel(id, 0));
    }
    EXPECT_EQ(catalogue.targets.size(), 1U); // z, carried over
}

TEST_F(EncodeRun, GoesOnWhereItWasStopped) {
    const EncodePlan whole = plan({{"modalities", both}});
    encodeTo(whole, "reference.h5");
    const std::size_t inOneGo = galaxies;
    galaxies = 0;
    std::stop_source stop;
    const auto stopping = [&](const aion::GalaxyBatch& batch, const RunContext& context) {
        if (galaxies >= 9)
            stop.request_stop();
        return reader()(batch, context);
    };
    {
        io::RecordFile records(scratch / "out.h5.part", whole.identity);
        RunContext context;
        context.stop = stop.get_token();
        EXPECT_THROW(encodeBlocks(whole, 4, stopping, records, context), Cancelled);
        EXPECT_EQ(records.size(), 2U);
    }
    galaxies = 0;
    encodeTo(whole, "out.h5");
    EXPECT_EQ(galaxies, inOneGo - 8); // two blocks of four were not encoded again
    EXPECT_EQ(bytesOf(scratch / "out.h5").size(), bytesOf(scratch / "reference.h5").size());
    const auto again = loadFeatures(readCatalogue(scratch / "out.h5"), "a");
    const auto once = loadFeatures(readCatalogue(scratch / "reference.h5"), "a");
    EXPECT_EQ(std::memcmp(again.values.data(), once.values.data(), 20 * 2 * sizeof(float)), 0);
}

TEST_F(EncodeRun, PartsMergeToTheWhole) {
    encodeTo(plan({{"modalities", both}}), "whole.h5");
    std::set<std::size_t> rows;
    std::vector<std::string> paths;
    for (int i = 1; i <= 3; ++i) {
        const EncodePlan part = plan({{"modalities", both}, {"shard", std::to_string(i) + "/3"}});
        rows.insert(part.rows.begin(), part.rows.end());
        rows.insert(part.absent.begin(), part.absent.end());
        encodeTo(part, "part" + std::to_string(i) + ".h5");
        paths.push_back((scratch / ("part" + std::to_string(i) + ".h5")).string());
    }
    EXPECT_EQ(rows.size(), 20U);
    const auto merge = [&](const std::vector<std::string>& parts) {
        OptionSet options;
        describeMergeOptions(options);
        options.set("parts", parts);
        options.set("out", (scratch / "merged.h5").string());
        RunContext context;
        return runMerge(options, {}, context);
    };
    const auto message = messageOf<Error>([&] { merge({paths[0], paths[2]}); });
    EXPECT_TRUE(contains(message, "parts 2 of 3 are missing")) << message;
    EXPECT_TRUE(contains(messageOf<Error>([&] { merge({paths[0], paths[0], paths[2]}); }), "both part 1"));
    EXPECT_TRUE(contains(messageOf<Error>([&] { merge({(scratch / "whole.h5").string()}); }), "no part"));
    merge({paths[2], paths[0], paths[1]});
    const Catalogue merged = readCatalogue(scratch / "merged.h5"),
                    whole = readCatalogue(scratch / "whole.h5");
    ASSERT_EQ(merged.rowCount, whole.rowCount);
    EXPECT_EQ(merged.columns.columns.size(), whole.columns.columns.size());
    for (std::size_t c = 0; c < whole.columns.columns.size(); ++c)
        for (std::size_t row = 0; row < 20; ++row)
            EXPECT_EQ(merged.columns.columns[c].asText(row), whole.columns.columns[c].asText(row))
                << whole.columns.columns[c].name;
    for (const char* name : {"a", "b"}) {
        const auto one = loadFeatures(merged, name), other = loadFeatures(whole, name);
        EXPECT_EQ(std::memcmp(one.values.data(), other.values.data(), 20 * 2 * sizeof(float)), 0);
    }
    // A part of another run is refused.
    model.fingerprint = "other";
    encodeTo(plan({{"modalities", both}, {"shard", "2/3"}}), "part2.h5");
    EXPECT_TRUE(contains(messageOf<Error>([&] { merge(paths); }), "another run"));
}

TEST_F(EncodeRun, UnusablePixelsAreQuarantinedOrLeftOut) {
    {
        auto file = io::Hdf5File::openForUpdate(scratch / "mmu/dr1_main/healpix=1/001-of-001.hdf5");
        auto wavelength = file.readFloats("/spectrum_lambda");
        wavelength[5 * 50 + 20] = wavelength[5 * 50 + 19];
        file.writeFloats("/spectrum_lambda", wavelength, {20, 50});
        auto mask = file.readBytes("/spectrum_mask");
        std::fill(mask.begin() + 7 * 50, mask.begin() + 8 * 50, std::uint8_t{1});
        file.writeBooleans("/spectrum_mask", mask, {20, 50});
        file.close();
    }
    const auto strict = encodeTo(plan({{"modalities", both}}), "strict.h5");
    EXPECT_EQ(strict.encoded, 16U);
    const Catalogue catalogue = readCatalogue(scratch / "strict.h5");
    const auto& status = catalogue.columns.at(statusColumn);
    EXPECT_TRUE(contains(status.asText(5), "spectrum: wavelengths do not increase at pixel 20"))
        << status.asText(5);
    EXPECT_TRUE(contains(status.asText(7), "all pixels are masked")) << status.asText(7);
    galaxies = 0;
    const auto partial = encodeTo(plan({{"modalities", both}, {"incomplete", "encode"}}), "partial.h5");
    EXPECT_EQ(partial.encoded, 20U);
    EXPECT_EQ(partial.partly, 4U);
    EXPECT_EQ(galaxies, 20U);
    const Catalogue all = readCatalogue(scratch / "partial.h5");
    EXPECT_TRUE(contains(all.columns.at(statusColumn).asText(3), "encoded without"));
    EXPECT_EQ(loadFeatures(all, "a").quarantinedCount, 0U);
}

TEST_F(EncodeRun, ImpossibleWishesAreExplained) {
    const auto said = [&](const std::vector<std::pair<std::string, std::string>>& given) {
        return messageOf<UsageError>([&] { plan(given); });
    };
    EXPECT_TRUE(contains(said({{"modalities", "wise"}}), "FLUX_W1"));
    EXPECT_TRUE(contains(said({{"modalities", "pictures"}}), "write photometry"));
    EXPECT_TRUE(contains(said({{"shard", "4/3"}}), "3/16"));
    EXPECT_TRUE(contains(said({{"shard", "0/3"}}), "from 1"));
    model.config.domainsIn = {"tok_flux_g"};
    EXPECT_TRUE(contains(said({{"modalities", "image"}}), "cannot encode tok_image"));
    model.config.domainsIn = {"tok_image"};
    model.codecs.front().problem = "codecs/image/model.safetensors is cut short";
    EXPECT_TRUE(contains(said({{"modalities", "image"}}), "cut short"));
}

TEST(EncodedBlock, ReadsBackAndRefusesPieces) {
    EncodedBlock block;
    block.features = MatrixF::Random(3, 4);
    block.statuses = {"encoded", "", "not encoded: x"};
    const auto bytes = toBytes(block);
    const EncodedBlock back = blockFromBytes(bytes);
    EXPECT_EQ(back.features, block.features);
    EXPECT_EQ(back.statuses, block.statuses);
    for (std::size_t length = 0; length < bytes.size(); ++length)
        EXPECT_THROW(blockFromBytes(std::span(bytes).first(length)), Error) << length;
}
