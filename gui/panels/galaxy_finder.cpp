#include "gui/panels/galaxy_finder.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/workflow/explain.h"
#include "core/workflow/similar.h"

#include <limits>

namespace penumbra::gui {

namespace {

constexpr std::size_t kNeighbours = 30;

CloudLinks behindInterval(const ViewState& state, const RunContext& context) {
    const std::string method = state.inspector.neighboursOf.empty()
                                   ? workflow::methodToExplain(state.finishedMethods())
                                   : state.inspector.neighboursOf;
    const auto explained = workflow::explainInterval(*state.study, state.target, method,
                                                     state.selection.current, kNeighbours, context);
    CloudLinks links;
    if (!explained.local)
        throw Error(method +
                    " has one calibration for all galaxies: no neighbours stand behind its intervals.");
    links.from = state.selection.current;
    links.label = QObject::tr("%L1 calibration galaxies with the largest weights in %2")
                      .arg(explained.neighbours.size())
                      .arg(QString::fromStdString(method));
    const double most = explained.neighbours.empty() ? 1.0 : explained.neighbours.front().weight;
    for (const auto& neighbour : explained.neighbours) {
        links.rows.push_back(neighbour.row);
        links.strength.push_back(most > 0.0 ? neighbour.weight / most : 1.0);
    }
    return links;
}

CloudLinks nearest(const ViewState& state, FeatureStore& store, const RunContext& context) {
    const auto features = store.of(state.catalogue, featuresShown(state), context);
    const auto similar = workflow::galaxiesLike(
        *features, {static_cast<std::size_t>(state.selection.current)}, kNeighbours, context.threads);
    CloudLinks links;
    links.from = state.selection.current;
    links.label = QObject::tr("the %L1 most alike by %2")
                      .arg(similar.row.size())
                      .arg(QString::fromStdString(features->name));
    const double best = similar.similarity.empty() ? 1.0 : similar.similarity.front();
    const double least = similar.similarity.empty() ? 0.0 : similar.similarity.back();
    for (std::size_t i = 0; i < similar.row.size(); ++i) {
        links.rows.push_back(static_cast<std::int64_t>(similar.row[i]));
        links.strength.push_back(best > least ? (similar.similarity[i] - least) / (best - least) : 1.0);
    }
    return links;
}

} // namespace

std::shared_ptr<const workflow::UsableFeatures>
FeatureStore::of(const std::shared_ptr<const Catalogue>& catalogue, const std::string& name,
                 const RunContext& context) {
    const std::lock_guard lock(mutex_); // a second asker waits for what the first one reads
    if (!catalogue)
        throw Error("There is no catalogue to compare galaxies by: open one with features.");
    if (catalogue_ != catalogue || !features_ || features_->name != name) {
        features_ = std::make_shared<const workflow::UsableFeatures>(
            workflow::loadComparedFeatures(*catalogue, name, context));
        catalogue_ = catalogue;
    }
    return features_;
}

void FeatureStore::forget() {
    const std::lock_guard lock(mutex_);
    features_.reset();
    catalogue_.reset();
}

std::string featuresShown(const ViewState& state) {
    if (!state.catalogue)
        return {};
    for (const FeatureInfo& features : state.catalogue->features)
        if (state.study && features.name == state.study->featuresName)
            return features.name;
    return state.catalogue->features.empty() ? std::string() : state.catalogue->features.front().name;
}

CloudLinks neighbourLinks(const ViewState& state, FeatureStore& store, const RunContext& context) {
    if (state.selection.current < 0 || state.inspector.neighbours.empty())
        return {};
    if (state.inspector.neighbours == "nearest")
        return nearest(state, store, context);
    if (state.shownTarget() == nullptr || state.finishedMethods().empty())
        return {};
    return behindInterval(state, context);
}

GalaxyFinder::GalaxyFinder(JobBridge& bridge, QObject* parent)
    : QObject(parent), searching_(bridge), neighbours_(bridge, tr("Find neighbours"), this) {}

GalaxyFinder::~GalaxyFinder() = default;

void GalaxyFinder::findSimilar(const ViewState& state, const Command& command,
                               const std::vector<std::int64_t>& examples) {
    const std::string name = featuresShown(state);
    if (!state.catalogue || name.empty())
        throw Error("There are no features to compare galaxies by: open a catalogue that holds some.");
    searching_.start(
        {tr("Galaxies like %L1").arg(examples.size()), jobs::Lane::Io, false},
        [this, catalogue = state.catalogue, name, command, examples, rows = state.rowCount(),
         store = store_](RunContext& context) -> Delivery {
            const auto features = store->of(catalogue, name, context);
            const auto wanted = static_cast<std::size_t>(parseInteger(command.words.at(0)).value_or(1));
            const auto similar =
                workflow::galaxiesLike(*features, std::vector<std::size_t>(examples.begin(), examples.end()),
                                       wanted, context.threads);
            auto likeness = std::make_shared<Likeness>();
            likeness->features = name;
            likeness->examples = examples;
            likeness->similarity.assign(rows, std::numeric_limits<double>::quiet_NaN());
            for (std::size_t i = 0; i < features->catalogueRow.size(); ++i)
                if (features->catalogueRow[i] < rows)
                    likeness->similarity[features->catalogueRow[i]] = similar.ofAll[i];
            const std::vector<std::int64_t> rowsFound(similar.row.begin(), similar.row.end());
            Command done = command;
            done.rows = RowMask::of(rows, rowsFound);
            done.current = rowsFound.empty() ? -1 : rowsFound.front();
            done.likeness = std::move(likeness);
            return [this, done] { Q_EMIT found(done); };
        },
        [this](const JobEnd& end) {
            if (end.failed())
                Q_EMIT failed(end.error);
        });
}

void GalaxyFinder::setState(const ViewState& state) {
    if (state.catalogue != state_.catalogue)
        store_->forget();
    const bool same = shown_ && state.study == state_.study && state.target == state_.target &&
                      state.selection.current == state_.selection.current &&
                      state.inspector.neighbours == state_.inspector.neighbours &&
                      state.inspector.neighboursOf == state_.inspector.neighboursOf;
    state_ = state;
    if (same)
        return;
    neighbours_.abandon();
    shown_ = !state.inspector.neighbours.empty();
    Q_EMIT neighboursFound({});
    if (!shown_ || state.selection.current < 0)
        return;
    neighbours_.request(
        [this, state, store = store_](RunContext& context) -> Delivery {
            const CloudLinks links = neighbourLinks(state, *store, context);
            return [this, links] { Q_EMIT neighboursFound(links); };
        },
        [this](const JobEnd& end) {
            if (!end.failed())
                return;
            CloudLinks none; // a calibration galaxy, a method without neighbours: said on the map
            none.label = end.error;
            Q_EMIT neighboursFound(none);
        });
}

} // namespace penumbra::gui
