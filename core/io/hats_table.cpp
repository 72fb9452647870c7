#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hats_folder.h"
#include "core/io/healpix.h"
#include "core/io/table_readers_internal.h"

#include <algorithm>
#include <set>

namespace penumbra::io {

namespace {

constexpr const char* indexColumn = "_healpix_29"; ///< where a row lies on the sky; no measurement

/// The tiles asked for by name and by cone, in the catalogue's order.
std::vector<HatsTile> chosenTiles(const HatsFolder& hats, const ReadOptions& options) {
    std::vector<HatsTile> chosen = hats.tiles;
    if (!options.tiles.empty()) {
        const auto asked = parseTiles(options.tiles);
        for (const HatsTile& tile : asked)
            if (std::find(hats.tiles.begin(), hats.tiles.end(), tile) == hats.tiles.end())
                throw Error(hats.folder.string() + ": has no tile " + tile.text() + " among its " +
                            withThousands(static_cast<long long>(hats.tiles.size())) + "; the first is " +
                            hats.tiles.front().text());
        std::erase_if(chosen, [&](const HatsTile& tile) {
            return std::find(asked.begin(), asked.end(), tile) == asked.end();
        });
    }
    if (const auto& cone = options.cone) {
        std::erase_if(chosen, [&](const HatsTile& tile) {
            // With room for rounding; the rows themselves decide.
            return healpix::separation(healpix::centreOf(tile.order, tile.pixel), {cone->ra, cone->dec}) >
                   cone->radius + healpix::largestRadius(tile.order) * 1.001 + 1e-6;
        });
        if (chosen.empty())
            throw Error(hats.folder.string() + ": no tile touches the cone around (" +
                        shortestReal(cone->ra) + ", " + shortestReal(cone->dec) + ") of " +
                        shortestReal(cone->radius) + " degrees");
    }
    return chosen;
}

/// Tiles one after another, a table of what was asked for.
class HatsReading {
public:
    HatsReading(const HatsFolder& hats, const ReadOptions& options) : hats_(hats), options_(options) {
        perTile_.columns = options.columns;
        table_.source = hats.folder.string();
        if (options.cone)
            addPositions();
    }

    Table read(const std::vector<HatsTile>& tiles, const RunContext& context) {
        for (std::size_t i = 0; i < tiles.size() && !full(); ++i) {
            context.step(static_cast<double>(i) / static_cast<double>(tiles.size()),
                         "reading tile " + tiles[i].text() + " of " + table_.source);
            const auto files = hats_.filesOf(tiles[i]);
            if (files.empty())
                absent_.push_back(tiles[i].text());
            for (const auto& file : files)
                if (!full())
                    addFile(file, context);
        }
        tellAbsent(tiles.size());
        for (const std::string& name : extra_)
            std::erase_if(table_.columns, [&](const Column& column) { return column.name == name; });
        return std::move(table_);
    }

private:
    bool full() const { return options_.maxRows > 0 && rows_ >= options_.maxRows; }

    /// The cone is cut by positions, which are read besides where others were asked for.
    void addPositions() {
        if (hats_.raColumn.empty() || hats_.decColumn.empty())
            throw Error(hats_.described.string() + ": does not say which columns are positions (hats_col_ra, "
                                                   "hats_col_dec); a cone cannot be cut");
        if (perTile_.columns.empty())
            return;
        for (const std::string& name : {hats_.raColumn, hats_.decColumn})
            if (std::find(perTile_.columns.begin(), perTile_.columns.end(), name) == perTile_.columns.end()) {
                perTile_.columns.push_back(name);
                extra_.push_back(name);
            }
    }

