#include "core/workflow/words.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/table_reader.h"
#include "core/manifold/caption_search.h"

#include <algorithm>
#include <unordered_map>

namespace penumbra::workflow {

namespace {

/// A caption a line; whose it is as an object id, or as a row of the catalogue where there are no ids.
struct Captions {
    std::vector<std::string> texts, ids;
};

const io::Column* captionColumn(const io::Table& table, const std::string& wanted) {
    if (!wanted.empty())
        return table.find(wanted);
    for (const char* name : {"caption", "summary", "description"})
        if (const io::Column* column = table.find(name))
            return column;
    return nullptr;
}

std::string columnNames(const io::Table& table) {
    std::vector<std::string> names;
    for (const io::Column& column : table.columns)
        names.push_back(column.name);
    return names.empty() ? "none" : joinText(names, ", ");
}

Captions captionsOf(const Catalogue& catalogue, const std::string& file, const std::string& wanted,
                    const RunContext& context) {
    const std::string name = wanted.empty() ? "caption" : wanted;
    if (file.empty()) {
        const io::Column* column = captionColumn(catalogue.columns, wanted);
        if (column == nullptr)
            throw UsageError(
                catalogue.path.string() + " has no column " + name +
                " to search in. Name a table of captions with --captions (columns object_id and " + name +
                "), such as the published captions of AION-Search");
        return {column->asTexts(), {}};
    }
    io::ReadOptions reading;
    reading.ids = {"object_id"};
    const io::Table table = io::readTable(file, reading, context);
    const io::Column *id = table.find("object_id"), *caption = captionColumn(table, wanted);
    if (id == nullptr || caption == nullptr)
        throw UsageError(file + ": a table of captions needs the columns object_id and " + name +
                         " (another name: --caption-column); it has " + columnNames(table));
    return {caption->asTexts(), id->asTexts()};
}

} // namespace

void describeWordOptions(OptionSet& options) {
    options
        .text("words", "",
              "Finds galaxies by words instead: like those whose captions fit best (BM25; no language model, "
              "so "
              "the words must stand in captions).")
        .in("Words");
    options
        .inputFile("captions", "Table with the columns object_id and caption, of galaxies of this catalogue; "
                               "default: the catalogue's own column caption.")
        .in("Words");
    options
        .text("caption-column", "",
              "Where captions are called otherwise than caption, summary or description.")
        .in("Words");
    options
        .integer(
            "captions-used", 20,
            "How many of the best captions make the direction searched in: few are true to the words, many "
            "bring in what fits less.")
        .range(1, 100000)
        .in("Words");
}

bool asksInWords(const OptionSet& options) {
    const std::string& words = options.getText("words");
    if (!words.empty() && manifold::wordsOf(words).empty())
        throw UsageError("--words '" + words + "' holds no word");
    return !words.empty();
}

GalaxiesInWords galaxiesInWords(const Catalogue& catalogue, const OptionSet& options,
                                const RunContext& context) {
    const std::string& words = options.getText("words");
    const Captions captions = captionsOf(catalogue, options.getText("captions"),
                                         options.getText("caption-column"), context.slice(0.0, 0.6));
    std::unordered_map<std::string, std::size_t> rows;
    if (!captions.ids.empty())
        for (std::size_t row = catalogue.rowCount; row-- > 0;) // the first of repeated ids stays
            rows[catalogue.idText(row)] = row;
    context.step(0.7, "searching captions");
    const manifold::CaptionIndex index(captions.texts);
    GalaxiesInWords found;
    found.captions = captions.texts.size();
    found.unknown = index.unknown(words);
    const auto wanted = static_cast<std::size_t>(options.getInteger("captions-used"));
    for (const auto& hit : index.best(words, captions.texts.size())) {
        if (found.row.size() == wanted)
            break;
        std::size_t row = hit.caption;
        if (!captions.ids.empty()) {
            const auto at = rows.find(captions.ids[hit.caption]);
            if (at == rows.end())
                continue; // a galaxy that is not in this catalogue
            row = at->second;
        }
        if (std::find(found.row.begin(), found.row.end(), row) != found.row.end())
            continue;
        found.row.push_back(row);
        found.score.push_back(hit.score);
        found.caption.push_back(captions.texts[hit.caption]);
    }
    if (found.row.empty())
        throw UsageError(
            "None of the " + withThousands(static_cast<long long>(found.captions)) + " captions that says '" +
            words + "' belongs to a galaxy of " + catalogue.path.string() +
            (found.unknown.empty() ? std::string() : "; no caption has " + joinText(found.unknown, ", ")));
    return found;
}

} // namespace penumbra::workflow
