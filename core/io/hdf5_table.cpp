// Tables in HDF5 files: datasets of one length in one group, or a compound dataset.

#include "core/base/error.h"
#include "core/io/hdf5_file.h"
#include "core/io/table_readers_internal.h"

#include <algorithm>
#include <map>

namespace penumbra::io {

namespace {

constexpr int deepest = 6; ///< groups inside groups; also ends cycles of links
constexpr std::size_t mostGroups = 2000;
constexpr std::size_t widest = 4096; ///< wider rows are images or spectra, read only when named

/// A group with the datasets of one length in it, or one compound dataset.
struct Candidate {
    std::string object;
    bool compound = false;
    std::size_t rows = 0;
    std::vector<std::string> names;
    std::vector<std::string> leftOut; ///< of another length, too wide or of another kind
    double cells() const { return static_cast<double>(rows) * static_cast<double>(names.size()); }
};

bool isColumnKind(Hdf5Kind kind) {
    return kind != Hdf5Kind::Compound && kind != Hdf5Kind::Other;
}

bool namedBy(const ReadOptions& options, const std::string& name) {
    return std::any_of(options.columns.begin(), options.columns.end(), [&](const std::string& wanted) {
        return wanted.substr(0, wanted.rfind('[')) == name;
    });
}

/// The largest set of same-length datasets in a group (most datasets, then most rows).
Candidate bestOfGroup(const std::string& group, const std::vector<Hdf5Entry>& entries,
                      const ReadOptions& options) {
    std::map<std::size_t, std::vector<std::string>> byLength;
    Candidate best;
    best.object = group;
    for (const Hdf5Entry& entry : entries) {
        if (entry.isGroup) {
            continue;
        }
        const bool tooWide = entry.rowWidth() > widest && !namedBy(options, entry.name);
        if (entry.shape.empty() || !isColumnKind(entry.kind) || tooWide || entry.rowWidth() == 0) {
            best.leftOut.push_back(entry.name);
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
            best.leftOut.insert(best.leftOut.end(), names.begin(), names.end());
        }
    }
    return best;
}

void collect(const Hdf5File& file, const std::string& group, int depth, const ReadOptions& options,
             std::size_t& groups, std::vector<Candidate>& found, const RunContext& context) {
    context.checkStop();
    if (depth > deepest || ++groups > mostGroups) {
        return;
    }
    const std::vector<Hdf5Entry> entries = file.list(group);
    const std::string prefix = group == "/" ? "/" : group + "/";
    Candidate best = bestOfGroup(group, entries, options);
    if (!best.names.empty()) {
        found.push_back(std::move(best));
    }
    for (const Hdf5Entry& entry : entries) {
        if (entry.isGroup) {
            collect(file, prefix + entry.name, depth + 1, options, groups, found, context);
        } else if (entry.kind == Hdf5Kind::Compound && entry.shape.size() == 1) {
            const Table head = file.readCompound(prefix + entry.name, {0, 0});
            Candidate compound;
            compound.object = prefix + entry.name;
            compound.compound = true;
            compound.rows = entry.rows();
            for (const Column& column : head.columns) {
                compound.names.push_back(column.name);
            }
            found.push_back(std::move(compound));
        }
    }
}

Candidate choose(const Hdf5File& file, const ReadOptions& options, const RunContext& context) {
    std::vector<Candidate> found;
    std::size_t groups = 0;
    if (options.part.empty()) {
        collect(file, "/", 0, options, groups, found, context);
    } else if (!file.exists(options.part)) {
        std::string there;
        for (const Hdf5Entry& entry : file.list()) {
            there += (there.empty() ? "" : ", ") + entry.name;
        }
        throw Error(file.path().string() + ": there is no part '" + options.part +
                    "'; at the top there are: " + there);
    } else if (file.isGroup(options.part)) {
        std::string object = options.part.front() == '/' ? options.part : "/" + options.part;
        while (object.size() > 1 && object.back() == '/') {
            object.pop_back();
        }
        collect(file, object, deepest, options, groups, found, context);
    } else {
        Candidate one;
        one.object = options.part;
        one.compound = file.describe(options.part).kind == Hdf5Kind::Compound;
        one.names = {options.part};
        return one;
    }
    const auto best =
        std::max_element(found.begin(), found.end(),
                         [](const Candidate& a, const Candidate& b) { return a.cells() < b.cells(); });
    if (best == found.end()) {
        throw Error(file.path().string() + ": holds no datasets that make a table" +
                    (options.part.empty() ? "" : " in '" + options.part + "'"));
    }
    return *best;
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < 10; ++i) {
        text += (i == 0 ? "" : ", ") + names[i];
    }
    return names.size() > 10 ? text + ", ..." : text;
}

RowRange rowsWanted(const ReadOptions& options) {
    return options.maxRows == 0 ? RowRange{} : RowRange{0, options.maxRows};
}

} // namespace

bool looksLikeHdf5(const std::filesystem::path& path, FirstBytes) {
    return Hdf5File::isHdf5(path);
}

Table readHdf5Table(const std::filesystem::path& path, const ReadOptions& options,
                    const RunContext& context) {
    const Hdf5File file = Hdf5File::openForReading(path);
    const Candidate chosen = choose(file, options, context);
    const std::string source = path.string() + ":" + chosen.object;
    if (chosen.compound) {
        Table whole = file.readCompound(chosen.object, rowsWanted(options));
        std::vector<std::string> names;
        for (const Column& column : whole.columns) {
            names.push_back(column.name);
        }
        Table table{source, {}, whole.notes};
        for (const std::size_t i : wantedColumns(source, names, options)) {
            table.columns.push_back(std::move(whole.columns[i]));
        }
        return table;
    }
    Table table{source, {}, {}};
    const bool single = file.isDataset(chosen.object);
    const auto wanted = single ? std::vector<std::size_t>{0} : wantedColumns(source, chosen.names, options);
    const std::string prefix = chosen.object == "/" ? "/" : chosen.object + "/";
    for (std::size_t done = 0; done < wanted.size(); ++done) {
        context.step(static_cast<double>(done) / static_cast<double>(wanted.size()), "reading " + source);
        const std::string object = single ? chosen.object : prefix + chosen.names[wanted[done]];
        table.columns.push_back(file.readColumn(object, rowsWanted(options)));
    }
    if (!chosen.leftOut.empty() && options.columns.empty()) {
        table.notes.push_back(std::to_string(chosen.leftOut.size()) +
                              " datasets of another length, of images or of other kinds were left out: " +
                              listed(chosen.leftOut));
    }
    return table;
}

} // namespace penumbra::io
