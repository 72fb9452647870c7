#pragma once

#include "core/base/run_context.h"
#include "core/catalogue/catalogue.h"
#include "core/io/table.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// The data doctor: what is wrong, or may be wrong, with a table or a catalogue. It looks and never changes a
/// file.
namespace penumbra::doctor {

enum class Severity { Serious, Warning, Note }; ///< Serious: a study of this file would mislead, or fail

/// One thing worth telling.
struct Finding {
    Severity severity = Severity::Note;
    std::string kind;               ///< stable, for scripts: "missing-code", "duplicate-id", "leak" ...
    std::string where;              ///< "column g", "features aion", "target z", "split"; empty: the file
    std::string column;             ///< name of the column concerned; empty: none, or several
    std::size_t count = 0;          ///< rows or cells; 0 where there is nothing to count
    std::vector<std::int64_t> rows; ///< up to ten examples, from 0
    std::string code;               ///< "missing-code": the value, as --missing takes it; empty: several
    std::string what;               ///< a sentence
    std::string advice;             ///< what to do; may be empty
};

/// What one look at a column tells.
struct ColumnSummary {
    std::string name, type, unit;
    std::size_t missing = 0;  ///< rows
    std::size_t infinite = 0; ///< cells
    bool numeric = false;
    double minimum = 0.0, median = 0.0, maximum = 0.0; ///< of finite values; NaN if none
    std::vector<std::string> exactRange;               ///< integer columns: the same three, with every digit
    std::string example;                               ///< text columns: the first value present
};

struct FeatureSummary {
    std::string name;
    std::size_t width = 0;
    std::size_t quarantined = 0; ///< rows with NaN or infinity
    std::size_t constant = 0;    ///< features that never change
};

struct Report {
    std::string source;
    bool isCatalogue = false;
    std::size_t rows = 0;
    std::vector<ColumnSummary> columns; ///< of the table; of a catalogue: everything under /columns
    std::vector<ColumnSummary> targets; ///< of a catalogue
    std::vector<FeatureSummary> features;
    std::vector<Finding> findings;          ///< most severe first
    std::vector<QuarantinedRow> quarantine; ///< by row
    std::size_t count(Severity severity) const;
};

/// @throws Cancelled
Report examineTable(const io::Table& table, const RunContext& context);
/// Reads the features once, in blocks; memory does not grow with their number.
/// @throws Error if they cannot be read, Cancelled
Report examineCatalogue(const Catalogue& catalogue, const RunContext& context);

/// Whether rows of `table` are in another file of the survey as well (training and test in files of their
/// own): by position on the sphere within a tolerance and by id, else by all columns that both have. An id
/// that is a running number counts with the brick, field or survey it counts in. Adds a finding, serious if
/// there are such rows, and one of ids that agree where the galaxies do not.
/// @throws Cancelled; Error for a tolerance that is not in 0..180 degrees
void examineBeside(const io::Table& table, const io::Table& other, double toleranceArcsec, Report& report,
                   const RunContext& context);
/// Ids, positions, targets and columns of a catalogue as a plain table.
io::Table scalarsOf(const Catalogue& catalogue);

struct ExaminedColumn {
    ColumnSummary summary;
    std::vector<Finding> findings;
};
ExaminedColumn examineColumn(const io::Column& column);

std::string severityName(Severity severity); ///< "serious", "warning", "note"
/// "column g: 12 values are infinite": the finding as one line without its advice.
std::string oneLine(const Finding& finding);
/// For people: a verdict, then the findings by severity with example rows and what to do.
std::string toText(const Report& report);
/// Columns row and reason of every quarantined row; object_id in between where the ids are given.
io::Table quarantineTable(const std::vector<QuarantinedRow>& quarantine, const io::Column* objectId);

} // namespace penumbra::doctor
