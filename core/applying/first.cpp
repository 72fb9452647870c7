#include "core/applying/first.h"

#include "core/base/text.h"
#include "core/report/cells.h"

#include <algorithm>

namespace penumbra::workflow {

namespace {

/// Columns of a block by dataset.
class Values {
public:
    Values(const PredictLayout& layout, const std::vector<io::Column>& columns)
        : layout_(layout.columns()), columns_(columns) {}
    double real(const std::string& dataset, std::size_t row) const {
        return std::get<std::vector<double>>(find(dataset)->values)[row];
    }
    bool flag(const std::string& name, std::size_t row) const { ///< false where there is none
        const io::Column* column = find("/flags/" + name);
        return column != nullptr && std::get<std::vector<std::uint8_t>>(column->values)[row] != 0;
    }

private:
    const io::Column* find(const std::string& dataset) const {
        for (std::size_t i = 0; i < layout_.size(); ++i)
            if (layout_[i].dataset == dataset)
                return &columns_[i];
        return nullptr;
    }
    const std::vector<PredictedColumn>& layout_;
    const std::vector<io::Column>& columns_;
};

std::string flagWords(const Values& values, const std::vector<std::string>& strangeness, std::size_t row,
                      double flagLevel) {
    std::vector<std::string> words;
    for (const std::string& name : strangeness)
        if (values.real(name, row) * static_cast<double>(strangeness.size()) <= flagLevel) {
            words.emplace_back("strange");
            break;
        }
    for (const auto& [flag, word] :
         {std::pair{"label_range", "beyond the labels"}, std::pair{"infinite", "no end"},
          std::pair{"imputed", "input missing"}, std::pair{"trained_on", "trained on"},
          std::pair{"calibrated_on", "calibrated on"}})
        if (values.flag(flag, row))
            words.emplace_back(word);
    return joinText(words, ", ");
}

} // namespace

report::TableSpec firstGalaxies(const PredictLayout& layout, const PredictModel& model, const io::Column& ids,
                                const std::vector<io::Column>& columns, double flagLevel) {
    report::TableSpec table;
    table.title = "The first galaxies";
    table.columns = {"galaxy"};
    table.columnMethods = {""};
    std::vector<std::string> intervals, strangeness;
    for (const TargetStudy& target : model.study().targets)
        for (const std::string& method : model.study().methods) {
            table.columns.push_back(target.name + (target.unit.empty() ? "" : ", " + target.unit) + " " +
                                    method);
            table.columnMethods.push_back(method);
            intervals.push_back("/predictions/" + target.name + "/" + method);
        }
    table.columns.emplace_back("flags");
    table.columnMethods.emplace_back();
    for (const PredictedColumn& column : layout.columns())
        if (column.like.name.starts_with("ood_p_"))
            strangeness.push_back(column.dataset);
    const Values values(layout, columns);
    for (std::size_t row = 0; row < ids.rows(); ++row) {
        std::vector<report::Cell> line = {report::textCell(ids.asText(row))};
        for (const std::string& name : intervals)
            line.push_back(
                report::numberCell(values.real(name + "/mean", row), false,
                                   {values.real(name + "/lower", row), values.real(name + "/upper", row)}));
        line.push_back(report::textCell(flagWords(values, strangeness, row, flagLevel)));
        table.rows.push_back(std::move(line));
    }
    return table;
}

} // namespace penumbra::workflow
