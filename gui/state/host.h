#pragma once

#include "core/catalogue/row_mask.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace penumbra::gui {

struct Command;

/// A region that a search found.
struct FoundRegion {
    std::string where; ///< an expression for it; empty: it has none
    RowMask rows;      ///< of the catalogue: its test galaxies
};

/// What commands need of the window around the state. Nothing of it asks: what would be lost is lost, what
/// stands there is replaced. All throw an Error that says what was found and what to do.
class Host {
public:
    virtual ~Host() = default;
    /// Begins to open a catalogue, study, table or session.
    virtual void open(const std::string& path) = 0;
    using Options = std::vector<std::pair<std::string, std::string>>; ///< names and values
    /// Begins a study of the open catalogue with the form's options and these.
    virtual void run(const Options& options) = 0;
    /// Begins work on the open study with options of a verb: `regions`, `repair`, `apply` (those of predict),
    /// `generate` (of the galaxy looked at; coverage=N: of N galaxies),
    /// `confirm` (of what is selected, or of `subset`).
    virtual void begin(const std::string& verb, const Options& options) = 0;
    virtual nlohmann::json found(const std::string& verb) const = 0; ///< by that work; null: nothing yet
    /// A confirmed region of the last search, from 1 in the order of its list.
    virtual FoundRegion foundRegion(std::size_t number) const = 0;
    virtual std::vector<std::string> pages() const = 0; ///< ids
    virtual std::vector<std::string>
    maps() const = 0; ///< names of those made here or stored with the catalogue
    /// Begins to make a map of features (empty: the first there are). `algorithm`: umap or pca.
    virtual void makeMap(const std::string& algorithm, const std::string& features) = 0;
    virtual std::vector<std::string> spaceMaps() const = 0; ///< the same of three dimensions
    virtual void makeSpaceMap(const std::string& algorithm, const std::string& features) = 0;
    /// Rows whose points lie in a polygon. `view`: id of a figure; vertices in the data of its axes.
    virtual std::vector<std::int64_t> rowsWithin(const std::string& view,
                                                 const std::vector<std::pair<double, double>>& polygon) = 0;
    /// Begins to look for the galaxies most like these rows; the same command (`similar N`) with what is
    /// found follows.
    virtual void findSimilar(const Command& command, const std::vector<std::int64_t>& examples) = 0;
    /// The galaxy `by` places behind this one in the table (`row` -1: the first); `inside`: of the selected
    /// ones alone. The last where there are no more, -1 where there are none.
    virtual std::int64_t galaxyAfter(std::int64_t row, int by, bool inside) = 0;
    /// The galaxies where the map's local coverage is the least likely by chance. @throws Error where it is
    /// not coloured by one
    virtual std::vector<std::int64_t> worstRegion() = 0;
    virtual void writeFigure(const std::string& path) = 0;
    /// Begins to write the galaxies of the table of galaxies, or only those selected, by the ending.
    virtual void writeGalaxies(const std::string& path, bool selected) = 0;
    /// Begins to write a copy of the catalogue that holds the maps made here.
    virtual void writeMaps(const std::string& path) = 0;
    virtual void writeTable(const std::string& path) = 0; ///< of the comparison: tex, md or csv
    virtual void takeScreenshot(const std::string& path, int width, int height) = 0; ///< 0: as it is
    /// Begins to write the session, and beside it a study that has not been saved.
    // Runs: studies run or opened in this window, by their names.
    virtual void showRun(const std::string& name) = 0; ///< again
    virtual void renameRun(const std::string& name, const std::string& to) = 0;
    virtual void removeRun(const std::string& name) = 0; ///< from the list; what has not been saved is lost
    virtual void saveRun(const std::string& name, const std::string& path) = 0; ///< begins to write it
    virtual void compareRuns(const std::vector<std::string>& names) = 0;        ///< on the page of runs
    virtual nlohmann::json runs() const = 0;
    virtual void saveSession(const std::string& path) = 0;
    virtual void recoverSession() = 0; ///< begins to open the newest that a killed window left
    virtual nlohmann::json stalls() const = 0;
    virtual void report(const std::string& line) = 0; ///< one line of standard output
    virtual void quit() = 0;
};

} // namespace penumbra::gui
