#include "gui/pages/verdict_words.h"

#include <QObject>

#include <algorithm>

namespace penumbra::gui {

QString VerdictWords::paragraph(const report::TargetVerdict& verdict, std::size_t most) {
    QString text = "<b>" + QString::fromStdString(verdict.target).toHtmlEscaped() + "</b>&ensp;";
    for (std::size_t i = 0; i < std::min(most, verdict.sentences.size()); ++i) {
        const report::VerdictSentence& sentence = verdict.sentences[i];
        QString words = QString::fromStdString(sentence.text).toHtmlEscaped();
        for (const report::VerdictLink& link : sentence.links) {
            const QString phrase = QString::fromStdString(link.words).toHtmlEscaped();
            const auto at = words.indexOf(phrase);
            if (at < 0)
                continue;
            words.replace(at, phrase.size(),
                          QStringLiteral("<a href=\"%1\">%2</a>").arg(links_.size()).arg(phrase));
            links_.push_back({verdict.target, link.where});
        }
        text += (i > 0 ? " " : "") + words;
    }
    return text;
}

const VerdictWords::Link* VerdictWords::link(const QString& reference) const {
    bool number = false;
    const auto at = static_cast<std::size_t>(reference.toULongLong(&number));
    return number && at < links_.size() ? &links_[at] : nullptr;
}

QString VerdictWords::tip(const QString& reference) const {
    const Link* found = link(reference);
    return found == nullptr ? QString()
                            : QObject::tr("Click selects these galaxies: %1")
                                  .arg(QString::fromStdString(found->where).toHtmlEscaped());
}

} // namespace penumbra::gui
