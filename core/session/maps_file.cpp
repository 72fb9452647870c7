#include "core/session/maps_file.h"

#include "core/base/atomic_file.h"
#include "core/base/error.h"

namespace penumbra::session {

void writeMaps(const std::filesystem::path& path, const std::vector<Samples>& maps, std::size_t rows,
               const std::string& catalogueHash, const RunContext& context) {
    AtomicFile target(path);
    io::Hdf5File file = io::Hdf5File::create(target.temporaryPath());
    file.setAttribute("/", "catalogue_hash", catalogueHash);
    file.setAttribute("/", "rows", static_cast<std::int64_t>(rows));
    writeSamples(file, maps, rows, context);
    file.close();
    target.commit(context.stop);
}

std::vector<Samples> readMaps(const std::filesystem::path& path, std::size_t rows,
                              const std::string& catalogueHash) {
    const io::Hdf5File file = io::Hdf5File::openForReading(path);
    const auto of = file.integerAttribute("/", "rows");
    if (file.textAttribute("/", "catalogue_hash") != catalogueHash || of != static_cast<std::int64_t>(rows))
        throw Error(path.string() + " holds maps of another catalogue. Make them again.");
    std::vector<Samples> maps;
    for (const io::Hdf5Entry& entry : file.list("/maps")) {
        const std::string dataset = "/maps/" + entry.name;
        if (entry.isGroup || entry.rows() != rows || entry.shape.size() != 2 ||
            (entry.rowWidth() != 2 && entry.rowWidth() != 3))
            throw Error(path.string() + ": " + dataset + " has no place of each of the " +
                        std::to_string(rows) + " galaxies. Make the map again.");
        Samples map;
        map.dataset = dataset;
        map.shape = {entry.rowWidth()};
        map.attributes = file.attributesAsText(dataset);
        map.source = file.textAttribute(dataset, "source").value_or("");
        map.attributes.erase("source");
        map.values = file.readFloats(dataset);
        maps.push_back(std::move(map));
    }
    return maps;
}

} // namespace penumbra::session
