#include "gui/window/workbench.h"

#include "core/base/text.h"
#include "core/session/study_file.h"
#include "core/workflow/device_choice.h"
#include "core/workflow/encode.h"
#include "core/workflow/import.h"
#include "core/workflow/run_command.h"
#include "core/workflow/study.h"

#include <QFileInfo>

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

} // namespace

Workbench::Workbench(JobBridge& bridge, QObject* parent)
    : QObject(parent), bridge_(bridge), recalibration_(bridge, tr("Recalibrate"), this) {}

void Workbench::open(const QString& path) {
    if (openJob_ != 0)
        bridge_.cancel(openJob_);
    const std::filesystem::path file = path.toStdString();
    const auto work = [this, file](RunContext& context) -> Delivery {
        auto opened = std::make_shared<const OpenedFile>(openFile(file, context));
        return [this, opened] { accept(*opened); };
    };
    openJob_ = bridge_.start({tr("Open %1").arg(fileName(path)), jobs::Lane::Io, false}, this, work,
                             [this](const QString& error, const std::vector<std::string>&) {
                                 openJob_ = 0;
                                 if (!error.isEmpty())
                                     Q_EMIT failed(error);
                             });
}

void Workbench::import(const OptionSet& options) {
    const QString out = QString::fromStdString(options.getText("out"));
    const auto work = [this, options, out](RunContext& context) -> Delivery {
        const auto result = runWithoutFlagNames("import", options, context);
        const QString from = fileName(QString::fromStdString(options.getText("input")));
        return [this, out, sentence = importSentence(result.json, from)] {
            Q_EMIT imported(out, sentence);
            open(out);
        };
    };
    bridge_.start({tr("Import %1").arg(fileName(QString::fromStdString(options.getText("input")))),
                   jobs::Lane::Io, false},
                  this, work, [this](const QString& error, const std::vector<std::string>&) {
                      if (!error.isEmpty())
                          Q_EMIT failed(error);
                  });
}

/// The data doctor looks at what was opened, behind the first plots.
void Workbench::examine(const OpenedFile& file) {
    if (examineJob_ != 0)
        bridge_.cancel(examineJob_);
    examineJob_ = 0;
    if (!file.catalogue && !file.table)
        return;
    const auto work = [this, catalogue = file.catalogue,
                       table = file.table](RunContext& context) -> Delivery {
        auto report =
            std::make_shared<const doctor::Report>(catalogue ? doctor::examineCatalogue(*catalogue, context)
                                                             : doctor::examineTable(*table, context));
        return [this, report, catalogue, table] {
            if (catalogue != catalogue_ || table != table_)
                return; // another file was opened meanwhile
            examineJob_ = 0;
            Q_EMIT examined(report);
        };
    };
    examineJob_ = bridge_.start({tr("Look at the data of %1").arg(fileName(path_)), jobs::Lane::Io, false},
                                this, work, [this](const QString& error, const std::vector<std::string>&) {
                                    if (!error.isEmpty())
                                        Q_EMIT failed(error);
                                });
}

void Workbench::accept(const OpenedFile& file) {
    openJob_ = 0;
    cancelRun();
    ++runNumber_;
    recalibration_.abandon();
    path_ = QString::fromStdString(file.path.string());
    catalogue_ = file.catalogue;
    table_ = file.table;
    base_.reset();
    shown_.reset();
    notes_ = file.notes;
    if (file.catalogue)
        addNotes(file.catalogue->notes);
    setUnsaved(false);
    if (file.study) {
        alpha_ = file.study->alpha;
        addNotes(file.study->notes);
        base_ = shown_ = file.study;
    }
    Q_EMIT opened(file);
    examine(file);
    Q_EMIT studyChanged();
    Q_EMIT notesChanged();
}

