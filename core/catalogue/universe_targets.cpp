// Targets from the columns of DESI and PROVABGS.
#include "core/base/text.h"
#include "core/catalogue/galaxy_inputs.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace penumbra {

namespace {

constexpr double noLabel = std::numeric_limits<double>::quiet_NaN();
using Values = std::vector<double>;

/// The first of the names that is a numeric column; empty if none is.
Values columnOf(const io::Table& table, std::initializer_list<const char*> names) {
    for (const char* name : names)
        for (const auto& column : table.columns)
            if (column.name == name && column.isNumeric() && column.width == 1)
                return column.asReals();
    return {};
}

class Deriver {
public:
    explicit Deriver(Catalogue& catalogue) : catalogue_(catalogue) {}

    void redshift() {
        const auto& columns = catalogue_.columns;
        Target target = described("z", "", "redshift");
        target.values = columnOf(columns, {"Z"});
        target.errors = columnOf(columns, {"ZERR"});
        const Values warning = columnOf(columns, {"ZWARN"});
        if (target.values.empty() || warning.empty()) {
            target.values = columnOf(columns, {"Z_HP"}); // PROVABGS alone
            target.errors.clear();
        } else {
            hideWhere(
                target, [&](std::size_t row) { return warning[row] != 0.0; },
                "have ZWARN != 0: no redshift label");
        }
        add(std::move(target));
    }

    /// PROVABGS (Hahn et al. 2023): log M*, mass-weighted metallicity and age, mean SFR of the last Gyr. A
    /// fit without positive mass and magnitudes failed.
    void provabgs() {
        const auto& columns = catalogue_.columns;
        const Values mass = columnOf(columns, {"LOG_MSTAR", "PROVABGS_LOGMSTAR_BF"});
        if (mass.empty())
            return;
        std::vector<Values> magnitudes;
        for (const char* name : {"MAG_G", "MAG_R", "MAG_Z"})
            if (Values found = columnOf(columns, {name}); !found.empty())
                magnitudes.push_back(std::move(found));
        const auto failed = [&](std::size_t row) {
            return !(mass[row] > 0.0) || std::any_of(magnitudes.begin(), magnitudes.end(),
                                                     [&](const Values& m) { return !(m[row] > 0.0); });
        };
        std::size_t failures = 0;
        for (std::size_t row = 0; row < mass.size(); ++row)
            failures += !std::isnan(mass[row]) && failed(row);
        if (failures > 0)
            catalogue_.notes.push_back(withThousands(static_cast<long long>(failures)) +
                                       " PROVABGS fits have no positive mass and magnitudes: no labels");
        const auto derive = [&](Target target, const Values& from, auto value) {
            if (from.empty())
                return;
            target.values.assign(mass.size(), noLabel);
            for (std::size_t row = 0; row < mass.size(); ++row)
                if (!failed(row) && std::isfinite(value(row)))
                    target.values[row] = value(row);
            add(std::move(target));
        };
        const Values metallicity = columnOf(columns, {"Z_MW"});
        const Values age = columnOf(columns, {"TAGE_MW"});
        const Values rate = columnOf(columns, {"AVG_SFR"});
        derive(described("log_mstar", "log Msun", "stellar mass"), mass, [&](auto row) { return mass[row]; });
        derive(described("log_zmet", "", "log metallicity (mass fraction)"), metallicity,
               [&](auto row) { return std::log10(metallicity[row]); });
        derive(described("age", "Gyr", "mass-weighted age"), age, [&](auto row) { return age[row]; });
        derive(described("log_ssfr", "log 1/yr", "specific star formation rate"), rate,
               [&](auto row) { return std::log10(rate[row]) - mass[row]; });
    }

private:
    static Target described(const char* name, const char* unit, const char* label) {
        Target target;
        target.name = name;
        target.unit = unit;
        target.label = label;
        return target;
    }

    void hideWhere(Target& target, const std::function<bool(std::size_t)>& bad, const std::string& why) {
        std::size_t hidden = 0;
        for (std::size_t row = 0; row < target.values.size(); ++row)
            if (bad(row) && !std::isnan(target.values[row])) {
                target.values[row] = noLabel;
                ++hidden;
            }
        if (hidden > 0)
            catalogue_.notes.push_back(withThousands(static_cast<long long>(hidden)) + " rows " + why);
    }

    void add(Target target) {
        const bool taken = std::any_of(catalogue_.targets.begin(), catalogue_.targets.end(),
                                       [&](const Target& t) { return t.name == target.name; });
        const bool labelled = std::any_of(target.values.begin(), target.values.end(),
                                          [](double value) { return !std::isnan(value); });
        if (!taken && labelled)
            catalogue_.targets.push_back(std::move(target));
    }

    Catalogue& catalogue_;
};

} // namespace

void deriveTargets(Catalogue& catalogue) {
    Deriver deriver(catalogue);
    deriver.redshift();
    deriver.provabgs();
}

} // namespace penumbra
