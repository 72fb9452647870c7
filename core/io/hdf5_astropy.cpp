// What astropy keeps beside a table in HDF5: a dataset of lines of YAML, as in the header of ECSV.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hdf5_tables.h"

#include <algorithm>
#include <yaml-cpp/yaml.h>

namespace penumbra::io::hdf5 {

namespace {

constexpr std::string_view ending = ".__table_column_meta__";

std::string textOf(const YAML::Node& node) {
    if (node && node.IsScalar()) {
        return node.Scalar();
    }
    return node && node.IsMap() ? textOf(node["unit"]) : ""; // !astropy.units.Unit {unit: deg}
}

void applyTo(Table& table, const YAML::Node& described) {
    const std::string name = textOf(described["name"]);
    const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                     [&](const Column& other) { return other.name == name; });
    if (column != table.columns.end()) {
        column->unit = textOf(described["unit"]);
        column->description = textOf(described["description"]);
    }
}

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
        const YAML::Node header = YAML::Load(joinText(file.readTexts(beside), "\n"));
        if (!header.IsMap() || !header["datatype"].IsSequence()) {
            throw Error("the list 'datatype' is missing");
        }
        for (const YAML::Node& described : header["datatype"]) {
            if (described.IsMap()) {
                applyTo(table, described);
            }
        }
    } catch (const std::exception& error) { // YAML's or ours: the values are good without units
        table.notes.push_back(beside + ", which holds units, was not understood: " + error.what());
    }
}

} // namespace penumbra::io::hdf5
