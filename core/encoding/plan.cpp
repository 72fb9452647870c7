#include "core/encoding/plan.h"

#include "core/aion/modality.h"
#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/text.h"
#include "core/catalogue/pixel_reader.h"
#include "core/encoding/lists.h"
#include "core/encoding/shard.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace penumbra::workflow {

namespace {

/// Words for several columns, a group a survey; whichever of them the input has are used.
struct ScalarGroup {
    const char* word;
    std::vector<std::string> columns;
};
const std::vector<ScalarGroup>& scalarGroups() {
    static const std::vector<ScalarGroup> groups{
        {"photometry", {"FLUX_G", "FLUX_R", "FLUX_I", "FLUX_Z"}},
        {"photometry", {"g_cmodel_mag", "r_cmodel_mag", "i_cmodel_mag", "z_cmodel_mag", "y_cmodel_mag"}},
        {"photometry", {"phot_g_mean_flux", "phot_bp_mean_flux", "phot_rp_mean_flux"}},
        {"wise", {"FLUX_W1", "FLUX_W2", "FLUX_W3", "FLUX_W4"}},
        {"shape", {"SHAPE_R", "SHAPE_E1", "SHAPE_E2"}},
        {"shape", {"i_sdssshape_shape11", "i_sdssshape_shape22", "i_sdssshape_shape12"}},
        {"extinction", {"EBV"}},
        {"extinction", {"a_g", "a_r", "a_i", "a_z", "a_y"}},
        {"parallax", {"parallax"}},
        {"position", {"ra", "dec"}},
        {"redshift", {"Z"}},
    };
    return groups;
}

bool hasNumbers(const Catalogue& catalogue, const std::string& column) {
    if ((column == "ra" && !catalogue.ra.empty()) || (column == "dec" && !catalogue.dec.empty()))
        return true;
    return std::any_of(
        catalogue.columns.columns.begin(), catalogue.columns.columns.end(),
        [&](const io::Column& c) { return c.name == column && c.isNumeric() && c.width == 1; });
}

std::string numericColumns(const Catalogue& catalogue) {
    std::vector<std::string> names;
    for (const auto& column : catalogue.columns.columns)
        if (const auto* known = aion::findModality(column.name); known && known->isScalar())
            names.push_back(column.name);
    return names.empty() ? "none" : joinText(names, ", ");
}

class Planner {
public:
    Planner(EncodePlan& plan, const EncoderAbout& encoder, const OptionSet& options,
            const RunContext& context)
        : plan_(plan), encoder_(encoder), options_(options), context_(context) {}

    void modalities() {
        for (const auto& word : options_.getTextList("modalities"))
            addModality(word);
        if (plan_.modalities().empty())
            throw UsageError("--modalities names nothing to encode");
        const auto& usable = encoder_.modalities;
        for (const auto& name : plan_.modalities()) {
            const auto& modality = aion::modality(name);
            if (std::find(usable.begin(), usable.end(), modality.key) == usable.end())
                throw UsageError(encoder_.where + " cannot encode " + name + " (" +
                                 std::string(modality.key) + ")" + problemOf(std::string(modality.key)) +
                                 "; it can encode " + joinText(usable, ", "));
        }
    }

    /// Which rows can be encoded, from what is known without reading pixels.
    void chooseRows() {
        const auto& inputs = plan_.inputs;
        std::vector<std::size_t> rows, absent;
        std::map<std::size_t, std::string> why;
        for (std::size_t row = 0; row < inputs.catalogue.rowCount; ++row) {
            std::vector<std::string> lacks;
            std::size_t has = 0;
            for (const auto& name : plan_.scalars)
                std::isnan(plan_.scalarAt(name, row)) ? lacks.push_back("no " + name) : void(++has);
            for (const auto& list : plan_.lists)
                list.complete(row) ? void(++has) : lacks.push_back("no " + list.key);
            const auto check = [&](const std::string& key, const StoredRow& at, const char* what) {
                if (key.empty())
                    return;
                if (at.present())
                    ++has;
                else
                    lacks.emplace_back(what);
            };
            check(plan_.imageKey, inputs.images[row], "no image");
            check(plan_.spectrumKey, inputs.spectra[row], "no spectrum");
            if (lacks.empty() || (plan_.partial && has > 0)) {
                rows.push_back(row);
            } else {
                absent.push_back(row);
                why[row] = joinText(lacks, ", ");
            }
        }
        if (rows.empty())
            throw Error("no galaxy of " + inputs.source +
                        " has everything that --modalities asks for (row 0: " + why[0] +
                        "). Name fewer modalities, or encode what there is with --incomplete encode");
        // Neighbours in the files are read together, wherever the matched row of the first input is.
        const auto& stored = !plan_.imageKey.empty() ? inputs.images : inputs.spectra;
        std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
            return std::pair{stored[a].file, stored[a].row} < std::pair{stored[b].file, stored[b].row};
        });
        plan_.rows = shareOf(rows);
        plan_.absent = shareOf(absent);
        for (const std::size_t row : plan_.absent)
            plan_.absentWhy.push_back(why[row]);
        if (!absent.empty())
            plan_.notes.push_back(withThousands(static_cast<long long>(absent.size())) + " of " +
                                  withThousands(static_cast<long long>(inputs.catalogue.rowCount)) +
                                  " galaxies lack a modality (" + why[absent.front()] +
                                  ", ...); their features are NaN");
    }

    void shard() {
        const auto& all = options_.all();
        if (std::none_of(all.begin(), all.end(), [](const Option& one) { return one.name == "shard"; }))
            return;
        const Shard own = shardFrom(options_.getText("shard"));
        plan_.shard = own.number;
        plan_.shardCount = own.count;
    }

