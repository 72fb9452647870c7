// What astropy keeps beside a table in HDF5: a dataset of lines of YAML, as in the header of ECSV.

#include "core/base/text.h"
#include "core/io/column_words.h"
#include "core/io/hdf5_tables.h"

namespace penumbra::io::hdf5 {

namespace {

constexpr std::string_view ending = ".__table_column_meta__";

} // namespace

bool isAstropyMeta(const std::string& name) {
    return name.ends_with(ending);
}

void applyAstropyMeta(const Hdf5File& file, const std::string& dataset, Table& table) {
    const std::string beside = dataset + std::string(ending);
    if (!file.isDataset(beside)) {
        return;
    }
    try {
        for (const ColumnWords& words : astropyWords(joinText(file.readTexts(beside), "\n"))) {
            apply(words, table);
        }
    } catch (const std::exception& error) { // YAML's or ours: the values are good without units
        table.notes.push_back(beside + ", which holds units, was not understood: " + error.what());
    }
}

} // namespace penumbra::io::hdf5
