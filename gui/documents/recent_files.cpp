#include "gui/documents/recent_files.h"

#include <QFileInfo>
#include <QSettings>

namespace penumbra::gui {

namespace {
constexpr qsizetype kept = 8;
const char* const key = "recentFiles";
} // namespace

QStringList recentFiles() {
    QStringList present;
    for (const QString& path : QSettings().value(key).toStringList())
        if (QFileInfo::exists(path))
            present << path;
    return present;
}

void rememberFile(const QString& path) {
    const QString absolute = QFileInfo(path).absoluteFilePath();
    QStringList list = recentFiles();
    list.removeAll(absolute);
    list.prepend(absolute);
    QSettings().setValue(key, QStringList(list.mid(0, kept)));
}

void forgetRecentFiles() {
    QSettings().remove(key);
}

} // namespace penumbra::gui
