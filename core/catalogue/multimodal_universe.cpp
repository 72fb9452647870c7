#include "core/catalogue/multimodal_universe.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/catalogue/universe_hats.h"
#include "core/io/hdf5_file.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

namespace penumbra {

namespace {

namespace fs = std::filesystem;
using io::Column;
using io::Hdf5Entry;
using io::Hdf5File;
using io::Hdf5Kind;

constexpr const char* idNames[] = {"object_id", "TARGETID"};

bool isDataFile(const fs::path& path) {
    const std::string ending = lowered(path.extension().string());
    return ending == ".hdf5" || ending == ".h5";
}

/// The number in "healpix=444".
std::optional<long long> healpixNumber(const fs::path& folder) {
    const std::string name = folder.filename().string();
    if (name.rfind("healpix=", 0) != 0)
        return std::nullopt;
    return parseInteger(name.substr(8));
}

/// Only what is named so counts: "1-of-2.hdf5" beside it may be half-downloaded under another name.
std::map<fs::path, std::vector<fs::path>> filesBySurvey(const fs::path& root) {
    std::map<fs::path, std::vector<fs::path>> found;
    std::error_code failed;
    fs::recursive_directory_iterator walk(
        root, fs::directory_options::follow_directory_symlink | fs::directory_options::skip_permission_denied,
        failed);
    if (failed)
        throw Error(root.string() + " cannot be listed: " + failed.message());
    for (const auto& entry : walk) {
        const fs::path folder = entry.path().parent_path();
        if (isDataFile(entry.path()) && healpixNumber(folder) && entry.is_regular_file(failed))
            found[folder.parent_path()].push_back(entry.path());
    }
    for (auto& [folder, files] : found)
        std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
            const auto pixelA = healpixNumber(a.parent_path()), pixelB = healpixNumber(b.parent_path());
            return pixelA != pixelB ? pixelA < pixelB : a < b;
        });
    return found;
}

/// Looks into the survey's first file.
bool recognise(UniverseSurvey& survey) {
    const Hdf5File file = Hdf5File::openForReading(survey.files.front());
    survey.images = file.isDataset("/image_array");
    survey.spectra = file.isDataset("/spectrum_flux");
    for (const char* mass : {"/PROVABGS_LOGMSTAR_BF", "/LOG_MSTAR"})
        survey.labels = survey.labels || file.isDataset(mass);
    const bool identified = std::any_of(std::begin(idNames), std::end(idNames), [&](const char* name) {
        return file.isDataset(std::string("/").append(name));
    });
    return identified && (survey.images || survey.spectra || survey.labels);
}

bool onePerRow(const Hdf5Entry& entry) {
    return !entry.isGroup && !entry.shape.empty() && entry.rowWidth() == 1 &&
           entry.kind != Hdf5Kind::Compound && entry.kind != Hdf5Kind::Other;
}

std::size_t columnRows(const std::optional<Column>& column) {
    return column ? column->rows() : 0;
}

/// Appends rows of the same name from the next file.
void appendRows(Column& to, const Column& from, const std::string& where) {
    if (to.isNumeric() != from.isNumeric())
        throw Error(where + " holds " + from.typeName() + ", but " + to.typeName() +
                    " in the files before it");
    io::append(to, from);
}

class TableBuilder {
public:
    TableBuilder(const UniverseSurvey& survey, std::size_t maxRows) : maxRows_(maxRows) {
        table_.columns.source = survey.folder.string();
    }

    bool full() const { return maxRows_ > 0 && rows() >= maxRows_; }
    std::size_t rows() const { return table_.storedAt.size(); }

    void add(const Hdf5File& file, std::int32_t index) {
        const auto entries = file.list("/");
        const std::size_t count = readIds(file, entries);
        const io::RowRange range{0, count};
        const std::size_t before = rows();
        for (const auto& entry : entries)
            if (!entry.isGroup && !entry.shape.empty() && entry.rows() < count)
                throw Error(file.path().string() + ": /" + entry.name + " has " +
                            std::to_string(entry.rows()) + " rows, but /" + idName_ + " has " +
                            std::to_string(count) + "; the file may be cut short, fetch it again");
        for (const auto& entry : entries) {
            if (entry.name == idName_)
                continue;
            if (onePerRow(entry))
                addColumn(file.readColumn("/" + entry.name, range), entry.name, before, file.path().string());
            else
                wider_.insert(entry.name);
        }
        for (std::size_t row = 0; row < count; ++row)
            table_.storedAt.push_back({index, static_cast<std::int64_t>(row)});
        for (auto& column : table_.columns.columns)
            if (column.rows() < rows())
                io::appendMissing(column, rows() - column.rows());
    }