    void addFile(const std::filesystem::path& path, const RunContext& context) {
        perTile_.maxRows = options_.cone ? 0 : options_.maxRows > 0 ? options_.maxRows - rows_ : 0;
        Table piece = readParquetTable(path, perTile_, context.quiet());
        if (options_.columns.empty())
            std::erase_if(piece.columns, [](const Column& column) { return column.name == indexColumn; });
        for (Workaround& workaround : piece.workarounds)
            if (told_.insert(workaround.kind + " " + workaround.column).second)
                table_.tell(std::move(workaround));
        if (options_.cone)
            cut(piece);
        if (piece.rows() > 0)
            append(std::move(piece), path);
    }

    void cut(Table& piece) const {
        const Column &ra = piece.at(hats_.raColumn), &dec = piece.at(hats_.decColumn);
        std::vector<std::size_t> inside;
        for (std::size_t row = 0; row < piece.rows(); ++row)
            if (healpix::separation({ra.asReal(row), dec.asReal(row)},
                                    {options_.cone->ra, options_.cone->dec}) <=
                options_.cone->radius) // false where a position is missing
                inside.push_back(row);
        if (options_.maxRows > 0)
            inside.resize(std::min(inside.size(), options_.maxRows - rows_));
        if (inside.size() < piece.rows())
            for (Column& column : piece.columns)
                column = pickRows(column, inside);
    }

    void append(Table piece, const std::filesystem::path& path) {
        const std::size_t more = piece.rows();
        for (Column& column : piece.columns) {
            Column* to = nullptr;
            for (Column& known : table_.columns)
                if (known.name == column.name)
                    to = &known;
            if (to == nullptr && rows_ == 0) {
                table_.columns.push_back(std::move(column));
                continue;
            }
            if (to == nullptr) {
                tellLate(column.name);
                table_.columns.push_back(pickRows(column, std::vector<std::size_t>(rows_, noRow)));
                to = &table_.columns.back();
            }
            try {
                io::append(*to, column);
            } catch (const Error& error) {
                throw Error(path.string() + ": differs from the tiles before it: " + error.what());
            }
        }
        rows_ += more;
        for (Column& known : table_.columns)
            if (known.rows() < rows_) {
                tellLate(known.name);
                appendMissing(known, rows_ - known.rows());
            }
    }

    void tellLate(const std::string& column) {
        if (told_.insert("late-column " + column).second)
            table_.tell({"late-column",
                         column,
                         "column " + column + " is not in every tile; it is missing there",
                         0,
                         {}});
    }

    void tellAbsent(std::size_t tiles) {
        if (absent_.empty())
            return;
        const std::size_t count = absent_.size();
        const std::string text = withThousands(static_cast<long long>(count)) + " of " +
                                 withThousands(static_cast<long long>(tiles)) +
                                 " tiles are not here: " + listText(absent_);
        if (count == tiles || !options_.tiles.empty())
            throw Error(table_.source + ": " + text + ". Fetch them (dataset/Norder=k/Dir=d/Npix=p.parquet)");
        table_.tell({"missing-tiles", "", text + "; the others were read", 0, {}});
    }

    const HatsFolder& hats_;
    const ReadOptions& options_;
    ReadOptions perTile_;
    Table table_;
    std::size_t rows_ = 0;
    std::vector<std::string> extra_, absent_;
    std::set<std::string> told_;
};

} // namespace

bool looksLikeHats(const std::filesystem::path& path, FirstBytes) {
    return isHats(path);
}

Table readHatsTable(const std::filesystem::path& path, const ReadOptions& options,
                    const RunContext& context) {
    if (!options.part.empty())
        throw Error(path.string() + ": a HATS catalogue has tiles, no parts; part '" + options.part +
                    "' was asked for");
    context.checkStop();
    const HatsFolder hats = openHats(path);
    const auto tiles = chosenTiles(hats, options);
    Table table = HatsReading(hats, options).read(tiles, context);
    if (table.rows() == 0 && options.cone)
        throw Error(hats.folder.string() + ": no object lies in the cone");
    if (!hats.siblings.empty())
        table.tell({"siblings", "", "the collection holds besides: " + joinText(hats.siblings, ", "), 0, {}});
    return table;
}

} // namespace penumbra::io
