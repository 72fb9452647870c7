#include "gui/documents/workbench.h"

#include "core/base/text.h"
#include "core/nn/device_choice.h"
#include "core/session/study_file.h"
#include "core/study/choices.h"
#include "core/study/run.h"
#include "core/workflow/encode.h"
#include "core/workflow/import.h"
#include "core/workflow/run_command.h"

#include <QFileInfo>
#include <QPointer>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra::gui {

namespace {

bool sameAlpha(double a, double b) {
    return std::abs(a - b) < 1e-9;
}

QString fileName(const QString& path) {
    return QFileInfo(path).fileName();
}

QString counted(const nlohmann::json& count) {
    return QString::fromStdString(withThousands(count.get<long long>()));
}

/// How many rows came in and how many of them cannot be used.
QString importSentence(const nlohmann::json& summary, const QString& from) {
    long long quarantined = 0;
    for (const auto& feature : summary.at("features"))
        quarantined = std::max(quarantined, feature.at("quarantined").get<long long>());
    const QString came = QObject::tr("Imported %1 of %2 rows of %3")
                             .arg(counted(summary.at("rows_kept")), counted(summary.at("rows_read")), from);
    if (quarantined == 0)
        return came + QObject::tr("; none is in quarantine.");
    return came + QObject::tr("; %1 in quarantine: inputs are missing there (see Data check).")
                      .arg(counted(quarantined));
}

constexpr const char* chosenFile = "The file to write";

/// As the command line does, without the names of its flags.
workflow::CommandResult runWithoutFlagNames(const char* id, const OptionSet& options, RunContext& context) {
    workflow::FileUses uses = workflow::fileUses(id, options);
    for (workflow::FileUse& output : uses.outputs)
        output.what = chosenFile;
    workflow::refuseReplacing(uses);
    return workflow::runCommand(workflow::findCommand(id), options, {}, context);
}

/// Those of a name that was there before take its place.
std::vector<session::StoredArray> merged(std::vector<session::StoredArray> arrays,
                                         const std::vector<session::StoredArray>& newer) {
    for (const session::StoredArray& array : newer) {
        std::erase_if(arrays, [&](const session::StoredArray& old) { return old.name == array.name; });
        arrays.push_back(array);
    }
    return arrays;
}

} // namespace

Workbench::Workbench(JobBridge& bridge, QObject* parent)
    : QObject(parent), bridge_(bridge), recalibration_(bridge, tr("Recalibrate"), this, jobs::Lane::Io),
      maps_(bridge), open_(bridge), check_(bridge), run_(bridge), encode_(bridge) {
    connect(&run_, &Task::runningChanged, this, &Workbench::runningChanged);
}

void Workbench::open(const QString& path, std::function<void(const OpenedFile& file)> then,
                     const Located& located) {
    const std::filesystem::path file = path.toStdString();
    const auto work = [this, file, located, then = std::move(then)](RunContext& context) -> Delivery {
        auto opened = std::make_shared<const OpenedFile>(openFile(file, context, located));
        return [this, opened, then] {
            if (!opened->missing.empty()) {
                Q_EMIT filesMissing(*opened);
                return;
            }
            accept(*opened);
            if (then)
                then(*opened);
        };
    };
    open_.start({tr("Open %1").arg(fileName(path)), jobs::Lane::Io, false}, work,
                [this](const JobEnd& end) { tell(end); });
}

void Workbench::import(const OptionSet& options) {
    const QString out = QString::fromStdString(options.getText("out"));
    const QString from = fileName(QString::fromStdString(options.getText("input")));
    const auto work = [this, options, out, from, open = path_](RunContext& context) -> Delivery {
        const auto result = runWithoutFlagNames("import", options, context);
        return [this, out, open, sentence = importSentence(result.json, from)] {
            Q_EMIT imported(out, sentence, open);
        };
    };
    bridge_.start({tr("Import %1").arg(from), jobs::Lane::Io, false, JobBridge::LostWith::Window}, this, work,
                  [this](const JobEnd& end) { tell(end); });
}

/// The data doctor looks at what was opened.
void Workbench::examine(const OpenedFile& file) {
    check_.abandon();
    if (!file.catalogue && !file.table)
        return;
    const auto work = [this, catalogue = file.catalogue,
                       table = file.table](RunContext& context) -> Delivery {
        auto report =
            std::make_shared<const doctor::Report>(catalogue ? doctor::examineCatalogue(*catalogue, context)
                                                             : doctor::examineTable(*table, context));
        return [this, report] { Q_EMIT examined(report); };
    };
    check_.start({tr("Look at the data of %1").arg(fileName(path_)), jobs::Lane::Io, false}, work,
                 [this](const JobEnd& end) {
                     tell(end);
                     if (end.how != JobEnd::How::Finished)
                         Q_EMIT examined(nullptr);
                 });
}

