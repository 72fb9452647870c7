#pragma once

#include "core/io/table.h"

#include <limits>

namespace penumbra::io::test {

/// Every type of column with what is hard to keep: ids near 2^63, missing values in every type, infinities,
/// vectors, texts with everything in them, numbers of 1e-17, columns with nothing in them.
inline Table nastyTable() {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr double infinity = std::numeric_limits<double>::infinity();
    constexpr float nanf = std::numeric_limits<float>::quiet_NaN();
    constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    Table table;
    const auto add = [&](Column column) { table.columns.push_back(std::move(column)); };
    add({"id",
         "",
         "identity, \"quoted\" & <marked>",
         std::vector<std::int64_t>{highest, lowest, highest - 1, 0},
         {},
         1,
         "meta.id;meta.main"});
    add({"bits", "", "", std::vector<std::uint64_t>{most, 0, std::uint64_t{1} << 63, 7}, {}, 1});
    add({"counts",
         "ct",
         "missing in row 1",
         std::vector<std::int64_t>{-1, 0, lowest, highest},
         {0, 1, 0, 0},
         1});
    add({"unsigned_counts", "", "", std::vector<std::uint64_t>{most, 5, 0, most - 1}, {0, 1, 0, 0}, 1});
    add({"z", "", "redshift", std::vector<double>{0.1, nan, 1.0 / 3.0, -0.0}, {}, 1, "src.redshift"});
    add({"flux",
         "erg/s/cm2",
         "",
         std::vector<double>{1.0000000000000002e-17, infinity, -infinity, 5e-324},
         {},
         1});
    add({"mag", "mag", "", std::vector<float>{0.1F, nanf, 3.4028235e38F, 1.17549435e-38F}, {}, 1});
    add({"bands",
         "nJy",
         "u, g, r",
         std::vector<float>{1, 2, 3, nanf, 5, 6, 7, 8.5F, 9, 0.1F, 1e-30F, -3},
         {},
         3});
    add({"pair", "", "", std::vector<std::int64_t>{highest, 1, 0, 0, 5, 6, -7, lowest}, {0, 1, 0, 0}, 2});
    add({"good", "", "", std::vector<std::uint8_t>{1, 0, 0, 1}, {0, 0, 1, 0}, 1});
    add({"flags", "", "", std::vector<std::uint8_t>{1, 0, 0, 1, 1, 1, 0, 0}, {}, 2});
    add({"name",
         "",
         "",
         std::vector<std::string>{"a,\"b\" <c> & 'd'", "two\nlines",
                                  "\xc3\x85ngstr\xc3\xb6m \xf0\x9f\x8c\x8c", "x"},
         {},
         1});
    add({"plate", "", "leading zeros", std::vector<std::string>{"00012", "00340", "00005", "10000"}, {}, 1});
    add({"notes", "", "", std::vector<std::string>{"", "#N/A", "", "last"}, {1, 0, 1, 0}, 1});
    add({"nothing", "", "", std::vector<double>(4, nan), {}, 1});
    add({"no_text", "", "", std::vector<std::string>(4), {1, 1, 1, 1}, 1});
    add({"no_count", "", "", std::vector<std::int64_t>(4), {1, 1, 1, 1}, 1});
    return table;
}

} // namespace penumbra::io::test
