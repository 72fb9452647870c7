#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/eval/study.h"

#include <filesystem>
#include <optional>
#include <string>

namespace penumbra::workflow {

/// The catalogue a study was made from, at its recorded place or, if not empty, at `movedTo`.
/// @throws Error if it is not there, or is another file than the study's.
Catalogue studyCatalogue(const Study& study, const std::string& movedTo, const RunContext& context);

/// The same for those who can do without: none, with a note where the file has changed, if nobody named a
/// place and it is not at its own. @throws Error if one was named and does not fit.
std::optional<Catalogue> studyCatalogueIfThere(const Study& study, const std::string& movedTo,
                                               const RunContext& context);

/// What is left of a study's catalogue: the one rule for who shows a study with or without it.
struct FoundCatalogue {
    std::optional<Catalogue> catalogue;
    std::string missing; ///< without one: a sentence that says why; empty where the study names none
};
/// Looks at the recorded place, then beside `studyFile` (may be empty). Only the file that the study was made
/// from is taken: in one with other content the rows are other galaxies.
FoundCatalogue findStudyCatalogue(const Study& study, const std::filesystem::path& studyFile,
                                  const RunContext& context);

/// `path` itself, or, where it is a study, the catalogue it was made from: at its recorded place or beside
/// the study.
/// @throws Error if that catalogue is in neither.
std::string catalogueBehind(const std::string& path, const RunContext& context);

} // namespace penumbra::workflow
