#include "gui/dialogs/encode_dialog.h"

#include "core/aion/model_folder.h"
#include "core/workflow/encode.h"
#include "gui/documents/aion_weights.h"
#include "gui/options/column_scroll.h"
#include "gui/options/option_form.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace penumbra::gui {

namespace {

QString text(const OptionSet& options, const char* name) {
    return QString::fromStdString(options.getText(name));
}

} // namespace

EncodeDialog::EncodeDialog(JobBridge& bridge, const QString& input, QWidget* parent)
    : QDialog(parent), form_(new OptionForm(OptionForm::Arrangement::Column, this)), model_(new QLabel(this)),
      problem_(new QLabel(this)), run_(nullptr), description_(bridge, tr("Look at the model folder"), this) {
    setWindowTitle(tr("Encode galaxies with AION-1"));
    setObjectName("encodeDialog");
    OptionSet options;
    workflow::describeEncodeOptions(options);
    form_->setObjectName("encodeForm");
    form_->setSuggestions("modalities",
                          {"photometry", "wise", "shape", "extinction", "redshift", "image", "spectrum"});
    form_->setSuggestions("pool", {"mean", "attentive"});
    form_->setOptions(options, {"shard", "block", "unmatched"});
    recallWeights(*form_);
    if (!input.isEmpty()) {
        const QFileInfo info(input);
        form_->setValue("input", std::vector<std::string>{input.toStdString()});
        form_->setValue("out",
                        (info.absolutePath() + '/' + info.completeBaseName() + "_encoded.h5").toStdString());
    }
    auto* scroll = new ColumnScroll(form_, this);
    model_->setObjectName("encodeModel");
    model_->setWordWrap(true);
    model_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    model_->setMinimumHeight(model_->fontMetrics().lineSpacing() * 6);
    model_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    problem_->setObjectName("encodeProblem");
    problem_->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
    run_ = buttons->addButton(tr("Encode"), QDialogButtonBox::AcceptRole);
    run_->setObjectName("encodeRun");
    run_->setDefault(true);
    auto* column = new QVBoxLayout(this);
    column->addWidget(scroll, 1);
    column->addWidget(model_);
    column->addWidget(problem_);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        rememberWeights(form_->options());
        accept();
    });
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(form_, &OptionForm::changed, this, &EncodeDialog::changed);
    resize(620, 720);
    changed();
}

const OptionSet& EncodeDialog::options() const {
    return form_->options();
}

void EncodeDialog::setTheme(const Theme& theme) {
    form_->setTheme(theme);
}

void EncodeDialog::changed() {
    describeModel();
    const QString why = whyNot();
    problem_->setText(why);
    problem_->setVisible(!why.isEmpty());
    run_->setEnabled(why.isEmpty());
}

void EncodeDialog::describeModel() {
    const OptionSet& options = form_->options();
    const QString folder = text(options, "weights"), codecs = text(options, "codecs"),
                  random = text(options, "random-weights");
    const QString wanted = folder + '\n' + codecs + '\n' + random;
    if (wanted == described_)
        return;
    described_ = wanted;
    modelUsable_ = false;
    if (random != "none") {
        modelUsable_ = folder.isEmpty();
        model_->setText(tr("RANDOM WEIGHTS (%1): for trying the pipeline and for timing only. The embeddings "
                           "mean nothing.")
                            .arg(random));
        return;
    }
    if (folder.isEmpty()) {
        model_->setText(tr("Name the folder of the AION-1 weights; what it holds is shown here."));
        return;
    }
    model_->setText(tr("Looking at %1 …").arg(folder));
    description_.request(
        [this, wanted, folder, codecs](RunContext&) -> Delivery {
            const auto found = std::make_shared<const aion::ModelDescription>(
                aion::describeModel(workflow::modelFolder(folder.toStdString()), codecs.toStdString()));
            return [this, wanted, found] {
                if (wanted != described_)
                    return;
                modelUsable_ = !found->usableModalities().empty();
                model_->setText(QString::fromStdString(found->text()).trimmed());
                changed();
            };
        },
        [this, wanted](const JobEnd& end) {
            if (wanted == described_ && end.failed())
                model_->setText(end.error);
        });
}

QString EncodeDialog::whyNot() const {
    if (!form_->isValid())
        return form_->firstProblem();
    const OptionSet& options = form_->options();
    if (options.getTextList("input").empty())
        return tr("Name a catalogue, or a folder in the layout of the Multimodal Universe.");
    if (options.getText("out").empty())
        return tr("Say which file to write.");
    if (options.getTextList("modalities").empty())
        return tr("Tick at least one modality.");
    if (options.getTextList("pool").empty())
        return tr("Tick at least one pooling.");
    if (!options.getText("weights").empty() && options.getText("random-weights") != "none")
        return tr("Choose a weights folder or random weights, not both.");
    if (!modelUsable_)
        return tr("There is no usable model yet.");
    return {};
}

} // namespace penumbra::gui
