#include "core/catalogue/doctor.h"

#include "core/base/text.h"
#include "core/catalogue/doctor_checks.h"
#include "core/catalogue/doctor_identity.h"
#include "core/catalogue/doctor_tokens.h"

#include <algorithm>
#include <map>

namespace penumbra::doctor {

namespace {

struct ReaderAdvice {
    const char* kind;
    Severity severity;
    const char* advice;
};

/// How bad it is what a reader had to work around. Kinds that are not listed are notes.
constexpr ReaderAdvice readerAdvice[] = {
    {"short-header", Severity::Serious,
     "Give the header the missing name, at its place; or import by the columns' order only."},
    {"long-header", Severity::Serious, "Compare the header with the columns before use."},
    {"glued-cells", Severity::Warning,
     "These rows lost this value. Put a separator between the numbers in a copy of the file, or cut the "
     "rows."},
    {"not-numbers", Severity::Warning, "If this is a word for \"missing\", nothing is to be done."},
    {"header-delimiter", Severity::Note, "Both were understood; check that names and columns fit."},
    {"no-header", Severity::Warning, "Name the columns in a first line."},
    {"repeated-name", Severity::Warning, "Give each column a name of its own."},
    {"doubtful-names", Severity::Warning, "Compare the names with the columns before use."},
    {"ambiguous-comma", Severity::Warning, "Write these numbers with decimal points in a copy of the file."},
    {"decimal-comma", Severity::Note, "Compare a number with the file before use."},
    {"wide-integers", Severity::Warning,
     "If these are ids, give the column a name such as id; then it is text."},
    {"leading-zeros-lost", Severity::Note,
     "If these are ids, give the column a name such as id; then it is text."},
    {"commented-rows", Severity::Warning, "If these are rows, quote their first cell."},
    {"blank-lines", Severity::Warning, "If a blank line stands for a missing value, write NA there."},
    {"not-arrays", Severity::Warning, "These rows lost their values."},
    {"not-booleans", Severity::Warning, "If this is a word for \"missing\", nothing is to be done."},
    {"left-out", Severity::Note, "If you need the column, write it in another form."},
};

Finding fromReader(const io::Workaround& workaround) {
    Finding finding;
    finding.kind = workaround.kind;
    finding.column = workaround.column;
    finding.where = workaround.column.empty() ? "file" : "column " + workaround.column;
    finding.count = workaround.count;
    finding.rows.assign(workaround.rows.begin(),
                        workaround.rows.begin() +
                            static_cast<std::ptrdiff_t>(std::min(workaround.rows.size(), exampleRows)));
    finding.what = workaround.text;
    const std::string prefix = finding.where + ": "; // the words name the column once more
    if (finding.what.starts_with(prefix))
        finding.what.erase(0, prefix.size());
    for (const ReaderAdvice& line : readerAdvice)
        if (workaround.kind == line.kind) {
            finding.severity = line.severity;
            finding.advice = line.advice;
        }
    return finding;
}

Finding fromNote(const std::string& note) {
    Finding finding;
    finding.kind = "reader";
    finding.where = "file";
    finding.what = note;
    return finding;
}

void takeReaderNotes(const io::Table& table, Report& report) {
    for (const io::Workaround& workaround : table.workarounds)
        report.findings.push_back(fromReader(workaround));
    for (const std::string& note : table.notes) {
        const bool told = std::any_of(table.workarounds.begin(), table.workarounds.end(),
                                      [&](const io::Workaround& w) { return w.text == note; });
        if (!told)
            report.findings.push_back(fromNote(note));
    }
}

/// Rows that lost a cell when the file was read.
void quarantineLostCells(const io::Table& table, Report& report) {
    for (const io::Workaround& workaround : table.workarounds) {
        const bool glued = workaround.kind == "glued-cells";
        if (!glued && workaround.kind != "not-numbers")
            continue;
        for (const std::int64_t row : workaround.rows)
            report.quarantine.push_back(
                {row, "column " + workaround.column +
                          (glued ? ": two numbers in one cell" : ": the cell is not a number")});
    }
}

void takeColumns(const io::Table& table, Report& report, const RunContext& context) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        context.step(static_cast<double>(i) / static_cast<double>(table.columns.size()),
                     "looking at column " + table.columns[i].name);
        ExaminedColumn examined = examineColumn(table.columns[i]);
        report.columns.push_back(std::move(examined.summary));
        for (Finding& finding : examined.findings)
            report.findings.push_back(std::move(finding));
    }
    examineBounds(table, report);
    examineSexagesimal(table, report);
}

