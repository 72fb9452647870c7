#include "core/workflow/file_uses.h"

#include "core/base/error.h"
#include "core/base/output_place.h"
#include "core/importing/mapping.h"
#include "core/importing/tables.h"
#include "core/io/hdf5_file.h"
#include "core/session/study_file.h"
#include "core/workflow/encode.h"
#include "core/workflow/import.h"
#include "core/workflow/predict.h"

#include <algorithm>
#include <optional>
#include <sys/stat.h>

namespace penumbra::workflow {

namespace {

namespace fs = std::filesystem;

std::optional<struct stat> stateOf(const fs::path& path) {
    struct stat state {};
    return ::stat(path.c_str(), &state) == 0 ? std::optional(state) : std::nullopt;
}

/// Where a name leads, spelled in one way whether it exists or not.
fs::path canonicalPlace(const fs::path& name) {
    std::error_code failed;
    fs::path place = name;
    try {
        place = outputPlace(name).path;
    } catch (const Error&) { // a folder or a circle: its own place
    }
    const fs::path spelled = fs::weakly_canonical(fs::absolute(place, failed), failed);
    return failed ? place.lexically_normal() : spelled;
}

bool isReplaceable(const std::optional<struct stat>& state) {
    return !state || S_ISREG(state->st_mode);
}

bool sameFile(const fs::path& a, const fs::path& b) {
    const auto first = stateOf(a), second = stateOf(b);
    if (!isReplaceable(first) || !isReplaceable(second))
        return false; // devices and FIFOs are never replaced
    if (first && second)
        return first->st_dev == second->st_dev && first->st_ino == second->st_ino;
    return !first && !second && canonicalPlace(a) == canonicalPlace(b);
}

/// An existing file inside a folder that is read.
bool isMember(const fs::path& file, const fs::path& folder) {
    if (!stateOf(file))
        return false;
    const fs::path place = canonicalPlace(file), above = canonicalPlace(folder);
    return std::mismatch(above.begin(), above.end(), place.begin(), place.end()).first == above.end();
}

/// Under other names too: a link outside the folder to a file inside it was followed by canonicalPlace.
bool replaces(const fs::path& output, const FileUse& input) {
    return sameFile(output, input.path) || (input.members && isMember(output, input.path));
}

std::string optionWords(const Option& option) {
    return option.positional ? "the input" : "the file of --" + option.name;
}

void addFolder(FileUses& uses, const fs::path& path, const std::string& what) {
    uses.inputs.push_back({path, what, true});
}

/// The file that a folder's option names may stand for its folder: config.json of a model.
void addOption(FileUses& uses, const Option& option, const std::string& named) {
    std::error_code failed;
    if (option.folder || fs::is_directory(named, failed)) {
        const bool isFile = fs::is_regular_file(named, failed);
        addFolder(uses, isFile ? fs::absolute(named, failed).parent_path() : fs::path(named),
                  "a file of the folder '" + named + "', which is read");
    } else {
        addInput(uses, named, optionWords(option));
    }
}

void addMapping(FileUses& uses, const OptionSet& options) {
    const fs::path path = options.getText("mapping");
    if (path.empty())
        return;
    ImportMapping mapping;
    try {
        mapping = readImportMapping(path);
    } catch (const Error&) {
        return; // import says what is wrong with it
    }
    const std::string by = " that the mapping " + path.filename().string() + " reads";
    if (options.getText("input").empty() && !mapping.input.empty())
        addInput(uses, mapping.folder / mapping.input, "the table" + by);
    for (const JoinRule& join : mapping.joins) {
        fs::path joined;
        try {
            joined = joinedPath(mapping, join, options.getText("join-dir"));
        } catch (const std::exception&) {
            continue; // import says that it is not there, or cannot be reached
        }
        addInput(uses, joined, "a joined table" + by);
    }
}

/// What a command writes beside the files it was told.
void addBeside(FileUses& uses, const std::string& command, const OptionSet& options) {
    const auto add = [&](const fs::path& path, const std::string& what) {
        uses.outputs.push_back({path, what + " beside --out"});
    };
    if (command == "import" && !options.getText("out").empty())
        add(quarantineListPath(options.getText("out")), "the list of rows in quarantine");
    if (command == "predict" && !options.getText("out").empty())
        add(predictSideFile(options.getText("out")), "a file of work in progress");
    if (command == "encode")
        for (const fs::path& path : encodeSideFiles(options))
            add(path, "a file of work in progress");
    if (command == "generate")
        add(options.getText("out") + ".part", "a file of work in progress");
}

std::string refusal(const FileUse& output, const std::string& is) {
    return output.what + " (" + output.path.string() + ") is " + is + ". Choose another name.";
}

} // namespace

std::vector<std::string> inputLists(const std::string& command) {
    if (command == "encode" || command == "generate")
        return {"input"};
    if (command == "merge")
        return {"parts"};
    if (command == "doctor")
        return {"beside"};
    return {};
}

bool needsRealFile(const std::string& command, const Option& output) {
    static const std::vector<std::string> catalogueMakers = {"import", "simulate", "encode",   "generate",
                                                             "merge",  "study",    "evaluate", "repair",
                                                             "map",    "ood",      "predict"};
    return output.name == "token-cache" ||
           (output.name == "out" &&
            std::find(catalogueMakers.begin(), catalogueMakers.end(), command) != catalogueMakers.end());
}

void addInput(FileUses& uses, const fs::path& path, const std::string& what) {
    uses.inputs.push_back({path, what, false});
    if (const auto state = stateOf(path); !state || !S_ISREG(state->st_mode) || !session::isStudyFile(path))
        return;
    const fs::path stored = io::Hdf5File::openForReading(path).textAttribute("/", "catalogue").value_or("");
    if (stored.empty())
        return;
    const std::string needed = "the file that the study " + path.filename().string() + " was made from";
    for (const fs::path& candidate : {stored, path.parent_path() / stored.filename()})
        uses.inputs.push_back({candidate, needed, false});
}

FileUses fileUses(const std::string& command, const OptionSet& options) {
    FileUses uses;
    const auto lists = inputLists(command);
    for (const Option& option : options.all()) {
        if (std::find(lists.begin(), lists.end(), option.name) != lists.end())
            for (const std::string& path : options.getTextList(option.name))
                addOption(uses, option, path);
        else if (option.kind == Option::Kind::InputFile && !options.getText(option.name).empty())
            addOption(uses, option, options.getText(option.name));
        else if (option.kind == Option::Kind::OutputFile && !options.getText(option.name).empty())
            uses.outputs.push_back({options.getText(option.name), "--" + option.name});
    }
    if (command == "import")
        addMapping(uses, options);
    if (command == "repair") {
        const std::string shift = "shift:", &by = options.getText("by");
        if (by.starts_with(shift) && by.size() > shift.size())
            addInput(uses, by.substr(shift.size()), "the catalogue that --by shift aims at");
    }
    if (command == "encode" && isEncodedCatalogue(options.getText("out")))
        for (FileUse& input : uses.inputs)
            input.members = false; // the finished output of an earlier run is none of a folder's galaxies
    addBeside(uses, command, options);
    return uses;
}

void refuseReplacing(const FileUses& uses) {
    for (std::size_t i = 0; i < uses.outputs.size(); ++i) {
        const FileUse& output = uses.outputs[i];
        for (const FileUse& input : uses.inputs)
            if (replaces(output.path, input))
                throw UsageError(refusal(output, input.what));
        for (std::size_t k = 0; k < i; ++k)
            if (sameFile(output.path, uses.outputs[k].path))
                throw UsageError(refusal(output, uses.outputs[k].what + " as well"));
    }
}

} // namespace penumbra::workflow
