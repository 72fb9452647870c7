#include "core/repairing/table.h"

#include "core/base/text.h"
#include "core/report/cells.h"

#include <set>

namespace penumbra::workflow {

namespace {

using report::Cell;

Cell perfectCell(const GroupComparison& group) {
    if (std::isnan(group.perfect.low))
        return {};
    Cell cell = report::textCell(formatFixed(100.0 * group.perfect.low, 0) + "–" +
                                 formatFixed(100.0 * group.perfect.high, 0));
    cell.low = group.perfect.low;
    cell.high = group.perfect.high;
    cell.range = cell.percent = true;
    cell.note = "95 % of what an exact method covers that is calibrated on as many galaxies";
    return cell;
}

Cell widthCell(const GroupComparison::Side& side) {
    Cell cell = report::numberCell(side.meanWidth, false);
    if (side.infinite > 0)
        cell.note = withThousands(static_cast<long long>(side.infinite)) + " without end, left out";
    return cell;
}

} // namespace

report::TableSpec repairTable(std::span<const RepairComparison> comparisons) {
    report::TableSpec table;
    table.title = "Before and after the repair";
    // What the page is for comes first: the words of a region are long.
    table.columns = {"method",   "before, %",         "after, %",         "perfect, %",     "n",
                     "galaxies", "mean width before", "mean width after", "to calibrate on"};
    std::set<std::string> targets, notes;
    for (const RepairComparison& comparison : comparisons)
        targets.insert(comparison.target);
    for (const RepairComparison& comparison : comparisons) {
        for (const GroupComparison& group : comparison.groups) {
            const std::string name = targets.size() > 1 ? comparison.target + ", " + group.name : group.name;
            table.rowMethods.push_back(comparison.repaired);
            table.rows.push_back({report::textCell(comparison.repaired),
                                  report::numberCell(group.before.coverage, true, group.before.bracket),
                                  report::numberCell(group.after.coverage, true, group.after.bracket),
                                  perfectCell(group), report::countCell(group.n), report::textCell(name),
                                  widthCell(group.before), widthCell(group.after),
                                  report::countCell(group.calibrationRows)});
        }
        for (const std::string& note : comparison.notes)
            if (notes.insert(note).second)
                table.footnotes.push_back(note);
    }
    return table;
}

} // namespace penumbra::workflow
