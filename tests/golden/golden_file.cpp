#include "tests/golden/golden_file.h"

#include "core/base/error.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>

namespace penumbra::golden {

namespace {

std::filesystem::path goldenFolder() {
    const char* folder = std::getenv("PENUMBRA_GOLDENS");
    return folder ? folder : PENUMBRA_DEFAULT_GOLDENS;
}

} // namespace

io::Hdf5File openGolden(const std::string& name) {
    return io::Hdf5File::openForReading(goldenFolder() / name);
}

std::vector<std::string> goldenFiles(const std::string& folder, const std::string& prefix) {
    const char* wanted = std::getenv("PENUMBRA_GOLDEN_FILE");
    std::vector<std::string> names;
    std::error_code absent;
    for (const auto& entry : std::filesystem::directory_iterator(goldenFolder() / folder, absent)) {
        const std::string stem = entry.path().stem().string();
        if (entry.path().extension() == ".h5" && stem.starts_with(prefix) && (!wanted || stem == wanted))
            names.push_back(folder + "/" + entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

std::vector<std::string> groupsIn(const io::Hdf5File& file, const std::string& group) {
    std::vector<std::string> names;
    for (const io::Hdf5Entry& entry : file.list(group))
        if (entry.isGroup)
            names.push_back(entry.name);
    return names;
}

double scalar(const io::Hdf5File& file, const std::string& dataset) {
    const std::vector<double> values = file.readReals(dataset);
    if (values.size() != 1)
        throw Error(dataset + " is not a scalar");
    return values[0];
}

std::vector<double> realsAttribute(const io::Hdf5File& file, const std::string& object,
                                   const std::string& name) {
    std::vector<double> values;
    for (const std::string& text : file.textListAttribute(object, name))
        if (const auto value = parseReal(text))
            values.push_back(*value);
    return values;
}

std::vector<double> rowOf(const std::vector<double>& flat, std::size_t width, std::size_t r) {
    const auto first = flat.begin() + static_cast<std::ptrdiff_t>(r * width);
    return {first, first + static_cast<std::ptrdiff_t>(width)};
}

void expectClose(double got, double want, double tolerance, const std::string& what) {
    if (std::isfinite(want) && std::isfinite(got)) {
        EXPECT_NEAR(got, want, tolerance * std::max(1.0, std::abs(want))) << what;
        return;
    }
    EXPECT_TRUE(got == want || (std::isnan(got) && std::isnan(want)))
        << what << ": " << got << ", not " << want;
}

void expectClose(const std::vector<double>& got, const std::vector<double>& want, double tolerance,
                 const std::string& what) {
    ASSERT_EQ(got.size(), want.size()) << what;
    for (std::size_t i = 0; i < got.size(); ++i)
        expectClose(got[i], want[i], tolerance, what + " [" + std::to_string(i) + "]");
}

} // namespace penumbra::golden
