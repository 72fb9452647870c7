#include "core/workflow/encode_plan.h"

#include "core/aion/modality.h"
#include "core/base/error.h"
#include "core/base/fingerprint.h"
#include "core/base/text.h"
#include "core/catalogue/pixel_reader.h"
#include "core/workflow/shard.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace penumbra::workflow {

namespace {

/// Words for several columns; whichever of them the input has are used.
struct ScalarGroup {
    const char* word;
    std::vector<std::string> columns;
};
const std::vector<ScalarGroup>& scalarGroups() {
    static const std::vector<ScalarGroup> groups{
        {"photometry", {"FLUX_G", "FLUX_R", "FLUX_I", "FLUX_Z"}},
        {"wise", {"FLUX_W1", "FLUX_W2", "FLUX_W3", "FLUX_W4"}},
        {"shape", {"SHAPE_R", "SHAPE_E1", "SHAPE_E2"}},
        {"extinction", {"EBV"}},
        {"redshift", {"Z"}},
    };
    return groups;
}

bool hasNumbers(const Catalogue& catalogue, const std::string& column) {
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
    Planner(EncodePlan& plan, const aion::ModelDescription& model, const OptionSet& options)
        : plan_(plan), model_(model), options_(options) {}

    void modalities() {
        for (const auto& word : options_.getTextList("modalities"))
            addModality(word);
        if (plan_.scalars.empty() && plan_.imageKey.empty() && plan_.spectrumKey.empty())
            throw UsageError("--modalities names nothing to encode");
        const auto usable = model_.usableModalities();
        for (const auto& name : plan_.modalities()) {
            const auto& modality = aion::modality(name);
            if (std::find(usable.begin(), usable.end(), modality.key) == usable.end())
                throw UsageError("the model in " + model_.folder.string() + " cannot encode " + name + " (" +
                                 std::string(modality.key) + ")" + codecProblem(modality.codec) +
                                 "; it can encode " + joinText(usable, ", "));
        }
    }

    /// Which rows can be encoded, from what is known without reading pixels.
    void chooseRows() {
        const auto& inputs = plan_.inputs;
        std::vector<std::size_t> rows, absent;
        std::map<std::size_t, std::string> why;
        std::vector<std::vector<double>> scalars;
        for (const auto& name : plan_.scalars)
            scalars.push_back(inputs.catalogue.columns.at(name).asReals());
        for (std::size_t row = 0; row < inputs.catalogue.rowCount; ++row) {
            std::vector<std::string> lacks;
            std::size_t has = 0;
            for (std::size_t i = 0; i < scalars.size(); ++i) {
                if (std::isnan(scalars[i][row]))
                    lacks.push_back("no " + plan_.scalars[i]);
                else
                    ++has;
            }
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
            plan_.spectrumKey = "tok_spectrum_" + options_.getText("spectrograph");
            return;
        }
        for (const auto& group : scalarGroups()) {
            if (name != group.word)
                continue;
            std::vector<std::string> lacking;
            for (const auto& column : group.columns)
                hasNumbers(plan_.inputs.catalogue, column) ? addScalar(column) : lacking.push_back(column);
            if (lacking.size() == group.columns.size())
                throw UsageError("--modalities " + word + ": " + plan_.inputs.source + " has none of " +
                                 joinText(group.columns, ", ") + "; it has " +
                                 numericColumns(plan_.inputs.catalogue));
            if (!lacking.empty())
                plan_.notes.push_back(word + " without " + joinText(lacking, ", ") +
                                      ": the input has no such column");
            return;
        }
        const auto* modality = aion::findModality(word);
        if (!modality || !modality->isScalar())
            throw UsageError("--modalities '" + word +
                             "': write photometry, wise, shape, extinction, redshift, image, spectrum or a "
                             "column that AION reads, such as FLUX_W1");
        const std::string column(modality->codec);
        if (!hasNumbers(plan_.inputs.catalogue, column))
            throw UsageError("--modalities " + word + ": " + plan_.inputs.source + " has no column " +
                             column + "; it has " + numericColumns(plan_.inputs.catalogue));
        addScalar(column);
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

    std::string codecProblem(std::string_view codec) const {
        for (const auto& state : model_.codecs)
            if (state.name == codec && !state.problem.empty())
                return ": " + state.problem;
        return {};
    }

    std::vector<std::size_t> shareOf(const std::vector<std::size_t>& rows) const {
        const auto cut = [&](std::size_t part) {
            return rows.begin() + static_cast<std::ptrdiff_t>(rows.size() * part / plan_.shardCount);
        };
        return {cut(plan_.shard - 1), cut(plan_.shard)};
    }

    EncodePlan& plan_;
    const aion::ModelDescription& model_;
    const OptionSet& options_;
};

} // namespace

std::vector<std::string> EncodePlan::modalities() const {
    std::vector<std::string> names = scalars;
    for (const auto& key : {imageKey, spectrumKey})
        if (!key.empty())
            names.push_back(key);
    return names;
}

std::vector<std::size_t> EncodePlan::blockRowsOf(std::size_t block) const {
    const std::size_t first = block * blockRows, last = std::min(rows.size(), first + blockRows);
    return {rows.begin() + static_cast<std::ptrdiff_t>(first),
            rows.begin() + static_cast<std::ptrdiff_t>(last)};
}

void describeEncodePlanOptions(OptionSet& options) {
    options
        .textList("modalities", {"photometry", "image", "spectrum"},
                  "What the model looks at: photometry (FLUX_G, _R, _I, _Z), wise, shape, "
                  "extinction, redshift, image, spectrum, or single columns.")
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
    options
        .text("shard", "", "i/n: only the i-th of n parts of the galaxies, i from 1; join them with merge.")
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

EncodePlan planEncode(GalaxyInputs inputs, const aion::ModelDescription& model, const OptionSet& options,
                      const RunContext& context) {
    EncodePlan plan;
    plan.inputs = std::move(inputs);
    plan.partial = options.getText("incomplete") == "encode";
    plan.batchRows = static_cast<std::size_t>(options.getInteger("batch"));
    plan.blockRows = static_cast<std::size_t>(options.getInteger("block"));
    context.checkStop();
    Planner planner(plan, model, options);
    planner.modalities();
    planner.shard();
    planner.chooseRows();
    Fingerprint print;
    print.add(plan.inputs.fingerprint());
    print.add(model.fingerprint);
    for (const auto& name : plan.modalities())
        print.add(name);
    print.addNumber(plan.partial);
    plan.identity = print.text();
    return plan;
}

} // namespace penumbra::workflow
