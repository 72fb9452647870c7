#include "core/encoding/reconstruction.h"

#include "core/aion/model.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"
#include "core/catalogue/pixel_reader.h"
#include "core/encoding/one_galaxy.h"
#include "core/encoding/options.h"
#include "core/report/galaxy_figures.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::workflow {

namespace {

using report::Panel;
using report::Series;

/// Mean over the bands of data minus reconstruction: blue is missing light, red is light invented. White is
/// none; full colour is five times the robust scatter.
Series residualPicture(const Cutout& data, const Cutout& reconstruction) {
    const std::size_t pixels = data.width * data.height, bands = data.bands.size();
    std::vector<double> residual(pixels, 0.0);
    for (std::size_t i = 0; i < pixels; ++i)
        for (std::size_t b = 0; b < bands; ++b)
            residual[i] += (static_cast<double>(data.flux[b * pixels + i]) -
                            static_cast<double>(reconstruction.flux[b * pixels + i])) /
                           static_cast<double>(bands);
    std::vector<double> sizes;
    for (const double value : residual)
        sizes.push_back(std::abs(value));
    const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
    std::nth_element(sizes.begin(), middle, sizes.end());
    const double scale = *middle > 0.0 ? 5.0 * 1.4826 * *middle : 1.0; // 1: as good as no residual
    Series series;
    series.kind = Series::Kind::Picture;
    series.name = "residual";
    series.pixelsAcross = data.width;
    series.pixelsDown = data.height;
    series.rgb.resize(3 * pixels);
    for (std::size_t i = 0; i < pixels; ++i) {
        const double share = std::clamp(residual[i] / scale, -1.0, 1.0);
        const auto pale = static_cast<std::uint8_t>(std::lround(255.0 * (1.0 - std::abs(share))));
        const std::size_t y = data.height - 1 - i / data.width, x = i % data.width; // south is below
        std::uint8_t* to = &series.rgb[3 * (y * data.width + x)];
        to[0] = share > 0.0 ? pale : 255; // less in the data than in the reconstruction: red
        to[1] = pale;
        to[2] = share > 0.0 ? 255 : pale;
    }
    return series;
}

Panel said(const std::string& message, const std::string& heading = "") {
    Panel panel;
    panel.heading = heading;
    panel.emptyMessage = message;
    return panel;
}

class Drawer {
public:
    Drawer(const aion::Model& model, const EncodeNames& names, const RunContext& context)
        : model_(model), names_(names), context_(context) {}

    void addImage(std::vector<Panel>& panels, const Cutout& cutout, const std::string& heading) {
        const std::string problem = cutout.present() ? problemOf(cutout, cropPixels) : "no cutout";
        if (!problem.empty()) {
            panels.insert(panels.end(), {said(problem, heading), said(""), said("")});
            return;
        }
        const auto tokens = model_.tokenise(batchOf(cutout, names_.imageKey), context_);
        Cutout made = cutout;
        made.flux = model_.reconstructImage(tokens.modalities.at(0), cutout.bands, context_).flux;
        panels.push_back(report::picturePanel(report::pictureOf(cutout), heading.empty() ? "data" : heading));
        panels.push_back(report::picturePanel(report::pictureOf(made), "rebuilt"));
        panels.push_back(report::picturePanel(residualPicture(cutout, made), "residual"));
    }

    void addSpectrum(std::vector<Panel>& panels, const ObservedSpectrum& spectrum, double redshift) {
        const std::string problem = spectrum.present() ? problemOf(spectrum) : "no spectrum";
        if (!problem.empty()) {
            panels.insert(panels.end(), {said(problem), said("")});
            return;
        }
        const auto tokens = model_.tokenise(batchOf(spectrum, names_.spectrumKey), context_);
        ObservedSpectrum made = spectrum, residual = spectrum;
        made.flux = model_.reconstructSpectrum(tokens.modalities.at(0), spectrum.wavelength, context_).flux;
        for (std::size_t i = 0; i < residual.flux.size(); ++i)
            residual.flux[i] -= made.flux[i];
        Panel both = panelOf(spectrum, redshift);
        Panel reconstructed = panelOf(made, redshift);
        for (Series& series : reconstructed.series)
            if (series.kind == Series::Kind::Line) {
                series.name = "reconstruction";
                series.paletteIndex = 1;
                both.y.low = std::min(both.y.low, reconstructed.y.low);
                both.y.high = std::max(both.y.high, reconstructed.y.high);
                both.series.push_back(std::move(series));
            }
        both.widthShare = 3.5;
        Panel difference = panelOf(residual, std::nan(""));
        difference.y.label = "residual";
        difference.x.label = "wavelength, Å";
        both.x.label = difference.x.label;
        difference.y.low = std::nan(""); // all of it
        difference.lines.push_back({true, 0.0, ""});
        difference.widthShare = 2.0;
        panels.push_back(std::move(both));
        panels.push_back(std::move(difference));
    }

private:
    static Panel panelOf(const ObservedSpectrum& spectrum, double redshift) {
        return report::galaxyPanels(std::nullopt, spectrum, "", redshift).front();
    }

