#include "core/workflow/run_command.h"

#include "core/base/error.h"
#include "core/base/output_place.h"
#include "core/base/text.h"
#include "core/workflow/spooled_input.h"

#include <list>

namespace penumbra::workflow {

namespace {

/// Temporary copies of the inputs that can be read once only, and the options that name them instead.
class Spools {
public:
    Spools(const Command& command, const OptionSet& options, const RunContext& context) : options_(options) {
        for (const Option& option : options.all())
            if (option.kind == Option::Kind::InputFile && !options.getText(option.name).empty()) {
                const std::string& path = options.getText(option.name);
                if (const std::string copy = readable(command, path, context); copy != path)
                    options_.set(option.name, copy);
            }
        for (const std::string& list : inputLists(command.id)) {
            auto paths = options.getTextList(list);
            for (std::string& path : paths)
                path = readable(command, path, context);
            if (paths != options.getTextList(list))
                options_.set(list, paths);
        }
    }

    const OptionSet& options() const { return options_; }

    /// The user's own names for those of the copies.
    std::string named(std::string text) const {
        for (const auto& [copy, name] : names_)
            for (auto at = text.find(copy); at != std::string::npos; at = text.find(copy, at + name.size()))
                text.replace(at, copy.size(), name);
        return text;
    }
    nlohmann::json namedWithin(nlohmann::json value) const {
        if (value.is_string())
            return named(value.get<std::string>());
        if (value.is_structured())
            for (auto& entry : value)
                entry = namedWithin(std::move(entry));
        return value;
    }
    bool empty() const { return names_.empty(); }

private:
    std::string readable(const Command& command, const std::string& path, const RunContext& context) {
        if (!canBeReadOnceOnly(path))
            return path;
        if (command.id == "study" || command.id == "encode" || command.id == "generate" ||
            command.id == "merge")
            throw UsageError("'" + path + "' can be read only once (a FIFO, pipe or device), but " +
                             command.id +
                             " reads its input again and notes where it lies. Save it to a file first.");
        spools_.emplace_back(path, context);
        names_.emplace_back(spools_.back().path().string(), path);
        return names_.back().first;
    }
    OptionSet options_;
    std::list<SpooledInput> spools_;
    std::vector<std::pair<std::string, std::string>> names_; ///< copy, the user's name
};

/// What a mapping names can be a FIFO too; it is not worth a copy.
void refuseStreams(const FileUses& uses) {
    for (const FileUse& input : uses.inputs)
        if (canBeReadOnceOnly(input.path))
            throw UsageError("'" + input.path.string() + "' (" + input.what +
                             ") is a FIFO or a device. Save it to a file first.");
}

void refuseStreamsAsCatalogues(const Command& command, const OptionSet& options) {
    for (const Option& option : options.all())
        if (option.kind == Option::Kind::OutputFile && needsRealFile(command.id, option) &&
            !options.getText(option.name).empty() &&
            outputPlace(options.getText(option.name)).kind != OutputPlace::Kind::File)
            throw UsageError("--" + option.name + " (" + options.getText(option.name) +
                             ") is a FIFO or a device, and " + command.id +
                             " writes HDF5, which needs a file that can be gone back in. Name a file.");
}

CommandResult runChecked(const Command& command, const OptionSet& options, const Services& services,
                         RunContext& context, const std::vector<FileUse>& alsoRead) {
    FileUses uses = fileUses(command.id, options);
    refuseStreams(uses);
    uses.inputs.insert(uses.inputs.end(), alsoRead.begin(), alsoRead.end());
    refuseReplacing(uses);
    refuseStreamsAsCatalogues(command, options);
    return command.run(options, services, context);
}

} // namespace

CommandResult runCommand(const Command& command, const OptionSet& options, const Services& services,
                         RunContext& context, const std::vector<FileUse>& alsoRead) {
    const Spools spools(command, options, context);
    if (spools.empty())
        return runChecked(command, options, services, context, alsoRead);
    RunContext renaming = context;
    renaming.say = [&](const std::string& line) { context.note(spools.named(line)); };
    try {
        CommandResult result = runChecked(command, spools.options(), services, renaming, alsoRead);
        result.text = spools.named(std::move(result.text));
        result.json = spools.namedWithin(std::move(result.json));
        return result;
    } catch (const UsageError& error) {
        throw UsageError(spools.named(error.what()));
    } catch (const Error& error) {
        throw Error(spools.named(error.what()));
    }
}

} // namespace penumbra::workflow
