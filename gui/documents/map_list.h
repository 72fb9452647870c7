#pragma once

#include "gui/documents/map_making.h"
#include "gui/jobs/task.h"

#include <QObject>

#include <array>
#include <map>
#include <memory>

namespace penumbra::gui {

/// The maps of the open catalogue: those in its file, those that a session kept, those made in this window.
class MapList : public QObject {
    Q_OBJECT
public:
    explicit MapList(JobBridge& bridge, QObject* parent = nullptr);

    /// Those of another catalogue are forgotten. `kept`: with a session.
    void setCatalogue(std::shared_ptr<const Catalogue> catalogue, std::vector<MapPlaces> kept = {});
    void read();    ///< those in the catalogue's file, once, in the background
    void readNow(); ///< the same at once: commands want an answer
    std::vector<std::string> names(std::size_t dims) const;
    /// "": the first there is; null: none.
    std::shared_ptr<const MapPlaces> find(const std::string& name, std::size_t dims) const;
    /// Finished ones that are not in the catalogue's file.
    std::vector<std::shared_ptr<const MapPlaces>> made() const;

    /// Begins to make a map of features (empty: the first there are); it is among the maps while it is being
    /// made. `algorithm`: umap or pca. @throws Error without a catalogue or such features
    void make(const std::string& algorithm, const std::string& features, std::size_t dims);
    void stop(std::size_t dims) { makingOf(dims).cancel(); }
    bool making(std::size_t dims) const { return making_.at(dims - 2)->running(); }
    bool settled() const; ///< none is made or read
    /// Begins to write a copy of the catalogue with the maps made here. @throws Error where there are none
    void exportTo(const std::string& path);
    bool exporting() const { return writing_.running(); }

Q_SIGNALS:
    void changed();                                       ///< names, or places of one
    void came(const std::string& name, std::size_t dims); ///< a map that is being made, or is made
    void madeChanged();                                   ///< what made() gives
    void makingChanged(std::size_t dims, bool running);
    void failed(const QString& error);
    void exported(const QString& path);

private:
    Task& makingOf(std::size_t dims) { return *making_.at(dims - 2); }
    void take(const std::shared_ptr<const MapPlaces>& places);
    void takeStored(std::vector<MapPlaces> stored);
    Task reading_, writing_;
    std::array<std::unique_ptr<Task>, 2> making_; ///< of 2 and of 3 dimensions
    std::shared_ptr<const Catalogue> catalogue_;
    std::map<std::string, std::shared_ptr<const MapPlaces>> maps_;
    bool storedRead_ = false; ///< those in the file are among them
};

} // namespace penumbra::gui
