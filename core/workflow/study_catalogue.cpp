#include "core/workflow/study_catalogue.h"

#include <filesystem>

namespace penumbra::workflow {

namespace {

bool isAnotherFile(const Study& study, const std::string& path, const RunContext& context) {
    return !study.catalogueHash.empty() && fileHash(path, context) != study.catalogueHash;
}

} // namespace

Catalogue studyCatalogue(const Study& study, const std::string& movedTo, const RunContext& context) {
    const std::string path = movedTo.empty() ? study.cataloguePath : movedTo;
    if (!std::filesystem::exists(path))
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
    if (path.empty() || !std::filesystem::exists(path) || !isCatalogueFile(path))
        return std::nullopt;
    if (isAnotherFile(study, path, context)) {
        context.note(path + " has changed since the study was made; its columns are not used.");
        return std::nullopt;
    }
    return readCatalogue(path, context);
}

} // namespace penumbra::workflow
