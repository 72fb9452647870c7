#include "gui/documents/aion_weights.h"

#include "core/encoding/options.h"
#include "gui/options/option_form.h"

#include <QFileInfo>
#include <QSettings>

namespace penumbra::gui {

namespace {

constexpr const char* folders[] = {"weights", "codecs"};

QString keyOf(const char* folder) {
    return QStringLiteral("aion/") + folder;
}

} // namespace

void recallWeights(OptionForm& form) {
    for (const char* folder : folders)
        if (const QString path = QSettings().value(keyOf(folder)).toString(); QFileInfo(path).exists())
            form.setValue(folder, path.toStdString());
}

void rememberWeights(const OptionSet& options) {
    const workflow::ModelChoice model = workflow::modelChoice(options);
    if (model.weights.empty())
        return; // random ones are no choice to keep
    QSettings().setValue(keyOf("weights"), QString::fromStdString(model.weights));
    QSettings().setValue(keyOf("codecs"), QString::fromStdString(model.codecs));
}

} // namespace penumbra::gui