private:
    void addScalar(const std::string& column) {
        if (std::find(plan_.scalars.begin(), plan_.scalars.end(), column) == plan_.scalars.end())
            plan_.scalars.push_back(column);
    }

    void addModality(const std::string& word) {
        const std::string name = lowered(word);
        if (name == "image") {
            plan_.imageKey = imageKey();
            return;
        }
        if (name == "spectrum") {
            if (none(plan_.inputs.spectra))
                throw UsageError(plan_.inputs.source + " has no spectra");
            plan_.spectrumKey = "tok_spectrum_" + plan_.spectrograph;
            return;
        }
        if (name == "xp") {
            plan_.lists = xpLists(plan_.inputs, plan_.notes, context_);
            return;
        }
        if (addGroups(word, name))
            return;
        const auto* modality = aion::findModality(word);
        if (!modality || !modality->isScalar())
            throw UsageError(
                "--modalities '" + word +
                "': write photometry, wise, shape, extinction, parallax, position, redshift, xp, image, "
                "spectrum or a column that AION reads, such as FLUX_W1");
        const std::string column(modality->codec);
        if (!hasNumbers(plan_.inputs.catalogue, column))
            throw UsageError("--modalities " + word + ": " + plan_.inputs.source + " has no column " +
                             column + "; it has " + numericColumns(plan_.inputs.catalogue));
        addScalar(column);
    }

    /// Columns of a group that the input has, and of these whether the model reads any.
    std::vector<std::string> present(const ScalarGroup& group) const {
        std::vector<std::string> columns;
        for (const auto& column : group.columns)
            if (hasNumbers(plan_.inputs.catalogue, column))
                columns.push_back(column);
        return columns;
    }
    bool reads(const std::vector<std::string>& columns) const {
        const auto& usable = encoder_.modalities;
        return std::any_of(columns.begin(), columns.end(), [&](const std::string& column) {
            return std::find(usable.begin(), usable.end(), aion::modality(column).key) != usable.end();
        });
    }

    /// Every survey whose columns are there and read by the model; where it reads none, all, and the check of
    /// the modalities says why. @returns false: no such word
    bool addGroups(const std::string& word, const std::string& name) {
        std::vector<const ScalarGroup*> groups;
        std::vector<std::string> all;
        for (const auto& group : scalarGroups())
            if (name == group.word) {
                all.insert(all.end(), group.columns.begin(), group.columns.end());
                if (!present(group).empty())
                    groups.push_back(&group);
            }
        if (all.empty())
            return false;
        if (groups.empty())
            throw UsageError("--modalities " + word + ": " + plan_.inputs.source + " has none of " +
                             joinText(all, ", ") + "; it has " + numericColumns(plan_.inputs.catalogue));
        const bool any = std::any_of(groups.begin(), groups.end(),
                                     [&](const ScalarGroup* group) { return reads(present(*group)); });
        for (const ScalarGroup* group : groups) {
            const auto columns = present(*group);
            if (any && !reads(columns))
                continue;
            std::vector<std::string> lacking;
            for (const auto& column : group->columns)
                if (std::find(columns.begin(), columns.end(), column) == columns.end())
                    lacking.push_back(column);
                else
                    addScalar(column);
            if (!lacking.empty())
                plan_.notes.push_back(word + " without " + joinText(lacking, ", ") +
                                      ": the input has no such column");
        }
        return true;
    }

    static bool none(const std::vector<StoredRow>& stored) {
        return std::none_of(stored.begin(), stored.end(), [](const StoredRow& at) { return at.present(); });
    }

    /// Hyper Suprime-Cam has a modality of its own; the first image's bands tell.
    std::string imageKey() const {
        const auto& images = plan_.inputs.images;
        const auto first =
            std::find_if(images.begin(), images.end(), [](const StoredRow& at) { return at.present(); });
        if (first == images.end())
            throw UsageError(plan_.inputs.source + " has no images");
        const std::size_t row[] = {static_cast<std::size_t>(first - images.begin())};
        const auto cutouts = PixelReader(plan_.inputs, 96).images(row);
        const auto& bands = cutouts.front().bands;
        return !bands.empty() && bands.front().starts_with("HSC") ? "tok_image_hsc" : "tok_image";
    }

    std::string problemOf(const std::string& key) const {
        const auto found = encoder_.problems.find(key);
        return found == encoder_.problems.end() ? std::string() : ": " + found->second;
    }

    std::vector<std::size_t> shareOf(const std::vector<std::size_t>& rows) const {
        const auto cut = [&](std::size_t part) {
            return rows.begin() + static_cast<std::ptrdiff_t>(rows.size() * part / plan_.shardCount);
        };
        return {cut(plan_.shard - 1), cut(plan_.shard)};
    }

    EncodePlan& plan_;
    const EncoderAbout& encoder_;
    const OptionSet& options_;
    const RunContext& context_;
};

} // namespace

