#include "core/study/catalogue.h"

#include "core/session/study_file.h"

#include <filesystem>
#include <vector>

namespace penumbra::workflow {

namespace {

/// A damaged study names what no file system can hold; that is not there either.
bool isThere(const std::filesystem::path& path) {
    std::error_code ignored;
    return !path.empty() && std::filesystem::exists(path, ignored);
}

bool isAnotherFile(const Study& study, const std::filesystem::path& path, const RunContext& context) {
    return !study.catalogueHash.empty() && fileHash(path, context) != study.catalogueHash;
}

} // namespace

Catalogue studyCatalogue(const Study& study, const std::string& movedTo, const RunContext& context) {
    const std::string path = movedTo.empty() ? study.cataloguePath : movedTo;
    if (!isThere(path))
        throw Error("The study's catalogue is not at '" + path + "'. Say where it is with --catalogue FILE.");
    if (isAnotherFile(study, path, context))
        throw Error(path +
                    ": this is not the file the study was made from (its content differs), so rows may not "
                    "match. Give the right one with --catalogue.");
    return readCatalogue(path, context);
}

std::optional<Catalogue> studyCatalogueIfThere(const Study& study, const std::string& movedTo,
                                               const RunContext& context) {
    if (!movedTo.empty())
        return studyCatalogue(study, movedTo, context);
    FoundCatalogue found = findStudyCatalogue(study, {}, context);
    if (isThere(study.cataloguePath) && isCatalogueFile(study.cataloguePath) && !found.missing.empty())
        context.note(found.missing);
    return std::move(found.catalogue);
}

FoundCatalogue findStudyCatalogue(const Study& study, const std::filesystem::path& studyFile,
                                  const RunContext& context) {
    FoundCatalogue found;
    const std::filesystem::path stored = study.cataloguePath;
    if (stored.empty())
        return found;
    std::vector<std::filesystem::path> places = {stored};
    if (!studyFile.empty())
        places.push_back(studyFile.parent_path() / stored.filename());
    for (const auto& place : places) {
        if (!isThere(place) || !isCatalogueFile(place))
            continue;
        try {
            if (!isAnotherFile(study, place, context)) {
                found.catalogue = readCatalogue(place, context);
                found.missing.clear();
                return found;
            }
            found.missing = place.string() +
                            " has changed since the study was made (its content differs), so its rows may be "
                            "other galaxies; its names and columns are not used.";
        } catch (const Error& error) {
            found.missing = "The study's catalogue could not be read: " + std::string(error.what());
        }
    }
    if (found.missing.empty())
        found.missing = "The study's catalogue " + stored.string() +
                        (isThere(stored) ? " is no catalogue file any more." : " is not there.");
    return found;
}

std::string catalogueBehind(const std::string& path, const RunContext& context) {
    if (!session::isStudyFile(path))
        return path;
    const std::filesystem::path stored = session::readStudy(path, context).cataloguePath;
    const std::filesystem::path beside = std::filesystem::path(path).parent_path() / stored.filename();
    for (const auto& candidate : {stored, beside}) {
        std::error_code ignored;
        if (!stored.empty() && std::filesystem::is_regular_file(candidate, ignored))
            return candidate.string();
    }
    throw Error(path + " is a study of " + stored.string() +
                ", which is not there; name the catalogue where it lies now.");
}

} // namespace penumbra::workflow
