#include "core/workflow/study_catalogue.h"

#include "core/session/study_file.h"

#include <filesystem>

namespace penumbra::workflow {

namespace {

/// A damaged study names what no file system can hold; that is not there either.
bool isThere(const std::string& path) {
    std::error_code ignored;
    return !path.empty() && std::filesystem::exists(path, ignored);
}

bool isAnotherFile(const Study& study, const std::string& path, const RunContext& context) {
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
    const std::string& path = study.cataloguePath;
    if (!isThere(path) || !isCatalogueFile(path))
        return std::nullopt;
    if (isAnotherFile(study, path, context)) {
        context.note(path + " has changed since the study was made; its columns are not used.");
        return std::nullopt;
    }
    return readCatalogue(path, context);
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
