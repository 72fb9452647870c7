// Parts of a prediction that was spread over machines.

#include "core/base/atomic_file.h"
#include "core/base/error.h"
#include "core/base/text.h"
#include "core/encoding/shard.h"
#include "core/io/hdf5_file.h"
#include "core/workflow/predict.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace penumbra::workflow {

namespace {

constexpr const char* formatName = "penumbra-predictions";
constexpr std::size_t rowsPerBlock = 65536;

struct Part {
    io::Hdf5File file;
    Shard shard;
    std::size_t rows = 0, first = 0; ///< among the rows of the whole

    std::string attribute(const char* name) const { return file.textAttribute("/", name).value_or(""); }
};

Part openPart(const std::string& path) {
    if (!isPredictionFile(path))
        throw Error(path + " holds no predictions: make parts with penumbra-cli predict --shard i/n, and "
                           "merge them with nothing else");
    Part part{io::Hdf5File::openForReading(path), {}, 0, 0};
    try {
        part.shard = shardFrom(part.attribute("predict_shard"));
    } catch (const UsageError&) {
        throw Error(path + ": its attribute predict_shard is damaged; predict this part again");
    }
    part.rows = part.file.describe("/object_id").rows();
    return part;
}

void checkTogether(std::vector<Part>& parts) {
    const Part& first = parts.front();
    std::set<std::size_t> numbers;
    for (const Part& part : parts) {
        const std::string path = part.file.path().string();
        for (const char* name : {"predict_identity", "predict_total_rows"})
            if (part.attribute(name) != first.attribute(name) || part.shard.count != first.shard.count)
                throw Error(path + " is of another run than " + first.file.path().string() +
                            ": study, galaxies, methods, alpha or number of parts differ");
        if (!numbers.insert(part.shard.number).second)
            throw Error(path + ": part " + part.shard.text() + " is there twice");
    }
    std::vector<std::string> lacking;
    for (std::size_t number = 1; number <= first.shard.count; ++number)
        if (!numbers.contains(number))
            lacking.push_back(std::to_string(number));
    if (!lacking.empty())
        throw Error("parts " + joinText(lacking, ", ") + " of " + std::to_string(first.shard.count) +
                    " are missing; predict them with --shard i/" + std::to_string(first.shard.count));
    std::sort(parts.begin(), parts.end(),
              [](const Part& a, const Part& b) { return a.shard.number < b.shard.number; });
    const auto total =
        static_cast<std::size_t>(parseInteger(first.attribute("predict_total_rows")).value_or(0));
    std::size_t at = 0;
    for (Part& part : parts) {
        part.first = at;
        const auto range = part.shard.range(total);
        if (range.first != at || range.second - range.first != part.rows)
            throw Error(part.file.path().string() + " has " + std::to_string(part.rows) +
                        " galaxies where part " + part.shard.text() + " of " + std::to_string(total) +
                        " has " + std::to_string(range.second - range.first) + "; predict it again");
        at += part.rows;
    }
}

/// Every dataset and group below, with their attributes.
void copyBelow(const std::vector<Part>& parts, std::size_t total, const std::string& group, io::Hdf5File& to,
               const RunContext& context) {
    const io::Hdf5File& model = parts.front().file;
    for (const io::Hdf5Entry& entry : model.list(group.empty() ? "/" : group)) {
        const std::string object = group + "/" + entry.name;
        if (entry.isGroup) {
            to.createGroup(object);
            copyBelow(parts, total, object, to, context);
        } else {
            to.createColumn(object, model.readColumn(object, {0, 0}), total);
            for (const Part& part : parts)
                for (std::size_t row = 0; row < part.rows; row += rowsPerBlock) {
                    context.checkStop();
                    to.writeColumnRows(object, part.first + row,
                                       part.file.readColumn(object, {row, rowsPerBlock}));
                }
        }
        for (const std::string& name : model.attributeNames(object)) {
            if (name == "alpha")
                to.setAttribute(object, name, model.realAttribute(object, name).value_or(0.0));
            else
                to.setAttribute(object, name, model.textAttribute(object, name).value_or(""));
        }
    }
}

} // namespace

bool isPredictionFile(const std::filesystem::path& path) {
    return io::Hdf5File::isHdf5(path) &&
           io::Hdf5File::openForReading(path).textAttribute("/", "format").value_or("") == formatName;
}

CommandResult mergePredictions(const std::vector<std::string>& paths, const std::string& out,
                               const RunContext& context) {
    std::vector<Part> parts;
    for (const std::string& path : paths)
        parts.push_back(openPart(path));
    checkTogether(parts);
    const std::size_t total = parts.back().first + parts.back().rows;
    AtomicFile target(out);
    io::Hdf5File file = io::Hdf5File::create(target.temporaryPath());
    const Part& first = parts.front();
    for (const auto& [name, value] : first.file.attributesAsText("/"))
        if (name != "finding" && name != "format_version")
            file.setAttribute("/", name, value);
    file.setAttribute("/", "format_version", first.file.integerAttribute("/", "format_version").value_or(1));
    file.setAttribute("/", "predict_shard", "1/1");
    std::string findings;
    for (const Part& part : parts)
        findings += "Part " + part.shard.text() + ": " + part.attribute("finding") + "\n";
    file.setAttribute("/", "finding", findings);
    copyBelow(parts, total, "", file, context);
    file.close();
    context.checkStop();
    target.commit();
    CommandResult result;
    result.written = {out};
    result.text = "Merged " + std::to_string(parts.size()) + " parts, " +
                  withThousands(static_cast<long long>(total)) + " galaxies.\n" + findings;
    result.json = {{"written", out}, {"parts", parts.size()}, {"rows", total}};
    return result;
}

} // namespace penumbra::workflow
