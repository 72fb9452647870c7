#include "core/report/runs_table.h"

#include "core/base/json_text.h"
#include "core/report/cells.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace penumbra::report {

namespace {

using RunTable = std::pair<std::string, TableSpec>; ///< name of the run, its methods compared

std::size_t columnNamed(const TableSpec& table, const std::string& name) {
    return static_cast<std::size_t>(std::find(table.columns.begin(), table.columns.end(), name) -
                                    table.columns.begin());
}

const std::string& methodOf(const TableSpec& table, std::size_t row) {
    return table.rows[row][columnNamed(table, "method")].text;
}

/// In the order in which they come first.
std::vector<std::string> unionOf(const std::vector<RunTable>& tables, bool ofColumns) {
    std::vector<std::string> names;
    const auto add = [&](const std::string& name) {
        if (std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    };
    for (const auto& [run, table] : tables) {
        if (ofColumns)
            std::for_each(table.columns.begin() + 2, table.columns.end(), add); // after target and method
        else
            for (std::size_t row = 0; row < table.rows.size(); ++row)
                add(methodOf(table, row));
    }
    return names;
}

/// The line of a method in a run; null where the run lacks it.
const std::vector<Cell>* lineOf(const TableSpec& table, const std::string& method, std::string& rowMethod) {
    for (std::size_t row = 0; row < table.rows.size(); ++row)
        if (methodOf(table, row) == method) {
            rowMethod = table.rowMethods[row];
            return &table.rows[row];
        }
    return nullptr;
}

/// Which runs saw other galaxies than the first one.
void noteOtherGalaxies(std::span<const NamedStudy> runs, const std::string& target, TableSpec& table) {
    std::vector<std::string> others;
    const Study& first = *runs.front().study;
    for (const NamedStudy& run : runs)
        if (run.study->catalogueHash != first.catalogueHash ||
            run.study->target(target).testRows() != first.target(target).testRows())
            others.push_back(run.name);
    table.footnotes.push_back(others.empty()
                                  ? "All runs were tested on the same galaxies."
                                  : joinText(others, ", ") + (others.size() == 1 ? " was" : " were") +
                                        " tested on other galaxies than " + runs.front().name +
                                        ": differences from it hold the chance of the split as well.");
}

nlohmann::json optionsOf(const Study& study) {
    const auto options = nlohmann::json::parse(study.optionsJson, nullptr, false);
    return options.is_object() ? options : nlohmann::json::object();
}

std::string valueText(const nlohmann::json& value) {
    if (value.is_string())
        return value.get<std::string>();
    if (value.is_array()) {
        std::vector<std::string> pieces;
        for (const auto& piece : value)
            pieces.push_back(valueText(piece));
        return joinText(pieces, ",");
    }
    return value.is_boolean() ? (value.get<bool>() ? "on" : "off") : jsonText(value);
}

} // namespace

std::shared_ptr<const Study> onlyTarget(const Study& study, const std::string& target) {
    auto reduced = std::make_shared<Study>();
    reduced->alpha = study.alpha;
    reduced->seed = study.seed;
    reduced->ends = study.ends;
    reduced->methods = study.methods;
    reduced->cataloguePath = study.cataloguePath;
    reduced->version = study.version;
    reduced->optionsJson = study.optionsJson;
    for (const TargetStudy& candidate : study.targets)
        if (candidate.name == target)
            reduced->targets.push_back(candidate);
    std::copy_if(study.scores.begin(), study.scores.end(), std::back_inserter(reduced->scores),
                 [&](const Score& score) { return score.target == target; });
    return reduced;
}

TableSpec runsTable(std::span<const NamedStudy> runs, const std::string& target,
                    const std::string& convention, const RunContext& context) {
    std::vector<NamedStudy> having;
    std::vector<std::string> lacking;
    for (const NamedStudy& run : runs) {
        const auto& targets = run.study->targets;
        const bool has = std::any_of(targets.begin(), targets.end(),
                                     [&](const TargetStudy& candidate) { return candidate.name == target; });
        if (has)
            having.push_back({run.name, onlyTarget(*run.study, target)});
        else
            lacking.push_back(run.name);
    }
    TableSpec table;
    table.title = "Runs compared";
    if (!lacking.empty())
        table.footnotes.push_back("Without " + target + ": " + joinText(lacking, ", ") + ".");
    if (having.empty())
        return table;
    std::vector<RunTable> tables;
    TableOptions options;
    options.convention = convention;
    options.markBest = false; // between runs nothing is tested
    for (const NamedStudy& run : having)
        tables.emplace_back(run.name, comparisonTable(*run.study, options, context));
    const std::vector<std::string> columns = unionOf(tables, true);
    table.columns = {"method", "run"};
    table.columns.insert(table.columns.end(), columns.begin(), columns.end());
    table.columnMethods.assign(table.columns.size(), "");
    for (const std::string& method : unionOf(tables, false))
        for (const auto& [run, ofRun] : tables) {
            std::string rowMethod;
            const std::vector<Cell>* line = lineOf(ofRun, method, rowMethod);
            if (line == nullptr)
                continue;
            std::vector<Cell> row{textCell(method), textCell(run)};
            for (const std::string& column : columns) {
                const std::size_t at = columnNamed(ofRun, column);
                row.push_back(at < line->size() ? (*line)[at] : Cell());
            }
            table.rows.push_back(std::move(row));
            table.rowMethods.push_back(rowMethod);
        }
    std::vector<NamedStudy> whole; // hashes are not in the reduced ones
    for (const NamedStudy& run : runs)
        if (std::find(lacking.begin(), lacking.end(), run.name) == lacking.end())
            whole.push_back(run);
    noteOtherGalaxies(whole, target, table);
    table.footnotes.push_back(
        "Target " + target + ", alpha " + shortestReal(whole.front().study->alpha) +
        ". Tails and worst tenth are each run's own: of its test galaxies, ranked by its "
        "base prediction. Brackets hold 95 % and are each run's alone.");
    return table;
}

std::vector<std::string> optionDifferences(std::span<const NamedStudy> runs) {
    static const std::set<std::string> aside = {"targets", "methods",  "threads",
                                                "device",  "networks", "preset"};
    std::vector<nlohmann::json> options;
    std::set<std::string> names;
    for (const NamedStudy& run : runs) {
        options.push_back(optionsOf(*run.study));
        for (const auto& [name, value] : options.back().items())
            if (!aside.contains(name))
                names.insert(name);
    }
    std::vector<std::string> differences(runs.size());
    for (const std::string& name : names) {
        const auto at = [&](std::size_t i) { return options[i].value(name, nlohmann::json()); };
        bool differs = false;
        for (std::size_t i = 1; i < options.size(); ++i)
            differs = differs || at(i) != at(0);
        for (std::size_t i = 0; differs && i < options.size(); ++i)
            if (!at(i).is_null() && valueText(at(i)) != "")
                differences[i] += (differences[i].empty() ? "" : ", ") + name + " " + valueText(at(i));
    }
    return differences;
}

} // namespace penumbra::report
