#pragma once

#include "core/base/option_set.h"
#include "core/uq/repairs/repaired_method.h"

#include <string>
#include <vector>

namespace penumbra::workflow {

/// --by, taken apart.
struct RepairRequest {
    uq::RepairKind kind = uq::RepairKind::Mondrian;
    std::vector<std::string> columns; ///< of mondrian (one) and conditional
    int bins = 5;
    std::string subset;           ///< its name,
    std::string where;            ///< and what it is: an expression; empty: the column of that name
    std::string catalogue;        ///< of shift: the galaxies aimed at; empty: the study's own test galaxies
    std::string space;            ///< of rlcp: "net" or "aion"
    std::string argument() const; ///< what stands in brackets in ids
};

/// "mondrian:COLUMN[:bins]", "conditional:COLUMN,COLUMN[:bins]", "subset:NAME", "shift[:CATALOGUE]", and the
/// repairs that take nothing. @throws UsageError that says what fits
RepairRequest parseRepairRequest(const std::string& by, const std::string& where);

} // namespace penumbra::workflow
