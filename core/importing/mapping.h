#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penumbra::workflow {

/// Values that mean "not measured". pattern: a column name, * and ? match anything ("*" alone: every column).
struct MissingRule {
    std::string pattern;
    std::vector<double> numbers;        ///< all of them, rounded to reals
    std::vector<std::int64_t> integers; ///< those written as integers, exact
    std::vector<std::string> texts;     ///< and integers beyond int64
};

/// Columns of another table, put beside the input's.
struct JoinRule {
    std::string file;
    std::string part;
    std::string key;            ///< column of the input; empty: by row order
    std::string otherKey;       ///< column of the joined table; empty: same as key
    std::string prefix;         ///< put before the joined names
    bool dropUnmatched = false; ///< rows without a partner: dropped, else their joined values are missing
};

struct ColumnRule {
    std::string name;
    std::string from; ///< column or expression
    std::string unit;
    std::string description;
};

/// One feature matrix. Entries of fluxes ... columns are expressions.
struct FeatureRule {
    enum class Transform { Asinh, Magnitude, Raw };
    std::string name;
    std::vector<std::string> bands;              ///< labels; default: the expressions
    std::vector<std::string> fluxes, magnitudes; ///< one of them, or none
    std::vector<std::string> ivars, errors;      ///< one of them, or none
    std::vector<std::string> extinctions;        ///< A in magnitudes
    Transform transform = Transform::Raw;
    double zeroPoint = 22.5;
    std::vector<double> softening; ///< unit of the flux; empty: from the median error
    bool useBands = true, useColours = false, useErrors = false;
    std::vector<std::string> columns; ///< further features; a vector column gives all its elements
    bool imputeMedian = false;        ///< else rows with missing features go into quarantine
};

struct TargetRule {
    std::string name;
    std::string from;
    std::string unit, label;
    std::string error; ///< column or expression, one sigma; empty: none
    std::vector<double> missing;
};

/// Where the split comes from: a column, or drawn from fractions; neither: the study draws it.
struct SplitRule {
    std::string column;
    std::vector<std::string> train, calibration,
        test;                      ///< values of the column; all empty: usual words or 0, 1, 2
    bool dropOthers = false;       ///< rows with other values: dropped, else an Error
    std::vector<double> fractions; ///< train, calibration; the rest is test
    std::uint64_t seed = 0;
};

/// How a table becomes a catalogue. Read from a TOML file (described in importMappingHelp) or made from
/// flags.
struct ImportMapping {
    std::filesystem::path folder; ///< relative paths start here
    std::string input, part;
    std::string cone, tiles; ///< of a HATS folder: "RA,DEC,RADIUS" in degrees, "5/1234,5/1235"; empty: all
    std::size_t maxRows = 0;
    bool keepSamples = true; ///< posterior samples that come with PROVABGS
    std::string objectId;    ///< empty: the row number in the input
    std::string ra, dec;
    std::map<std::string, std::string> attributes;
    std::vector<MissingRule> missing;
    std::vector<JoinRule> joins;
    std::vector<std::string> cuts;
    std::vector<std::string> carry; ///< names or patterns of columns taken over as they are
    bool carryInputs = false;       ///< and the scalar columns that features are made of, to bin and cut by
    std::vector<ColumnRule> columns;
    std::vector<FeatureRule> features;
    std::vector<TargetRule> targets;
    SplitRule split;
    std::string text; ///< the TOML, stored in the catalogue
};

/// @throws Error naming file, line and key: not TOML, unknown key (near names), wrong type, contradictions.
ImportMapping parseImportMapping(std::string_view toml, const std::string& fileName);
ImportMapping readImportMapping(const std::filesystem::path& path);
/// TOML that parseImportMapping turns into the same mapping.
std::string toToml(const ImportMapping& mapping);
/// The format of mapping files, with an example; part of the command's help.
std::string importMappingHelp();

} // namespace penumbra::workflow
