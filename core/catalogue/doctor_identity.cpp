#include "core/catalogue/doctor_identity.h"

#include "core/base/text.h"
#include "core/catalogue/doctor_checks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <unordered_map>
#include <utility>

namespace penumbra::doctor {

namespace {

constexpr std::size_t judgedPairs = 2000; // as many rows say whether measurements agree
constexpr std::size_t fewestPairs = 5;
constexpr std::size_t longName = 10;    // "J1021+2033": a text this long is no running number
constexpr double wideId = 4294967296.0; // 2^32

/// Right ascension and declination in degrees, as surveys and catalogue services name them; in lower case.
constexpr std::array<std::pair<const char*, const char*>, 12> positionNames = {{
    {"ra", "dec"},
    {"target_ra", "target_dec"},
    {"raj2000", "dej2000"},
    {"raj2000", "decj2000"},
    {"ra_j2000", "dec_j2000"},
    {"_raj2000", "_dej2000"},
    {"ra_icrs", "de_icrs"},
    {"alpha_j2000", "delta_j2000"},
    {"alphawin_j2000", "deltawin_j2000"},
    {"ra_deg", "dec_deg"},
    {"radeg", "dedeg"},
    {"plug_ra", "plug_dec"},
}};

bool isScalarNumber(const io::Column& column) {
    return column.isNumeric() && column.width == 1;
}

bool canBeId(const io::Column* column) {
    return column != nullptr && column->width == 1 && (column->isInteger() || !column->isNumeric());
}

/// True for ids that carry their survey in them: 64-bit packed ones and long names.
bool isUniqueByItself(const io::Column& column) {
    if (column.isInteger()) {
        const std::vector<double> values = column.asReals();
        return std::any_of(values.begin(), values.end(), [](double id) { return std::abs(id) >= wideId; });
    }
    std::size_t present = 0, bytes = 0;
    for (std::size_t row = 0; row < column.rows(); ++row) {
        const std::string text = column.asText(row);
        present += text.empty() ? 0 : 1;
        bytes += text.size();
    }
    return present > 0 && bytes / present >= longName;
}

void addPair(SharedKey& key, const io::Column& own, const io::Column& other) {
    key.own.push_back(&own);
    key.other.push_back(&other);
}

SharedKey countingPlaces(const io::Table& table, const io::Table& other) {
    SharedKey places;
    for (const io::Column& column : table.columns) {
        const io::Column* theirs = other.find(column.name);
        if (!isCountingPlace(column.name) || theirs == nullptr || column.width != 1 || theirs->width != 1)
            continue;
        places.words += (places.words.empty() ? "" : ", ") + column.name;
        addPair(places, column, *theirs);
    }
    return places;
}

bool has(const SharedKey& key, const char* stem) {
    return std::any_of(key.own.begin(), key.own.end(),
                       [stem](const io::Column* column) { return lowered(column->name).starts_with(stem); });
}

/// "" where a value is missing that the key cannot do without.
std::string cellKey(const io::Column& column, const io::Column& partner, std::size_t row) {
    if (column.isMissing(row))
        return "";
    if (!column.isNumeric() || !partner.isNumeric() || (column.isInteger() && partner.isInteger()))
        return column.asText(row);
    const float stored = static_cast<float>(column.asReal(row)) + 0.0F; // no -0
    char bytes[sizeof(stored)];
    std::memcpy(bytes, &stored, sizeof(stored));
    return {bytes, sizeof(stored)};
}

std::vector<std::string> keysOf(const std::vector<const io::Column*>& columns,
                                const std::vector<const io::Column*>& partners, bool everyCell) {
    std::vector<std::string> keys(columns.empty() ? 0 : columns.front()->rows());
    for (std::size_t row = 0; row < keys.size(); ++row) {
        bool any = false, all = true;
        for (std::size_t k = 0; k < columns.size(); ++k) {
            const std::string cell = cellKey(*columns[k], *partners[k], row);
            any |= !cell.empty();
            all &= !cell.empty();
            keys[row] += cell + '\x1f';
        }
        if (everyCell ? !all : !any)
            keys[row].clear();
    }
    return keys;
}

double medianOf(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Measured twice, a galaxy differs from itself far less than from another one.
Agreement agreementOf(const io::Column& own, const io::Column& other, const std::vector<RowPair>& pairs) {
    std::vector<double> a, b;
    for (const RowPair& pair : pairs) {
        const double x = own.asReal(pair.own), y = other.asReal(pair.other);
        if (!std::isfinite(x) || !std::isfinite(y))
            continue;
        a.push_back(x);
        b.push_back(y);
    }
    if (a.size() < fewestPairs)
        return Agreement::Unknown;
    std::vector<double> same, unlike;
    for (std::size_t i = 0; i < a.size(); ++i) {
        same.push_back(std::abs(a[i] - b[i]));
        unlike.push_back(std::abs(a[i] - b[(i + a.size() / 2) % a.size()]));
    }
    const double typical = medianOf(std::move(unlike));
    if (typical == 0.0)
        return Agreement::Unknown;
    return medianOf(std::move(same)) <= 0.2 * typical ? Agreement::Agree : Agreement::Differ;
}

} // namespace

bool isCountingPlace(const std::string& name) {
    static constexpr std::array stems = {"brick", "release", "survey",  "field", "tile",  "plate", "mjd",
                                         "fiber", "hpx",     "healpix", "patch", "tract", "camcol"};
    const std::string key = lowered(name);
    return key == "run" || key == "rerun" || key == "run_id" ||
           std::any_of(stems.begin(), stems.end(), [&](const char* stem) {
               if (!key.starts_with(stem))
                   return false;
               const std::string rest = key.substr(std::string(stem).size());
               return rest.empty() || rest == "id" || rest == "_id" || rest == "name" || rest == "_name" ||
                      rest == "pixel" || rest == "num" || rest == "no" ||
                      rest.find_first_not_of("0123456789") == std::string::npos;
           });
}

bool isRightAscension(const std::string& name) {
    return std::any_of(positionNames.begin(), positionNames.end(),
                       [key = lowered(name)](const auto& names) { return key == names.first; });
}

bool isDeclination(const std::string& name) {
    return std::any_of(positionNames.begin(), positionNames.end(),
                       [key = lowered(name)](const auto& names) { return key == names.second; });
}

PositionColumns positionColumns(const io::Table& table) {
    for (const auto& [ra, dec] : positionNames) {
        const io::Column *first = table.find(ra), *second = table.find(dec);
        if (first != nullptr && second != nullptr && isScalarNumber(*first) && isScalarNumber(*second))
            return {first, second};
    }
    return {};
}

SharedKey sharedId(const io::Table& table, const io::Table& other) {
    SharedKey local;
    for (const io::Column& column : table.columns) {
        const io::Column* theirs = other.find(column.name);
        if (!looksLikeId(column.name) || !canBeId(&column) || !canBeId(theirs))
            continue;
        SharedKey key;
        key.words = column.name;
        addPair(key, column, *theirs);
        if (isUniqueByItself(column) && isUniqueByItself(*theirs))
            return key;
        if (!local.found())
            local = std::move(key);
    }
    const SharedKey places = countingPlaces(table, other);
    if (!local.found()) // plate, date and fibre name a spectrum
        return has(places, "plate") && has(places, "mjd") && has(places, "fiber") ? places : SharedKey{};
    local.mayStartAnew = !places.found();
    if (places.found())
        local.words += " with " + places.words;
    local.own.insert(local.own.end(), places.own.begin(), places.own.end());
    local.other.insert(local.other.end(), places.other.begin(), places.other.end());
    return local;
}

RepeatedNumbers repeatedNumbers(const io::Table& table, const io::Column& id) {
    SharedKey key = isUniqueByItself(id) ? SharedKey{} : countingPlaces(table, table);
    if (!key.found())
        return {};
    RepeatedNumbers repeated;
    repeated.places = key.words;
    addPair(key, id, id);
    std::unordered_map<std::string, std::size_t> first;
    std::map<std::size_t, std::vector<std::int64_t>> repeats; // by the row that they repeat
    const std::vector<std::string> keys = ownKeys(key);
    for (std::size_t row = 0; row < keys.size(); ++row) {
        const auto [known, isNew] = first.emplace(keys[row], row);
        if (!isNew && !keys[row].empty())
            repeats[known->second].push_back(static_cast<std::int64_t>(row));
    }
    for (auto& [row, group] : repeats) {
        group.insert(group.begin(), static_cast<std::int64_t>(row));
        repeated.groups.push_back(std::move(group));
    }
    return repeated;
}

SharedKey sharedValues(const io::Table& table, const io::Table& other) {
    SharedKey key;
    for (const io::Column& column : table.columns)
        if (const io::Column* theirs = other.find(column.name))
            if (isScalarNumber(column) && isScalarNumber(*theirs))
                addPair(key, column, *theirs);
    key.everyCell = false;
    key.words = "the same values in all " + countText(key.own.size()) + " columns that both have";
    return key;
}

std::vector<std::string> ownKeys(const SharedKey& key) {
    return keysOf(key.own, key.other, key.everyCell);
}

std::vector<std::string> otherKeys(const SharedKey& key) {
    return keysOf(key.other, key.own, key.everyCell);
}

Agreement agreementOf(const io::Table& table, const io::Table& other, const std::vector<RowPair>& pairs) {
    const std::vector<RowPair> judged(
        pairs.begin(), pairs.begin() + static_cast<std::ptrdiff_t>(std::min(pairs.size(), judgedPairs)));
    Agreement found = Agreement::Unknown;
    for (const io::Column& column : table.columns) {
        const io::Column* theirs = other.find(column.name);
        if (theirs == nullptr || !isScalarNumber(column) || !isScalarNumber(*theirs) ||
            looksLikeId(column.name) || isCountingPlace(column.name))
            continue;
        const Agreement here = agreementOf(column, *theirs, judged);
        if (here == Agreement::Agree)
            return here;
        if (here == Agreement::Differ)
            found = here;
    }
    return found;
}

} // namespace penumbra::doctor
