#pragma once

#include "core/eval/study.h"
#include "core/io/table_writer.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::report {

/// What a target is in the IVOA's words (UCD1+), told from its name: "src.redshift"; "stat.value" if its name
/// tells nothing.
std::string quantityUcd(std::string_view target);

/// What a column of an interval is. The names under which such columns go are the caller's.
enum class IntervalPart {
    Truth,
    Prediction,
    Lower,
    Upper,
    Width,
    Covered,
    EffectiveNumber,
    Error,        ///< |truth - prediction|
    ErrorPerWidth ///< that over the interval's width
};
/// What a table of galaxies may show beside identity, truth and prediction, by the word that asks for it.
struct GalaxyPart {
    const char* word; ///< "low"
    const char* help;
    IntervalPart part;
    bool ofMethod; ///< one column a method
    bool usual;    ///< shown until others are chosen
};
std::span<const GalaxyPart> galaxyParts();
const GalaxyPart* findGalaxyPart(std::string_view word); ///< null: no part, perhaps a column
std::vector<std::string> usualGalaxyColumns();
/// A column without rows, of the part's type, with unit, description and UCD. Covered is 1 or 0.
/// @param unit of the target; empty where it has none, or rows of several targets share the column
/// @param target its name; empty where several share the column
io::Column intervalColumn(IntervalPart part, const std::string& name, const std::string& target,
                          const std::string& unit);
/// A column without rows: identity of the galaxy, an integer as in the catalogue, else text.
io::Column identityColumn(const io::Column* objectId);

/// For a file's header: study, catalogue and its hash, features, targets, methods, alpha, seed, versions.
/// @param studyPath empty if the study is in no file yet
io::TableMeta provenanceOf(const Study& study, const std::string& studyPath, const std::string& title);

} // namespace penumbra::report
