#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/report/figures/figure_parts.h"
#include "core/report/galaxy_figures.h"
#include "core/report/spectrum_panel.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace penumbra::report {

namespace {

constexpr double notKnown = std::numeric_limits<double>::quiet_NaN();

void describe(OptionSet& options) {
    options
        .textList(
            "objects", {},
            "Object ids to draw; empty: the first ones that have both a cutout and a spectrum, or either.")
        .in("Galaxies");
    options.integer("count", 4, "How many, where objects names none.").range(1, 40).in("Galaxies");
}

bool contains(const std::vector<std::int64_t>& rows, std::int64_t row) {
    return std::find(rows.begin(), rows.end(), row) != rows.end();
}

/// Rows with both before rows with one.
std::vector<std::size_t> firstRows(const ModalityReader& reader, std::size_t count) {
    std::vector<std::size_t> both, one;
    for (const std::int64_t row : reader.cutoutRows())
        (contains(reader.spectrumRows(), row) ? both : one).push_back(static_cast<std::size_t>(row));
    if (both.size() < count)
        for (const std::int64_t row : reader.spectrumRows())
            if (!contains(reader.cutoutRows(), row))
                one.push_back(static_cast<std::size_t>(row));
    both.insert(both.end(), one.begin(), one.end());
    both.resize(std::min(count, both.size()));
    return both;
}

std::vector<std::size_t> namedRows(const Catalogue& catalogue, const std::vector<std::string>& ids) {
    std::vector<std::size_t> rows;
    for (const std::string& id : ids) {
        std::size_t row = 0;
        while (row < catalogue.rowCount && catalogue.idText(row) != id)
            ++row;
        if (row == catalogue.rowCount)
            throw Error(catalogue.path.string() + ": no object has the id '" + id +
                        "'; penumbra-cli inspect shows the first ids.");
        rows.push_back(row);
    }
    return rows;
}

[[noreturn]] void refuseEmpty(const Catalogue& catalogue, const ModalityReader& reader) {
    const auto cutouts = reader.cutoutRows().size(), spectra = reader.spectrumRows().size();
    if (cutouts + spectra == 0)
        throw Error(
            catalogue.path.string() +
            " holds neither cutouts (/images) nor spectra (/spectra), so there are no galaxies to "
            "draw. Give a catalogue that holds them; penumbra-cli inspect says what is in a file, and "
            "penumbra-cli simulate makes one with both.");
    throw Error(catalogue.path.string() + ": none of the galaxies in --objects has a cutout or a spectrum; " +
                withThousands(static_cast<long long>(cutouts)) + " galaxies of the file have cutouts, " +
                withThousands(static_cast<long long>(spectra)) +
                " have spectra. Without --objects the first of these are drawn.");
}

FigureSpec make(const Catalogue& catalogue, const OptionSet& options, const RunContext& context) {
    FigureSpec figure;
    figure.kind = "galaxies";
    figure.recipeJson = jsonText(nlohmann::json{{"catalogue", catalogue.path.string()}});
    figure.widthMm = 180.0;
    const ModalityReader reader(catalogue);
    const auto& ids = options.getTextList("objects");
    const auto rows = ids.empty() ? firstRows(reader, static_cast<std::size_t>(options.getInteger("count")))
                                  : namedRows(catalogue, ids);
    bool cutouts = false, spectra = false;
    for (const std::size_t row : rows) {
        context.checkStop();
        cutouts = cutouts || contains(reader.cutoutRows(), static_cast<std::int64_t>(row));
        spectra = spectra || contains(reader.spectrumRows(), static_cast<std::int64_t>(row));
    }
    if (!cutouts && !spectra)
        refuseEmpty(catalogue, reader);
    figure.columns = cutouts && spectra ? 2 : spectra ? 1 : 4;
    for (const std::size_t row : rows) {
        const double z = redshiftOf(catalogue, row);
        std::string heading = catalogue.idText(row);
        if (std::isfinite(z))
            heading += ", z = " + formatFixed(z, 3);
        auto panels = galaxyPanels(reader.cutout(row), reader.spectrum(row), heading, z);
        if (figure.columns == 2 && panels.size() == 1) { // keep the columns in step
            Panel missing;
            missing.emptyMessage = panels.front().bare ? "no spectrum" : "no cutout";
            missing.heading = panels.front().bare ? "" : heading;
            panels.insert(panels.front().bare ? panels.end() : panels.begin(), missing);
        }
        for (Panel& panel : panels)
            figure.panels.push_back(std::move(panel));
    }
    for (std::size_t i = 0; i + 2 < figure.panels.size() && spectra; ++i)
        figure.panels[i].x.label.clear(); // said once, below the last
    const double lines = std::ceil(static_cast<double>(figure.panels.size()) / figure.columns);
    figure.heightMm = std::min(240.0, lines * (spectra ? 44.0 : 46.0) + 8.0);
    figure.caption = "Cutouts in colour (arcsinh stretch of Lupton et al. 2004) and spectra, averaged over "
                     "neighbouring pixels "
                     "with inverse-variance weights; the band is one standard error, masked pixels are left "
                     "out. Vertical lines: "
                     "lines at the catalogue's redshift.";
    return figure;
}

} // namespace

double redshiftOf(const Catalogue& catalogue, std::size_t row) {
    const auto fromColumn = [&](const std::string& name) {
        for (const io::Column& column : catalogue.columns.columns)
            if (lowered(column.name) == name && column.isNumeric() && row < column.rows())
                return column.asReal(row);
        return notKnown;
    };
    if (const double latent = fromColumn("true_z"); std::isfinite(latent))
        return latent; // simulated: the label carries noise, the spectrum does not
    for (const Target& target : catalogue.targets)
        if (lowered(target.name) == "z" && row < target.values.size())
            return target.values[row];
    return fromColumn("z");
}

std::vector<Panel> galaxyPanels(const std::optional<Cutout>& cutout,
                                const std::optional<ObservedSpectrum>& spectrum, const std::string& heading,
                                double redshift) {
    std::vector<Panel> panels;
    if (cutout)
        panels.push_back(picturePanel(pictureOf(*cutout), heading));
    if (spectrum) {
        Panel panel = spectrumPanel(*spectrum, {redshift, notKnown});
        panel.widthShare = cutout ? 3.0 : 1.0;
        panels.push_back(std::move(panel));
    }
    return panels;
}

GalaxyFigureKind galaxiesFigure() {
    return {"galaxies", "Galaxies",
            "cutouts and spectra of single galaxies, from a catalogue that holds them (no study is needed)",
            describe, make};
}

} // namespace penumbra::report
