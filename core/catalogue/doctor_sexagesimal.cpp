#include "core/base/sexagesimal.h"
#include "core/catalogue/doctor_checks.h"

namespace penumbra::doctor {

namespace {

/// A cell of a column whose cells are all sexagesimal; empty if they are not.
std::string sexagesimalCell(const io::Column& column) {
    std::string first;
    for (std::size_t row = 0; row < column.rows(); ++row) {
        const std::string cell = column.asText(row);
        if (cell.empty())
            continue;
        if (!parseSexagesimal(cell))
            return {};
        first = first.empty() ? cell : first;
    }
    return first;
}

} // namespace

void examineSexagesimal(const io::Table& table, Report& report) {
    for (const io::Column& column : table.columns) {
        if (column.isNumeric() || column.width > 1)
            continue;
        const std::string cell = sexagesimalCell(column);
        if (cell.empty())
            continue;
        Finding finding;
        finding.kind = "sexagesimal";
        finding.severity = Severity::Note;
        finding.column = column.name;
        finding.where = "column " + column.name;
        finding.count = column.rows();
        finding.what = "sexagesimal, as " + cell + ": text, not numbers";
        finding.advice =
            "Import converts it where it is named as right ascension (hours) or declination (degrees).";
        report.findings.push_back(std::move(finding));
    }
}

} // namespace penumbra::doctor
