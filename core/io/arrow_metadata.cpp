#include "core/io/arrow_metadata.h"

#include "core/base/text.h"

#include <algorithm>
#include <expat.h>
#include <memory>
#include <string_view>
#include <yaml-cpp/yaml.h>

namespace penumbra::io {

namespace {

constexpr std::size_t longestHeader = std::size_t{16} << 20;

struct FieldWords {
    std::string name, unit, ucd, description;
};

/// Does not overrule what the column's own field said.
void apply(const FieldWords& words, Table& table) {
    const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                     [&](const Column& c) { return c.name == words.name; });
    if (column == table.columns.end())
        return;
    if (column->unit.empty())
        column->unit = words.unit;
    if (column->ucd.empty())
        column->ucd = words.ucd;
    if (column->description.empty())
        column->description = words.description;
}

/// The FIELDs of a VOTable without data.
class VotableFields {
public:
    static std::vector<FieldWords> of(const std::string& xml) {
        VotableFields fields;
        const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr),
                                                                             XML_ParserFree);
        XML_SetUserData(parser.get(), &fields);
        XML_SetElementHandler(parser.get(), start, end);
        XML_SetCharacterDataHandler(parser.get(), text);
        XML_Parse(parser.get(), xml.data(), static_cast<int>(xml.size()),
                  XML_TRUE); // what was read until a fault
        return std::move(fields.found_);
    }

private:
    static std::string_view bare(const char* name) {
        const std::string_view whole(name);
        return whole.substr(whole.rfind(':') + 1);
    }
    static void start(void* self, const char* name, const char** attributes) {
        auto& fields = *static_cast<VotableFields*>(self);
        if (bare(name) == "DESCRIPTION")
            fields.describing_ = fields.inField_;
        if (bare(name) != "FIELD")
            return;
        fields.inField_ = true;
        FieldWords& words = fields.found_.emplace_back();
        for (; attributes[0] != nullptr; attributes += 2) {
            const std::string_view key = attributes[0];
            (key == "name"   ? words.name
             : key == "unit" ? words.unit
             : key == "ucd"  ? words.ucd
                             : fields.other_) = attributes[1];
        }
    }
    static void text(void* self, const char* text, int length) {
        auto& fields = *static_cast<VotableFields*>(self);
        if (fields.describing_)
            fields.found_.back().description.append(text, static_cast<std::size_t>(length));
    }
    static void end(void* self, const char* name) {
        auto& fields = *static_cast<VotableFields*>(self);
        if (bare(name) == "DESCRIPTION")
            fields.describing_ = false;
        if (bare(name) == "FIELD")
            fields.inField_ = false;
    }

    std::vector<FieldWords> found_;
    std::string other_;
    bool inField_ = false, describing_ = false;
};

/// astropy's header, that of ECSV: "datatype:" with a line a column.
std::vector<FieldWords> yamlFields(const std::string& text) {
    std::vector<FieldWords> found;
    // Deep nesting would end yaml-cpp's recursion; a list of columns has none.
    if (std::count(text.begin(), text.end(), '[') > 100000)
        return found;
    try {
        const YAML::Node columns = YAML::Load(text)["datatype"];
        const auto word = [](const YAML::Node& column, const char* key) {
            return column[key] && column[key].IsScalar() ? column[key].Scalar() : std::string();
        };
        if (columns && columns.IsSequence())
            for (const YAML::Node& column : columns)
                if (column.IsMap())
                    found.push_back(
                        {word(column, "name"), word(column, "unit"), "", word(column, "description")});
    } catch (const YAML::Exception&) {
        found.clear(); // a header of another kind: the table stands without it
    }
    return found;
}

} // namespace

void applyTableMetadata(const std::map<std::string, std::string>& keyValues, Table& table) {
    for (const char* key : {"IVOA.VOTable-Parquet.content", "table_meta_yaml"}) {
        const auto found = keyValues.find(key);
        if (found == keyValues.end() || found->second.size() > longestHeader)
            continue;
        const std::string text = toUtf8(found->second);
        for (const FieldWords& words : key[0] == 'I' ? VotableFields::of(text) : yamlFields(text))
            apply(words, table);
    }
}

} // namespace penumbra::io