void Workbench::accept(const OpenedFile& file) {
    run_.abandon();
    recalibration_.abandon();
    path_ = QString::fromStdString(file.path.string());
    studyPath_ = file.study ? path_ : QString();
    catalogue_ = file.catalogue;
    table_ = file.table;
    base_.reset();
    shown_.reset();
    networks_.reset();
    recipes_.reset();
    networksFrom_ = studyPath_;
    notes_ = file.notes;
    if (file.catalogue)
        addNotes(file.catalogue->notes);
    shownRun_ = 0;
    const bool unsaved = file.session && file.session->studyIsUnsaved && file.study;
    if (unsaved) { // recovered: its file goes away
        networks_ = file.networks;
        networksFrom_.clear();
        studyPath_.clear();
        if (file.catalogue)
            path_ = QString::fromStdString(file.catalogue->path.string());
    }
    setUnsaved(unsaved);
    alpha_ = 0.1;
    if (file.study) {
        alpha_ = file.study->alpha;
        addNotes(file.study->notes);
        base_ = shown_ = file.study;
    }
    keepRunsOf(file);
    maps_.setCatalogue(file.catalogue, file.maps);
    Q_EMIT opened(file);
    Q_EMIT studyChanged();
    Q_EMIT notesChanged();
    examine(file); // after the first plots were asked for
}

void Workbench::run(const OptionSet& options) {
    if (!catalogue_ || running())
        return;
    open_.abandon(); // it would end the run
    recalibration_.abandon();
    formerRun_ = std::exchange(shownRun_, 0);
    base_.reset();
    shown_.reset();
    networks_.reset();
    recipes_.reset();
    networksFrom_.clear();
    studyPath_.clear();
    alpha_ = options.contains("alpha") ? options.getReal("alpha") : alpha_;
    Q_EMIT alphaChanged(alpha_);
    const auto work = [this, post = run_.poster(), options,
                       catalogue = catalogue_](RunContext& context) -> Delivery {
        const auto listener = [&](std::shared_ptr<const Study> partial) {
            post([this, partial] { takeStudy(partial); });
        };
        auto kept = std::make_shared<std::vector<session::StoredArray>>();
        auto study = workflow::runStudy(*catalogue, options, "", context, listener, kept.get());
        return [this, study, kept] {
            networks_ = kept;
            takeStudy(study);
            addNotes(study->notes);
            keepRun({});
            Q_EMIT ran(1e-3 * static_cast<double>(runClock_.elapsed()));
        };
    };
    const auto ended = [this](const JobEnd& end) { endRun(end); };
    const bool trains =
        !options.contains("prediction-column") || workflow::trainsNetworks(workflow::studyChoices(options));
    const bool onGpu = trains && options.contains("device") && nn::wouldUseGpu(options.getText("device"));
    const QString title = tr("Study of %1").arg(fileName(QString::fromStdString(catalogue_->path.string())));
    runClock_.start();
    run_.start({title, onGpu ? jobs::Lane::Gpu : jobs::Lane::Cpu, false}, work, ended);
    Q_EMIT studyChanged();
}

void Workbench::encode(const OptionSet& options) {
    if (encoding())
        return;
    const auto work = [this, options, open = path_](RunContext& context) -> Delivery {
        const auto result = runWithoutFlagNames("encode", options, context);
        const QString path = QString::fromStdString(options.getText("out"));
        const QString summary = QString::fromStdString(result.text).trimmed();
        return [this, path, summary, open] { Q_EMIT encoded(path, summary, open); };
    };
    const bool onGpu = nn::wouldUseGpu(options.getText("device"));
    const QString title =
        tr("Encode %1").arg(fileName(QString::fromStdString(options.getTextList("input").front())));
    const jobs::Lane lane = onGpu ? jobs::Lane::Gpu : jobs::Lane::Cpu;
    encode_.start({title, lane, false, JobBridge::LostWith::Window}, work,
                  [this](const JobEnd& end) { tell(end); });
}

void Workbench::cancelRun() {
    run_.cancel();
}

void Workbench::takeStudy(std::shared_ptr<const Study> study) {
    base_ = std::move(study);
    setUnsaved(!base_->scores.empty());
    follow();
}

void Workbench::takeRepaired(const std::shared_ptr<const Study>& study,
                             const std::shared_ptr<const Study>& from,
                             const std::vector<session::StoredArray>& recipes) {
    if (from != base_) {
        Q_EMIT failed(tr("Another study is open by now: the repaired one was dropped."));
        return;
    }
    const Run* former = runs_.find(shownRun_);
    const QString name = former ? tr("%1, repaired").arg(former->name) : QString();
    studyPath_.clear();
    recipes_ = std::make_shared<const std::vector<session::StoredArray>>(
        merged(recipes_ ? *recipes_ : std::vector<session::StoredArray>(), recipes));
    takeStudy(study);
    addNotes(study->notes);
    keepRun(name);
}

void Workbench::setAlpha(double alpha) {
    if (sameAlpha(alpha, alpha_))
        return;
    alpha_ = alpha;
    follow();
}

void Workbench::show(std::shared_ptr<const Study> study) {
    shown_ = std::move(study);
    Q_EMIT studyChanged();
}

