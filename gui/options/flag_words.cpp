#include "gui/options/flag_words.h"

#include "gui/options/option_editor.h"

#include <QRegularExpression>

namespace penumbra::gui {

QString withoutFlags(QString sentence) {
    static const QRegularExpression flag("--([a-z][a-z-]*)");
    for (QRegularExpressionMatch match = flag.match(sentence); match.hasMatch(); match = flag.match(sentence))
        sentence.replace(match.capturedStart(), match.capturedLength(),
                         QStringLiteral("“%1”").arg(optionTitle(match.captured(1).toStdString())));
    return sentence;
}

} // namespace penumbra::gui
