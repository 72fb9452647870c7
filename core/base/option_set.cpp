#include "core/base/option_set.h"

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/text.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace penumbra {

namespace {

using Kind = Option::Kind;

const char* kindWords(Kind kind) {
    switch (kind) {
    case Kind::Flag:
        return "true or false";
    case Kind::Integer:
        return "a whole number";
    case Kind::Real:
        return "a number";
    case Kind::TextList:
        return "a list of words joined by commas";
    case Kind::RealList:
        return "a list of numbers joined by commas";
    case Kind::Choice:
        return "one of its choices";
    case Kind::InputFile:
    case Kind::OutputFile:
        return "a file name";
    case Kind::Text:
        break;
    }
    return "text";
}

/// What a number means: the first sentence of its help.
std::string meaning(const Option& option) {
    const bool isNumber =
        option.kind == Kind::Real || option.kind == Kind::Integer || option.kind == Kind::RealList;
    if (!isNumber || option.help.empty())
        return "";
    const auto end = std::min(option.help.find(". "), option.help.find('\n'));
    std::string sentence = option.help.substr(0, end);
    return " " + sentence + (sentence.ends_with('.') ? "" : ".");
}

[[noreturn]] void refuse(const Option& option, const std::string& given, const std::string& wanted) {
    throw UsageError("--" + option.name + ": '" + given + "' does not fit; wanted " + wanted + "." +
                     meaning(option));
}

std::string rangeWords(const Option& option) {
    const bool hasLow = option.minimum > -1e299;
    const bool hasHigh = option.maximum < 1e299;
    if (hasLow && hasHigh)
        return " from " + shortestReal(option.minimum) + " to " + shortestReal(option.maximum);
    if (hasLow)
        return " of at least " + shortestReal(option.minimum);
    if (hasHigh)
        return " of at most " + shortestReal(option.maximum);
    return "";
}

bool inRange(const Option& option, double value) {
    return std::isfinite(value) && value >= option.minimum && value <= option.maximum;
}

void checkChoice(const Option& option, const std::string& word) {
    if (option.choices.empty() ||
        std::find(option.choices.begin(), option.choices.end(), word) != option.choices.end())
        return;
    const auto near = nearNames(word, option.choices);
    std::string message = "--" + option.name + ": '" + word + "' is unknown; the choices are " +
                          joinText(option.choices, ", ") + ".";
    if (!near.empty())
        message += " Did you mean " + near.front() + "?";
    throw UsageError(message);
}

/// Kind, range and choices.
void check(const Option& option, const OptionValue& value) {
    const std::string wanted = std::string(kindWords(option.kind)) + rangeWords(option);
    const auto wrongKind = [&]() { refuse(option, toText(value), wanted); };
    switch (option.kind) {
    case Kind::Flag:
        if (!std::holds_alternative<bool>(value))
            wrongKind();
        break;
    case Kind::Integer:
        if (!std::holds_alternative<std::int64_t>(value) ||
            !inRange(option, static_cast<double>(std::get<std::int64_t>(value))))
            wrongKind();
        break;
    case Kind::Real:
        if (!std::holds_alternative<double>(value) || !inRange(option, std::get<double>(value)))
            wrongKind();
        break;
    case Kind::RealList:
        if (!std::holds_alternative<std::vector<double>>(value))
            wrongKind();
        for (const double number : std::get<std::vector<double>>(value))
            if (!inRange(option, number))
                refuse(option, shortestReal(number), "numbers" + rangeWords(option));
        break;
    case Kind::TextList:
        if (!std::holds_alternative<std::vector<std::string>>(value))
            wrongKind();
        for (const auto& word : std::get<std::vector<std::string>>(value))
            checkChoice(option, word);
        break;
    case Kind::Choice:
        if (!std::holds_alternative<std::string>(value))
            wrongKind();
        checkChoice(option, std::get<std::string>(value));
        break;
    case Kind::Text:
    case Kind::InputFile:
    case Kind::OutputFile:
        if (!std::holds_alternative<std::string>(value))
            wrongKind();
        break;
    }
}

OptionValue parse(const Option& option, std::string_view text) {
    const std::string wanted = std::string(kindWords(option.kind)) + rangeWords(option);
    switch (option.kind) {
    case Kind::Flag: {
        const std::string word = lowered(trimmed(text));
        if (word == "true" || word == "yes" || word == "on" || word == "1")
            return true;
        if (word == "false" || word == "no" || word == "off" || word == "0")
            return false;
        refuse(option, std::string(text), wanted);
    }
    case Kind::Integer:
        if (const auto number = parseInteger(text))
            return static_cast<std::int64_t>(*number);
        refuse(option, std::string(text), wanted);
    case Kind::Real:
        if (const auto number = parseReal(text))
            return *number;
        refuse(option, std::string(text), wanted);
    case Kind::TextList:
        return splitText(text, ',');
    case Kind::RealList: {
        std::vector<double> numbers;
        for (const auto& piece : splitText(text, ',')) {
            const auto number = parseReal(piece);
            if (!number)
                refuse(option, piece, wanted);
            numbers.push_back(*number);
        }
        return numbers;
    }
    case Kind::Text:
    case Kind::Choice:
    case Kind::InputFile:
    case Kind::OutputFile:
        break;
    }
    return std::string(text);
}

} // namespace

Option& Option::range(double lowest, double highest) {
    minimum = lowest;
    maximum = highest;
    return *this;
}
Option& Option::in(std::string groupName) {
    group = std::move(groupName);
    return *this;
}
Option& Option::withUnit(std::string unitName) {
    unit = std::move(unitName);
    return *this;
}
Option& Option::oneOf(std::vector<std::string> allowed) {
    choices = std::move(allowed);
    return *this;
}
Option& Option::asPositional() {
    positional = true;
    return *this;
}
Option& Option::asRequired() {
    required = true;
    return *this;
}
Option& Option::asFolder() {
    folder = true;
    return *this;
}
Option& Option::asAdvanced() {
    advanced = true;
    return *this;
}

Option& OptionSet::add(Option option) {
    if (contains(option.name))
        throw std::logic_error("option '" + option.name + "' is described twice");
    option.defaultValue = option.value;
    options_.push_back(std::move(option));
    return options_.back();
}

namespace {
Option described(std::string name, Kind kind, OptionValue value, std::string help) {
    Option option;
    option.name = std::move(name);
    option.kind = kind;
    option.value = std::move(value);
    option.help = std::move(help);
    return option;
}
} // namespace

Option& OptionSet::flag(std::string name, bool defaultValue, std::string help) {
    return add(described(std::move(name), Kind::Flag, defaultValue, std::move(help)));
}
Option& OptionSet::integer(std::string name, std::int64_t defaultValue, std::string help) {
    return add(described(std::move(name), Kind::Integer, defaultValue, std::move(help)));
}
Option& OptionSet::real(std::string name, double defaultValue, std::string help) {
    return add(described(std::move(name), Kind::Real, defaultValue, std::move(help)));
}
Option& OptionSet::text(std::string name, std::string defaultValue, std::string help) {
    return add(described(std::move(name), Kind::Text, std::move(defaultValue), std::move(help)));
}
Option& OptionSet::choice(std::string name, std::string defaultValue, std::vector<std::string> choices,
                          std::string help) {
    Option& option = add(described(std::move(name), Kind::Choice, std::move(defaultValue), std::move(help)));
    option.choices = std::move(choices);
    return option;
}
Option& OptionSet::textList(std::string name, std::vector<std::string> defaultValue, std::string help) {
    return add(described(std::move(name), Kind::TextList, std::move(defaultValue), std::move(help)));
}
Option& OptionSet::realList(std::string name, std::vector<double> defaultValue, std::string help) {
    return add(described(std::move(name), Kind::RealList, std::move(defaultValue), std::move(help)));
}
Option& OptionSet::inputFile(std::string name, std::string help) {
    return add(described(std::move(name), Kind::InputFile, std::string(), std::move(help)));
}
Option& OptionSet::outputFile(std::string name, std::string help) {
    return add(described(std::move(name), Kind::OutputFile, std::string(), std::move(help)));
}

bool OptionSet::contains(std::string_view name) const {
    return std::any_of(options_.begin(), options_.end(),
                       [&](const Option& option) { return option.name == name; });
}

const Option& OptionSet::find(std::string_view name) const {
    for (const Option& option : options_)
        if (option.name == name)
            return option;
    std::vector<std::string> names;
    for (const Option& option : options_)
        names.push_back(option.name);
    const auto near = nearNames(name, names);
    throw UsageError("There is no option '" + std::string(name) + "'." +
                     (near.empty() ? "" : " Did you mean " + joinText(near, ", ") + "?"));
}

Option& OptionSet::mutableFind(std::string_view name) {
    return const_cast<Option&>(find(name));
}

bool OptionSet::getFlag(std::string_view name) const {
    return std::get<bool>(find(name).value);
}
std::int64_t OptionSet::getInteger(std::string_view name) const {
    return std::get<std::int64_t>(find(name).value);
}
double OptionSet::getReal(std::string_view name) const {
    return std::get<double>(find(name).value);
}
const std::string& OptionSet::getText(std::string_view name) const {
    return std::get<std::string>(find(name).value);
}
const std::vector<std::string>& OptionSet::getTextList(std::string_view name) const {
    return std::get<std::vector<std::string>>(find(name).value);
}
const std::vector<double>& OptionSet::getRealList(std::string_view name) const {
    return std::get<std::vector<double>>(find(name).value);
}
bool OptionSet::given(std::string_view name) const {
    return find(name).given;
}

void OptionSet::setFromText(std::string_view name, std::string_view text) {
    Option& option = mutableFind(name);
    set(name, parse(option, text));
}

void OptionSet::set(std::string_view name, OptionValue value) {
    Option& option = mutableFind(name);
    if (option.kind == Kind::Real && std::holds_alternative<std::int64_t>(value))
        value = static_cast<double>(std::get<std::int64_t>(value)); // "alpha = 1" in a file is a number too
    check(option, value);
    option.value = std::move(value);
    option.given = true;
}

void OptionSet::reset(std::string_view name) {
    Option& option = mutableFind(name);
    option.value = option.defaultValue;
    option.given = false;
}

nlohmann::json OptionSet::toJson() const {
    nlohmann::json out = nlohmann::json::object();
    for (const Option& option : options_)
        std::visit([&](const auto& value) { out[option.name] = value; }, option.value);
    return out;
}

void OptionSet::loadJson(const nlohmann::json& values) {
    for (const auto& entry : values.items()) {
        const std::string& key = entry.key();
        const nlohmann::json& value = entry.value();
        if (!contains(key))
            continue;
        Option& option = mutableFind(key);
        try {
            std::visit(
                [&](const auto& present) { set(key, value.template get<std::decay_t<decltype(present)>>()); },
                option.value);
        } catch (const nlohmann::json::exception&) {
            refuse(option, shortJsonText(value), kindWords(option.kind));
        }
    }
}

void OptionSet::checkRequired() const {
    std::vector<std::string> missing;
    for (const Option& option : options_)
        if (option.required && !option.given)
            missing.push_back(option.positional ? lowered(option.name) : "--" + option.name);
    if (!missing.empty())
        throw UsageError("Missing: " + joinText(missing, ", ") + ".");
}

std::string toText(const OptionValue& value) {
    struct Writer {
        std::string operator()(bool flag) const { return flag ? "true" : "false"; }
        std::string operator()(std::int64_t number) const { return std::to_string(number); }
        std::string operator()(double number) const { return shortestReal(number); }
        std::string operator()(const std::string& text) const { return text; }
        std::string operator()(const std::vector<std::string>& words) const { return joinText(words, ","); }
        std::string operator()(const std::vector<double>& numbers) const {
            std::vector<std::string> words;
            for (const double number : numbers)
                words.push_back(shortestReal(number));
            return joinText(words, ",");
        }
    };
    return std::visit(Writer{}, value);
}

} // namespace penumbra
