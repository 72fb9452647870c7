#include "core/workflow/study_catalogue.h"

#include <filesystem>

namespace penumbra::workflow {

Catalogue studyCatalogue(const Study& study, const std::string& movedTo, const RunContext& context) {
    const std::string path = movedTo.empty() ? study.cataloguePath : movedTo;
    if (!std::filesystem::exists(path))
        throw Error("The study's catalogue is not at '" + path + "'. Say where it is with --catalogue FILE.");
    if (!study.catalogueHash.empty() && fileHash(path, context) != study.catalogueHash)
        throw Error(path +
                    ": this is not the file the study was made from (its content differs), so rows may not "
                    "match. Give the right one with --catalogue.");
    return readCatalogue(path, context);
}

} // namespace penumbra::workflow
