// What attributes say about values: the conventions of netCDF (NUG appendix A, CF 2.5 and 8.1).

#include "core/base/text.h"
#include "core/io/hdf5_tables.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace penumbra::io::hdf5 {

namespace {

/// Attributes that other programs use for codes; no convention says what readers are to do.
constexpr const char* unknownCodes[] = {"fill_value", "FillValue", "fillvalue",  "nodata",
                                        "no_data",    "NODATA",    "null_value", "NULL_VALUE",
                                        "bad_value",  "BAD_VALUE", "nan_value",  "missing"};

/// The values that the attributes speak of, as numbers of the column's own kind.
struct Codes {
    std::vector<std::string> texts;
    std::vector<double> reals;
    std::vector<std::int64_t> integers;

    void add(const std::string& text) {
        texts.push_back(text);
        if (const auto real = parseReal(text)) {
            reals.push_back(*real);
        }
        if (const auto integer = parseInteger(text)) {
            integers.push_back(*integer);
        }
    }
    bool has(double value) const { return std::find(reals.begin(), reals.end(), value) != reals.end(); }
    bool has(float value) const {
        return std::any_of(reals.begin(), reals.end(),
                           [&](double code) { return static_cast<float>(code) == value; });
    }
    bool has(std::int64_t value) const {
        return std::find(integers.begin(), integers.end(), value) != integers.end() ||
               (integers.size() < reals.size() && std::abs(value) < (std::int64_t{1} << 53) &&
                has(static_cast<double>(value)));
    }
    bool has(std::uint64_t value) const {
        return std::find(texts.begin(), texts.end(), std::to_string(value)) != texts.end();
    }
    bool has(std::uint8_t value) const { return has(std::int64_t{value}); }
};

struct Conventions {
    Codes missing;
    double lowest = -std::numeric_limits<double>::infinity();
    double highest = std::numeric_limits<double>::infinity();
    double scale = 1.0, offset = 0.0;
    bool packed = false;
    std::vector<std::string> applied; ///< "_FillValue -32768"
};

/// Reads the attributes that a dataset has.
class Reader {
public:
    Reader(const Hdf5File& file, const std::string& dataset, std::vector<std::string>& notes)
        : file_(file), dataset_(dataset), notes_(notes) {
        const auto names = file.attributeNames(dataset);
        names_ = {names.begin(), names.end()};
    }
    bool has(const char* name) const { return names_.contains(name); }