/// Numbers that repeat from brick to brick, or from plate to plate, are no duplicates: those within one are.
void dropRepeatsOfOtherPlaces(const io::Table& table, Report& report) {
    for (Finding& finding : report.findings) {
        const io::Column* id = finding.kind == "duplicate-id" ? table.find(finding.column) : nullptr;
        const RepeatedNumbers repeated = id != nullptr ? repeatedNumbers(table, *id) : RepeatedNumbers{};
        if (repeated.places.empty())
            continue;
        Repeats within = repeatsIn(repeated.groups);
        finding.count = within.repeats;
        finding.rows = std::move(within.rows);
        finding.what = counted(finding.count, "row repeats", "rows repeat") +
                       " an id already seen with the same " + repeated.places;
    }
    std::erase_if(report.findings, [](const Finding& finding) {
        return finding.kind == "duplicate-id" && finding.count == 0;
    });
}

/// Measured quantities without a unit: said once for all.
void lookAtUnits(const io::Table& table, Report& report) {
    std::vector<std::string> without;
    std::size_t measured = 0;
    for (const auto& column : table.columns) {
        if (!std::holds_alternative<std::vector<double>>(column.values) &&
            !std::holds_alternative<std::vector<float>>(column.values))
            continue;
        ++measured;
        if (column.unit.empty())
            without.push_back(column.name);
    }
    if (without.empty())
        return;
    Finding finding;
    finding.kind = "no-unit";
    finding.where = "columns";
    finding.count = without.size();
    const bool none = without.size() == measured;
    if (without.size() > 6)
        without.resize(6);
    finding.what = none ? "no column has a unit"
                        : counted(finding.count, "real column has", "real columns have") +
                              " no unit: " + joinText(without, ", ") +
                              (finding.count > without.size() ? ", ..." : "");
    finding.advice = "Where a quantity has one, give unit = \"...\" in the import mapping: axes carry it.";
    report.findings.push_back(std::move(finding));
}

/// Cells that were lost on reading are told once, not as missing values as well.
void dropMissingToldTwice(const io::Table& table, Report& report) {
    std::erase_if(report.findings, [&](const Finding& finding) {
        return finding.kind == "missing" &&
               std::any_of(table.workarounds.begin(), table.workarounds.end(), [&](const io::Workaround& w) {
                   return w.column == finding.column && w.count == finding.count;
               });
    });
}

std::string rowList(const Finding& finding) {
    std::vector<std::string> rows;
    for (const std::int64_t row : finding.rows)
        rows.push_back(std::to_string(row));
    const bool more = finding.count > rows.size();
    return (rows.size() == 1 ? "row " : "rows ") + joinText(rows, ", ") + (more ? ", ..." : "") +
           " (counted from 0)";
}

/// Breaks a text at blanks, every line but the first indented.
std::string wrapped(const std::string& text, std::size_t indent) {
    constexpr std::size_t width = 110;
    std::string out, line;
    for (const std::string& word : splitText(text, ' ')) {
        if (!line.empty() && indent + line.size() + 1 + word.size() > width) {
            out += line + "\n" + std::string(indent, ' ');
            line.clear();
        }
        line += (line.empty() ? "" : " ") + word;
    }
    return out + line;
}

} // namespace

void sortBySeverity(Report& report) {
    std::stable_sort(report.findings.begin(), report.findings.end(), [](const Finding& a, const Finding& b) {
        return static_cast<int>(a.severity) < static_cast<int>(b.severity);
    });
    std::stable_sort(report.quarantine.begin(), report.quarantine.end(),
                     [](const QuarantinedRow& a, const QuarantinedRow& b) { return a.row < b.row; });
}

std::string countText(std::size_t n) {
    return withThousands(static_cast<long long>(n));
}

std::string counted(std::size_t n, const std::string& one, const std::string& many) {
    return countText(n) + " " + (n == 1 ? one : many);
}

std::size_t Report::count(Severity severity) const {
    return static_cast<std::size_t>(std::count_if(
        findings.begin(), findings.end(), [severity](const Finding& f) { return f.severity == severity; }));
}

std::string severityName(Severity severity) {
    return severity == Severity::Serious ? "serious" : severity == Severity::Warning ? "warning" : "note";
}

std::string oneLine(const Finding& finding) {
    return finding.where.empty() ? finding.what : finding.where + ": " + finding.what;
}

