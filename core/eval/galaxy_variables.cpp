#include "core/eval/galaxy_variables.h"

#include "core/catalogue/feature_columns.h"

namespace penumbra {

namespace {

class Variables {
public:
    explicit Variables(const std::string& text) : text_(text) {}
    void add(const io::Column& column) {
        if (isAskedFor(column.name))
            table.columns.push_back(column);
        else
            addName(column.name);
    }
    void add(const std::string& name, const io::Column::Values& values, std::size_t rows) {
        if (rows == 0 || table.find(name) != nullptr)
            return;
        addName(name);
        if (isAskedFor(name))
            table.columns.back().values = values;
    }
    void addName(const std::string& name) {
        table.columns.emplace_back();
        table.columns.back().name = name;
    }
    io::Table table;

private:
    bool isAskedFor(const std::string& name) const { return text_.find(name) != std::string::npos; }
    const std::string& text_;
};

} // namespace

io::Table galaxyVariables(const Catalogue& catalogue, const std::string& text) {
    Variables variables(text);
    for (const io::Column& column : catalogue.columns.columns)
        variables.add(column);
    for (const Target& target : catalogue.targets)
        variables.add(target.name, target.values, target.values.size());
    variables.add("ra", catalogue.ra, catalogue.ra.size());
    variables.add("dec", catalogue.dec, catalogue.dec.size());
    variables.add("object_id", catalogue.objectId.values, catalogue.rowCount);
    // Formulas are worked out while they are typed: larger matrices are left to the command line.
    constexpr std::size_t quicklyRead = std::size_t{32} << 20;
    addFeatureColumns(variables.table, catalogue, text, quicklyRead);
    for (const std::string& name : featureElementNames(catalogue))
        if (variables.table.find(name) == nullptr)
            variables.addName(name);
    return std::move(variables.table);
}

} // namespace penumbra
