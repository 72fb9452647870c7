#include "gui/documents/open_file.h"

#include "core/io/table_reader.h"
#include "core/session/maps_file.h"
#include "core/session/study_file.h"
#include "core/study/calibration_parts.h"
#include "core/study/catalogue.h"

#include <fstream>

namespace penumbra::gui {

namespace fs = std::filesystem;

namespace {

std::string readerTitle(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<unsigned char> first(4096);
    file.read(reinterpret_cast<char*>(first.data()), static_cast<std::streamsize>(first.size()));
    first.resize(static_cast<std::size_t>(file.gcount()));
    for (const io::TableReader& reader : io::allTableReaders())
        if (reader.recognises(path, first))
            return reader.title;
    return "table";
}

/// Where it is another file, or gone, the study is shown without it.
void addCatalogue(OpenedFile& opened, const RunContext& context) {
    workflow::FoundCatalogue found = workflow::findStudyCatalogue(*opened.study, opened.path, context);
    if (found.catalogue)
        opened.catalogue = std::make_shared<const Catalogue>(std::move(*found.catalogue));
    else if (!found.missing.empty())
        opened.notes.push_back(
            found.missing +
            " The study's numbers and intervals are shown all the same; galaxies are named by "
            "row, and there are no columns, images or spectra to look at. To run the study "
            "again, open its catalogue.");
}

OpenedFile openDataFile(const fs::path& path, const RunContext& context);

/// A file that the session builds upon: found, or looked for by the user, who may go on without.
fs::path placeOf(const FileReference& reference, const fs::path& folder, const Located& located,
                 OpenedFile& opened, const RunContext& context) {
    const fs::path found = findAgain(reference, folder, context);
    if (!found.empty())
        return found;
    const auto named = located.find(reference.path);
    if (named == located.end()) {
        opened.missing.push_back(reference);
    } else if (!named->second.empty()) {
        FileReference there = reference;
        there.path = named->second;
        if (const fs::path fits = findAgain(there, named->second.parent_path(), context); !fits.empty())
            return fits;
        opened.notes.push_back(named->second.string() +
                               " has other contents than the file that the session was made with, and was "
                               "left out.");
    }
    return {};
}

/// Further studies: those that are not found are told, and asked for no further.
void addRuns(const Session& session, const fs::path& folder, OpenedFile& opened, const RunContext& context) {
    for (const RunReference& kept : session.runs) {
        const fs::path place = findAgain(kept.study, folder, context);
        try {
            if (place.empty())
                throw Error(kept.study.path.string() + " was not found: the run '" + kept.name +
                            "' of the session is left out.");
            OpenedRun run;
            run.name = QString::fromStdString(kept.name);
            run.when = QDateTime::fromString(QString::fromStdString(kept.when), Qt::ISODate);
            run.study = std::make_shared<const Study>(penumbra::session::readStudy(place.string(), context));
            run.path = QString::fromStdString(place.string());
            run.unsaved = kept.unsaved;
            if (kept.unsaved)
                run.networks = std::make_shared<const std::vector<penumbra::session::StoredArray>>(
                    penumbra::session::readNetworks(place.string(), context));
            opened.runs.push_back(std::move(run));
        } catch (const Error& error) {
            opened.notes.emplace_back(error.what());
        }
    }
}

/// Maps that are not found, or are of another catalogue, can be made again.
void addMaps(const Session& session, const fs::path& folder, OpenedFile& opened, const RunContext& context) {
    if (!session.maps || !opened.catalogue)
        return;
    try {
        const fs::path place = findAgain(*session.maps, folder, context);
        if (place.empty())
            throw Error(session.maps->path.string() +
                        " was not found: the maps made in the session's window are left out.");
        const std::string hash = session.catalogue ? session.catalogue->hash : std::string();
        for (const Samples& map : penumbra::session::readMaps(place, opened.catalogue->rowCount, hash))
            opened.maps.push_back(placesOf(map, map.values));
    } catch (const Error& error) {
        opened.notes.emplace_back(error.what());
    }
}

/// The study is what counts; without it the catalogue, without that the table. A part that fails does not
/// stop the others.
OpenedFile openSession(const fs::path& path, const RunContext& context, const Located& located) {
    auto session = std::make_shared<const Session>(readSession(path));
    OpenedFile opened;
    opened.notes = session->notes;
    const fs::path folder = fs::absolute(path).parent_path();
    for (const auto* reference : {&session->study, &session->catalogue, &session->table}) {
        if (!*reference)
            continue;
        const fs::path place = placeOf(**reference, folder, located, opened, context);
        const bool needed = reference == &session->catalogue ? !opened.catalogue : opened.path.empty();
        if (place.empty() || !needed)
            continue;
        try {
            OpenedFile part = openDataFile(place, context);
            if (opened.path.empty()) {
                part.notes.insert(part.notes.begin(), opened.notes.begin(), opened.notes.end());
                part.missing = opened.missing;
                opened = std::move(part);
            } else if (part.catalogue && session->catalogue->hash == opened.study->catalogueHash) {
                opened.catalogue = part.catalogue;
            }
        } catch (const Error& error) {
            opened.notes.emplace_back(error.what());
        }
    }
    if (session->studyIsUnsaved && opened.study)
        opened.networks = std::make_shared<const std::vector<penumbra::session::StoredArray>>(
            penumbra::session::readNetworks(opened.path, context));
    addRuns(*session, folder, opened, context);
    addMaps(*session, folder, opened, context);
    opened.session = std::move(session);
    opened.sessionPath = path;
    if (opened.path.empty() && opened.missing.empty())
        throw Error(path.string() + ": none of the files that this session builds upon can be opened. " +
                    (opened.notes.empty() ? "" : opened.notes.front()));
    return opened;
}

} // namespace

OpenedFile openFile(const fs::path& path, const RunContext& context, const Located& located) {
    std::error_code problem;
    if (fs::is_regular_file(path, problem) && isSessionFile(path))
        return openSession(path, context, located);
    return openDataFile(path, context);
}

namespace {

OpenedFile openDataFile(const fs::path& path, const RunContext& context) {
    OpenedFile opened;
    opened.path = path;
    std::error_code problem;
    if (!fs::exists(path, problem))
        throw Error(path.string() + ": no such file. Check the path, or choose the file with File > Open.");
    if (!fs::is_regular_file(path, problem))
        throw Error(path.string() + " is not a file. Choose a catalogue, a study or a table.");
    context.step(0.1, "Reading " + path.filename().string());
    if (session::isStudyFile(path)) {
        Study study = session::readStudy(path, context);
        workflow::addCalibrationParts(study);
        opened.study = std::make_shared<const Study>(std::move(study));
        addCatalogue(opened, context);
        return opened;
    }
    if (isCatalogueFile(path)) {
        opened.catalogue = std::make_shared<const Catalogue>(readCatalogue(path, context));
        return opened;
    }
    auto table = std::make_shared<const io::Table>(io::readTable(path, {}, context));
    opened.isRawTable = true;
    opened.tableTitle = readerTitle(path);
    opened.tableRows = table->rows();
    opened.notes = table->notes;
    opened.columns = io::describeColumns(*table);
    opened.table = std::move(table);
    return opened;
}

} // namespace

fs::path findSample(const fs::path& executableFolder) {
    const char* const name = "sdss_photometric_sample.h5";
    for (const char* folder : {"../share/penumbra", "../share/penumbra/sample_data", "../sample_data",
                               "../../sample_data", "../../../sample_data"}) {
        std::error_code ignored;
        const fs::path candidate = executableFolder / folder / name;
        if (fs::is_regular_file(candidate, ignored))
            return fs::weakly_canonical(candidate, ignored);
    }
    return {};
}

} // namespace penumbra::gui
