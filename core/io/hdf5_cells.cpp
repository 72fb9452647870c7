// What single cells and filters need: bit fields, padding, names of filters.

#include "core/io/hdf5_internal.h"

#include <algorithm>
#include <map>

namespace penumbra::io::hdf5 {

hid_t booleanMemory(const ElementType& element) {
    return element.bits ? H5T_NATIVE_B8 : H5T_NATIVE_UINT8;
}

void settleBits(Column& column) {
    const auto* bytes = std::get_if<std::vector<std::uint8_t>>(&column.values);
    if (bytes != nullptr && std::any_of(bytes->begin(), bytes->end(), [](std::uint8_t v) { return v > 1; })) {
        column.values = std::vector<std::int64_t>(bytes->begin(), bytes->end());
    }
}

void trimPadding(std::vector<std::string>& texts, std::size_t cellBytes) {
    bool blanks = false;
    for (const std::string& text : texts) {
        if (text.size() + 1 < cellBytes || text.size() != texts.front().size()) {
            return; // zeros fill the cells, so blanks are meant
        }
        blanks = blanks || text.ends_with(' ');
    }
    if (!blanks) {
        return;
    }
    for (std::string& text : texts) {
        text.erase(text.find_last_not_of(' ') + 1);
    }
}

namespace {

/// Names of the filters registered with the HDF Group that tables are met with.
std::string filterName(H5Z_filter_t filter, const char* inFile) {
    static const std::map<H5Z_filter_t, const char*> names = {{H5Z_FILTER_SZIP, "SZIP"},
                                                              {305, "LZO"},
                                                              {307, "bzip2"},
                                                              {32000, "LZF"},
                                                              {32001, "Blosc"},
                                                              {32003, "Snappy"},
                                                              {32004, "LZ4"},
                                                              {32008, "bitshuffle"},
                                                              {32013, "ZFP"},
                                                              {32015, "Zstandard"},
                                                              {32017, "SZ"},
                                                              {32022, "BitGroom"},
                                                              {32023, "BitRound"},
                                                              {32024, "SZ3"},
                                                              {32026, "Blosc2"}};
    const auto known = names.find(filter);
    const std::string name = known != names.end() ? known->second : inFile;
    return (name.empty() ? "" : name + " ") + "(filter " + std::to_string(filter) + ")";
}

} // namespace

std::string missingFilter(hid_t dataset) {
    const Handle list(H5Dget_create_plist(dataset), H5Pclose);
    const int count = list.valid() ? H5Pget_nfilters(list.get()) : 0;
    std::string missing;
    for (int i = 0; i < count && missing.empty(); ++i) {
        unsigned flags = 0, settings = 0;
        std::size_t values = 0;
        char name[64] = "";
        const H5Z_filter_t filter = H5Pget_filter2(list.get(), static_cast<unsigned>(i), &flags, &values,
                                                   nullptr, sizeof name - 1, name, &settings);
        if (filter >= 0 && H5Zfilter_avail(filter) <= 0) {
            missing = filterName(filter, name);
        }
    }
    takeReason();
    return missing;
}

void failReading(const Place& place, hid_t dataset) {
    const std::string reason = takeReason();
    if (const std::string filter = missingFilter(dataset); !filter.empty()) {
        fail(place, "is compressed by " + filter + ", which HDF5 here does not know");
    }
    fail(place, "cannot be read: the data are damaged" + (reason.empty() ? "" : " (HDF5: " + reason + ")"));
}

} // namespace penumbra::io::hdf5
