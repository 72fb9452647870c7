#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace penumbra {

using OptionValue =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>, std::vector<double>>;

/// Describes one knob once. CLI flags, TOML files, GUI forms and the stored provenance all derive from it.
struct Option {
    enum class Kind { Flag, Integer, Real, Text, Choice, TextList, RealList, InputFile, OutputFile };
    std::string name; ///< long name, words joined by '-'; the key in TOML files
    Kind kind = Kind::Text;
    OptionValue value; ///< starts as the default
    OptionValue defaultValue;
    std::string help; ///< one sentence; says what larger and smaller values do and when it is ignored
    std::string unit;
    std::string group; ///< heading in --help and in forms
    double minimum = -1e300;
    double maximum = 1e300;
    std::vector<std::string> choices; ///< Choice: the allowed values; TextList: allowed entries, if not empty
    bool positional = false;
    bool required = false;
    bool folder = false;   ///< InputFile: a folder is wanted; forms browse for one
    bool advanced = false; ///< forms fold it away; --help still shows it
    bool given = false;    ///< set by the user (CLI, file or form), not the default

    // Fluent description: options.real("alpha", 0.1, "...").range(1e-4, 0.9999).in("Study");
    Option& range(double lowest, double highest);
    Option& in(std::string groupName);
    Option& withUnit(std::string unitName);
    Option& oneOf(std::vector<std::string> allowed);
    Option& asPositional();
    Option& asRequired();
    Option& asAdvanced();
    Option& asFolder();
};

/// An ordered list of options with their present values; a plain value that can be copied to a worker.
/// Every setter checks kind, range and choices. @throws UsageError naming the option, what was given and what
/// fits.
class OptionSet {
public:
    Option& flag(std::string name, bool defaultValue, std::string help);
    Option& integer(std::string name, std::int64_t defaultValue, std::string help);
    Option& real(std::string name, double defaultValue, std::string help);
    Option& text(std::string name, std::string defaultValue, std::string help);
    Option& choice(std::string name, std::string defaultValue, std::vector<std::string> choices,
                   std::string help);
    Option& textList(std::string name, std::vector<std::string> defaultValue, std::string help);
    Option& realList(std::string name, std::vector<double> defaultValue, std::string help);
    Option& inputFile(std::string name, std::string help);
    Option& outputFile(std::string name, std::string help);

    std::span<const Option> all() const { return options_; }
    bool contains(std::string_view name) const;
    const Option& find(std::string_view name) const;

    bool getFlag(std::string_view name) const;
    std::int64_t getInteger(std::string_view name) const;
    double getReal(std::string_view name) const;
    const std::string& getText(std::string_view name) const; ///< Text, Choice, InputFile, OutputFile
    const std::vector<std::string>& getTextList(std::string_view name) const;
    const std::vector<double>& getRealList(std::string_view name) const;
    bool given(std::string_view name) const;

    /// Parses text for the option's kind ("0.1", "true", "a,b,c") and marks it as given.
    void setFromText(std::string_view name, std::string_view text);
    void set(std::string_view name, OptionValue value);
    void reset(std::string_view name);

    /// Sets every key of a flat TOML file (tables are not allowed; keys are option names).
    /// Options already given keep their value when keepGiven is true, so that a flag wins over a file.
    /// @throws Error naming file, line and key for an unknown key or a value that does not fit.
    void loadToml(const std::string& path, bool keepGiven = true);
    std::string toToml() const; ///< all values, with help as comments
    nlohmann::json toJson() const;
    void loadJson(const nlohmann::json& values); ///< unknown keys are ignored (files from newer versions)

    /// @throws UsageError listing required options that were not given.
    void checkRequired() const;

private:
    Option& add(Option option);
    Option& mutableFind(std::string_view name);
    std::vector<Option> options_;
};

/// The value as the user would type it.
std::string toText(const OptionValue& value);

} // namespace penumbra