void Workbench::run(const OptionSet& options) {
    if (!catalogue_ || running())
        return;
    const quint64 number = ++runNumber_;
    recalibration_.abandon();
    base_.reset();
    shown_.reset();
    alpha_ = options.contains("alpha") ? options.getReal("alpha") : alpha_;
    const QPointer<QObject> self(this);
    const auto work = [this, self, number, options, catalogue = catalogue_](RunContext& context) -> Delivery {
        const auto listener = [this, self, number](std::shared_ptr<const Study> partial) {
            bridge_.post(self, [this, number, partial] {
                if (number == runNumber_)
                    takeStudy(partial);
            });
        };
        auto study = workflow::runStudy(*catalogue, options, "", context, listener);
        return [this, number, study] {
            if (number != runNumber_)
                return;
            runJob_ = 0;
            takeStudy(study);
            addNotes(study->notes);
            Q_EMIT runningChanged(false);
            Q_EMIT runEnded(true);
        };
    };
    const auto failedRun = [this, number](const QString& error, const std::vector<std::string>& notes) {
        if (number != runNumber_)
            return;
        runJob_ = 0;
        addNotes(notes);
        Q_EMIT runningChanged(false);
        if (!error.isEmpty())
            Q_EMIT failed(error);
        else
            Q_EMIT cancelled();
        Q_EMIT runEnded(false);
    };
    const bool trains =
        !options.contains("prediction-column") || options.getText("prediction-column").empty();
    const bool onGpu =
        trains && options.contains("device") && workflow::wouldUseGpu(options.getText("device"));
    const QString title = tr("Study of %1").arg(fileName(QString::fromStdString(catalogue_->path.string())));
    runJob_ = bridge_.start({title, onGpu ? jobs::Lane::Gpu : jobs::Lane::Cpu, false}, this, work, failedRun);
    Q_EMIT runningChanged(true);
    Q_EMIT studyChanged();
}

void Workbench::encode(const OptionSet& options) {
    if (encoding())
        return;
    const auto work = [this, options](RunContext& context) -> Delivery {
        const auto result = runWithoutFlagNames("encode", options, context);
        const QString path = QString::fromStdString(options.getText("out"));
        const QString summary = QString::fromStdString(result.text).trimmed();
        return [this, path, summary] {
            encodeJob_ = 0;
            Q_EMIT encoded(path, summary);
        };
    };
    const auto failedEncode = [this](const QString& error, const std::vector<std::string>&) {
        encodeJob_ = 0;
        if (!error.isEmpty())
            Q_EMIT failed(error);
    };
    const bool onGpu = workflow::wouldUseGpu(options.getText("device"));
    const QString title =
        tr("Encode %1").arg(fileName(QString::fromStdString(options.getTextList("input").front())));
    encodeJob_ =
        bridge_.start({title, onGpu ? jobs::Lane::Gpu : jobs::Lane::Cpu, false}, this, work, failedEncode);
}

void Workbench::cancelRun() {
    if (running())
        bridge_.cancel(runJob_);
}

void Workbench::takeStudy(std::shared_ptr<const Study> study) {
    base_ = std::move(study);
    setUnsaved(!base_->scores.empty());
    follow();
}

void Workbench::setAlpha(double alpha) {
    if (sameAlpha(alpha, alpha_))
        return;
    alpha_ = alpha;
    follow();
}

/// Brings the shown study to the base study and alpha of now.
void Workbench::follow() {
    if (!base_)
        return;
    const bool predicted = std::any_of(base_->targets.begin(), base_->targets.end(),
                                       [](const TargetStudy& target) { return !target.predictions.empty(); });
    if (sameAlpha(base_->alpha, alpha_) || !predicted) { // while networks train there are curves only
        recalibration_.abandon();
        shown_ = base_;
        Q_EMIT studyChanged();
        return;
    }
    const auto work = [this, base = base_, alpha = alpha_](RunContext& context) -> Delivery {
        auto study = workflow::recalibrate(*base, alpha, context);
        return [this, study] {
            shown_ = study;
            Q_EMIT studyChanged();
        };
    };
    recalibration_.request(work, [this](const QString& error, const std::vector<std::string>&) {
        if (error.isEmpty() || !base_)
            return;
        alpha_ = base_->alpha; // back to what can be shown
        shown_ = base_;
        Q_EMIT failed(error);
        Q_EMIT studyChanged();
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

void Workbench::save(const QString& path) {
    if (!base_)
        return;
    try {
        checkCatalogueStays(path);
    } catch (const Error& error) {
        Q_EMIT failed(QString::fromUtf8(error.what()));
        return;
    }
    const auto work = [this, path, study = base_](RunContext& context) -> Delivery {
        session::writeStudy(*study, {}, path.toStdString(), context);
        return [this, path, study] {
            if (study == base_)
                setUnsaved(false);
            Q_EMIT saved(path);
        };
    };
    bridge_.start({tr("Save %1").arg(fileName(path)), jobs::Lane::Io, false}, this, work,
                  [this](const QString& error, const std::vector<std::string>&) {
                      if (!error.isEmpty())
                          Q_EMIT failed(error);
                  });
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
