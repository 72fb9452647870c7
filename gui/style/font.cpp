#include "gui/style/font_file.h"
#include "gui/style/theme.h"

#include <QFile>
#include <QFont>
#include <QFontDatabase>
#include <QGuiApplication>

namespace penumbra::gui {

QString plainFontFile() {
    for (const char* folder :
         {"/usr/share/fonts/truetype/dejavu/", "/usr/share/fonts/dejavu/", "/usr/share/fonts/TTF/"}) {
        const QString path = QLatin1String(folder) + QStringLiteral("DejaVuSans.ttf");
        if (QFile::exists(path))
            return path;
    }
    return {};
}

QString figureFontFamily() {
    static const QString family = [] {
        const QString wanted = QStringLiteral("DejaVu Sans");
        if (QFontDatabase::hasFamily(wanted))
            return wanted;
        const QString path = plainFontFile();
        if (!path.isEmpty() && QFontDatabase::addApplicationFont(path) >= 0)
            return wanted;
        return QGuiApplication::font().family();
    }();
    return family;
}

} // namespace penumbra::gui
