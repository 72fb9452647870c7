// Tables in HDF5 files: choosing one, reading its columns.

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hdf5_tables.h"

#include <algorithm>
#include <optional>

namespace penumbra::io {

using namespace hdf5;

namespace {

constexpr std::size_t mostLeftOut = 10; ///< told one by one

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
                    "'; at the top there are: " + listText(there));
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
                         " rows: " + listText(found[i].names) + ")");
    }
    if (!pieces.empty() && options.part.empty()) {
        table.notes.push_back(found[chosen].object +
                              " was read; the file holds other parts as well: " + listText(pieces));
    }
}

void tellLeftOut(const FoundTable& chosen, const ReadOptions& options, Table& table) {
    if (!chosen.otherwise.empty() && options.columns.empty()) {
        table.notes.push_back(std::to_string(chosen.otherwise.size()) +
                              " datasets of another length, of images or of other kinds were left out: " +
                              listText(chosen.otherwise));
    }
    for (std::size_t i = 0; i < chosen.leftOut.size() && i < mostLeftOut; ++i) {
        table.notes.push_back("left out: " + chosen.leftOut[i].name + ": " + chosen.leftOut[i].why);
    }
    if (chosen.leftOut.size() > mostLeftOut) {
        table.notes.push_back("left out as well: " + std::to_string(chosen.leftOut.size() - mostLeftOut) +
                              " more");
    }
}

RowRange rowsWanted(const ReadOptions& options) {
    return options.maxRows == 0 ? RowRange{} : RowRange{0, options.maxRows};
}

void readRowsOf(const Hdf5File& file, const FoundTable& chosen, const std::vector<std::size_t>& wanted,
                const ReadOptions& options, Table& table) {
    Table whole = file.readCompound(chosen.object, rowsWanted(options));
    if (chosen.form == TableForm::PandasTable) {
        unfoldPandasTable(file, chosen.object, whole);
    }
    applyAstropyMeta(file, chosen.object, whole);
    table.notes.insert(table.notes.end(), whole.notes.begin(), whole.notes.end());
    for (const std::size_t i : wanted) {
        table.columns.push_back(std::move(whole.columns.at(i)));
    }
}

/// Column after column of the other forms.
class ColumnReader {
public:
    ColumnReader(const Hdf5File& file, const FoundTable& chosen, RowRange rows)
        : file_(file), chosen_(chosen), rows_(rows) {
        if (chosen.form == TableForm::PandasFixed) {
            pandas_.emplace(file, chosen.object, rows);
        }
    }
    Column read(const std::string& name, std::vector<std::string>& notes) {
        if (pandas_) {
            return pandas_->read(name);
        }
        if (chosen_.form == TableForm::Vaex) {
            return readVaex(file_, chosen_.object, name, rows_);
        }
        const std::string dataset = inside(chosen_.object, name);
        Column column = file_.readColumn(dataset, rows_);
        applyConventions(file_, dataset, column, notes);
        return column;
    }

private:
    const Hdf5File& file_;
    const FoundTable& chosen_;
    RowRange rows_;
    std::optional<PandasFixedReader> pandas_;
};

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
    const auto wanted = wantedColumns(table.source, chosen.names, options, table.otherParts);
    if (chosen.form == TableForm::Compound || chosen.form == TableForm::PandasTable) {
        readRowsOf(file, chosen, wanted, options, table);
    } else {
        ColumnReader columns(file, chosen, rowsWanted(options));
        for (std::size_t done = 0; done < wanted.size(); ++done) {
            context.step(static_cast<double>(done) / static_cast<double>(wanted.size()),
                         "reading " + table.source);
            table.columns.push_back(columns.read(chosen.names[wanted[done]], table.notes));
        }
    }
    tellLeftOut(chosen, options, table);
    return table;
}

} // namespace penumbra::io
