#include "core/io/arrow_metadata.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/column_words.h"

#include <expat.h>
#include <memory>
#include <string_view>

namespace penumbra::io {

namespace {

constexpr std::size_t longestHeader = std::size_t{16} << 20;

/// The FIELDs of a VOTable without data.
class VotableFields {
public:
    static std::vector<ColumnWords> of(const std::string& xml) {
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
        ColumnWords& words = fields.found_.emplace_back();
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

    std::vector<ColumnWords> found_;
    std::string other_;
    bool inField_ = false, describing_ = false;
};

std::vector<ColumnWords> wordsIn(const std::string& text, bool votable) {
    if (votable)
        return VotableFields::of(text);
    try {
        return astropyWords(text);
    } catch (const Error&) { // a header of another kind: the table stands without it
        return {};
    }
}

} // namespace

void applyTableMetadata(const std::map<std::string, std::string>& keyValues, Table& table) {
    for (const char* key : {"IVOA.VOTable-Parquet.content", "table_meta_yaml"}) {
        const auto found = keyValues.find(key);
        if (found == keyValues.end() || found->second.size() > longestHeader)
            continue;
        const std::string text = toUtf8(found->second);
        for (const ColumnWords& words : wordsIn(text, key[0] == 'I'))
            apply(words, table);
    }
}

} // namespace penumbra::io
