// New galaxies in a catalogue, whose rows are read when they are asked for.

#include "core/applying/rows.h"

#include "core/applying/table.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/io/hdf5_file.h"
#include "core/session/study_file.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

/// Ids that a tool wrote as reals, as the reader of catalogues takes them.
io::Column integerIds(io::Column column) {
    const auto* reals = std::get_if<std::vector<double>>(&column.values);
    if (!reals || !std::all_of(reals->begin(), reals->end(), [](double id) {
            return std::abs(id) <= 9007199254740992.0 && id == std::floor(id);
        }))
        return column;
    std::vector<std::int64_t> integers(reals->begin(), reals->end());
    column.values = std::move(integers);
    return column;
}

class CatalogueGalaxies final : public NewGalaxies {
public:
    CatalogueGalaxies(const std::filesystem::path& path, const PredictModel& model)
        : file_(io::Hdf5File::openForReading(path)), model_(model) {
        size_ = file_.describe("/object_id").rows();
        if (size_ == 0)
            throw Error(path.string() + ": /object_id is empty: there are no galaxies to predict.");
        if (model_.takesFeatures())
            findFeatures();
        for (const std::string& name : model_.columns())
            findColumn(name);
        for (const uq::RecipeInput& input : model_.describing())
            findDescribing(input);
    }

    std::size_t size() const override { return size_; }

    io::Column ids(std::size_t first, std::size_t count) const override {
        io::Column column = integerIds(file_.readColumn("/object_id", {first, count}));
        column.name = "object_id";
        column.width = 1; // [N, 1] is accepted
        return column;
    }

    NewRows rows(std::size_t first, std::size_t count) const override {
        NewRows rows;
        rows.ids = ids(first, count);
        if (model_.takesFeatures()) {
            const auto values = file_.readFloats(features_, {first, count});
            rows.features =
                Eigen::Map<const MatrixF>(values.data(), static_cast<Eigen::Index>(rows.ids.rows()),
                                          static_cast<Eigen::Index>(model_.inputs().width));
        }
        for (const std::string& name : model_.columns()) {
            io::Table table;
            const std::string stored = storedName(name);
            table.columns.push_back(file_.readColumn("/columns/" + stored, {first, count}));
            table.columns.back().name = stored;
            rows.columns[name] =
                (stored == name ? table.columns.back() : io::selectColumn(table, name)).asReals();
        }
        for (const auto& [dataset, input] : describing_)
            rows.described.columns.push_back(describingColumn(dataset, input, {first, count}));
        return rows;
    }

private:
    void findFeatures() {
        const StudyInputs& wanted = model_.inputs();
        // Older studies do not say the name among their arrays, but in their header.
        const std::string name = wanted.features.empty() ? model_.study().featuresName : wanted.features;
        features_ = "/features/" + name;
        const std::string where = file_.path().string() + ": ";
        if (!file_.isDataset(features_)) {
            std::vector<std::string> there;
            if (file_.isGroup("/features"))
                for (const io::Hdf5Entry& entry : file_.list("/features"))
                    there.push_back(entry.name);
            throw Error(where + "there is no " + features_ + ", which the study's networks take (" +
                        std::to_string(wanted.width) + " numbers a galaxy). " +
                        (there.empty() ? "The catalogue has no features."
                                       : "The catalogue's features are " + joinText(there, ", ") + "."));
        }
        const io::Hdf5Entry entry = file_.describe(features_);
        if (entry.rows() != size_ || entry.rowWidth() != wanted.width)
            throw Error(where + features_ + " has " + std::to_string(entry.rows()) + " rows of " +
                        std::to_string(entry.rowWidth()) + " numbers, but the study's networks take " +
                        std::to_string(wanted.width) + " numbers of each of " + std::to_string(size_) +
                        " galaxies. Make them as the study's own features were made.");
        const auto attributes = file_.attributesAsText(features_);
        checkSameFeatures(where + features_, attributes, wanted);
        featureNames_ = featureNamesIn(attributes, wanted.width);
    }

    /// A column's own name may look like an element of a vector column.
    std::string storedName(const std::string& name) const {
        return file_.isDataset("/columns/" + name) ? name : name.substr(0, name.find('['));
    }

    void findColumn(const std::string& name) const {
        const std::string dataset = "/columns/" + storedName(name);
        if (!file_.isDataset(dataset))
            throw Error(file_.path().string() + ": there is no column '" + name +
                        "', from which the study takes what another code predicted. Add it with the same "
                        "name.");
        if (file_.describe(dataset).rows() != size_)
            throw Error(file_.path().string() + ": " + dataset +
                        " has another number of rows than "
                        "/object_id.");
    }

    /// A column, a position, another target's label or an element of features, wherever it is.
    void findDescribing(const uq::RecipeInput& input) {
        const std::string& name = input.name;
        const bool isFeature = input.kind == uq::RecipeInput::Kind::Feature;
        std::vector<std::string> places = {"/columns/" + name, "/targets/" + name};
        if (name == "ra" || name == "dec")
            places.push_back("/" + name);
        if (isFeature)
            places = {"/features/" + name};
        for (const std::string& dataset : places)
            if (file_.isDataset(dataset) && file_.describe(dataset).rows() == size_ &&
                (!isFeature || file_.describe(dataset).rowWidth() > input.element)) {
                describing_.emplace_back(dataset, input);
                return;
            }
        lacking_.push_back(input.key());
    }

    io::Column describingColumn(const std::string& dataset, const uq::RecipeInput& input,
                                io::RowRange range) const {
        io::Column column;
        if (input.kind == uq::RecipeInput::Kind::Feature) {
            const auto all = file_.readFloats(dataset, range);
            const std::size_t width = file_.describe(dataset).rowWidth();
            std::vector<float> values;
            for (std::size_t at = input.element; at < all.size(); at += width)
                values.push_back(all[at]);
            column.values = std::move(values);
        } else {
            column = file_.readColumn(dataset, range);
        }
        column.name = input.key();
        return column;
    }

    io::Hdf5File file_;
    std::vector<std::pair<std::string, uq::RecipeInput>> describing_; ///< by dataset
    const PredictModel& model_;
    std::size_t size_ = 0;
    std::string features_;
};

} // namespace

std::vector<std::string> featureNamesIn(const std::map<std::string, std::string>& attributes,
                                        std::size_t width) {
    const auto found = attributes.find("columns");
    if (found == attributes.end())
        return {};
    std::vector<std::string> names = splitText(found->second, ',');
    return names.size() == width ? names : std::vector<std::string>();
}

std::unique_ptr<NewGalaxies> openNewGalaxies(const std::filesystem::path& path, const PredictModel& model,
                                             const RunContext& context) {
    if (session::isStudyFile(path))
        throw Error(path.string() + " is a study, not galaxies to predict: name a catalogue or a table.");
    if (isCatalogueFile(path))
        return std::make_unique<CatalogueGalaxies>(path, model);
    return openTableGalaxies(path, model, context);
}

} // namespace penumbra::workflow