    /// A tile of the HATS form.
    void add(io::Table tile, std::int32_t index) {
        const std::size_t before = rows(), count = tile.rows();
        auto id = tile.columns.end();
        for (const char* name : idNames)
            if (id == tile.columns.end())
                id = std::find_if(tile.columns.begin(), tile.columns.end(),
                                  [&](const Column& column) { return column.name == name; });
        if (id == tile.columns.end())
            throw Error(tile.source + " has neither object_id nor TARGETID with one value a galaxy");
        if (objectId_)
            appendRows(*objectId_, *id, tile.source + ": " + id->name);
        else
            objectId_ = *id;
        tile.columns.erase(id);
        for (Column& column : tile.columns) {
            const std::string name = column.name;
            addColumn(std::move(column), name, before, tile.source);
        }
        for (std::size_t row = 0; row < count; ++row)
            table_.storedAt.push_back({index, static_cast<std::int64_t>(row)});
        for (auto& column : table_.columns.columns)
            if (column.rows() < rows())
                io::appendMissing(column, rows() - column.rows());
    }

    std::size_t left() const { return maxRows_ > 0 ? maxRows_ - rows() : 0; }

    UniverseTable finish() {
        takePosition("ra", table_.ra);
        takePosition("dec", table_.dec);
        if (objectId_)
            table_.objectId = std::move(*objectId_);
        table_.objectId.name = "object_id";
        return std::move(table_);
    }

private:
    std::size_t readIds(const Hdf5File& file, const std::vector<Hdf5Entry>& entries) {
        for (const char* name : idNames)
            for (const auto& entry : entries) {
                if (entry.name != name || !onePerRow(entry))
                    continue;
                idName_ = name;
                const std::size_t left =
                    maxRows_ > 0 ? maxRows_ - rows() : std::numeric_limits<std::size_t>::max();
                const std::size_t count = std::min(entry.rows(), left);
                Column ids = file.readColumn("/" + entry.name, {0, count});
                ids.width = 1;
                if (objectId_)
                    appendRows(*objectId_, ids, file.path().string() + ": /" + entry.name);
                else
                    objectId_ = std::move(ids);
                return columnRows(objectId_) - rows();
            }
        throw Error(file.path().string() +
                    " has neither /object_id nor /TARGETID with one value a galaxy: it is not in the layout "
                    "of the Multimodal Universe");
    }

    void addColumn(Column column, const std::string& name, std::size_t before, const std::string& file) {
        column.name = name;
        column.width = 1; // [N, 1] is accepted
        auto& columns = table_.columns.columns;
        auto found =
            std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
        if (found != columns.end()) {
            appendRows(*found, column, file + ": /" + name);
            return;
        }
        if (before == 0) {
            columns.push_back(std::move(column));
            return;
        }
        Column late = column;
        std::visit([](auto& values) { values.clear(); }, late.values);
        late.missing.clear();
        io::appendMissing(late, before);
        appendRows(late, column, file + ": /" + name);
        columns.push_back(std::move(late));
    }

    void takePosition(const char* name, std::vector<double>& to) {
        auto& columns = table_.columns.columns;
        for (auto column = columns.begin(); column != columns.end(); ++column)
            if (lowered(column->name) == name && column->isNumeric()) {
                to = column->asReals();
                columns.erase(column);
                return;
            }
    }

    std::size_t maxRows_;
    std::string idName_;
    std::optional<Column> objectId_;
    std::set<std::string> wider_;
    UniverseTable table_;
};

} // namespace

std::vector<UniverseSurvey> findUniverseSurveys(const fs::path& path) {
    std::error_code ignored;
    if (!fs::exists(path, ignored))
        throw Error(path.string() + " does not exist");
    std::vector<UniverseSurvey> surveys;
    if (fs::is_regular_file(path, ignored)) {
        if (Hdf5File::isHdf5(path))
            surveys.push_back({path.stem().string(), path.parent_path(), {path}});
    } else {
        for (auto& [folder, files] : filesBySurvey(fs::canonical(path)))
            surveys.push_back({folder.filename().string(), folder, std::move(files)});
    }
    std::erase_if(surveys, [](UniverseSurvey& survey) { return !recognise(survey); });
    for (UniverseSurvey& survey : findHatsSurveys(path))
        surveys.push_back(std::move(survey));
    return surveys;
}

UniverseTable readUniverseTable(const UniverseSurvey& survey, std::size_t maxRows,
                                const RunContext& context) {
    TableBuilder builder(survey, maxRows);
    for (std::size_t i = 0; i < survey.files.size() && !builder.full(); ++i) {
        context.step(static_cast<double>(i) / static_cast<double>(survey.files.size()),
                     "reading " + survey.name + ": file " + std::to_string(i + 1) + "/" +
                         std::to_string(survey.files.size()));
        if (survey.hats)
            builder.add(readUniverseTile(survey.files[i], builder.left(), context),
                        static_cast<std::int32_t>(i));
        else
            builder.add(Hdf5File::openForReading(survey.files[i]), static_cast<std::int32_t>(i));
    }
    if (builder.rows() == 0)
        throw Error(survey.folder.string() + " holds no galaxies: its " +
                    std::to_string(survey.files.size()) + " files have no rows");
    return builder.finish();
}

} // namespace penumbra