Report examineTable(const io::Table& table, const RunContext& context) {
    Report report;
    report.source = table.source;
    report.rows = table.rows();
    takeReaderNotes(table, report);
    quarantineLostCells(table, report);
    takeColumns(table, report, context);
    examinePositions(table, report);
    dropRepeatsOfOtherPlaces(table, report);
    dropMissingToldTwice(table, report);
    lookAtUnits(table, report);
    if (report.rows == 0)
        report.findings.push_back(fromNote("the table has no rows"));
    sortBySeverity(report);
    return report;
}

Report examineCatalogue(const Catalogue& catalogue, const RunContext& context) {
    Report report;
    report.source = catalogue.path.string();
    report.isCatalogue = true;
    report.rows = catalogue.rowCount;
    examineIds(catalogue, report);
    examineSplit(catalogue, report);
    examineTargets(catalogue, report);
    const auto sets = static_cast<double>(catalogue.features.size());
    for (const FeatureInfo& info : catalogue.features)
        examineTokens(info, report);
    for (std::size_t i = 0; i < catalogue.features.size() && !catalogue.path.empty(); ++i)
        examineFeatures(catalogue, catalogue.features[i], report,
                        context.slice(0.1 + 0.7 * static_cast<double>(i) / sets,
                                      0.1 + 0.7 * static_cast<double>(i + 1) / sets));
    takeColumns(catalogue.columns, report, context.slice(0.8, 1.0));
    examineQuantileLevels(catalogue, report);
    if (catalogue.ra.empty() && catalogue.dec.empty())
        examinePositions(catalogue.columns, report);
    lookAtUnits(catalogue.columns, report);
    for (const std::string& note : catalogue.notes)
        if (note.find("repeat an object_id") == std::string::npos) // told with the splits they lie in
            report.findings.push_back(fromNote(note));
    sortBySeverity(report);
    return report;
}

std::string toText(const Report& report) {
    const std::size_t serious = report.count(Severity::Serious), warnings = report.count(Severity::Warning),
                      notes = report.count(Severity::Note);
    std::string out = (report.isCatalogue ? "catalogue " : "table     ") + report.source + "\n";
    out += "rows      " + countText(report.rows) + "\n";
    out += "findings  ";
    out += report.findings.empty()
               ? "none: nothing looks wrong"
               : counted(serious, "serious", "serious") + ", " + counted(warnings, "warning", "warnings") +
                     ", " + counted(notes, "note", "notes");
    out += "\n";
    if (!report.quarantine.empty()) {
        std::size_t rows = 0;
        for (std::size_t i = 0; i < report.quarantine.size(); ++i)
            rows += i == 0 || report.quarantine[i].row != report.quarantine[i - 1].row ? 1 : 0;
        out += "quarantine " + counted(rows, "row", "rows") + "; list them with --quarantine FILE.csv\n";
    }
    for (const Severity severity : {Severity::Serious, Severity::Warning, Severity::Note}) {
        if (report.count(severity) == 0)
            continue;
        out += "\n" + severityName(severity) + "\n";
        for (const Finding& finding : report.findings) {
            if (finding.severity != severity)
                continue;
            out += "  - " + wrapped(oneLine(finding), 4) + "\n";
            if (!finding.rows.empty())
                out += "    " + wrapped(rowList(finding), 4) + "\n";
            if (!finding.advice.empty())
                out += "    -> " + wrapped(finding.advice, 7) + "\n";
        }
    }
    return out;
}

io::Table quarantineTable(const std::vector<QuarantinedRow>& quarantine, const io::Column* objectId) {
    std::vector<std::int64_t> rows;
    std::vector<std::size_t> indices;
    std::vector<std::string> reasons;
    for (const QuarantinedRow& line : quarantine) {
        rows.push_back(line.row);
        indices.push_back(static_cast<std::size_t>(line.row));
        reasons.push_back(line.reason);
    }
    io::Table table{"quarantine", {}, {}};
    table.columns.push_back({"row", "", "row of the file, from 0", std::move(rows), {}, 1, "meta.record"});
    if (objectId) {
        table.columns.push_back(io::pickRows(*objectId, indices));
        table.columns.back().name = "object_id";
        table.columns.back().ucd = "meta.id;meta.main";
    }
    table.columns.push_back(
        {"reason", "", "why the row cannot be used", std::move(reasons), {}, 1, "meta.note"});
    return table;
}

} // namespace penumbra::doctor
