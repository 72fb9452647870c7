#include "gui/window/open_file.h"

#include "core/io/table_reader.h"
#include "core/session/study_file.h"
#include "core/workflow/calibration_parts.h"
#include "core/workflow/study_catalogue.h"

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

} // namespace

OpenedFile openFile(const fs::path& path, const RunContext& context) {
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
    opened.columns = describeColumns(*table);
    opened.table = std::move(table);
    return opened;
}

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