    std::vector<std::string> texts(const char* name) const {
        return has(name) ? file_.textListAttribute(dataset_, name) : std::vector<std::string>();
    }
    /// The numbers of an attribute; if it holds none, that is told and it counts as absent.
    std::vector<double> numbers(const char* name) {
        std::vector<double> numbers;
        for (const std::string& text : texts(name)) {
            const auto number = parseReal(text);
            if (!number) {
                notes_.push_back("attribute " + std::string(name) + " of " + dataset_ + " is '" + text +
                                 "', not a number, and was not applied");
                return {};
            }
            numbers.push_back(*number);
        }
        return numbers;
    }

private:
    const Hdf5File& file_;
    const std::string& dataset_;
    std::vector<std::string>& notes_;
    std::set<std::string> names_;
};

/// What netCDF-4 puts where nothing was written, unless the file names another value; bytes have none.
std::string defaultFill(const Hdf5Entry& entry, const Column& column) {
    if (entry.kind == Hdf5Kind::Real) {
        return entry.bytes == 4 ? shortestReal(static_cast<double>(9.9692099683868690e+36F))
                                : "9.9692099683868690e+36";
    }
    const bool isUnsigned = std::holds_alternative<std::vector<std::uint64_t>>(column.values);
    switch (entry.kind == Hdf5Kind::Integer ? entry.bytes : 0) {
    case 2:
        return "-32767";
    case 4:
        return "-2147483647";
    case 8:
        return isUnsigned ? "18446744073709551614" : "-9223372036854775806";
    default:
        return {};
    }
}

void readMissing(Reader& reader, Conventions& found) {
    for (const char* name : {"_FillValue", "missing_value"}) {
        for (const std::string& text : reader.texts(name)) {
            found.missing.add(text);
            found.applied.push_back(std::string(name) + " " + text);
        }
    }
    const auto range = reader.numbers("valid_range");
    const auto low = range.size() == 2 ? std::vector<double>{range[0]} : reader.numbers("valid_min");
    const auto high = range.size() == 2 ? std::vector<double>{range[1]} : reader.numbers("valid_max");
    if (low.size() == 1) {
        found.lowest = low[0];
        found.applied.push_back("smallest valid value " + shortestReal(low[0]));
    }
    if (high.size() == 1) {
        found.highest = high[0];
        found.applied.push_back("largest valid value " + shortestReal(high[0]));
    }
}

void readPacking(Reader& reader, Conventions& found) {
    const auto scale = reader.numbers("scale_factor");
    const auto offset = reader.numbers("add_offset");
    found.scale = scale.size() == 1 ? scale[0] : 1.0;
    found.offset = offset.size() == 1 ? offset[0] : 0.0;
    found.packed = found.scale != 1.0 || found.offset != 0.0;
    if (found.packed) {
        found.applied.push_back("scale_factor " + shortestReal(found.scale) + ", add_offset " +
                                shortestReal(found.offset));
    }
}

/// netCDF-3 had no unsigned types: _Unsigned = "true" says that the signed ones are meant so.
void makeUnsigned(Reader& reader, std::size_t bytes, Column& column, Conventions& found) {
    auto* values = std::get_if<std::vector<std::int64_t>>(&column.values);
    const auto texts = reader.texts("_Unsigned");
    if (texts.empty() || lowered(texts.front()) != "true" || values == nullptr || bytes == 0 || bytes > 4) {
        return;
    }
    const std::int64_t modulus = std::int64_t{1} << (8 * bytes);
    for (std::int64_t& value : *values) {
        value += value < 0 ? modulus : 0;
    }
    for (std::int64_t& code : found.missing.integers) {
        code += code < 0 ? modulus : 0;
    }
    found.applied.emplace_back("_Unsigned");
}

/// One flag an element; none at all where no convention speaks of missing values.
std::vector<std::uint8_t> missingFlags(const Column& column, const Conventions& found) {
    constexpr double infinite = std::numeric_limits<double>::infinity();
    if (found.missing.texts.empty() && found.lowest == -infinite && found.highest == infinite) {
        return {};
    }
    return std::visit(
        [&](const auto& values) {
            std::vector<std::uint8_t> flags(values.size(), 0);
            using Value = typename std::decay_t<decltype(values)>::value_type;
            if constexpr (!std::is_same_v<Value, std::string>) {
                for (std::size_t i = 0; i < values.size(); ++i) {
                    const auto real = static_cast<double>(values[i]);
                    flags[i] =
                        found.missing.has(values[i]) || real < found.lowest || real > found.highest ? 1 : 0;
                }
            }
            return flags;
        },
        column.values);
}

void unpack(Column& column, const Conventions& found) {
    std::vector<double> reals = column.asReals();
    for (double& value : reals) {
        value = value * found.scale + found.offset;
    }
    column.values = std::move(reals);
    column.missing.clear();
}

} // namespace

void applyConventions(const Hdf5File& file, const std::string& dataset, Column& column,
                      std::vector<std::string>& notes) {
    if (!column.isNumeric()) {
        return;
    }
    Reader reader(file, dataset, notes);
    const Hdf5Entry entry = file.describe(dataset);
    Conventions found;
    readMissing(reader, found);
    readPacking(reader, found);
    if (!reader.has("_FillValue") && file.hasAttribute("/", "_NCProperties")) {
        if (const std::string fill = defaultFill(entry, column); !fill.empty()) {
            found.missing.add(fill);
        }
    }
    makeUnsigned(reader, entry.bytes, column, found);
    const auto flags = missingFlags(column, found);
    const auto count = std::count(flags.begin(), flags.end(), 1);
    markMissing(column, flags);
    if (found.packed) {
        unpack(column, found);
    }
    if (!found.applied.empty() || count > 0) {
        notes.push_back(
            dataset + ": read as its attributes say (" +
            (found.applied.empty() ? "netCDF's default fill value" : joinText(found.applied, ", ")) +
            "); missing values: " + std::to_string(count));
    }
    for (const char* name : unknownCodes) {
        if (reader.has(name)) {
            notes.push_back("attribute " + std::string(name) + " = " + joinText(reader.texts(name), ",") +
                            " of " + dataset + " follows no convention and was not applied");
        }
    }
}

} // namespace penumbra::io::hdf5
