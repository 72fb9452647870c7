#include "app/command_line.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/study/options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <list>
#include <penumbra_version.h>

namespace penumbra::app {

namespace {

/// What the parser stores for one subcommand: raw texts, checked afterwards by the OptionSet alone.
struct Verb {
    const workflow::Command* command = nullptr;
    CLI::App* parser = nullptr;
    OptionSet options;
    std::list<std::pair<std::string, std::vector<std::string>>> texts; ///< option name, pieces given
    std::list<std::pair<std::string, bool>> flags;
    std::string config;
    bool json = false;
    bool quiet = false;
};

bool isList(const Option& option) {
    return option.kind == Option::Kind::TextList || option.kind == Option::Kind::RealList;
}

std::string placeholder(const Option& option) {
    switch (option.kind) {
    case Option::Kind::Integer:
        return "N";
    case Option::Kind::Real:
        return "X";
    case Option::Kind::TextList:
        return "A,B,...";
    case Option::Kind::RealList:
        return "X,Y,...";
    case Option::Kind::InputFile:
    case Option::Kind::OutputFile:
        return "FILE";
    case Option::Kind::Choice:
        return joinText(option.choices, "|");
    default:
        return "TEXT";
    }
}

/// What a preset makes of the defaults.
struct Preset {
    std::string name;
    OptionSet options;
};

/// The preset that is taken where none is given comes first; none for verbs without presets.
std::vector<Preset> presetsOf(const OptionSet& options) {
    std::vector<Preset> presets;
    if (!options.contains("preset"))
        return presets;
    const Option& preset = options.find("preset");
    for (const std::string& name : preset.choices) {
        OptionSet chosen = options;
        chosen.set("preset", name);
        const bool usual = name == toText(preset.defaultValue);
        presets.insert(usual ? presets.begin() : presets.end(), {name, workflow::resolvePreset(chosen)});
    }
    return presets;
}

/// What holds where an option is not given: its default, or what each preset makes of that.
std::string defaultText(const Option& option, const std::vector<Preset>& presets) {
    if (presets.empty() || option.name == "preset")
        return toText(option.defaultValue);
    const auto under = [&](const Preset& preset) { return toText(preset.options.find(option.name).value); };
    const std::string usual = under(presets.front());
    std::string byPreset;
    bool differ = false;
    for (const Preset& preset : presets) {
        differ = differ || under(preset) != usual;
        byPreset += (byPreset.empty() ? "" : ", ") + preset.name + " " + under(preset);
    }
    return differ ? "by preset: " + byPreset : usual;
}

std::string helpText(const Option& option, const std::vector<Preset>& presets) {
    std::string help = option.help;
    if (!option.unit.empty())
        help += " Unit: " + option.unit + ".";
    const std::string value = defaultText(option, presets);
    if (!value.empty() && !option.required && option.kind != Option::Kind::Flag)
        help += " [" + value + "]";
    if (option.required && !option.positional)
        help += " Required.";
    return help;
}

/// Flags can be switched on (--x) or off (--no-x), so that a flag can win over a file either way.
void addToParser(Verb& verb, const Option& option, const std::vector<Preset>& presets) {
    const std::string group = option.group.empty() ? "Options" : option.group;
    if (option.kind == Option::Kind::Flag) {
        auto& slot = verb.flags.emplace_back(option.name, false).second;
        verb.parser->add_flag("--" + option.name + ",!--no-" + option.name, slot, helpText(option, presets))
            ->group(group);
        return;
    }
    auto& slot = verb.texts.emplace_back(option.name, std::vector<std::string>()).second;
    std::string name = option.positional ? option.name : "--" + option.name;
    if (option.name == "out" && !option.positional)
        name.insert(0, "-o,");
    if (option.name.size() == 1)
        name.insert(0, "-" + option.name + ",");
    auto* added =
        verb.parser->add_option(name, slot, helpText(option, presets))->type_name(placeholder(option));
    // Lists may be given as A,B or by repeating the flag; anything else once.
    added->expected(1)->multi_option_policy(isList(option) ? CLI::MultiOptionPolicy::TakeAll
                                                           : CLI::MultiOptionPolicy::Throw);
    if (option.positional && !isList(option))
        added->allow_extra_args(false); // a second input is the next one's
    added->group(option.positional ? "Input" : group);
}

void addVerb(CLI::App& parser, Verb& verb) {
    verb.parser = parser.add_subcommand(verb.command->id, verb.command->title);
    verb.parser->footer("\n" + verb.command->details);
    verb.command->options(verb.options);
    const auto presets = presetsOf(verb.options);
    for (const Option& option : verb.options.all())
        addToParser(verb, option, presets);
    verb.parser
        ->add_option("--config", verb.config,
                     "Options from a TOML file, one 'name = value' a line; flags win.")
        ->type_name("FILE")
        ->group("Running");
    if (verb.command->offersJson)
        verb.parser
            ->add_flag("--json", verb.json, "Print one JSON object on standard output, messages on stderr.")
            ->group("Running");
    verb.parser->add_flag("--quiet", verb.quiet, "No progress and no notes on stderr; errors are still told.")
        ->group("Running");
}

Invocation invocationOf(Verb& verb) {
    for (const auto& [name, pieces] : verb.texts)
        if (!pieces.empty())
            verb.options.setFromText(name, joinText(pieces, ","));
    for (const auto& [name, on] : verb.flags)
        if (verb.parser->get_option("--" + name)->count() > 0)
            verb.options.set(name, on);
    if (!verb.config.empty())
        verb.options.loadToml(verb.config);
    verb.options.checkRequired();
    Invocation invocation;
    invocation.command = verb.command;
    invocation.options = verb.options;
    invocation.config = verb.config;
    invocation.json = verb.json;
    invocation.quiet = verb.quiet;
    return invocation;
}

/// A misspelt option, told with the near ones: the parser would take its value for another input.
void checkOptionNames(const Verb& verb, int argc, const char* const* argv) {
    std::vector<std::string> names = {"config", "quiet", "help", "json", "version"};
    for (const Option& option : verb.options.all())
        if (!option.positional)
            names.push_back(option.name);
    for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--")
            return;
        if (!word.starts_with("--"))
            continue;
        const std::string name = word.substr(2, word.find('=') - 2);
        const auto known = [&](const std::string& n) {
            return std::find(names.begin(), names.end(), n) != names.end();
        };
        if (known(name) || (name.starts_with("no-") && known(name.substr(3))))
            continue;
        const auto near = nearNames(name, names);
        throw UsageError(verb.command->id + " has no option --" + name + "." +
                         (near.empty() ? "" : " Did you mean --" + joinText(near, ", --") + "?") +
                         "\nSee: penumbra-cli " + verb.command->id + " --help");
    }
}

/// What a word that begins with -- is to the parser.
enum class Follows { Value, NoValue };

Follows afterOption(const Verb& verb, const std::string& word) {
    if (word.find('=') != std::string::npos)
        return Follows::NoValue;
    const std::string name = word.substr(2);
    if (name == "config")
        return Follows::Value;
    const auto all = verb.options.all();
    const auto option = std::find_if(all.begin(), all.end(), [&](const Option& o) { return o.name == name; });
    return option != all.end() && option->kind != Option::Kind::Flag ? Follows::Value : Follows::NoValue;
}

[[noreturn]] void refuseStray(const Verb& verb, const std::string& word, const std::string& before,
                              const std::string& taken) {
    std::string message = verb.command->id + ": '" + word + "' is a word too many";
    message += taken.empty() ? "; it takes no input." : ": the input is '" + taken + "' already.";
    if (before.starts_with("--"))
        message += " " + before.substr(0, before.find('=')) +
                   (before.find('=') == std::string::npos ? " takes no value." : " has its value already.");
    throw UsageError(message + "\nSee: penumbra-cli " + verb.command->id + " --help");
}

/// A word that belongs to nothing, told by name: the parser only counts.
void checkStrayWords(const Verb& verb, int argc, const char* const* argv) {
    std::size_t places = 0;
    for (const Option& option : verb.options.all()) {
        if (option.positional && isList(option))
            return;
        places += option.positional ? 1 : 0;
    }
    std::string before, taken;
    bool isValue = false;
    for (int i = 2; i < argc; ++i) {
        const std::string word = argv[i];
        if (word == "--")
            return;
        if (isValue) {
            isValue = false;
        } else if (word.starts_with("--")) {
            isValue = afterOption(verb, word) == Follows::Value;
        } else if (word.starts_with('-')) {
            return; // short options are the parser's
        } else if (places == 0) {
            refuseStray(verb, word, before, taken);
        } else {
            --places;
            taken = word;
        }
        before = word;
    }
}

/// CLI11 shows the default of a flag's opposite; nobody needs to read "{false}".
std::string withoutFlagDefaults(std::string help) {
    constexpr std::string_view word = "{false}";
    for (auto at = help.find(word); at != std::string::npos; at = help.find(word, at))
        help.replace(at, word.size(),
                     at + word.size() < help.size() && help[at + word.size()] == ' ' ? "       " : "");
    return help;
}

} // namespace

