// Where tables lie in HDF5 files.

#include "core/io/hdf5_tables.h"

#include <algorithm>
#include <map>

namespace penumbra::io::hdf5 {

namespace {

constexpr int deepest = 6; ///< groups inside groups; also ends cycles of links
constexpr std::size_t mostGroups = 2000;
constexpr std::size_t widest = 4096; ///< wider rows are images or spectra, read only when named

bool isColumnKind(Hdf5Kind kind) {
    return kind != Hdf5Kind::Compound && kind != Hdf5Kind::Other;
}

bool namedBy(const ReadOptions& options, const std::string& name) {
    return std::any_of(options.columns.begin(), options.columns.end(), [&](const std::string& wanted) {
        return wanted.substr(0, wanted.rfind('[')) == name;
    });
}

/// The largest set of same-length datasets in a group (most datasets, then most rows).
FoundTable bestOfGroup(const std::string& group, const std::vector<Hdf5Entry>& entries,
                       const ReadOptions& options) {
    std::map<std::size_t, std::vector<std::string>> byLength;
    FoundTable best;
    best.object = group;
    for (const Hdf5Entry& entry : entries) {
        const bool named = namedBy(options, entry.name);
        if (entry.isGroup) {
            continue;
        }
        if (!entry.missingFilter.empty() && !named) {
            best.leftOut.push_back(
                {entry.name, "is compressed by " + entry.missingFilter + ", which HDF5 here does not know"});
        } else if (entry.shape.empty() || !isColumnKind(entry.kind) || entry.rowWidth() == 0 ||
                   (entry.rowWidth() > widest && !named)) {
            best.otherwise.push_back(entry.name);
        } else {
            byLength[entry.rows()].push_back(entry.name);
        }
    }
    for (const auto& [rows, names] : byLength) {
        if (names.size() >= best.names.size()) { // later = longer
            best.rows = rows;
            best.names = names;
        }
    }
    for (const auto& [rows, names] : byLength) {
        if (rows != best.rows) {
            best.otherwise.insert(best.otherwise.end(), names.begin(), names.end());
        }
    }
    return best;
}

/// PyTables keeps the sorted index of a table in a group beside it.
bool isPyTablesIndex(const Hdf5File& file, const std::string& group) {
    const std::string kind = file.textAttribute(group, "CLASS").value_or("");
    return kind == "TINDEX" || kind == "INDEX";
}

FoundTable findCompound(const Hdf5File& file, const std::string& dataset, std::size_t rows) {
    FoundTable found;
    found.object = dataset;
    found.rows = rows;
    Table head = file.readCompound(dataset, {0, 0});
    found.form = TableForm::Compound;
    if (isPandasTable(file, dataset)) {
        found.form = TableForm::PandasTable;
        unfoldPandasTable(file, dataset, head);
    }
    for (const Column& column : head.columns) {
        found.names.push_back(column.name);
    }
    return found;
}

/// Finds the tables of a tree of groups.
struct Search {
    const Hdf5File& file;
    const ReadOptions& options;
    const RunContext& context;
    std::size_t groups = 0;
    std::vector<FoundTable> found = {};

    void visit(const std::string& group, int depth) {
        context.checkStop();
        if (depth > deepest || ++groups > mostGroups || isPyTablesIndex(file, group)) {
            return;
        }
        std::vector<Hdf5LeftOut> leftOut;
        std::vector<Hdf5Entry> entries = file.list(group, &leftOut);
        std::erase_if(entries, [](const Hdf5Entry& entry) { return isAstropyMeta(entry.name); });
        if (isPandasFixed(file, group)) {
            found.push_back(findPandasFixed(file, group));
            return;
        }
        if (isVaex(file, group, entries)) {
            found.push_back(findVaex(file, group, entries));
            return;
        }
        FoundTable best = bestOfGroup(group, entries, options);
        best.leftOut.insert(best.leftOut.end(), leftOut.begin(), leftOut.end());
        if (!best.names.empty() || !best.leftOut.empty()) {
            found.push_back(std::move(best));
        }
        for (const Hdf5Entry& entry : entries) {
            if (entry.isGroup) {
                visit(inside(group, entry.name), depth + 1);
            } else if (entry.kind == Hdf5Kind::Compound && entry.shape.size() == 1) {
                found.push_back(findCompound(file, inside(group, entry.name), entry.rows()));
            }
        }
    }
};

} // namespace

std::vector<FoundTable> findTables(const Hdf5File& file, const std::string& group, bool deep,
                                   const ReadOptions& options, const RunContext& context) {
    Search search{file, options, context};
    search.visit(group, deep ? 0 : deepest);
    return std::move(search.found);
}

} // namespace penumbra::io::hdf5
