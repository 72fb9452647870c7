#pragma once

#include <QCompleter>
#include <QLineEdit>
#include <QStringList>

namespace penumbra::gui {

/// Offers names that hold what is written.
inline void completeWith(QLineEdit* edit, const QStringList& names) {
    auto* completer = new QCompleter(names, edit);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setFilterMode(Qt::MatchContains);
    delete edit->completer();
    edit->setCompleter(completer);
}

} // namespace penumbra::gui
