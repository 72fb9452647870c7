#include "core/catalogue/redshift_names.h"

#include "core/base/text.h"

#include <algorithm>

namespace penumbra {

namespace {

std::string bareName(std::string_view name) {
    std::string bare = lowered(name);
    std::erase_if(bare, [](char c) { return c == '_' || c == '-' || c == '.' || c == ' '; });
    return bare;
}

} // namespace

const std::vector<std::string>& redshiftNames() {
    static const std::vector<std::string> names = {
        "z", "zs", "zspec", "specz", "ztrue", "truez", "zbest", "zphot", "zred", "redshift", "redshifttrue"};
    return names;
}

bool isAmongNames(std::string_view name, std::span<const std::string> names) {
    const std::string bare = bareName(name);
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& other) { return bareName(other) == bare; });
}

bool isRedshiftName(std::string_view name) {
    return isAmongNames(name, redshiftNames());
}

} // namespace penumbra