std::vector<std::string> EncodePlan::modalities() const {
    std::vector<std::string> names = scalars;
    for (const auto& list : lists)
        names.push_back(list.key);
    for (const auto& key : {imageKey, spectrumKey})
        if (!key.empty())
            names.push_back(key);
    return names;
}

std::size_t EncodePlan::tokens() const {
    std::size_t count = scalars.size();
    for (const EncodeList& list : lists)
        count += static_cast<std::size_t>(list.values.cols());
    for (const auto& key : {imageKey, spectrumKey})
        if (!key.empty())
            count += aion::modality(key).tokens;
    return count;
}

double EncodePlan::scalarAt(const std::string& column, std::size_t row) const {
    const Catalogue& catalogue = inputs.catalogue;
    if (const io::Column* found = catalogue.columns.find(column))
        return found->asReal(row);
    return column == "ra" ? catalogue.ra.at(row) : catalogue.dec.at(row);
}

std::vector<std::size_t> EncodePlan::blockRowsOf(std::size_t block) const {
    const std::size_t first = block * blockRows, last = std::min(rows.size(), first + blockRows);
    return {rows.begin() + static_cast<std::ptrdiff_t>(first),
            rows.begin() + static_cast<std::ptrdiff_t>(last)};
}

void describeEncodePlanOptions(OptionSet& options, bool sharded) {
    options
        .textList(
            "modalities", {"photometry", "image", "spectrum"},
            "What the model looks at: photometry (Legacy Survey's fluxes, HSC's magnitudes, Gaia's fluxes), "
            "wise, shape, extinction, parallax, position, redshift, xp (Gaia's coefficients), image, "
            "spectrum, or single columns.")
        .in("Galaxies");
    options
        .choice("incomplete", "quarantine", {"quarantine", "encode"},
                "Galaxies that lack a modality or have unusable pixels: quarantine gives them NaN features, "
                "encode uses what they have (their embeddings are then not like the others).")
        .in("Galaxies");
    options
        .choice("spectrograph", "desi", {"desi", "sdss"},
                "Which survey's spectra these are; ignored without spectra.")
        .in("Galaxies")
        .asAdvanced();
    if (sharded)
        options
            .text("shard", "",
                  "i/n: only the i-th of n parts of the galaxies, i from 1; join them with merge.")
            .in("Running");
    options
        .integer("batch", 8,
                 "Galaxies that go through the model at once; more is faster on a GPU and takes more memory.")
        .range(1, 65536)
        .in("Machine");
    options
        .integer(
            "block", 64,
            "Galaxies between two checkpoints: a kill costs at most this many. Also how many are read at "
            "once.")
        .range(1, 1'000'000)
        .in("Machine")
        .asAdvanced();
}

EncodePlan planEncode(GalaxyInputs inputs, const EncoderAbout& encoder, const OptionSet& options,
                      const RunContext& context) {
    EncodePlan plan;
    plan.inputs = std::move(inputs);
    plan.partial = options.getText("incomplete") == "encode";
    plan.spectrograph = options.getText("spectrograph");
    plan.batchRows = static_cast<std::size_t>(options.getInteger("batch"));
    plan.blockRows = static_cast<std::size_t>(options.getInteger("block"));
    context.checkStop();
    Planner planner(plan, encoder, options, context);
    planner.modalities();
    planner.shard();
    planner.chooseRows();
    Fingerprint print;
    print.add(plan.inputs.fingerprint());
    print.add(encoder.fingerprint);
    for (const auto& name : plan.modalities())
        print.add(name);
    print.addNumber(plan.partial);
    plan.identity = print.text();
    return plan;
}

} // namespace penumbra::workflow
