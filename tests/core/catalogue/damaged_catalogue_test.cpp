// Damaged, mismatched and hostile catalogue files: always an Error that names file and dataset, never a
// signal.

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "tests/core/catalogue/small_catalogue.h"

#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>

namespace penumbra {
namespace {

using io::Hdf5File;
using testing_support::ScratchFolder;
using testing_support::smallCatalogue;

/// Message of reading a 12-row catalogue (and all its features) after `damage`.
std::string messageAfter(const std::function<void(Hdf5File&)>& damage) {
    const ScratchFolder folder;
    const auto small = smallCatalogue(12);
    writeCatalogue(small.catalogue, small.features, folder.file("bad.h5"));
    auto file = Hdf5File::openForUpdate(folder.file("bad.h5"));
    damage(file);
    file.close();
    try {
        const Catalogue read = readCatalogue(folder.file("bad.h5"));
        for (const auto& info : read.features)
            loadFeatures(read, info.name);
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

void expectWords(const std::string& message, const std::vector<std::string>& words) {
    for (const auto& word : words)
        EXPECT_NE(message.find(word), std::string::npos) << "'" << word << "' not in: " << message;
}

TEST(DamagedCatalogue, featuresShorterThanIds) {
    const auto message = messageAfter([](Hdf5File& f) {
        f.writeFloats("/features/photometry", std::vector<float>(33), {11, 3});
    });
    expectWords(message, {"bad.h5", "/features/photometry", "[11, 3]", "[12, D]"});
}

TEST(DamagedCatalogue, featuresOfThreeDimensionsOrText) {
    expectWords(messageAfter([](Hdf5File& f) {
                    f.writeFloats("/features/photometry", std::vector<float>(48), {12, 2, 2});
                }),
                {"/features/photometry", "[12, 2, 2]"});
    expectWords(messageAfter([](Hdf5File& f) {
                    f.writeTexts("/features/photometry", std::vector<std::string>(12, "x"));
                }),
                {"/features/photometry", "numbers"});
}

TEST(DamagedCatalogue, columnsTargetsAndPositionsOfOtherLength) {
    for (const std::string dataset :
         {"/targets/z", "/target_errors/z", "/oracle/z/q05", "/columns/FLUX_R", "/ra", "/dec"})
        expectWords(messageAfter([&](Hdf5File& f) { f.writeReals(dataset, std::vector<double>(13)); }),
                    {"bad.h5", dataset, "[13]", "[12]"});
    expectWords(messageAfter([](Hdf5File& f) {
                    f.writeReals("/targets/z", std::vector<double>(24), {12, 2});
                }),
                {"/targets/z", "[12, 2]"});
}

TEST(DamagedCatalogue, textWhereNumbersBelong) {
    for (const std::string dataset : {"/targets/z", "/ra"})
        expectWords(
            messageAfter([&](Hdf5File& f) { f.writeTexts(dataset, std::vector<std::string>(12, "0.1")); }),
            {dataset, "numbers"});
}

TEST(DamagedCatalogue, splitWithOtherValues) {
    std::vector<std::uint8_t> split(12, 1);
    split[4] = 7;
    expectWords(messageAfter([&](Hdf5File& f) { f.writeBytes("/split", split); }), {"/split", "row 4", "7"});
    std::vector<std::string> words(12, "train");
    words[2] = "dev";
    expectWords(messageAfter([&](Hdf5File& f) { f.writeTexts("/split", words); }),
                {"/split", "row 2", "dev"});
}

TEST(DamagedCatalogue, idsMissingEmptyOrReal) {
    expectWords(messageAfter([](Hdf5File& f) { f.remove("/object_id"); }),
                {"bad.h5", "/object_id", "import"});
    std::vector<double> ids(12, 1.0);
    ids[3] = 2.5;
    expectWords(messageAfter([&](Hdf5File& f) { f.writeReals("/object_id", ids); }), {"row 3", "2.5"});
    expectWords(
        messageAfter([](Hdf5File& f) { f.writeIntegers("/object_id", std::vector<std::int64_t>{}, {0}); }),
        {"/object_id", "empty"});
}

TEST(DamagedCatalogue, datasetWhereAGroupBelongs) {
    expectWords(messageAfter([](Hdf5File& f) {
                    f.remove("/targets");
                    f.writeReals("/targets", std::vector<double>(12));
                }),
                {"/targets", "group"});
}

TEST(DamagedCatalogue, imagesAndSpectraThatDoNotFit) {
    expectWords(messageAfter([](Hdf5File& f) {
                    f.writeFloats("/images/flux", std::vector<float>(48), {12, 2, 2});
                }),
                {"/images/flux", "[M, band, y, x]"});
    expectWords(messageAfter([](Hdf5File& f) {
                    f.writeFloats("/images/flux", std::vector<float>(8), {2, 1, 2, 2});
                    f.writeIntegers("/images/rows", std::vector<std::int64_t>{0, 12});
                }),
                {"/images/rows", "row 12", "0 to 11"});
    expectWords(messageAfter([](Hdf5File& f) {
                    f.writeFloats("/spectra/flux", std::vector<float>(12 * 4), {12, 4});
                    f.writeReals("/spectra/wavelength", std::vector<double>(5));
                }),
                {"/spectra/wavelength", "[5]", "[12, 4]"});
}

TEST(DamagedCatalogue, filesThatAreNoHdf5) {
    const ScratchFolder folder;
    std::ofstream(folder.file("empty.h5"));
    std::ofstream(folder.file("text.h5")) << "object_id,z\n1,0.2\n";
    for (const auto* name : {"empty.h5", "text.h5", "absent.h5"}) {
        EXPECT_FALSE(isCatalogueFile(folder.file(name))) << name;
        try {
            readCatalogue(folder.file(name));
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            expectWords(error.what(), {name});
        }
    }
}

// Cut at every 1/40 of the file, and overwritten in patches: an Error or, where only slack was hit, a read.
TEST(DamagedCatalogue, truncatedAndOverwrittenFilesNeverCrash) {
    const ScratchFolder folder;
    const auto small = smallCatalogue(200);
    writeCatalogue(small.catalogue, small.features, folder.file("good.h5"));
    std::ifstream in(folder.file("good.h5"), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    int errors = 0;
    const auto tryBytes = [&](const std::string& damaged) {
        std::ofstream(folder.file("bad.h5"), std::ios::binary) << damaged;
        try {
            const Catalogue read = readCatalogue(folder.file("bad.h5"));
            for (const auto& info : read.features)
                loadFeatures(read, info.name);
        } catch (const Error&) {
            ++errors;
        }
    };
    for (std::size_t piece = 0; piece < 40; ++piece)
        tryBytes(bytes.substr(0, bytes.size() * piece / 40));
    EXPECT_EQ(errors, 40); // a cut file is always noticed
    errors = 0;
    for (std::size_t piece = 0; piece < 40; ++piece) {
        std::string damaged = bytes;
        const std::size_t at = bytes.size() * piece / 40;
        damaged.replace(at, std::min<std::size_t>(64, bytes.size() - at), std::string(64, '\xff'));
        tryBytes(damaged.substr(0, bytes.size()));
    }
    EXPECT_GT(errors, 0);
}

} // namespace
} // namespace penumbra
