#include "core/base/error.h"
#include "core/base/option_set.h"
#include "core/base/text.h"

#include <sstream>
#include <toml++/toml.h>

namespace penumbra {

namespace {

std::string place(const std::string& path, const toml::node& node) {
    return path + ", line " + std::to_string(node.source().begin.line);
}

[[noreturn]] void wrongList(const std::string& where, const std::string& key, const char* wanted) {
    throw Error(where + ": '" + key + "' wants a list of " + wanted + ".");
}

OptionValue listValue(const toml::array& list, Option::Kind kind, const std::string& where,
                      const std::string& key) {
    if (kind == Option::Kind::RealList) {
        std::vector<double> numbers;
        for (const auto& entry : list) {
            const auto number = entry.value<double>();
            if (!number)
                wrongList(where, key, "numbers");
            numbers.push_back(*number);
        }
        return numbers;
    }
    std::vector<std::string> words;
    for (const auto& entry : list) {
        const auto word = entry.value<std::string>();
        if (!word)
            wrongList(where, key, "quoted words");
        words.push_back(*word);
    }
    return words;
}

void setFromNode(OptionSet& options, const std::string& key, const toml::node& node,
                 const std::string& where) {
    const Option::Kind kind = options.find(key).kind;
    if (const auto* list = node.as_array())
        options.set(key, listValue(*list, kind, where, key));
    else if (const auto* flag = node.as_boolean())
        options.set(key, flag->get());
    else if (const auto* integer = node.as_integer())
        options.setFromText(key, std::to_string(integer->get()));
    else if (const auto* real = node.as_floating_point())
        options.set(key, kind == Option::Kind::RealList ? OptionValue(std::vector<double>{real->get()})
                                                        : OptionValue(real->get()));
    else if (const auto* text = node.as_string())
        options.setFromText(key, text->get());
    else
        throw Error(where + ": '" + key + "' holds a table or a date; wanted a plain value.");
}

std::string tomlReal(double value) {
    const std::string text = shortestReal(value);
    return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

struct TomlWriter {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return tomlReal(number); }
    std::string operator()(const std::string& text) const { return tomlText(text); }
    std::string operator()(const std::vector<std::string>& words) const {
        std::vector<std::string> pieces;
        for (const auto& word : words)
            pieces.push_back(tomlText(word));
        return "[" + joinText(pieces, ", ") + "]";
    }
    std::string operator()(const std::vector<double>& numbers) const {
        std::vector<std::string> pieces;
        for (const double number : numbers)
            pieces.push_back(tomlReal(number));
        return "[" + joinText(pieces, ", ") + "]";
    }
};

} // namespace

void OptionSet::loadToml(const std::string& path, bool keepGiven) {
    toml::table file;
    try {
        file = toml::parse_file(path);
    } catch (const toml::parse_error& failure) {
        std::ostringstream message;
        message << path << ", line " << failure.source().begin.line << ": " << failure.description() << ".";
        throw Error(message.str());
    }
    for (const auto& [key, node] : file) {
        const std::string name(key.str());
        const std::string where = place(path, node);
        try {
            if (keepGiven && find(name).given)
                continue;
            setFromNode(*this, name, node, where);
        } catch (const UsageError& failure) {
            throw Error(where + ": " + failure.what());
        }
    }
}

std::string OptionSet::toToml() const {
    std::string out;
    std::string group;
    for (const Option& option : options_) {
        if (option.kind == Option::Kind::OutputFile || option.positional)
            continue; // where results go and what is read belong to one run, not to a recipe
        if (option.group != group) {
            group = option.group;
            out += "\n# ---- " + group + "\n";
        }
        out += "# " + option.help + (option.unit.empty() ? "" : " [" + option.unit + "]") + "\n";
        out += option.name + " = " + std::visit(TomlWriter{}, option.value) + "\n";
    }
    return out;
}

} // namespace penumbra
