// Seconds from a table file to columns in memory, every value touched, one thread; the first reading is
// reported apart (cold caches). bench_io FILE [repetitions]
#include "bench/measure.h"
#include "core/base/error.h"
#include "core/io/table_reader.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

using namespace penumbra;
using namespace penumbra::bench;

namespace {

/// A sum over all values, so that none is left unread.
double touched(const io::Table& table) {
    double sum = 0.0;
    for (const io::Column& column : table.columns) {
        std::visit(
            [&](const auto& values) {
                // reduced in any order, as NumPy does: the sum must not cost what reading costs
                sum += std::transform_reduce(
                    values.begin(), values.end(), 0.0, std::plus<>(), [](const auto& value) {
                        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
                            return static_cast<double>(value.size());
                        else
                            return static_cast<double>(value);
                    });
            },
            column.values);
    }
    return sum;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "bench_io FILE [repetitions]\n");
        return 2;
    }
    const int repetitions = argc > 2 ? std::atoi(argv[2]) : 5;
    try {
        std::vector<double> seconds;
        for (int i = 0; i < repetitions; ++i) {
            const auto begin = Clock::now();
            const double cpu = cpuSeconds();
            const io::Table table = io::readTable(argv[1], {}, RunContext());
            const double sum = touched(table);
            seconds.push_back(secondsSince(begin));
            std::printf("%zu rows, %zu columns: %.3f s wall, %.3f s of CPU (sum %.9g)\n", table.rows(),
                        table.columns.size(), seconds.back(), cpuSeconds() - cpu, sum);
        }
        std::sort(seconds.begin(), seconds.end());
        std::printf("%s: median %.3f s, least %.3f s, most %.3f s, peak memory %.0f MB\n", argv[1],
                    seconds[seconds.size() / 2], seconds.front(), seconds.back(), peakMegabytes());
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
