#include "core/importing/mapping.h"

#include "core/base/text.h"

#include <algorithm>
#include <cmath>

namespace penumbra::workflow {

namespace {

std::string tomlReal(double value) {
    const std::string text = shortestReal(value);
    // "3e20" and "3.5" are TOML floats; "3" would be an integer, which is read as a number all the same.
    if (std::isnan(value))
        return "nan";
    // digits alone beyond 64 bits would be an integer that TOML refuses
    const bool digitsAlone = text.find_first_of(".ein") == std::string::npos;
    return digitsAlone && std::abs(value) >= 0x1p63 ? text + ".0" : text;
}

std::string listOf(const std::vector<std::string>& values) {
    std::vector<std::string> pieces;
    for (const auto& value : values)
        pieces.push_back(tomlText(value));
    return "[" + joinText(pieces, ", ") + "]";
}

std::string listOf(const std::vector<double>& values) {
    std::vector<std::string> pieces;
    for (const double value : values)
        pieces.push_back(tomlReal(value));
    return "[" + joinText(pieces, ", ") + "]";
}

/// Lines "key = value", leaving out what has its default.
class TomlText {
public:
    void section(const std::string& title) { text_ += "\n" + title + "\n"; }
    void add(const std::string& key, const std::string& value) {
        if (!value.empty())
            text_ += key + " = " + tomlText(value) + "\n";
    }
    template <typename T>
    void add(const std::string& key, const std::vector<T>& values) {
        if (!values.empty())
            text_ += key + " = " + listOf(values) + "\n";
    }
    void addRaw(const std::string& key, const std::string& value) { text_ += key + " = " + value + "\n"; }
    const std::string& text() const { return text_; }

private:
    std::string text_;
};

void addFeatures(TomlText& toml, const FeatureRule& rule) {
    toml.section("[features." + tomlText(rule.name) + "]");
    toml.add("bands", rule.bands);
    toml.add("flux", rule.fluxes);
    toml.add("magnitude", rule.magnitudes);
    toml.add("ivar", rule.ivars);
    toml.add("error", rule.errors);
    toml.add("extinction", rule.extinctions);
    const char* const transforms[] = {"asinh", "magnitude", "raw"};
    toml.add("transform", std::string(transforms[static_cast<int>(rule.transform)]));
    if (rule.zeroPoint != 22.5)
        toml.addRaw("zero_point", tomlReal(rule.zeroPoint));
    toml.add("softening", rule.softening);
    if (!rule.useBands)
        toml.addRaw("values", "false");
    if (rule.useColours)
        toml.addRaw("colours", "true");
    if (rule.useErrors)
        toml.addRaw("errors_as_features", "true");
    toml.add("columns", rule.columns);
    if (rule.imputeMedian)
        toml.add("missing", std::string("median"));
}

void addMissing(TomlText& toml, const std::vector<MissingRule>& rules) {
    if (rules.empty())
        return;
    toml.section("[missing]");
    for (const auto& rule : rules) {
        std::vector<std::string> pieces;
        for (const std::int64_t code : rule.integers)
            pieces.push_back(std::to_string(code));
        for (const double code : rule.numbers)
            if (std::none_of(rule.integers.begin(), rule.integers.end(),
                             [code](std::int64_t integer) { return static_cast<double>(integer) == code; }))
                pieces.push_back(tomlReal(code));
        for (const auto& code : rule.texts)
            pieces.push_back(tomlText(code));
        toml.addRaw(tomlText(rule.pattern), "[" + joinText(pieces, ", ") + "]");
    }
}

void addSplit(TomlText& toml, const SplitRule& split) {
    if (split.column.empty() && split.fractions.empty())
        return;
    toml.section("[split]");
    toml.add("column", split.column);
    toml.add("train", split.train);
    toml.add("calibration", split.calibration);
    toml.add("test", split.test);
    if (split.dropOthers)
        toml.add("others", std::string("drop"));
    toml.add("fractions", split.fractions);
    if (!split.fractions.empty())
        toml.addRaw("seed", std::to_string(split.seed));
}

} // namespace

std::string toToml(const ImportMapping& mapping) {
    TomlText toml;
    toml.add("input", mapping.input);
    toml.add("part", mapping.part);
    toml.add("cone", mapping.cone);
    toml.add("tiles", mapping.tiles);
    if (!mapping.keepSamples)
        toml.addRaw("samples", "false");
    if (mapping.maxRows > 0)
        toml.addRaw("max_rows", std::to_string(mapping.maxRows));
    toml.add("object_id", mapping.objectId);
    toml.add("ra", mapping.ra);
    toml.add("dec", mapping.dec);
    toml.add("cuts", mapping.cuts);
    toml.add("carry", mapping.carry);
    if (mapping.carryInputs)
        toml.addRaw("carry_inputs", "true");
    if (!mapping.attributes.empty())
        toml.section("[attributes]");
    for (const auto& [name, value] : mapping.attributes)
        toml.addRaw(tomlText(name), tomlText(value));
    addMissing(toml, mapping.missing);
    for (const auto& join : mapping.joins) {
        toml.section("[[join]]");
        toml.add("file", join.file);
        toml.add("part", join.part);
        toml.add("key", join.key);
        toml.add("other_key", join.otherKey);
        toml.add("prefix", join.prefix);
        toml.add("unmatched", std::string(join.dropUnmatched ? "drop" : "missing"));
    }
    for (const auto& column : mapping.columns) {
        toml.section("[columns." + tomlText(column.name) + "]");
        toml.add("from", column.from);
        toml.add("unit", column.unit);
        toml.add("description", column.description);
    }
    for (const auto& rule : mapping.features)
        addFeatures(toml, rule);
    for (const auto& target : mapping.targets) {
        toml.section("[targets." + tomlText(target.name) + "]");
        toml.add("from", target.from);
        toml.add("unit", target.unit);
        toml.add("label", target.label);
        toml.add("error", target.error);
        toml.add("missing", target.missing);
    }
    addSplit(toml, mapping.split);
    return toml.text();
}

std::string importMappingHelp() {
    return R"HELP(A mapping is a TOML file that says how a table becomes a catalogue; the same file replays the import.
Wherever a column is expected, an expression over columns will do: FLUX[2] (element of a vector column, from 0),
`odd-name` in backquotes, + - * / % ^, comparisons, and or not, log10 ln exp sqrt abs asinh min max isfinite ismissing.
Integers stay exact to 64 bits (ids, masks), with & | ~ << >> and bitxor(a, b) on their bits; & and | bind tighter than
comparisons: MASKBITS & 2 == 0 means (MASKBITS & 2) == 0. Integers that leave 64 bits are an error.

  input = "galaxies.fits"           # relative to this file; INPUT on the command line wins
  part = "1"                        # FITS HDU or HDF5 group; default: the largest table
  cone = "150.1,2.2,0.5"            # of a HATS folder: right ascension, declination, radius in degrees
  tiles = "5/1234,5/1235"           # or tiles, order/pixel; default: all of it
  samples = true                    # keeps PROVABGS's posterior samples where there are any
  max_rows = 0                      # 0: all
  object_id = "SPECOBJID"           # or a formula, BRICKID*1000000+OBJID; default: the row number
  ra = "RA"
  dec = "DEC"
  cuts = ["ZWARN == 0", "0.01 < Z < 0.4", 'CLASS == "GALAXY"']   # rows must pass all; losses are counted per cut
  carry = ["PETROR50", "FLUX_*"]    # columns kept as they are; vector columns become NAME_0, NAME_1 ...
  carry_inputs = true               # and the columns that features are made of (64 at most), to bin and cut by

  [attributes]                      # free texts stored in the file: origin, licence, acknowledgement
  origin = "SDSS DR7"

  [missing]                         # codes that mean "not measured", applied first
  "*" = [-99, -9999]                # every column
  NUV_FLUX = [0]
  CLASS = ["", "N/A"]

  [[join]]                          # columns of another table; repeat for more
  file = "labels.csv"
  key = "SPECOBJID"                 # left out: by row order
  other_key = "id"                  # default: key
  prefix = "lab_"                   # put before the joined names
  unmatched = "missing"             # or "drop"

  [columns]                         # kept under a new name, or computed
  logflux = "log10(FLUX_R)"
  mag_u = { from = "MAG[0]", unit = "mag", description = "model magnitude" }

  [features.photometry]
  bands = ["u", "g", "r", "i", "z"]
  flux = "MODELFLUX"                # one vector column, or a list of columns; or magnitude = ...
  ivar = "MODELFLUX_IVAR"           # or error = ...
  extinction = "EXTINCTION"         # A in magnitudes; fluxes grow by 10^(0.4 A)
  transform = "asinh"               # default for flux; or "magnitude" (flux <= 0 is missing), "raw"
  zero_point = 22.5                 # nanomaggies
  softening = [0.14, 0.09, 0.12, 0.18, 0.74]  # b in flux units; default 1.042 x median error of the band
  values = true                     # the bands themselves
  colours = true                    # differences of adjacent bands
  errors_as_features = true
  columns = ["log10(PETROR50)"]     # further features; a vector column (an embedding) gives all its elements
  missing = "quarantine"            # such rows are kept but not used; "median" fills them and adds flag columns

  [targets.z]
  from = "Z"                        # default: the target's name
  label = "redshift"
  unit = ""
  error = "Z_ERR"                   # one sigma
  missing = [-1]                    # no label: the row is left out for this target only

  [split]                           # left out: the study draws it
  column = "role"
  train = ["train"]
  calibration = ["cal"]
  test = ["test"]
  others = "error"                  # or "drop"
  # or drawn here:  fractions = [0.5, 0.2]  (train, calibration; the rest is test)  and  seed = 1

Features are not standardised here; the study does that on its training rows. Predictions made elsewhere need no
[features]: keep them under [columns] and map their role column in [split].
)HELP";
}

} // namespace penumbra::workflow