    const aion::Model& model_;
    const EncodeNames& names_;
    const RunContext& context_;
};

/// The rows named, or the first that have everything there is.
std::vector<std::size_t> chosenRows(const GalaxyInputs& inputs, const OptionSet& options) {
    std::vector<std::size_t> rows;
    for (const auto& id : options.getTextList("objects")) {
        std::size_t row = 0;
        while (row < inputs.catalogue.rowCount && inputs.catalogue.idText(row) != id)
            ++row;
        if (row == inputs.catalogue.rowCount)
            throw Error(inputs.source + ": no object has the id '" + id + "'");
        rows.push_back(row);
    }
    if (!rows.empty())
        return rows;
    const auto count = static_cast<std::size_t>(options.getInteger("count"));
    for (const bool complete : {true, false})
        for (std::size_t row = 0; row < inputs.catalogue.rowCount && rows.size() < count; ++row) {
            const bool image = inputs.images[row].present(), spectrum = inputs.spectra[row].present();
            if (complete ? image && spectrum : image != spectrum)
                rows.push_back(row);
        }
    return rows;
}

} // namespace

void describeReconstructionOptions(OptionSet& options) {
    options.textList("objects", {}, "Object ids to draw; empty: the first ones.").in("Galaxies");
    options.integer("count", 4, "How many, where objects names none.").range(1, 40).in("Galaxies");
    options.inputFile("weights", "Folder of the AION-1 model, for kind reconstruction.").in("Reconstruction");
    options.inputFile("codecs", "Folder of its tokenizers, if they are not in the model's codecs/.")
        .in("Reconstruction");
}

report::FigureSpec makeReconstruction(const std::string& input, const OptionSet& options,
                                      const RunContext& context) {
    if (options.getText("weights").empty())
        throw UsageError("figure kind reconstruction needs the tokenizers: --weights FOLDER");
    const aion::ModelDescription description =
        aion::describeModel(modelFolder(options.getText("weights")), options.getText("codecs"));
    const GalaxyInputs inputs = openGalaxyInputs({{input}, MatchBy::Auto, 1.0, 0}, context);
    const auto rows = chosenRows(inputs, options);
    report::FigureSpec figure;
    figure.kind = reconstructionKind;
    figure.widthMm = 180.0;
    figure.recipeJson = jsonText(nlohmann::json{{"input", input}, {"weights", description.fingerprint}});
    if (rows.empty()) {
        figure.panels.push_back(said("None of these galaxies has a cutout or a spectrum."));
        return figure;
    }
    PixelReader reader(inputs, cropPixels);
    const auto cutouts = reader.images(rows);
    const auto spectra = reader.spectra(rows);
    const bool images =
        std::any_of(cutouts.begin(), cutouts.end(), [](const auto& c) { return c.present(); });
    const bool lines = std::any_of(spectra.begin(), spectra.end(), [](const auto& s) { return s.present(); });
    EncodeNames names;
    for (const Cutout& cutout : cutouts)
        if (!cutout.bands.empty() && cutout.bands.front().starts_with("HSC"))
            names.imageKey = "tok_image_hsc";
    aion::LoadOptions load;
    load.transformer = false;
    load.reconstruction = true;
    if (images)
        load.modalities.push_back(names.imageKey);
    if (lines)
        load.modalities.push_back(names.spectrumKey);
    const aion::Model model = aion::Model::load(description, load, context);
    Drawer drawer(model, names, context);
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        context.step(static_cast<double>(i) / static_cast<double>(rows.size()), "tokenising and back");
        const double redshift = report::redshiftOf(inputs.catalogue, rows[i]);
        const std::string id = inputs.catalogue.idText(rows[i]);
        ids.push_back(id);
        if (images) // beside a spectrum the picture is too narrow for an id
            drawer.addImage(figure.panels, cutouts[i], lines ? "" : id);
        if (lines)
            drawer.addSpectrum(figure.panels, spectra[i], redshift);
    }
    figure.columns = (images ? 3 : 0) + (lines ? 2 : 0);
    figure.heightMm = std::min(240.0, 44.0 * static_cast<double>(rows.size()) + 8.0);
    figure.caption =
        "Galaxies and what the tokenizers of " + description.sizeName +
        (description.randomLabel.empty() ? "" : " (RANDOM WEIGHTS)") +
        " keep of them: cutout, reconstruction from its tokens, mean residual of the bands (blue: light that "
        "is "
        "lost, red: light that is added; full colour at five times its scatter); spectrum with its "
        "reconstruction, "
        "and the residual. From the top: " +
        joinText(ids, ", ") + ".";
    return figure;
}

} // namespace penumbra::workflow
