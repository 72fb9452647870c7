#include "core/base/command_line.h"

#include <algorithm>

namespace penumbra {

std::string shellWord(std::string_view text) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,=:+";
    if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos)
        return std::string(text);
    std::string word = "'";
    for (const char c : text)
        if (c == '\'')
            word += "'\\''";
        else
            word += c;
    return word += '\'';
}

std::string commandLine(std::string_view verb, const OptionSet& options) {
    std::string line = "penumbra-cli ";
    line += verb;
    for (const Option& option : options.all())
        if (option.positional && !toText(option.value).empty())
            line.append(" ").append(shellWord(toText(option.value)));
    for (const Option& option : options.all()) {
        if (!option.given || option.positional || toText(option.value).empty())
            continue;
        if (option.kind == Option::Kind::Flag) {
            line.append(std::get<bool>(option.value) ? " --" : " --no-").append(option.name);
            continue;
        }
        // Negative numbers would read as options of their own.
        const std::string value = shellWord(toText(option.value));
        line.append(" --").append(option.name).append(value.starts_with('-') ? "=" : " ").append(value);
    }
    return line;
}

} // namespace penumbra