Invocation parseCommandLine(int argc, const char* const* argv) {
    CLI::App parser(
        "Penumbra decides which error bar to trust: it trains, calibrates and compares uncertainty methods "
        "on galaxies.\nEvery command explains itself: penumbra-cli COMMAND --help",
        "penumbra-cli");
    parser.set_version_flag("--version", std::string("penumbra ") + versionText);
    parser.require_subcommand(1);
    std::list<Verb> verbs;
    for (const workflow::Command& command : workflow::allCommands()) {
        Verb& verb = verbs.emplace_back();
        verb.command = &command;
        addVerb(parser, verb);
    }
    if (argc > 1 && argv[1][0] != '-')
        for (const Verb& verb : verbs)
            if (verb.command->id ==
                workflow::findCommand(argv[1]).id) { // names near ones, which the parser would not
                checkOptionNames(verb, argc, argv);
                checkStrayWords(verb, argc, argv);
            }
    Invocation shown;
    try {
        parser.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        shown.output = withoutFlagDefaults(parser.help()); // of the subcommand, if one was named
        return shown;
    } catch (const CLI::CallForVersion& version) {
        shown.output = std::string(version.what()) + "\n";
        return shown;
    } catch (const CLI::ParseError& error) {
        const auto chosen = parser.get_subcommands();
        throw UsageError(std::string(error.what()) + "\nSee: penumbra-cli " +
                         (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help");
    }
    for (Verb& verb : verbs)
        if (verb.parser->parsed())
            return invocationOf(verb);
    throw UsageError("No command given. See: penumbra-cli --help");
}

} // namespace penumbra::app