/// Brings the shown study to the base study and alpha of now; the scores of the target that is looked at
/// come first.
void Workbench::follow() {
    if (!base_)
        return;
    const bool predicted = std::any_of(base_->targets.begin(), base_->targets.end(),
                                       [](const TargetStudy& target) { return !target.predictions.empty(); });
    if (sameAlpha(base_->alpha, alpha_) || !predicted) { // while networks train there are curves only
        recalibration_.abandon();
        show(base_);
        return;
    }
    const QPointer<QObject> self(this);
    const auto work = [this, self, bridge = &bridge_, base = base_, alpha = alpha_,
                       target = shownTarget_](RunContext& context) -> Delivery {
        const auto listener = [&](std::shared_ptr<const Study> partial) {
            bridge->post(self, [this, base, alpha, partial] {
                if (base == base_ && sameAlpha(alpha, alpha_))
                    show(partial);
            });
        };
        auto study = workflow::recalibrate(*base, alpha, context, target, listener);
        return [this, study] { show(study); };
    };
    recalibration_.request(work, [this](const JobEnd& end) {
        if (!end.failed() || !base_)
            return;
        alpha_ = base_->alpha; // back to what can be shown
        Q_EMIT alphaChanged(alpha_);
        tell(end);
        show(base_);
    });
}

/// The open study may be saved under its own name: all of it is in memory. Its catalogue is not.
void Workbench::checkCatalogueStays(const QString& path) const {
    workflow::FileUses uses;
    uses.outputs.push_back({path.toStdString(), chosenFile});
    if (base_ && !base_->cataloguePath.empty())
        uses.inputs.push_back({base_->cataloguePath, "the catalogue of the study"});
    if (catalogue_)
        uses.inputs.push_back({catalogue_->path, "the open catalogue"});
    workflow::refuseReplacing(uses);
}

void Workbench::checkOutput(const QString& path) const {
    checkCatalogueStays(path);
    if (path_.isEmpty())
        return;
    workflow::FileUses uses;
    uses.outputs.push_back({path.toStdString(), chosenFile});
    workflow::addInput(uses, path_.toStdString(), "the file that is open");
    workflow::refuseReplacing(uses);
}

Workbench::Writer Workbench::studyWriter() const {
    Run shown;
    shown.networks = networks_;
    shown.networksFrom = networksFrom_;
    shown.recipes = recipes_;
    return writerOf(shown);
}

Workbench::Writer Workbench::writerOf(const Run& run) {
    return [networks = run.networks, from = run.networksFrom.toStdString(), recipes = run.recipes](
               const Study& study, const std::filesystem::path& path, const RunContext& context) {
        std::vector<session::StoredArray> arrays;
        std::string told;
        if (networks)
            arrays = *networks;
        else if (!from.empty())
            try {
                arrays = session::readNetworks(from, context);
            } catch (const Error& error) {
                told = "The study was saved without its networks, so it cannot predict new galaxies: ";
                told += error.what();
            }
        session::writeStudy(study, recipes ? merged(std::move(arrays), *recipes) : arrays, path, context);
        return told;
    };
}

void Workbench::save(const QString& path, std::function<void()> then, int run) {
    const Run* other = run == 0 ? nullptr : runs_.find(run);
    const std::shared_ptr<const Study> what = other ? other->study : base_;
    if (!what)
        return;
    try {
        checkCatalogueStays(path);
    } catch (const Error& error) {
        Q_EMIT failed(QString::fromUtf8(error.what()));
        return;
    }
    const auto work = [this, path, study = what, write = other ? writerOf(*other) : studyWriter(),
                       then = std::move(then)](RunContext& context) -> Delivery {
        const std::string told = write(*study, path.toStdString(), context);
        return [this, path, study, then, told] {
            --writing_;
            tookSaved(study, path);
            if (!told.empty())
                addNotes({told});
            Q_EMIT saved(path);
            if (then)
                then();
        };
    };
    ++writing_;
    bridge_.start({tr("Save %1").arg(fileName(path)), jobs::Lane::Io, false, JobBridge::LostWith::Window},
                  this, work, [this](const JobEnd& end) {
                      --writing_;
                      tell(end);
                  });
}

void Workbench::tookSaved(const std::shared_ptr<const Study>& study, const QString& path) {
    for (const Run& run : runs_.all())
        if (run.study == study) {
            runs_.setSaved(run.id, path);
            break;
        }
    if (study != base_)
        return;
    studyPath_ = path;
    setUnsaved(false);
}

void Workbench::tell(const JobEnd& end) {
    if (end.failed())
        Q_EMIT failed(end.error);
}

void Workbench::setUnsaved(bool unsaved) {
    if (unsaved == unsaved_)
        return;
    unsaved_ = unsaved;
    Q_EMIT unsavedChanged(unsaved);
}

void Workbench::addNotes(const std::vector<std::string>& notes) {
    for (const std::string& note : notes)
        if (std::find(notes_.begin(), notes_.end(), note) == notes_.end())
            notes_.push_back(note);
    Q_EMIT notesChanged();
}

} // namespace penumbra::gui
