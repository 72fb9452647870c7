#include "core/io/table_readers_internal.h"

#include <algorithm>
#include <limits>

namespace penumbra::io {

void markMissingElements(Column& column, const std::vector<std::uint8_t>& flags) {
    if (std::find(flags.begin(), flags.end(), 1) == flags.end())
        return;
    const std::size_t rows = column.rows(), width = column.width;
    std::vector<std::uint8_t> whole(rows, 0);
    bool partly = false;
    for (std::size_t row = 0; row < rows; ++row) {
        const auto from = flags.begin() + static_cast<std::ptrdiff_t>(row * width);
        const auto absent = static_cast<std::size_t>(
            std::count(from, from + static_cast<std::ptrdiff_t>(width), std::uint8_t{1}));
        whole[row] = absent == width ? 1 : 0;
        partly = partly || (absent > 0 && absent < width);
    }
    if (auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
        for (std::size_t i = 0; i < flags.size(); ++i)
            if (flags[i] != 0)
                (*texts)[i].clear();
    } else if (partly) {
        std::vector<double> reals = column.asReals();
        for (std::size_t i = 0; i < flags.size(); ++i)
            if (flags[i] != 0)
                reals[i] = std::numeric_limits<double>::quiet_NaN();
        column.values = std::move(reals);
        column.missing.clear();
        return;
    }
    if (std::find(whole.begin(), whole.end(), 1) != whole.end())
        column.missing = std::move(whole);
}

} // namespace penumbra::io
