#include "core/workflow/merge.h"

#include "core/base/error.h"
#include "core/base/text.h"
#include "core/encoding/output.h"
#include "core/io/hdf5_file.h"
#include "core/workflow/predict.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>

namespace penumbra::workflow {

namespace {

struct Part {
    std::string path;
    std::size_t number = 0, of = 0;
    Catalogue catalogue;
    std::vector<std::size_t> rows; ///< in the whole
};

std::string attributeOf(const Part& part, const char* name) {
    const auto found = part.catalogue.attributes.find(name);
    return found == part.catalogue.attributes.end() ? std::string() : found->second;
}

Part readPart(const std::string& path, const RunContext& context) {
    Part part;
    part.path = path;
    part.catalogue = readCatalogue(path, context);
    const std::string shard = attributeOf(part, shardAttribute);
    const auto slash = shard.find('/');
    const io::Column* rows = part.catalogue.columns.find(shardRowColumn);
    if (slash == std::string::npos || !rows)
        throw Error(path + " is no part of an encode run: make parts with penumbra-cli encode --shard i/n");
    part.number = static_cast<std::size_t>(parseInteger(shard.substr(0, slash)).value_or(0));
    part.of = static_cast<std::size_t>(parseInteger(shard.substr(slash + 1)).value_or(0));
    for (std::size_t i = 0; i < rows->rows(); ++i)
        part.rows.push_back(static_cast<std::size_t>(std::stoll(rows->asText(i))));
    std::erase_if(part.catalogue.columns.columns,
                  [](const io::Column& column) { return column.name == shardRowColumn; });
    return part;
}

void checkAlike(const Part& first, const Part& other) {
    if (attributeOf(first, identityAttribute) != attributeOf(other, identityAttribute) ||
        first.of != other.of)
        throw Error(other.path + " is of another run than " + first.path +
                    ": inputs, weights, options or number of parts differ");
    const auto& mine = first.catalogue.features;
    const auto& theirs = other.catalogue.features;
    const bool alike = std::equal(
        mine.begin(), mine.end(), theirs.begin(), theirs.end(),
        [](const FeatureInfo& a, const FeatureInfo& b) { return a.name == b.name && a.width == b.width; });
    if (!alike)
        throw Error(other.path + " has other feature sets than " + first.path);
    const auto ours = samplesOf(first.catalogue), others = samplesOf(other.catalogue);
    if (!std::equal(
            ours.begin(), ours.end(), others.begin(), others.end(),
            [](const Samples& a, const Samples& b) { return a.dataset == b.dataset && a.shape == b.shape; }))
        throw Error(other.path + " has other posterior samples than " + first.path);
}

/// Every part once, every row once.
void checkComplete(const std::vector<Part>& parts) {
    std::map<std::size_t, std::string> seen;
    for (const Part& part : parts)
        if (const auto [at, fresh] = seen.emplace(part.number, part.path); !fresh)
            throw Error(part.path + " and " + at->second + " are both part " + std::to_string(part.number));
    std::vector<std::string> lacking;
    for (std::size_t number = 1; number <= parts.front().of; ++number)
        if (!seen.contains(number))
            lacking.push_back(std::to_string(number));
    if (!lacking.empty())
        throw Error("parts " + joinText(lacking, ", ") + " of " + std::to_string(parts.front().of) +
                    " are missing; encode them with --shard i/" + std::to_string(parts.front().of));
    const auto total = parseInteger(attributeOf(parts.front(), totalAttribute)).value_or(0);
    std::vector<std::uint8_t> covered(static_cast<std::size_t>(total), 0);
    std::size_t rows = 0;
    for (const Part& part : parts)
        for (const std::size_t row : part.rows) {
            ++rows;
            if (row >= covered.size() || covered[row]++ != 0)
                throw Error(part.path + ": row " + std::to_string(row) +
                            " is in two parts or beyond the catalogue; encode the parts again");
        }
    if (rows != covered.size())
        throw Error("the parts hold " + withThousands(static_cast<long long>(rows)) + " of " +
                    withThousands(total) + " rows; encode them again");
}

void appendValues(std::vector<double>& to, const std::vector<double>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

/// Everything but features, in the order of the parts.
Catalogue joined(const std::vector<Part>& parts) {
    Catalogue whole = parts.front().catalogue;
    for (std::size_t p = 1; p < parts.size(); ++p) {
        const Catalogue& part = parts[p].catalogue;
        const auto differ = [&](const std::string& what) {
            return Error(parts[p].path + " has not the same " + what + " as " + parts.front().path);
        };
        whole.rowCount += part.rowCount;
        io::append(whole.objectId, part.objectId);
        appendValues(whole.ra, part.ra);
        appendValues(whole.dec, part.dec);
        whole.split.insert(whole.split.end(), part.split.begin(), part.split.end());
        if (part.columns.columns.size() != whole.columns.columns.size())
            throw differ("columns");
        for (auto& column : whole.columns.columns)
            io::append(column, part.columns.at(column.name));
        if (part.targets.size() != whole.targets.size())
            throw differ("targets");
        for (auto& target : whole.targets) {
            const Target& more = part.target(target.name);
            appendValues(target.values, more.values);
            appendValues(target.errors, more.errors);
            for (auto& [name, values] : target.oracle) {
                const auto& further = more.oracle.at(name);
                values.insert(values.end(), further.begin(), further.end());
            }
        }
    }
    return whole;
}

} // namespace

void describeMergeOptions(OptionSet& options) {
    options
        .textList("parts", {},
                  "Files made by encode or predict with --shard i/n, all n of them, in any order.")
        .asPositional()
        .asRequired();
    options.outputFile("out", "Catalogue or predictions to write (HDF5).").asRequired();
}

CommandResult runMerge(const OptionSet& options, const Services&, RunContext& context) {
    const std::string& out = options.getText("out");
    const auto& paths = options.getTextList("parts");
    if (std::any_of(paths.begin(), paths.end(), isPredictionFile))
        return mergePredictions(paths, out, context);
    std::vector<Part> parts;
    for (const auto& path : paths) {
        parts.push_back(readPart(path, context.slice(0.0, 0.1)));
        checkAlike(parts.front(), parts.back());
    }
    checkComplete(parts);

    // Where each row of the whole stands among the appended parts, and in which part.
    const auto total = std::accumulate(parts.begin(), parts.end(), std::size_t{0},
                                       [](std::size_t n, const Part& part) { return n + part.rows.size(); });
    std::vector<std::size_t> appended(total);
    const auto source = std::make_shared<SourceRows>();
    source->places.resize(total);
    std::size_t at = 0;
    for (std::size_t p = 0; p < parts.size(); ++p) {
        source->files.push_back(io::Hdf5File::openForReading(parts[p].path));
        for (std::size_t i = 0; i < parts[p].rows.size(); ++i) {
            appended[parts[p].rows[i]] = at++;
            source->places[parts[p].rows[i]] = {p, i};
        }
    }
    Catalogue whole = pickRows(joined(parts), appended);
    whole.attributes.erase(shardAttribute);
    whole.features = parts.front().catalogue.features;
    std::vector<FeatureRows> features;
    for (const auto& info : whole.features)
        features.push_back(rowsFrom(source, "/features/" + info.name));
    std::vector<Samples> samples = samplesOf(parts.front().catalogue);
    for (Samples& one : samples)
        one.rows = rowsFrom(source, one.dataset);
    writeCatalogue(whole, features, samples, out, context.slice(0.1, 1.0));
    const EncodeSummary summary = summaryOf(whole);
    CommandResult result;
    result.written = {out};
    result.text = "Merged " + std::to_string(parts.size()) + " parts.\n" + summary.text();
    result.json = {
        {"written", out}, {"parts", parts.size()}, {"rows", summary.rows}, {"encoded", summary.encoded}};
    return result;
}

Command mergeCommand() {
    Command command;
    command.id = "merge";
    command.title = "Join the parts of an encode or predict run into one file";
    command.details =
        R"(Takes all parts that encode or predict made with --shard i/n, in any order, checks that they belong to one run and
that none is missing, and writes the file that a single run would have written.

Example
  penumbra-cli merge part*.h5 --out galaxies.h5)";
    command.offersJson = true;
    command.options = describeMergeOptions;
    command.run = runMerge;
    return command;
}

} // namespace penumbra::workflow
