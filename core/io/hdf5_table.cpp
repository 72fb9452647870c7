// Tables in HDF5 files: choosing one, reading its columns.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hdf5_tables.h"

#include <algorithm>

namespace penumbra::io {

using namespace hdf5;

namespace {

constexpr std::size_t mostListed = 10;

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < mostListed; ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    return names.size() > mostListed ? text + ", ..." : text;
}

std::vector<FoundTable> tablesIn(const Hdf5File& file, const ReadOptions& options,
                                 const RunContext& context) {
    if (options.part.empty()) {
        return findTables(file, "/", true, options, context);
    }
    std::string object = options.part.front() == '/' ? options.part : "/" + options.part;
    while (object.size() > 1 && object.back() == '/') {
        object.pop_back();
    }
    if (!file.exists(object)) {
        std::vector<std::string> there;
        for (const Hdf5Entry& entry : file.list()) {
            there.push_back(entry.name);
        }
        throw Error(file.path().string() + ": there is no part '" + options.part +
                    "'; at the top there are: " + listed(there));
    }
    if (file.isGroup(object)) {
        auto found = findTables(file, object, false, options, context);
        // The group above a single table, as pandas and vaex make them, stands for it.
        return found.empty() ? findTables(file, object, true, options, context) : found;
    }
    const std::string group = object.substr(0, std::max<std::size_t>(1, object.rfind('/')));
    if (file.describe(object).kind == Hdf5Kind::Compound) {
        auto found = findTables(file, group, false, options, context);
        std::erase_if(found, [&](const FoundTable& table) { return table.object != object; });
        if (!found.empty()) {
            return found;
        }
    }
    FoundTable one; // a dataset by itself
    one.object = group;
    one.rows = file.describe(object).rows();
    one.names = {object.substr(object.rfind('/') + 1)};
    return {one};
}

/// The largest table; of several, the largest that has all the columns asked for.
std::size_t choose(const Hdf5File& file, const std::vector<FoundTable>& found, const ReadOptions& options) {
    std::size_t best = found.size();
    bool bestHasAll = false;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i].names.empty()) {
            continue;
        }
        const bool hasAll = hasColumns(found[i].names, options);
        if (best == found.size() || hasAll > bestHasAll ||
            (hasAll == bestHasAll && found[i].cells() > found[best].cells())) {
            best = i;
            bestHasAll = hasAll;
        }
    }
    if (best == found.size()) {
        std::string left;
        for (const FoundTable& table : found) {
            for (const Hdf5LeftOut& one : table.leftOut) {
                left += "; " + inside(table.object, one.name) + ": " + one.why;
            }
        }
        throw Error(file.path().string() + ": holds no datasets that make a table" +
                    (options.part.empty() ? "" : " in '" + options.part + "'") + left);
    }
    return best;
}

void tellOthers(const std::vector<FoundTable>& found, std::size_t chosen, const ReadOptions& options,
                Table& table) {
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (i == chosen || found[i].names.empty()) {
            continue;
        }
        table.otherParts.push_back({found[i].object, found[i].rows, found[i].names});
        pieces.push_back(found[i].object + " (" + std::to_string(found[i].rows) +
                         " rows: " + listed(found[i].names) + ")");
    }
    if (!pieces.empty() && options.part.empty()) {
        table.notes.push_back(found[chosen].object +
                              " was read; the file holds other parts as well: " + listed(pieces));
    }
}

void tellLeftOut(const FoundTable& chosen, const ReadOptions& options, Table& table) {
    if (!chosen.otherwise.empty() && options.columns.empty()) {
        table.notes.push_back(std::to_string(chosen.otherwise.size()) +
                              " datasets of another length, of images or of other kinds were left out: " +
                              listed(chosen.otherwise));
    }
    for (std::size_t i = 0; i < chosen.leftOut.size() && i < mostListed; ++i) {
        table.notes.push_back("left out: " + chosen.leftOut[i].name + ": " + chosen.leftOut[i].why);
    }
    if (chosen.leftOut.size() > mostListed) {
        table.notes.push_back("left out as well: " + std::to_string(chosen.leftOut.size() - mostListed) +
                              " more");
    }
}

RowRange rowsWanted(const ReadOptions& options) {
    return options.maxRows == 0 ? RowRange{} : RowRange{0, options.maxRows};
}

void readRowsOf(const Hdf5File& file, const FoundTable& chosen, const ReadOptions& options, Table& table) {
    Table whole = file.readCompound(chosen.object, rowsWanted(options));
    if (chosen.form == TableForm::PandasTable) {
        unfoldPandasTable(file, chosen.object, whole);
    }
    applyAstropyMeta(file, chosen.object, whole);
    table.notes.insert(table.notes.end(), whole.notes.begin(), whole.notes.end());
    for (const std::size_t i : wantedColumns(table.source, chosen.names, options, table.otherParts)) {
        table.columns.push_back(std::move(whole.columns.at(i)));
    }
}

Column readOne(const Hdf5File& file, const FoundTable& chosen, const std::string& name,
               const ReadOptions& options, std::vector<std::string>& notes) {
    switch (chosen.form) {
    case TableForm::PandasFixed:
        return readPandasFixed(file, chosen, name, rowsWanted(options));
    case TableForm::Vaex:
        return readVaex(file, chosen.object, name, rowsWanted(options));
    default: {
        const std::string dataset = inside(chosen.object, name);
        Column column = file.readColumn(dataset, rowsWanted(options));
        applyConventions(file, dataset, column, notes);
        return column;
    }
    }
}

} // namespace

bool looksLikeHdf5(const std::filesystem::path& path, FirstBytes) {
    return Hdf5File::isHdf5(path);
}

Table readHdf5Table(const std::filesystem::path& path, const ReadOptions& options,
                    const RunContext& context) {
    const Hdf5File file = Hdf5File::openForReading(path);
    const std::vector<FoundTable> found = tablesIn(file, options, context);
    const std::size_t best = choose(file, found, options);
    const FoundTable& chosen = found[best];
    Table table{path.string() + ":" + chosen.object, {}, {}};
    tellOthers(found, best, options, table);
    if (chosen.form == TableForm::Compound || chosen.form == TableForm::PandasTable) {
        readRowsOf(file, chosen, options, table);
    } else {
        const auto wanted = wantedColumns(table.source, chosen.names, options, table.otherParts);
        for (std::size_t done = 0; done < wanted.size(); ++done) {
            context.step(static_cast<double>(done) / static_cast<double>(wanted.size()),
                         "reading " + table.source);
            table.columns.push_back(readOne(file, chosen, chosen.names[wanted[done]], options, table.notes));
        }
    }
    tellLeftOut(chosen, options, table);
    return table;
}

} // namespace penumbra::io
