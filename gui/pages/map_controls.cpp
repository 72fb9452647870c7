#include "gui/pages/map_controls.h"

#include "gui/pages/map_work.h"

#include <QComboBox>
#include <QMenu>
#include <QPushButton>
#include <QToolTip>

namespace penumbra::gui {

void offerMaps(QPushButton& button, const ViewState& state, const MapList& maps, std::size_t dims,
               const std::string& verb, const std::function<void(const Command&)>& wanted) {
    auto* menu = new QMenu(&button);
    if (state.catalogue)
        for (const FeatureInfo& features : state.catalogue->features)
            for (const std::string algorithm : {"umap", "pca"})
                menu->addAction(
                    QObject::tr("%1 of %2 (%3 columns)")
                        .arg(algorithm == "umap" ? QObject::tr("UMAP") : QObject::tr("Principal components"),
                             QString::fromStdString(features.name))
                        .arg(features.width),
                    &button, [wanted, verb, algorithm, name = features.name] {
                        wanted({verb, {algorithm, name}});
                    });
    delete button.menu();
    button.setMenu(menu);
    button.setEnabled(!menu->isEmpty() && !maps.making(dims));
}

QStringList offerColourings(QComboBox& box, const ViewState& state) {
    QStringList names;
    for (const std::string& name : colourSuggestions(state))
        names << QString::fromStdString(name);
    box.clear();
    box.addItem(QString());
    box.addItems(names);
    return names;
}

void showGalaxyTip(const ViewState& state, qint64 row, const QPoint& globalPosition, QWidget* over) {
    if (row < 0)
        QToolTip::hideText();
    else
        QToolTip::showText(globalPosition, galaxyLines(state, row), over);
}

} // namespace penumbra::gui
