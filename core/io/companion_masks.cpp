#include "core/io/companion_masks.h"

#include "core/base/text.h"
#include "core/io/table_readers_internal.h"

#include <algorithm>
#include <array>
#include <set>

namespace penumbra::io {

namespace {

bool isZeroOrOne(const Column& column) {
    if (std::holds_alternative<std::vector<std::uint8_t>>(column.values)) {
        return true;
    }
    const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values);
    return integers != nullptr && std::all_of(integers->begin(), integers->end(),
                                              [](std::int64_t value) { return value == 0 || value == 1; });
}

/// One flag an element of `base`.
std::vector<std::uint8_t> flagsFor(const Column& base, const Column& mask) {
    std::vector<std::uint8_t> flags(base.rows() * base.width, 0);
    const std::vector<double> values = mask.asReals();
    for (std::size_t i = 0; i < flags.size(); ++i) {
        flags[i] = values[mask.width == base.width ? i : i / base.width] == 1.0 ? 1 : 0;
    }
    return flags;
}

/// The column that a name like z_mask or mask_z speaks of; "" if it speaks of none.
std::string guessedBase(const std::string& name) {
    static constexpr std::array<std::string_view, 6> endings = {"_mask",   "_masked", "_valid",
                                                                "_isnull", "_null",   ".valid"};
    static constexpr std::array<std::string_view, 2> beginnings = {"mask_", "valid_"};
    const std::string low = lowered(name);
    for (const std::string_view ending : endings) {
        if (low.size() > ending.size() && low.ends_with(ending)) {
            return low.substr(0, low.size() - ending.size());
        }
    }
    for (const std::string_view beginning : beginnings) {
        if (low.size() > beginning.size() && low.starts_with(beginning)) {
            return low.substr(beginning.size());
        }
    }
    return {};
}

void tellUnapplied(Table& table) {
    std::set<std::string> names;
    for (const Column& column : table.columns) {
        names.insert(lowered(column.name));
    }
    std::vector<std::string> unapplied;
    for (const Column& column : table.columns) {
        const std::string base = guessedBase(column.name);
        if (!base.empty() && names.contains(base) && isZeroOrOne(column)) {
            unapplied.push_back(column.name);
        }
    }
    if (!unapplied.empty()) {
        table.tell(
            {"unapplied-mask",
             unapplied.size() == 1 ? unapplied.front() : "",
             "by their names these columns say where others are missing, and they were not applied (does "
             "true mean good or bad?): " +
                 listText(unapplied) + "; cut by them where they matter",
             0,
             {}});
    }
}

} // namespace

void applyCompanionMasks(Table& table, std::span<const std::string> asked) {
    std::set<std::string> applied;
    std::vector<std::string> told;
    std::size_t cells = 0;
    for (const Column& mask : table.columns) {
        if (!mask.name.ends_with(companionMaskEnding)) {
            continue;
        }
        const std::string name = mask.name.substr(0, mask.name.size() - companionMaskEnding.size());
        const auto base = std::find_if(table.columns.begin(), table.columns.end(),
                                       [&](const Column& column) { return column.name == name; });
        if (base == table.columns.end()) {
            continue;
        }
        if (!isZeroOrOne(mask) || (mask.width != base->width && mask.width != 1)) {
            table.notes.push_back(mask.name + " is not a mask of zeros and ones and was not applied to " +
                                  name);
            continue;
        }
        const std::vector<std::uint8_t> flags = flagsFor(*base, mask);
        const auto count = static_cast<std::size_t>(std::count(flags.begin(), flags.end(), 1));
        markMissing(*base, flags);
        applied.insert(mask.name);
        cells += count;
        told.push_back(name + " (" + std::to_string(count) + ")");
    }
    if (!applied.empty()) {
        table.tell({"companion-mask",
                    "",
                    "masks that lie beside their columns were applied; values that became missing: " +
                        listText(told),
                    cells,
                    {}});
    }
    std::erase_if(table.columns, [&](const Column& column) {
        return applied.contains(column.name) &&
               std::find(asked.begin(), asked.end(), column.name) == asked.end();
    });
    tellUnapplied(table);
}

} // namespace penumbra::io
