#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra {

/// What a redshift is usually called, in lower case and without separators: z, zspec, ztrue, redshift ...
const std::vector<std::string>& redshiftNames();

/// Whether `name` is one of `names`, without regard to case and to "_", "-", "." and blanks: Z_SPEC is zspec.
bool isAmongNames(std::string_view name, std::span<const std::string> names);

/// Whether a target or column is named as a redshift.
bool isRedshiftName(std::string_view name);

} // namespace penumbra
